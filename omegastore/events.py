"""Events: observers of put, get and drop; they see what happened and cannot change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verb = Literal["put", "get", "drop"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an object."""

    verb: Verb
    name: str
    bucket: str
    prefix: str
    kind: str | None
    version: int | None


Observer = Callable[[Event], None]


class Observers:
    """The observers of one store.

    Examples
    --------
    >>> seen = []
    >>> observers = Observers()
    >>> observers.add(seen.append)
    >>> observers.tell(Event("put", "sales", "omegaml", "", "pandas.dfrows", 1))
    >>> seen[0].name
    'sales'
    """

    def __init__(self) -> None:
        self._observers: list[Observer] = []

    def add(self, observer: Observer) -> None:
        """Call `observer` after each verb that succeeded."""
        self._observers.append(observer)

    def remove(self, observer: Observer) -> None:
        """Call `observer` no more."""
        self._observers.remove(observer)

    def tell(self, event: Event) -> None:
        """Tell all observers."""
        for observer in self._observers:
            observer(event)
