"""Entry points: what installed distributions offer; a broken one warns by its distribution's name."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

BACKENDS = "omegastore.backends"
"""Entry points of this group are kinds; each names a Backend class, or a BackendSpec."""
MIXINS = "omegastore.mixins"
"""Entry points of this group name classes whose methods become verbs of every store."""
COMMANDS = "omegastore.commands"
"""Entry points of this group are commands of the command line; each names an `omegastore.cli.command.Command`."""
GROUPS = (BACKENDS, MIXINS, COMMANDS)


@functools.cache
def offered(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group; looked up once, since it takes reading all of the installation."""
    return tuple(entry_points(group=group))


def distribution(entry: EntryPoint) -> str:
    """Return the name of the distribution that an entry point is of."""
    return entry.dist.name if entry.dist is not None else entry.value


def use(entry: EntryPoint, take: Callable[[Any], object]) -> str | None:
    """Load an entry point and hand what it names to `take`; warn when either fails.

    Returns
    -------
    str or None
        What went wrong, None if nothing did.
    """
    try:
        take(entry.load())
    except Exception as error:  # noqa: BLE001  # a broken plugin must break nothing else
        noun = entry.group.removeprefix("omegastore.").removesuffix("s")
        warnings.warn(f"the {noun} {entry.name!r} of {distribution(entry)} cannot be loaded: {error!r}", stacklevel=2)
        return repr(error)
    return None
