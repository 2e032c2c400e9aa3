"""Window: columns that tell of a table's own past, computed over sorted rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from omegastore.codecs.schema import Entry
from omegastore.data.aggregate import Aggregations, aggregates
from omegastore.data.lookup import fields_of, milliseconds, refuse_twice, time_of, with_columns
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.plan import fresh_field
from omegastore.mdataframe.row import is_missing
from omegastore.mdataframe.side import side
from omegastore.mdataframe.statistic import Statistic, statistic

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of rows without one; windows over such rows are not looked at."""


def windowed(
    frame: MDataFrame,
    time_stamp: str,
    on: Sequence[str],
    aggregations: Aggregations,
    memory: timedelta,
    horizon: timedelta = timedelta(0),
) -> MDataFrame:
    """Return a frame with columns that tell of its earlier rows of the same key.

    Of a row without time or key nothing is told, and it counts for no other row.

    Parameters
    ----------
    frame : MDataFrame
        The rows.
    time_stamp : str
        Their time.
    on : sequence of str
        The key; none for all rows together.
    aggregations : mapping
        As for `lookup.aggregated`.
    memory, horizon : timedelta
        Rows count that are later than ``time - memory``, up to ``time - horizon``.

    Raises
    ------
    UnknownColumn
        For a column that is not there.
    ValueError, TypeError
        For an unknown aggregation, one that its column has not, or a name that is there already.
    """
    plan = frame.plan.numbered()
    refuse_twice(plan, aggregations)
    time, keys = time_of(plan, time_stamp), side(plan, list(on))
    made = aggregates(plan, aggregations, [f"${time}", *(f"${field}" for field, _ in plan.order)], {}, moving)
    is_out: Any = {"$or": [is_missing(time), *(is_missing(each.field) for each in keys.keys)]}
    # the bounds of a window are inclusive, and times are whole milliseconds
    span = {"range": [1 - milliseconds(memory), -milliseconds(horizon)], "unit": "millisecond"}
    place, found = fresh_field(), fresh_field()
    by: dict[str, Any] = {"out": is_out, **{f"k{at}": term for at, term in enumerate(keys.terms)}}
    window = {
        "partitionBy": by,
        "sortBy": {place: 1},
        "output": {f"{found}.v{at}": {**each.statistic.accumulator, "window": span} for at, each in enumerate(made)},
    }
    stages = [
        {"$set": {place: {"$cond": [is_out, EPOCH, f"${time}"]}}},
        {"$setWindowFields": window},
        {"$set": {found: {"$cond": [is_out, "$$REMOVE", f"${found}"]}}},
        {"$set": fields_of(found, made)},
        {"$unset": [place, found]},
    ]
    return with_columns(plan, stages, list(aggregations), [each.entry for each in made])


def moving(name: str, entry: Entry, position: Any, middle: Any = None) -> Statistic:
    """Return a statistic as windows compute it.

    Deviations are computed of the values: a window that takes values out again ends up with rounding errors alone.
    """
    if name not in ("std", "var", "median"):
        return statistic(name, entry, position, middle)
    present = statistic("mean", entry, position).accumulator["$avg"]

    def found(field: str) -> Any:
        if name == "median":
            return _median(f"${field}")
        deviation = {"$stdDevSamp": f"${field}"}
        return deviation if name == "std" else {"$pow": [deviation, 2]}

    return Statistic(name, {"$push": present}, found)


def _median(path: str) -> Any:
    """Return the expression of the middle of an array, nulls left out."""
    values = {"$filter": {"input": {"$ifNull": [path, []]}, "cond": {"$gt": ["$$this", None]}}}
    half = {"$divide": [{"$size": "$$values"}, 2]}
    middle = [{"$subtract": [{"$ceil": half}, 1]}, {"$floor": half}]
    return {
        "$let": {
            "vars": {"values": {"$sortArray": {"input": values, "sortBy": 1}}},
            "in": {
                "$cond": [
                    {"$eq": ["$$values", []]},
                    None,
                    {"$avg": [{"$arrayElemAt": ["$$values", at]} for at in middle]},
                ]
            },
        }
    }
