"""Case: one kind of work done in several ways, and what is asked of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from omegastore import OmegaStore

Step = Callable[[], float | None]
"""Does the work once; returns the seconds that count, or None for all of it."""
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how much is measured."""

    url: str
    rows: int
    megabytes: int
    objects: int

    def store(self, bucket: str = "bench") -> OmegaStore:
        """Return a store on the server."""
        return OmegaStore(self.url, bucket=bucket, defaults={"OMEGA_STORE_SIGNING_KEY": "benchmark"})

    def database(self) -> Database[dict[str, Any]]:
        """Return the database of peers."""
        client: MongoClient[dict[str, Any]] = MongoClient(self.url)
        return client["bench_peers"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of ours: at most so many times another's seconds, or so many seconds of CPU."""

    to: str
    """A variant, ``"cpu"`` for CPU seconds of this process, or ``"value"`` for what ours returns."""
    at_most: float


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of work."""

    name: str
    variants: Mapping[str, Step]
    """The ways to do it; one is called ``ours``."""
    goals: tuple[Goal, ...] = ()
    unit: str = "s"
    """What the variants return."""
    close: Callable[[], object] = field(default=lambda: None)
    """Called after the last round."""
