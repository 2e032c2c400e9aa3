"""The embedded server: a private mongod that processes share and that stops by itself.

`ensure` is what a store calls; `embedded` is for scripts and tests; all names are imported on first use, so
that ``import omegastore.server`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegastore.server.lease import Lease, embedded, ensure, release, stop

__all__ = ["Lease", "embedded", "ensure", "release", "stop"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(importlib.import_module("omegastore.server.lease"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
