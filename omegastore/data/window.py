"""Window: columns that tell of a table's own past, computed over sorted rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from omegastore.data.lookup import fields_of, milliseconds, refuse_twice, time_of, with_columns
from omegastore.data.summary import Aggregations, aggregates
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.plan import fresh_field
from omegastore.mdataframe.row import is_missing
from omegastore.mdataframe.side import side

PUSHED = ("std", "var", "median")
"""Statistics of arrays: a window that takes values out of a deviation again ends up with rounding errors alone."""


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
    made = aggregates(plan, aggregations, [f"${time}", *(f"${field}" for field, _ in plan.order)], PUSHED)
    is_out: Any = {"$or": [is_missing(time), *(is_missing(each.field) for each in keys.keys)]}
    # the bounds of a window are inclusive, and times are whole milliseconds
    span = {"range": [1 - milliseconds(memory), -milliseconds(horizon)]}
    place, found = fresh_field(), fresh_field()
    by: dict[str, Any] = {"out": is_out, **{f"k{at}": term for at, term in enumerate(keys.terms)}}
    window = {
        "partitionBy": by,
        "sortBy": {place: 1},
        "output": {f"{found}.v{at}": {**each.statistic.accumulator, "window": span} for at, each in enumerate(made)},
    }
    stages = [
        {"$set": {place: {"$cond": [is_out, 0, {"$toLong": f"${time}"}]}}},
        {"$setWindowFields": window},
        {"$set": {found: {"$cond": [is_out, "$$REMOVE", f"${found}"]}}},
        {"$set": fields_of(found, made)},
        {"$unset": [place, found]},
    ]
    return with_columns(plan, stages, list(aggregations), [each.entry for each in made])
