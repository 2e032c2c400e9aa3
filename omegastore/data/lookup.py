"""Lookup: the join of two lazy frames as stages of an aggregation: what is found is aggregated, or one row at most.

Rows whose key is missing match nothing. Times are compared by the millisecond, as MongoDB keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd

from omegastore.codecs.column_time import Dates
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.data.summary import Aggregations, Asked, aggregates
from omegastore.errors import InvalidOption
from omegastore.mdataframe import MDataFrame, result
from omegastore.mdataframe.index import prepare
from omegastore.mdataframe.join import brought, lookup
from omegastore.mdataframe.lazy import columns_at
from omegastore.mdataframe.plan import Plan, Stage, fresh_field, loose
from omegastore.mdataframe.row import is_missing
from omegastore.mdataframe.side import Side, check_kinds, side

Pairs = Sequence[tuple[str, str]]
"""Columns of the left and of the right frame that have to be equal."""


@dataclass(frozen=True)
class Bounds:
    """Which rows count by their time: those after ``time - memory``, up to ``time - horizon``."""

    left: str
    """The time stamp of the rows that are joined to."""
    right: str
    """That of the rows that are joined."""
    horizon: timedelta = timedelta(0)
    """How long before the time a row must have been known."""
    memory: timedelta | None = None
    """How far back rows count; None for all."""
    upper: str | None = None
    """The time from which on a row that is joined counts no more; one without such a time counts for ever."""

    def __post_init__(self) -> None:
        if self.horizon < timedelta(0):
            raise ValueError(f"horizon={self.horizon} would look into the future; it is not negative")
        if self.memory is not None and self.memory <= self.horizon:
            raise ValueError(f"memory={self.memory} is not longer than horizon={self.horizon}: no row would count")


def aggregated(
    left: MDataFrame, right: MDataFrame, on: Pairs, aggregations: Aggregations, bounds: Bounds | None = None
) -> MDataFrame:
    """Return `left` with columns that tell of the rows of `right` that have the same key.

    The first key of `right` gets an index, without which each row of `left` would have all of them read.

    Parameters
    ----------
    left, right : MDataFrame
        Lazy frames of one database.
    on : sequence of (str, str)
        The keys in `left` and in `right`.
    aggregations : mapping
        Name of the new column to ``"count"``, or to a column of `right` and one of `aggregation.AGGREGATIONS`.
    bounds : Bounds, optional
        Which rows count by their time.

    Raises
    ------
    UnknownColumn
        For a column that a frame does not have.
    ValueError, TypeError
        For an unknown aggregation, one that its column has not, or a name that `left` has already.
    """
    ours, theirs = _sides(left, right, on)
    refuse_twice(ours.plan, aggregations)
    variables, matches = _bounded(ours.plan, theirs.plan, bounds)
    place = [f"${entry_of(theirs.plan, bounds.right).field}"] if bounds is not None else []
    place += [f"${field}" for field, _ in theirs.plan.order]
    if any(way < 0 for _, way in theirs.plan.order):
        raise InvalidOption("the rows that are joined are in descending order; sort them otherwise, or not at all")
    made = aggregates(theirs.plan, aggregations, place)
    found = fresh_field()
    group = {"$group": {"_id": None, **{f"v{at}": each.statistic.accumulator for at, each in enumerate(made)}}}
    stages = [
        *lookup(ours, theirs, found, variables, [*matches, group]),
        {"$set": {found: {"$first": f"${found}"}}},
        {"$set": fields_of(found, made)},
        {"$unset": found},
    ]
    return with_columns(ours.plan, stages, list(aggregations), [each.entry for each in made])


def looked_up(
    left: MDataFrame, right: MDataFrame, on: Pairs, columns: Mapping[str, str], bounds: Bounds | None = None
) -> MDataFrame:
    """Return `left` with columns of the one row of `right` that has the same key; missing where there is none.

    Parameters
    ----------
    left, right, on, bounds
        As for `aggregated`.
    columns : mapping
        Columns of `right` to what they are called.

    Raises
    ------
    ValueError
        When several rows of `right` have one key, or for a name that `left` has already.
    """
    ours, theirs = _sides(left, right, on)
    refuse_twice(ours.plan, list(columns.values()))
    refuse_repeats(theirs, "that is joined")
    variables, matches = _bounded(ours.plan, theirs.plan, bounds)
    found = fresh_field()
    chosen = replace(theirs, plan=theirs.plan.select(columns_at(theirs.plan, list(columns))))
    entries, fields = brought(chosen, found, "left")
    stages = [
        *lookup(ours, theirs, found, variables, matches),
        {"$set": {found: {"$first": f"${found}"}}},
        {"$set": fields},
        {"$unset": found},
    ]
    return with_columns(ours.plan, stages, list(columns.values()), entries)


def refuse_repeats(rows: Side, what: str) -> None:
    """Raise when two rows have the same key; missing keys are not compared.

    Raises
    ------
    ValueError
        Naming the key.
    """
    keys = {f"k{at}": term for at, term in enumerate(rows.terms)}
    stages: list[Stage] = [
        {"$match": {"$expr": {"$not": [{"$or": [is_missing(each.field) for each in rows.keys]}]}}},
        {"$group": {"_id": keys, "n": {"$sum": 1}, "one": {"$first": "$$ROOT"}}},
        {"$match": {"n": {"$gt": 1}}},
        {"$limit": 1},
    ]
    for document in result.scalar_documents(rows.plan, stages):
        values = {str(label): document["one"][key.field] for label, key in zip(rows.labels, rows.keys, strict=True)}
        raise ValueError(
            f"{document['n']} rows of the frame {what} have the key {values!r}; the relationship allows one: "
            "aggregate them, with relationship many_to_many"
        )


def with_columns(plan: Plan, stages: Sequence[Any], names: Sequence[str], entries: Sequence[Entry]) -> MDataFrame:
    """Return the rows of a plan, as many as before, with columns that further stages compute."""
    schema = loose(plan.schema)
    labels = pd.Index([*schema.labels, *names], dtype=None, name=schema.labels.name)
    schema = replace(schema, labels=labels, columns=(*schema.columns, *entries))
    return MDataFrame(plan.then(list(stages), schema, rows=plan.rows))


def fields_of(found: str, made: Sequence[Asked]) -> dict[str, Any]:
    """Return the fields to set from the document of aggregations in the field `found`, which may be missing."""
    is_gone = {"$eq": [{"$type": f"${found}"}, "missing"]}
    fields: dict[str, Any] = {}
    for at, each in enumerate(made):
        fields[each.entry.field] = {"$cond": [is_gone, each.of_none, each.statistic.found(f"{found}.v{at}")]}
        if each.odd is not None:
            fields[f"{EXTRAS}.{each.entry.field}"] = {"$cond": [is_gone, "$$REMOVE", each.odd(f"{found}.v{at}")]}
    return fields


def milliseconds(span: timedelta) -> int:
    """Return a span as MongoDB counts it."""
    return span // timedelta(milliseconds=1)


def entry_of(plan: Plan, column: str) -> Entry:
    """Return the entry of a column."""
    return plan.schema.columns[columns_at(plan, [column])[0]]


def time_of(plan: Plan, column: str) -> str:
    """Return the field of a time stamp.

    Raises
    ------
    TypeError
        For a column of something else.
    """
    entry = entry_of(plan, column)
    if not isinstance(entry.result, Dates):
        raise TypeError(f"time stamp {column!r} is {entry.result.dtype}; convert it to times first")
    return entry.field


def _sides(left: MDataFrame, right: MDataFrame, on: Pairs) -> tuple[Side, Side]:
    """Return both frames with their keys; what is joined has an index, and its rows are not numbered."""
    if left.plan.source.collection.database.name != right.plan.source.collection.database.name:
        raise InvalidOption("the frames are in two databases; copy one to the other")
    ours = side(left.plan.numbered(), [pair[0] for pair in on])
    theirs = side(_unlabelled(right.plan), [pair[1] for pair in on])
    check_kinds(ours, theirs)
    prepare(theirs.plan, theirs.keys[0].field)
    return ours, theirs


def _unlabelled(plan: Plan) -> Plan:
    """Return the plan without the numbers of its rows where only its index needs them.

    They are made by a window over all rows, which would have to be there before the rows of a key are looked up.
    """
    stages = list(plan.stages)
    for level in plan.schema.index.levels:
        telling = [stage for stage in stages if level.field in repr(stage)]
        if level.field not in plan.fields and [list(stage) for stage in telling] == [["$setWindowFields"], ["$set"]]:
            stages = [stage for stage in stages if stage not in telling]
    return replace(plan, stages=tuple(stages))


def refuse_twice(plan: Plan, names: Mapping[str, Any] | Sequence[str]) -> None:
    """Raise where a column that is made is there already."""
    twice = [name for name in names if name in plan.schema.labels]
    if twice:
        raise ValueError(f"the columns {twice} are there already; give the new ones other names")


def _bounded(left: Plan, right: Plan, bounds: Bounds | None) -> tuple[dict[str, Any], list[Any]]:
    """Return the variables of the left row, and the stages that leave the rows whose time counts."""
    if bounds is None:
        return {}, []
    time = f"${time_of(right, bounds.right)}"
    ours, theirs = entry_of(left, bounds.left).result.dtype, entry_of(right, bounds.right).result.dtype
    if hasattr(ours, "tz") != hasattr(theirs, "tz"):
        raise TypeError(
            f"time stamp {bounds.left!r} is {ours} and {bounds.right!r} is {theirs}: one has a time zone, one has "
            "none; convert one of them"
        )
    latest: Any = {"$subtract": ["$$time", milliseconds(bounds.horizon)]}
    tests: list[Any] = [{"$lte": [time, latest]}, {"$gt": [time, None]}]
    if bounds.memory is not None:
        tests.append({"$gt": [time, {"$subtract": ["$$time", milliseconds(bounds.memory)]}]})
    if bounds.upper is not None:
        upper = f"${time_of(right, bounds.upper)}"
        tests.append({"$or": [{"$lte": [upper, None]}, {"$gt": [upper, "$$time"]}]})
    return {"time": f"${time_of(left, bounds.left)}"}, [{"$match": {"$expr": {"$and": tests}}}]
