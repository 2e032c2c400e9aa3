"""Cells: what is said of the values of a frame, column by column, computed by the server."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from omegastore.errors import UnknownColumn
from omegastore.mdataframe.casting import Copying
from omegastore.mdataframe.choosing import NOTHING, pairs_of, replaced
from omegastore.mdataframe.columnwise import columnwise
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of


class FrameOperators(Lazy):
    """What Python's operators do with frames and a scalar."""

    def __add__(self, other: Any) -> Any:
        return _combined(self, operator.add, other)

    def __radd__(self, other: Any) -> Any:
        return _combined(self, operator.add, other, is_turned=True)

    def __sub__(self, other: Any) -> Any:
        return _combined(self, operator.sub, other)

    def __rsub__(self, other: Any) -> Any:
        return _combined(self, operator.sub, other, is_turned=True)

    def __mul__(self, other: Any) -> Any:
        return _combined(self, operator.mul, other)

    def __rmul__(self, other: Any) -> Any:
        return _combined(self, operator.mul, other, is_turned=True)

    def __truediv__(self, other: Any) -> Any:
        return _combined(self, operator.truediv, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _combined(self, operator.truediv, other, is_turned=True)

    def __mod__(self, other: Any) -> Any:
        return _combined(self, operator.mod, other)

    def __eq__(self, other: object) -> Any:
        return _combined(self, operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return _combined(self, operator.ne, other)

    def __lt__(self, other: Any) -> Any:
        return _combined(self, operator.lt, other)

    def __le__(self, other: Any) -> Any:
        return _combined(self, operator.le, other)

    def __gt__(self, other: Any) -> Any:
        return _combined(self, operator.gt, other)

    def __ge__(self, other: Any) -> Any:
        return _combined(self, operator.ge, other)

    __hash__ = None  # type: ignore[assignment]  # as pandas has it: == compares values

    def __and__(self, other: Any) -> Any:
        return _combined(self, operator.and_, other)

    def __or__(self, other: Any) -> Any:
        return _combined(self, operator.or_, other)

    def __invert__(self) -> Any:
        return columnwise(self, lambda column, label: ~column)

    def __neg__(self) -> Any:
        return columnwise(self, lambda column, label: -column)

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a lazy frame is ambiguous: use empty, or any() and all() of a column")


class FrameCells(Copying):
    """The values of all columns as others."""

    def abs(self) -> Any:
        """Return the absolute values."""
        return columnwise(self, lambda column, label: abs(column))

    def __abs__(self) -> Any:
        return self.abs()

    def isna(self) -> Any:
        """Return whether values are missing."""
        return columnwise(self, lambda column, label: column.isna())

    def notna(self) -> Any:
        """Return whether values are there."""
        return columnwise(self, lambda column, label: column.notna())

    def isin(self, values: Any) -> Any:
        """Return whether values are among others.

        Parameters
        ----------
        values : list, or mapping of label to list
            For all columns, or for those of the labels; no value of the others is among them.
        """
        if isinstance(values, Mapping):
            return columnwise(self, lambda column, label: column.isin(values.get(label, [])))
        return columnwise(self, lambda column, label: column.isin(values))

    def round(self, decimals: Any = 0) -> Any:
        """Return the numbers rounded half to even; other columns stay.

        Parameters
        ----------
        decimals : int, or mapping of label to int
            For all columns, or for those of the labels.
        """

        def rounded(column: Any, label: Hashable) -> Any:
            places = decimals.get(label) if isinstance(decimals, Mapping) else decimals
            is_number = type_of(column.plan.schema.columns[0]).kind in ("int", "float")
            return column.round(places) if is_number and places is not None else column

        return columnwise(self, rounded)

    def astype(self, dtype: Any) -> Any:
        """Return the columns in other dtypes; see `MSeries.astype`.

        Parameters
        ----------
        dtype : dtype, or mapping of label to dtype
            For all columns, or for those of the labels.
        """
        if not isinstance(dtype, Mapping):
            return columnwise(self, lambda column, label: column.astype(dtype))
        if unknown := [label for label in dtype if label not in self.plan.schema.labels]:
            raise UnknownColumn(f"unknown columns {unknown}; known are {list(self.plan.schema.labels)}")
        return columnwise(self, lambda column, label: column.astype(dtype[label]) if label in dtype else column)

    def clip(self, lower: Any = None, upper: Any = None) -> Any:
        """Return the values, those beyond a bound as the bound."""
        return columnwise(self, lambda column, label: column.clip(lower, upper))

    def where(self, cond: Any, other: Any = NOTHING) -> Any:
        """Return the values where a mask is true, and others elsewhere.

        Parameters
        ----------
        cond : MDataFrame, MSeries or callable
            Booleans of the same rows and columns, or of the same rows for all columns.
        other : scalar, optional
            What each dtype holds; without it the values are missing.
        """
        mask = cond(self) if callable(cond) else cond
        return columnwise(self, lambda column, label: column.where(_mask_of(mask, label), other))

    def mask(self, cond: Any, other: Any = NOTHING) -> Any:
        """Return other values where a mask is true. See `where`."""
        mask = cond(self) if callable(cond) else cond
        return columnwise(self, lambda column, label: column.mask(_mask_of(mask, label), other))

    def replace(self, to_replace: Any, value: Any = NOTHING) -> Any:
        """Return the values, some in place of others.

        Parameters
        ----------
        to_replace : scalar, list or mapping
            As for a series; a mapping of label to mapping is for those columns.
        value : scalar or list, optional
            What comes: one for all, or one for each.
        """
        by_label = isinstance(to_replace, Mapping) and any(isinstance(each, Mapping) for each in to_replace.values())
        if by_label:
            return columnwise(
                self, lambda column, label: column.replace(to_replace[label]) if label in to_replace else column
            )
        pairs = pairs_of(to_replace, value)
        return columnwise(self, lambda column, label: replaced(column, pairs))


def _mask_of(mask: Any, label: Hashable) -> Any:
    if not isinstance(mask, Lazy):
        raise TypeError(f"the mask is lazy booleans of the same rows, not {type(mask).__qualname__}")
    if mask.plan.schema.is_series:
        return mask
    places = [at for at, each in enumerate(mask.plan.schema.labels) if each == label]
    if len(places) != 1:
        raise ValueError(f"the mask has {len(places)} columns {label!r}; it has to have one")
    frame: Any = mask
    return frame.column_at(places[0])


def _combined(frame: Lazy, combine: Callable[[Any, Any], Any], other: Any, *, is_turned: bool = False) -> Any:
    if not pd.api.types.is_scalar(other):
        raise TypeError(
            f"a lazy frame is combined with a scalar, not with {type(other).__qualname__}; combine its columns"
        )
    return columnwise(frame, lambda column, label: combine(other, column) if is_turned else combine(column, other))
