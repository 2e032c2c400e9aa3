"""Comparing: lazy series of booleans, by comparisons and logic of series of the same rows."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore import expr
from omegastore.mdataframe import mask
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.mask import Filter, Mask, marked
from omegastore.mdataframe.operators import Make, combined, computed, empty_of, scalar_of, term_of
from omegastore.mdataframe.row import common

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class SeriesComparing(Lazy):
    """What Python's comparisons and its operators of logic do with lazy series."""

    def __eq__(self, other: object) -> Any:
        return _compared(self, "==", other)

    def __ne__(self, other: object) -> Any:
        return _compared(self, "!=", other)

    def __lt__(self, other: Any) -> Any:
        return _compared(self, "<", other)

    def __le__(self, other: Any) -> Any:
        return _compared(self, "<=", other)

    def __gt__(self, other: Any) -> Any:
        return _compared(self, ">", other)

    def __ge__(self, other: Any) -> Any:
        return _compared(self, ">=", other)

    __hash__ = None  # type: ignore[assignment]  # as pandas has it: == compares values

    def __and__(self, other: Any) -> Any:
        return _logic(self, other, expr.both, operator.and_, "$and")

    def __rand__(self, other: Any) -> Any:
        return _logic(self, other, expr.both, operator.and_, "$and")

    def __or__(self, other: Any) -> Any:
        return _logic(self, other, expr.either, operator.or_, "$or")

    def __ror__(self, other: Any) -> Any:
        return _logic(self, other, expr.either, operator.or_, "$or")

    def __xor__(self, other: Any) -> Any:
        return combined(self, other, expr.exactly_one, operator.xor)

    def __rxor__(self, other: Any) -> Any:
        return combined(self, other, expr.exactly_one, operator.xor)

    def __invert__(self) -> Any:
        made = computed(self, expr.inverse(term_of(self.plan)))
        return marked(made, Mask.of(self).plan, mask.inverse(self))

    def __bool__(self) -> bool:
        raise ValueError("The truth value of a lazy series is ambiguous: combine masks by & | ~, or use any(), all()")

    def isna(self) -> Any:
        """Return whether values are missing."""
        return _told(self, expr.is_missing(term_of(self.plan, of_any=True)), mask.absent(self))

    def notna(self) -> Any:
        """Return whether values are there."""
        return ~self.isna()

    def isin(self, values: Any) -> Any:
        """Return whether values are among others.

        Parameters
        ----------
        values : list, set, array or pandas Series
            Scalars; those of another kind than the column equal none.
        """
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise TypeError(f"only list-like objects are allowed to be passed to isin(), not {values!r}")
        term, values = term_of(self.plan), list(values)
        if term.type.kind in ("bool", "int", "float"):  # None is no NaN and no NA to numbers
            values = [value for value in values if value is not None]
        found = [scalar_of(self.plan, value) for value in values if not _is_missing(value)]
        told = expr.is_in(term, found, any(map(_is_missing, values)))
        name = str(empty_of(self.plan).isin([]).dtype)
        return _told(self, replace(told, type=replace(told.type, name=name)), mask.membership(self, values))

    def between(self, left: Any, right: Any, inclusive: str = "both") -> Any:
        """Return whether values are between two others; `inclusive` is ``both neither left right``."""
        plan = self.plan
        told = expr.between(term_of(plan), scalar_of(plan, left), scalar_of(plan, right), inclusive)
        return _told(self, told, mask.between(self, left, right, inclusive))


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _told(series: Lazy, term: expr.Term, filter: Filter | None) -> Any:
    return marked(computed(series, term), series.plan, filter)


def _compared(series: Lazy, name: str, other: Any) -> Any:
    made = combined(series, other, lambda left, right: expr.compare(name, left, right), _COMPARISONS[name])
    return made if isinstance(other, Lazy) else marked(made, series.plan, mask.comparison(series, name, other))


def _logic(series: Lazy, other: Any, make: Make, as_pandas: Callable[[Any, Any], Any], way: str) -> Any:
    made = combined(series, other, make, as_pandas)
    if not isinstance(other, Lazy):
        return made
    one, two = Mask.of(series), Mask.of(other)
    return marked(made, common(one.plan, two.plan, "the other series"), mask.both(one.filter, two.filter, way))
