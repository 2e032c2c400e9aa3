"""Summary: what is made of the rows that are joined to one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegastore.codecs.schema import Entry
from omegastore.data.aggregation import AGGREGATIONS
from omegastore.mdataframe.grouped import result_entry
from omegastore.mdataframe.join import optional
from omegastore.mdataframe.lazy import columns_at
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.row import has_extras
from omegastore.mdataframe.statistic import Statistic, statistic

ZERO = ("count", "count_distinct", "sum")
"""Aggregations that are 0 of no rows; of others there is no value."""
Aggregations = Mapping[str, str | tuple[str, str]]
"""Name of a new column to ``"count"``, or to a column and one of `AGGREGATIONS`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One aggregation that is asked for."""

    entry: Entry
    """The column that it becomes."""
    statistic: Statistic
    of_none: Any
    """The expression of its value where there are no rows."""

    @property
    def odd(self) -> Callable[[str], Any] | None:
        """What stands beside the value, as `Statistic.odd`; None where nothing does."""
        return self.statistic.odd if has_extras(self.entry) else None


def aggregates(
    plan: Plan, aggregations: Aggregations, place: Any, pushed: Sequence[str] = ("median",)
) -> list[Asked]:
    """Return the aggregations of the rows of a plan.

    Parameters
    ----------
    plan : Plan
        The rows.
    aggregations : mapping
        What is asked for.
    place : expression
        By which the first and the last row are found.
    pushed : sequence of str
        The statistics that are computed of an array of the values.

    Raises
    ------
    ValueError
        For an unknown aggregation, or none at all.
    TypeError
        For one that its column does not have.
    """
    if not aggregations:
        raise ValueError("nothing is made of the rows that are joined; give aggregations={name: (column, 'avg')}")
    return [_asked(plan, name, given, place, pushed) for name, given in aggregations.items()]


def _asked(plan: Plan, name: str, given: str | tuple[str, str], place: Any, pushed: Sequence[str]) -> Asked:
    if given == "count":
        column = plan.schema.columns[0]
        return Asked(result_entry("size", column), statistic("size", column, place), {"$toLong": 0})
    if isinstance(given, str) or len(given) != 2 or given[1] not in AGGREGATIONS:
        raise ValueError(
            f"{name}={given!r}: an aggregation is 'count', or a column and one of {sorted(AGGREGATIONS)}"
        )
    column, how = plan.schema.columns[columns_at(plan, [given[0]])[0]], AGGREGATIONS[given[1]]
    try:
        made = (_pushed if how in pushed else statistic)(how, column, place)
    except TypeError as error:
        raise type(error)(f"{name}={given!r}: {error}") from error
    entry = result_entry(how, column)
    of_none: Any = None
    if given[1] in ZERO:
        of_none = {"$toLong": 0} if entry.result.dtype.kind in "iu" else 0.0
    return Asked(optional(entry) if made.is_value else entry, made, of_none)


def _pushed(name: str, entry: Entry, position: Any) -> Statistic:
    """Return the median, or a deviation, of an array of the values."""
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
