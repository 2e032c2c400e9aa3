"""Lookup: the join of two lazy frames as one stage of an aggregation.

Rows whose key is missing match nothing. Times are compared by the millisecond, as MongoDB keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column_number import Numbers
from omegastore.codecs.schema import Entry, FrameSchema
from omegastore.errors import UnknownColumn
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.index import prepare
from omegastore.mdataframe.plan import Plan, fresh_field, loose

AGGREGATIONS = {"avg": "$avg", "max": "$max", "min": "$min", "sum": "$sum"}
"""What is made of a column of several rows: its values that are not missing; nothing of none, and the sum 0."""
FLOAT, INTEGER = Numbers(np.dtype(np.float64)), Numbers(np.dtype(np.int64))
NAN = float("nan")


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


def aggregated(
    left: MDataFrame,
    right: MDataFrame,
    on: tuple[str, str],
    aggregations: Mapping[str, str | tuple[str, str]],
    bounds: Bounds | None = None,
) -> MDataFrame:
    """Return `left` with columns that tell of the rows of `right` that have the same key.

    The key of `right` gets an index, without which each row of `left` would have all of them read.

    Parameters
    ----------
    left, right : MDataFrame
        Lazy frames of one database.
    on : tuple of str
        The key in `left` and in `right`.
    aggregations : mapping
        Name of the new column to ``"count"``, or to a column of `right` and one of ``"avg"``, ``"max"``, ``"min"``,
        ``"sum"``.
    bounds : Bounds, optional
        Which rows count by their time.

    Raises
    ------
    UnknownColumn
        For a column that a frame does not have.
    ValueError
        For an unknown aggregation, or a name that `left` has already.
    """
    plan, other = left.plan.numbered(), right.plan
    group: dict[str, Any] = {"_id": None}
    for name, asked in aggregations.items():
        group[f"v{len(group)}"] = accumulator(other, name, asked)
    key, foreign = field_of(plan, on[0]), field_of(other, on[1])
    matches: list[Any] = [{"$gt": [f"${foreign}", None]}, {"$ne": [f"${foreign}", NAN]}]
    variables: dict[str, Any] = {}
    if bounds is not None:
        variables = {"time": f"${field_of(plan, bounds.left)}"}
        matches += _bounded(f"${field_of(other, bounds.right)}", bounds)
    prepare(other, foreign)
    found = fresh_field()
    pipeline = [*other.stages, {"$match": {"$expr": {"$and": matches}}}, {"$group": group}]
    source = other.source
    lookup = {
        "from": source.collection.name,
        "localField": key,
        "foreignField": foreign,
        "let": variables,
        "pipeline": [*([{"$match": source.visible}] if source.visible else []), *pipeline],
        "as": found,
    }
    fields = {name: fresh_field() for name in aggregations}
    values = {
        fields[name]: _value(f"${found}.v{at}", asked) for at, (name, asked) in enumerate(aggregations.items(), 1)
    }
    joined = plan.then([{"$lookup": lookup}, {"$set": values}, {"$unset": found}], rows=plan.rows)
    return MDataFrame(joined.with_schema(with_columns(plan.schema, aggregations, fields)))


def accumulator(plan: Plan, name: str, asked: str | tuple[str, str]) -> dict[str, Any]:
    """Return the accumulator of an aggregation that is asked for.

    Raises
    ------
    ValueError
        For an unknown one.
    """
    if asked == "count":
        return {"$sum": 1}
    column, how = asked if isinstance(asked, tuple) else ("", asked)
    if how not in AGGREGATIONS:
        raise ValueError(f"{name}={asked!r}: an aggregation is 'count' or a column and one of {sorted(AGGREGATIONS)}")
    field = f"${field_of(plan, column)}"
    # NaN is missing too, and would make every sum NaN
    return {AGGREGATIONS[how]: {"$cond": [{"$eq": [field, NAN]}, None, field]}}


def with_columns(
    schema: FrameSchema, aggregations: Mapping[str, str | tuple[str, str]], fields: Mapping[str, str]
) -> FrameSchema:
    """Return a schema with the columns of aggregations: counts are int64, all others float64.

    Raises
    ------
    ValueError
        For a name that is there already.
    """
    twice = [name for name in aggregations if name in schema.labels]
    if twice:
        raise ValueError(f"the columns {twice} are there already")
    made = tuple(
        Entry(fields[name], ((0, codec),), codec, "none" if asked == "count" else "some")
        for name, asked in aggregations.items()
        for codec in [INTEGER if asked == "count" else FLOAT]
    )
    labels = pd.Index([*schema.labels, *aggregations], dtype=None, name=schema.labels.name)
    return replace(loose(schema), labels=labels, columns=schema.columns + made)


def _value(path: str, asked: str | tuple[str, str]) -> Any:
    first = {"$first": path}
    is_sum = asked == "count" or asked[1] == "sum"
    return {"$toLong": {"$ifNull": [first, 0]}} if asked == "count" else {"$ifNull": [first, 0.0 if is_sum else None]}


def _bounded(time: str, bounds: Bounds) -> list[Any]:
    """Return the conditions on the time of a row."""
    upper: Any = {"$subtract": ["$$time", milliseconds(bounds.horizon)]}
    found: list[Any] = [{"$lte": [time, upper]}, {"$gt": [time, None]}]
    if bounds.memory is not None:
        found.append({"$gt": [time, {"$subtract": ["$$time", milliseconds(bounds.memory)]}]})
    return found


def milliseconds(span: timedelta) -> int:
    """Return a span as MongoDB counts it."""
    return span // timedelta(milliseconds=1)


def field_of(plan: Plan, column: str) -> str:
    """Return the field of a column."""
    labels = list(plan.schema.labels)
    if column not in labels:
        raise UnknownColumn(f"no column {column!r} among {labels}")
    return plan.schema.columns[labels.index(column)].field
