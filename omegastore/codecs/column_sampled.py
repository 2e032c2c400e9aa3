"""Columns of collections that no schema describes: natural values of any type, with the dtype that pandas infers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from bson import Int64
from bson.datetime_ms import DatetimeMS

from omegastore.codecs import value as value_codec
from omegastore.codecs.column import Cells, Column, Values, values_of
from omegastore.codecs.column_number import Nullable, Numbers
from omegastore.codecs.column_text import Objects, values_of_objects
from omegastore.query import natural

EXACT = 2**53
"""Integers up to here are exact as floats."""
_NUMBERS = {int, float, Int64}
_NULLABLE: dict[str, Any] = {"int64": "Int64", "bool": "boolean"}


@dataclass(frozen=True)
class Sampled(Column):
    """Whatever a field of a collection holds: numbers, text and dates as pandas infers them, all else as objects.

    Parameters
    ----------
    guess : dtype
        What a sample of the values gave; all values may give another.
    """

    tag: ClassVar[str] = "sampled"
    nested: ClassVar[bool] = True
    guess: Any = field(default_factory=lambda: np.dtype(object))

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return None: values of a frame have a dtype, and so a codec of their own."""
        return None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec; what was guessed is not kept."""
        return cls()

    def to_document(self) -> dict[str, Any]:
        """Return no parameters."""
        return {}

    @property
    def dtype(self) -> Any:
        """The dtype that a sample gave."""
        return self.guess

    def check(self, values: Values, where: str) -> int:
        """Return 0: such columns are only read."""
        return 0

    def cells(self, values: Values) -> Cells:
        """Return the values as they are."""
        return Cells(list(values))

    def array(self, cells: Cells) -> Values:
        """Return the values in the dtype that pandas infers, where that keeps them exactly, else as objects."""
        if all(item is None for item in cells.naturals) and (not cells.naturals or self.guess.kind not in "biu"):
            return values_of(pd.Series(cells.naturals, dtype=self.guess))
        objects = [_plain(item, cells.extras.get(row)) for row, item in enumerate(cells.naturals)]
        kinds = set(map(type, objects)) - {type(None)}
        if kinds <= _NUMBERS:
            is_mixed = len(kinds) > 1 or None in objects
            if is_mixed and any(isinstance(n, int) and abs(n) > EXACT for n in objects):
                return values_of_objects(objects)
            return values_of(pd.Series(objects, dtype=None if kinds else object))
        if kinds <= {pd.Timestamp}:
            unit = np.datetime_data(self.guess)[0] if getattr(self.guess, "kind", "") == "M" else "us"
            return _dates(objects, "ns" if cells.extras else unit)
        if len(kinds) == 1 and kinds <= {str, bool}:
            return values_of(pd.Series(objects))
        return values_of_objects(objects)

    def term(self, value: Any) -> Any:
        """Return the natural value of anything."""
        return natural(value)


def _dates(stamps: list[Any], unit: str) -> Values:
    try:
        fitted = [stamp if stamp is None else stamp.as_unit(unit) for stamp in stamps]
    except pd.errors.OutOfBoundsDatetime:
        return values_of_objects(stamps)
    return values_of(pd.Series(fitted))


def _plain(item: Any, extra: Any) -> Any:
    if hasattr(item, "isoformat"):
        stamp = pd.Timestamp(item)
        return stamp + pd.Timedelta(extra, "ns") if isinstance(extra, int) else stamp
    if isinstance(item, DatetimeMS):
        return np.datetime64(int(item), "ms")
    if isinstance(item, Int64):
        return int(item)
    return item if extra is None or isinstance(extra, int) else value_codec.decode(item, extra)


@dataclass(frozen=True)
class Joined(Sampled):
    """Numbers that rows of a join or concatenation may lack: as they are, or if any is missing as pandas widens them.

    Parameters
    ----------
    guess : dtype
        The widened dtype.
    inner : Numbers
        The codec of the numbers themselves.
    """

    tag: ClassVar[str] = "joined"
    inner: Numbers = field(default_factory=lambda: Numbers(np.dtype(np.int64)))

    @classmethod
    def over(cls, inner: Numbers) -> Joined:
        """Return the codec of numbers of which some may be missing."""
        return cls(np.dtype(object) if inner.numpy.kind == "b" else np.dtype(np.float64), inner)

    @property
    def widened(self) -> Column:
        """The codec if a number is missing."""
        return Objects() if self.inner.numpy.kind == "b" else Numbers(np.dtype(np.float64))

    def array(self, cells: Cells) -> Values:
        """Return the numbers, as floats (booleans as objects) if one is missing."""
        if None not in cells.naturals:
            return self.inner.array(cells)
        if self.inner.numpy.kind == "b":
            return values_of_objects([np.nan if item is None else item for item in cells.naturals])
        return np.array(cells.naturals, np.float64)


@dataclass(frozen=True)
class Gapped(Joined):
    """Integers or booleans that a computation may leave undefined: as they are, or nullable if one is missing."""

    tag: ClassVar[str] = "gapped"

    @classmethod
    def over(cls, inner: Numbers) -> Gapped:
        """Return the codec of numbers of which some may be missing."""
        return cls(pd.array([], dtype=_NULLABLE[inner.numpy.name]).dtype, inner)

    @property
    def widened(self) -> Column:
        """The codec if a number is missing."""
        return Nullable(self.guess)

    def array(self, cells: Cells) -> Values:
        """Return the numbers, nullable if one is missing."""
        return self.widened.array(cells) if None in cells.naturals else self.inner.array(cells)
