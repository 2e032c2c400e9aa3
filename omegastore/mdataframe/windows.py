"""Windows: values of the rows around each row, in the order of the rows; computed by the server.

``$setWindowFields`` keeps running sums, so that the last digits of floats may differ from pandas' own running sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.column import Cells, column_of, values_of
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import NATURAL, Plan, Stage, fresh_field
from omegastore.mdataframe.row import has_extras, is_missing

RUNNING = ["unbounded", "current"]
RANKS = ("average", "min", "max", "first", "dense")


class SeriesWindows(Lazy):
    """Series of the values around each row; the order is that of the rows, after `sort_values` that one."""

    def shift(self, periods: int = 1) -> Any:
        """Return the values that stand so many rows before, or after for a negative number."""
        plan = self.plan
        entry = plan.schema.columns[0]
        if type_of(entry).kind == "bool" and not type_of(entry).is_masked:
            raise Uncomputable("shifted bools are objects in pandas; convert them first, or take .value")
        dtype = pd.Series(entry.result.array(Cells([])), dtype=entry.result.dtype).shift(periods).dtype
        field = fresh_field()
        made = {field: _shifted(f"${entry.field}", periods)}
        raw = fresh_field()
        if has_extras(entry):
            made[raw] = _shifted(f"${EXTRAS}.{entry.field}", periods)
        found = _windowed(plan, made)
        if has_extras(entry):
            found = found.computed({f"{EXTRAS}.{field}": {"$ifNull": [f"${raw}", "$$REMOVE"]}})
        if dtype == entry.result.dtype:
            return self._series(_with(found, replace(entry, field=field, na="some")))
        return self._series(_with(found, _entry(field, dtype)))

    def diff(self, periods: int = 1) -> Any:
        """Return the difference between each value and the one so many rows before."""
        return self._like(self.plan) - self.shift(periods)

    def cumsum(self) -> Any:
        """Return the sums of the values up to each row; missing ones stay missing and count as nothing."""
        return self._running("$sum", 0)

    def cummax(self) -> Any:
        """Return the greatest value up to each row."""
        return self._running("$max", None)

    def cummin(self) -> Any:
        """Return the least value up to each row."""
        return self._running("$min", None)

    def rank(self, method: str = "average", ascending: bool = True) -> Any:
        """Return the places of the values among all, from 1; missing ones have none.

        Parameters
        ----------
        method : {"average", "min", "max", "first", "dense"}
            What those have that are equal.
        ascending : bool
            Whether the least value has place 1.
        """
        plan = self.plan
        entry = plan.schema.columns[0]
        if method not in RANKS:
            raise InvalidOption(f"method={method!r}; {', '.join(RANKS)}")
        if type_of(entry).kind not in ("int", "float", "text") or type_of(entry).is_masked:
            raise Uncomputable(f"the server ranks numbers and texts, not {entry.result.dtype}; take .value")
        way = 1 if ascending else -1
        gone, place, ties, field = fresh_field(), fresh_field(), fresh_field(), fresh_field()
        by: dict[str, Any] = {entry.field: way}
        if method == "first":
            by |= {path: direction for path, direction in plan.order if path not in by}
        rank: dict[str, Any] = {"$sum": 1, "window": {"documents": RUNNING}} if method == "first" else {
            "$denseRank" if method == "dense" else "$rank": {}
        }  # fmt: skip
        stages: list[Stage] = [
            {"$set": {gone: is_missing(entry.field)}},
            {"$setWindowFields": {"partitionBy": f"${gone}", "sortBy": by, "output": {place: rank}}},
            {"$setWindowFields": {"partitionBy": f"${entry.field}", "output": {ties: {"$sum": 1}}}},
        ]
        more = {"average": {"$divide": [{"$subtract": [f"${ties}", 1]}, 2]}, "max": {"$subtract": [f"${ties}", 1]}}
        number = {"$toDouble": {"$add": [f"${place}", more.get(method, 0)]}}
        found = plan.then(stages, rows=plan.rows)
        found = found.computed({field: {"$cond": [f"${gone}", math.nan, number]}})
        return self._series(_with(found, _entry(field, "float64")))

    def rolling(self, window: int, min_periods: int | None = None) -> Rolling:
        """Return the windows of so many rows that end at each row.

        Parameters
        ----------
        window : int
            Rows.
        min_periods : int, optional
            Values that have to be there for a result; by default as many as there are rows.
        """
        if type(window) is not int or window < 1:
            raise ValueError("window must be an integer of at least 1")
        least = window if min_periods is None else min_periods
        if least > window:
            raise ValueError(f"min_periods {least} must be <= window {window}")
        return Rolling(self.plan, self._series, window, least)

    def _running(self, operator: str, nothing: Any) -> Any:
        plan = self.plan
        entry = _numbers(plan)
        raw, field = fresh_field(), fresh_field()
        gone = is_missing(entry.field)
        output = {operator: {"$cond": [gone, nothing, f"${entry.field}"]}, "window": {"documents": RUNNING}}
        is_float = type_of(entry).kind == "float"
        whole = f"${raw}" if is_float else {"$toLong": f"${raw}"}
        found = _windowed(plan, {raw: output})
        found = found.computed({field: {"$cond": [gone, math.nan if is_float else None, whole]}})
        return self._series(_with(found, replace(entry, field=field)))


class Rolling:
    """Windows of a fixed number of rows.

    Parameters
    ----------
    plan : Plan
        Of a series of numbers.
    series : callable
        Makes a series of a plan.
    window, least : int
        Rows, and values that have to be there.
    """

    def __init__(self, plan: Plan, series: Callable[[Plan], Any], window: int, least: int) -> None:
        self._plan, self._series, self._window, self._least = plan, series, window, least
        self._entry = _numbers(plan)

    def sum(self) -> Any:
        """Return the sum of each window."""
        return self._of("$sum")

    def mean(self) -> Any:
        """Return the mean of each window."""
        return self._of("$avg")

    def min(self) -> Any:
        """Return the least value of each window."""
        return self._of("$min")

    def max(self) -> Any:
        """Return the greatest value of each window."""
        return self._of("$max")

    def count(self) -> Any:
        """Return how many values of each window are there."""
        return self._of(None)

    def _of(self, operator: str | None) -> Any:
        entry, bounds = self._entry, {"documents": [1 - self._window, 0]}
        gone = is_missing(entry.field)
        many, raw, field = fresh_field(), fresh_field(), fresh_field()
        output: dict[str, Any] = {many: {"$sum": {"$cond": [gone, 0, 1]}, "window": bounds}}
        if operator is not None:
            output[raw] = {operator: {"$cond": [gone, None, f"${entry.field}"]}, "window": bounds}
        rows = fresh_field()
        output[rows] = {"$sum": 1, "window": bounds}
        # pandas counts the rows of a window, not its values, for count()
        enough = {"$gte": [f"${many if operator is not None else rows}", self._least]}
        value = {"$toDouble": f"${raw if operator is not None else many}"}
        found = _windowed(self._plan, output).computed({field: {"$cond": [enough, value, math.nan]}})
        return self._series(_with(found, _entry(field, "float64")))


def _numbers(plan: Plan) -> Entry:
    entry = plan.schema.columns[0]
    kind = type_of(entry)
    if kind.kind not in ("int", "float") or kind.is_masked or kind.name not in ("int64", "float64"):
        raise Uncomputable(
            f"the server computes windows of int64 and float64, not of {entry.result.dtype}; "
            "convert the column before it is put, or take .value"
        )
    return entry


def _shifted(code: Any, periods: int) -> Any:
    return {"$shift": {"output": code, "by": -periods, "default": None}}


def _windowed(plan: Plan, output: dict[str, Any]) -> Plan:
    """Return the plan whose rows have further fields, of windows in the order of the rows."""
    stage: Stage = {"$setWindowFields": {"sortBy": dict(plan.order), "output": output}}
    return plan.then([stage], rows=plan.rows, is_ordered=plan.order == NATURAL)


def _entry(field: str, dtype: Any) -> Entry:
    codec = column_of(values_of(pd.Series([], dtype=dtype)), "the result")
    return Entry(field, ((0, codec),), codec, "some")


def _with(plan: Plan, entry: Entry) -> Plan:
    return plan.with_schema(replace(plan.schema, columns=(entry,)))
