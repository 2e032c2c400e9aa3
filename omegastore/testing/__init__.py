"""Testing kit: what authors of backends and mixins, and our own suite, test with."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omegastore.testing.backend_tests import BackendTests
    from omegastore.testing.mixin_tests import MixinTests
    from omegastore.testing.store_machine import StoreMachine

__all__ = ["BackendTests", "MixinTests", "StoreMachine"]

_HOMES = {"BackendTests": "backend_tests", "MixinTests": "mixin_tests", "StoreMachine": "store_machine"}


def __getattr__(name: str) -> Any:
    # the pytest plugin is in this package, and is loaded in every pytest run where omegastore is installed
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
