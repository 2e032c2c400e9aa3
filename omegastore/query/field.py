"""Field: where one column is stored in a row document, and how its values are written there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One column as a filter sees it."""

    path: str
    """BSON path of the natural value in the row document."""
    encode: Callable[[object], object]
    """User value to natural BSON value as stored in that column; a TypeError or ValueError if it has none.

    May return a tuple ``(date, nanoseconds below the millisecond)``.
    """
    beside: str | None = None
    """Path of an int 0..999999, the nanoseconds below the millisecond of `path`; an absent one means 0."""
    nested: bool = False
    """Whether ``a__b`` may reach into the values (dicts and lists)."""
