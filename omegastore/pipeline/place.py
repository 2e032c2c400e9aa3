"""Place: the project that pipelines are kept in, and the runtime that they are fitted on."""

from __future__ import annotations

from dataclasses import dataclass

from omegastore.engine import session
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


def _opened() -> Place:
    return Place(*session.opened())


_current = _opened


def current() -> Place:
    """Return the place of the project that is set.

    Raises
    ------
    ConnectionRefusedError
        When none is.
    """
    return _current()


def elsewhere(project: str) -> Place:
    """Return the place of a project on the server of the one that is set."""
    place = current()
    if place.store.bucket == project:
        return place
    store = OmegaStore(place.store.storage.connection, bucket=project, defaults=place.store.defaults)
    return Place(store, place.runtime)
