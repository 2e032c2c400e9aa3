"""Windows: values of the rows around each row, in the order of the rows; computed by the server.

``$setWindowFields`` keeps running sums, so that the last digits of floats may differ from pandas' own running sums.
What is made of a series here has its rows; `by` is the expression of the group that a row is in, None for one group.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
OPERATORS = {"sum": "$sum", "mean": "$avg", "min": "$min", "max": "$max", "count": None}
"""By name: what is made of the values of a window."""


@dataclass(frozen=True, slots=True)
class Window:
    """The rows around each row that count for it."""

    bounds: dict[str, Any]
    """As ``$setWindowFields`` has them."""
    least: int
    """Values that have to be there for a result."""
    by: Any = None
    """The group that a row is in."""
    sort: str | None = None
    """The field that the bounds are in, if it is not the order of the rows."""


def shifted(series: Lazy, periods: int, by: Any = None) -> Any:
    """Return the values that stand so many rows before."""
    plan = series.plan
    entry = plan.schema.columns[0]
    if type_of(entry).kind == "bool" and not type_of(entry).is_masked:
        raise Uncomputable("shifted bools are objects in pandas; convert them first, or take .value")
    dtype = pd.Series(entry.result.array(Cells([])), dtype=entry.result.dtype).shift(periods).dtype
    field, raw = fresh_field(), fresh_field()
    made = {field: _shift(f"${entry.field}", periods)}
    if has_extras(entry):
        made[raw] = _shift(f"${EXTRAS}.{entry.field}", periods)
    found = windowed(plan, made, by)
    if has_extras(entry):
        found = found.computed({f"{EXTRAS}.{field}": {"$ifNull": [f"${raw}", "$$REMOVE"]}})
    if dtype == entry.result.dtype:
        return _of(series, found, replace(entry, field=field, na="some"))
    return _of(series, found, entry_for(field, dtype))


def running(series: Lazy, operator: str, by: Any = None) -> Any:
    """Return the sum, the least or the greatest of the values up to each row: ``$sum $min $max``."""
    plan = series.plan
    entry = numbers_of(plan)
    raw, field = fresh_field(), fresh_field()
    gone = is_missing(entry.field)
    nothing = 0 if operator == "$sum" else None
    output = {operator: {"$cond": [gone, nothing, f"${entry.field}"]}, "window": {"documents": RUNNING}}
    is_float = type_of(entry).kind == "float"
    whole = f"${raw}" if is_float else {"$toLong": f"${raw}"}
    found = windowed(plan, {raw: output}, by)
    found = found.computed({field: {"$cond": [gone, math.nan if is_float else None, whole]}})
    return _of(series, found, replace(entry, field=field))


def ranked(series: Lazy, method: str, ascending: bool, by: Any = None) -> Any:
    """Return the places of the values among all, from 1."""
    plan = series.plan
    entry = plan.schema.columns[0]
    if method not in RANKS:
        raise InvalidOption(f"method={method!r}; {', '.join(RANKS)}")
    if type_of(entry).kind not in ("int", "float", "text") or type_of(entry).is_masked:
        raise Uncomputable(f"the server ranks numbers and texts, not {entry.result.dtype}; take .value")
    way = 1 if ascending else -1
    gone, place, ties, field = fresh_field(), fresh_field(), fresh_field(), fresh_field()
    sort: dict[str, Any] = {entry.field: way}
    if method == "first":
        sort |= {path: direction for path, direction in plan.order if path not in sort}
    rank: dict[str, Any] = {"$sum": 1, "window": {"documents": RUNNING}} if method == "first" else {
        "$denseRank" if method == "dense" else "$rank": {}
    }  # fmt: skip
    there = f"${gone}" if by is None else {"gone": f"${gone}", "by": by}
    same = f"${entry.field}" if by is None else {"value": f"${entry.field}", "by": by}
    stages: list[Stage] = [
        {"$set": {gone: is_missing(entry.field)}},
        {"$setWindowFields": {"partitionBy": there, "sortBy": sort, "output": {place: rank}}},
        {"$setWindowFields": {"partitionBy": same, "output": {ties: {"$sum": 1}}}},
    ]
    more = {"average": {"$divide": [{"$subtract": [f"${ties}", 1]}, 2]}, "max": {"$subtract": [f"${ties}", 1]}}
    number = {"$toDouble": {"$add": [f"${place}", more.get(method, 0)]}}
    found = plan.then(stages, rows=plan.rows)
    found = found.computed({field: {"$cond": [f"${gone}", math.nan, number]}})
    return _of(series, found, entry_for(field, "float64"))


def rolled(series: Lazy, window: Window, name: str) -> Any:
    """Return a statistic of the values of each window: one of `OPERATORS`."""
    plan, operator = series.plan, OPERATORS[name]
    entry = numbers_of(plan)
    gone = is_missing(entry.field)
    many, raw, rows, field = fresh_field(), fresh_field(), fresh_field(), fresh_field()
    output: dict[str, Any] = {many: {"$sum": {"$cond": [gone, 0, 1]}, "window": window.bounds}}
    if operator is not None:
        output[raw] = {operator: {"$cond": [gone, None, f"${entry.field}"]}, "window": window.bounds}
    output[rows] = {"$sum": 1, "window": window.bounds}
    # pandas counts the rows of a window, not its values, for count()
    enough = {"$gte": [f"${many if operator is not None else rows}", window.least]}
    value = {"$toDouble": f"${raw if operator is not None else many}"}
    found = windowed(plan, output, window.by, window.sort)
    found = found.computed({field: {"$cond": [enough, value, math.nan]}})
    return _of(series, found, entry_for(field, "float64"))


def windowed(plan: Plan, output: dict[str, Any], by: Any = None, sort: str | None = None) -> Plan:
    """Return the plan whose rows have further fields, of windows in the order of the rows or of a field."""
    body = {"sortBy": dict(plan.order) if sort is None else {sort: 1}, "output": output}
    stage: Stage = {"$setWindowFields": body if by is None else {"partitionBy": by, **body}}
    return plan.then([stage], rows=plan.rows, is_ordered=plan.order == NATURAL and by is None and sort is None)


def numbers_of(plan: Plan) -> Entry:
    """Return the one column of a series of int64 or float64.

    Raises
    ------
    Uncomputable
        For other dtypes.
    """
    entry = plan.schema.columns[0]
    kind = type_of(entry)
    if kind.kind not in ("int", "float") or kind.is_masked or kind.name not in ("int64", "float64"):
        raise Uncomputable(
            f"the server computes windows of int64 and float64, not of {entry.result.dtype}; "
            "convert the column with astype(), or take .value"
        )
    return entry


def entry_for(field: str, dtype: Any) -> Entry:
    """Return the column of a result, of which values may be missing."""
    codec = column_of(values_of(pd.Series([], dtype=dtype)), "the result")
    return Entry(field, ((0, codec),), codec, "some")


def _shift(code: Any, periods: int) -> Any:
    return {"$shift": {"output": code, "by": -periods, "default": None}}


def _of(series: Lazy, plan: Plan, entry: Entry) -> Any:
    return series.series_type(plan.with_schema(replace(plan.schema, columns=(entry,))))
