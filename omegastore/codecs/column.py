"""Column: the codec of one dtype, between the values of a column and natural BSON values.

A cell has a natural value, which any MongoDB client understands, and where BSON cannot say it all an extra that
stands beside it. Each dtype family is a subclass in a module of its own; `column_of` finds the one for values.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.errors import Corrupt, InvalidFilter, UnsupportedValue

Values = Any
"""A numpy array or a pandas extension array: what a column holds."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column over a run of rows."""

    naturals: list[Any]
    """The natural value of each row; None where it is missing."""
    extras: Mapping[int, Any] = field(default_factory=dict[int, Any])
    """By position: what the natural value alone does not say."""


class Column(ABC):
    """How the values of one dtype become BSON values, and back."""

    tag: ClassVar[str]
    """The name of the family in the stored schema."""
    families: ClassVar[list[type[Column]]] = []
    sample: ClassVar[Any] = 1
    """The natural value of some cell that is not missing."""
    nested: ClassVar[bool] = False
    """Whether conditions may reach into the values."""
    has_digits: ClassVar[bool] = False
    """Whether the extra of a cell is its nanoseconds below the millisecond."""

    def __init_subclass__(cls) -> None:
        Column.families.append(cls)

    @classmethod
    @abstractmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec for the dtype of `values`, or None if another family keeps it."""

    @classmethod
    @abstractmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec that `to_document` described."""

    @abstractmethod
    def to_document(self) -> dict[str, Any]:
        """Return the parameters of the codec, without its type, as BSON values."""

    @property
    @abstractmethod
    def dtype(self) -> Any:
        """The dtype of the values that `array` returns."""

    @property
    def family(self) -> str:
        """What the values are, roughly: columns of one family may be appended to each other."""
        return self.tag

    @abstractmethod
    def check(self, values: Values, where: str) -> int | NDArray[np.int64]:
        """Return the size of the cells in bytes of BSON, one bound for all or one for each.

        Raises
        ------
        UnsupportedValue
            Naming `where`, the row and the value, for what cannot be kept.
        """

    @abstractmethod
    def cells(self, values: Values) -> Cells:
        """Return the cells of `values`, which have been checked."""

    @abstractmethod
    def array(self, cells: Cells) -> Values:
        """Return the values of `cells`; the inverse of `cells`."""

    @abstractmethod
    def term(self, value: Any) -> Any:
        """Return the natural value that a condition compares with, or (natural, digits) if `has_digits`.

        Raises
        ------
        InvalidFilter
            If values of this column cannot be compared with `value`.
        """


def column_of(values: Values, where: str) -> Column:
    """Return the codec for `values`.

    Raises
    ------
    UnsupportedValue
        If no codec keeps their dtype; it names `where` and the dtype.
    """
    for family in Column.families:
        if (column := family.of(values)) is not None:
            return column
    raise UnsupportedValue(
        f"{where} has dtype {values.dtype!s} ({type(values.dtype).__qualname__}), which cannot be kept as "
        "documents; convert it with astype(), to object if nothing else fits"
    )


def column_document(column: Column) -> dict[str, Any]:
    """Return `column` as a BSON document."""
    return {"type": column.tag, **column.to_document()}


def column_from(document: Mapping[str, Any]) -> Column:
    """Return the codec that `document` describes.

    Raises
    ------
    Corrupt
        If this version of omegastore knows no such type of column.
    """
    for family in Column.families:
        if family.tag == document["type"]:
            return family.from_document(document)
    raise Corrupt(f"unknown type of column {document['type']!r}; it was written by a newer omegastore")


def values_of(data: pd.Series[Any] | pd.Index[Any]) -> Values:
    """Return the array behind `data`, without a copy: numpy's for numpy dtypes, else the extension array."""
    return data.to_numpy() if isinstance(data.dtype, np.dtype) else data.array


def missing(dtype: Any, count: int) -> Values:
    """Return `count` missing values of `dtype`."""
    with warnings.catch_warnings():
        # pandas 2 warns of sparse dtypes that its own concat makes
        warnings.simplefilter("ignore", FutureWarning)
        return values_of(pd.Series(index=range(count), dtype=dtype))


def filled(values: Iterable[Any], default: Any) -> list[Any]:
    """Return `values` with `default` in place of None."""
    return [default if value is None else value for value in values]


def refused(value: Any, what: str) -> InvalidFilter:
    """Return the error for a condition on `what` with `value`."""
    return InvalidFilter(f"{value!r} ({type(value).__qualname__}) cannot be compared with {what}")
