"""Place: the project that pipelines are kept in, and the runtime that they are fitted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from omegastore.engine.runtime import Runtime
from omegastore.store import OmegaStore


@dataclass(frozen=True)
class Place:
    """Where the pipelines of a project live.

    Examples
    --------
    >>> place = Place(OmegaStore(bucket="loans"), Runtime())
    >>> place.runtime
    Runtime(1)
    """

    store: OmegaStore
    """The store of the project."""
    runtime: Runtime
    """What fits, scores and predicts."""


def _nowhere() -> Place:
    raise ConnectionRefusedError("no project is set; call om.engine.launch() and om.engine.set_project(name) first")


_current: Callable[[], Place] = _nowhere


def provide(current: Callable[[], Place]) -> None:
    """Let `current` say which project is set; the engine calls this."""
    global _current
    _current = current


def current() -> Place:
    """Return the place of the project that is set.

    Raises
    ------
    ConnectionRefusedError
        When none is.
    """
    return _current()
