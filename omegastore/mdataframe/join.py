"""Join: the rows of two frames that have the same keys, side by side, as stages of one aggregation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from bson import MinKey

from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.column_sampled import Joined
from omegastore.codecs.column_text import Objects
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.mdataframe.given import begin
from omegastore.mdataframe.plan import NATURAL, ROW_BY_ROW, Plan, Stage, fresh_field
from omegastore.mdataframe.row import has_extras, is_missing, may_be_missing
from omegastore.mdataframe.side import Side

FEW = 10_000
"""Rows of the right frame below which those that one row matches are sure to fit in an array."""
_CATEGORY = pd.CategoricalDtype(["left_only", "right_only", "both"])


@dataclass(frozen=True, slots=True)
class Join:
    """The rows of a join."""

    plan: Plan
    entries: list[Entry]
    """The columns of the left frame, then those of the right one."""
    keys: list[int]
    """Positions of the keys."""
    origin: Entry


def join_of(left: Side, right: Side, how: str, alone: str = "left_only") -> Join:
    """Return the rows of the join, the keys of a pair of the same label in one column."""
    if how == "right":
        turned = join_of(right, left, "left", "right_only")
        count = len(right.plan.schema.columns)
        entries = [*turned.entries[count:], *turned.entries[:count]]
        keys = [list(left.plan.schema.columns).index(entry) for entry in left.keys]
        for ours, theirs, at in zip(left.labels, right.labels, keys, strict=True):
            if ours == theirs:
                entries[at] = turned.entries[turned.keys[left.labels.index(ours)]]
        places = [at if a == b else len(left.plan.schema.columns) + list(right.plan.schema.columns).index(entry)
                  for at, a, b, entry in zip(keys, left.labels, right.labels, right.keys, strict=True)]  # fmt: skip
        return replace(turned, entries=entries, keys=places)
    pair = fresh_field()
    plan, looked = left.plan, lookup(left, right, pair)
    is_sorted = "$set" in looked[-1]
    if is_sorted and plan.order == NATURAL and all("$set" in stage for stage in plan.stages):
        plan = plan.in_order()  # the order of the key costs nothing, sorting all joined rows does
    unwind = {"path": f"${pair}", "preserveNullAndEmptyArrays": how != "inner"}
    stages: list[Stage] = [*looked, {"$unwind": unwind}]
    found, fields = brought(right, pair, how)
    own = list(left.plan.schema.columns)
    origin, told = _origin({"$cond": [{"$eq": [{"$type": f"${pair}._id"}, "missing"]}, alone, "both"]})
    stages.append({"$set": {**fields, **told}})
    order = (*plan.order, *((f"{pair}.{field}", way) for field, way in right.plan.order))
    joined = plan.then(stages, order=order, is_ordered=is_sorted and plan.is_ordered)
    keys = [own.index(entry) for entry in left.keys]
    if how != "outer":
        return Join(joined, [*own, *found], keys, origin)
    return _outer(Join(joined, [*own, *found], keys, origin), left, right, pair)


def lookup(
    left: Side, right: Side, pair: str, let: Mapping[str, Any] | None = None, then: Sequence[Stage] = ()
) -> list[Stage]:
    """Return the stages that find for each row of the left frame those of the right one, in an array.

    Parameters
    ----------
    left, right : Side
        The frames and their keys.
    pair : str
        The field that gets the array.
    let : mapping, optional
        Variables of the left row that `then` uses.
    then : sequence of mappings
        What is done with the rows that are found, of each row of the left frame by themselves.
    """
    source = right.plan.source
    stages = list(right.plan.stages)
    ours, theirs = left.terms, right.terms
    inner: list[Stage] = []
    place, start = begin(source, "from")
    found: dict[str, Any] = {**place, "as": pair}
    by_row = all(set(stage) <= ROW_BY_ROW for stage in stages)
    first = right.keys[0]
    before: list[Stage] = []
    if by_row and first.field in right.plan.fields and not _by_code(first):
        key = left.keys[0].field
        if may_be_missing(left.keys[0]):
            # $lookup takes null for equal to null; no stored value is MinKey
            key, least = fresh_field(), {"$literal": MinKey()}
            before = [{"$set": {key: {"$cond": [is_missing(left.keys[0].field), least, f"${left.keys[0].field}"]}}}]
        found |= {"localField": key, "foreignField": first.field}
        if not first.result.has_digits:  # else rows that agree but for the digits are found too
            ours, theirs = ours[1:], theirs[1:]
    names = {f"k{at}": term for at, term in enumerate(ours)}
    inner += stages
    if names:
        tests: list[Any] = [{"$eq": [term, f"$$k{at}"]} for at, term in enumerate(theirs)]
        tests += [{"$ne": [f"$$k{at}", None]} for at in range(len(ours))]
        inner.append({"$match": {"$expr": {"$and": tests}}})
    inner += then
    if names or let:
        found["let"] = {**names, **(let or {})}
    if not inner and (right.plan.rows or FEW) < FEW and source.is_clustered and set(source.visible) == {"_id"}:
        return [*before, {"$lookup": found}, {"$set": {pair: _committed(f"${pair}", source.visible["_id"])}}]
    if inner or start:
        found["pipeline"] = [*start, *inner]
    return [*before, {"$lookup": found}]


def _committed(array: str, span: Mapping[str, Any]) -> dict[str, Any]:
    """Return the expression for the rows of an array that count, in their order.

    It takes no time beside the look-up, to which a pipeline of its own for each row adds a fifth.
    """
    tests = [{sign: ["$$this._id", value]} for sign, value in span.items()]
    return {"$sortArray": {"input": {"$filter": {"input": array, "cond": {"$and": tests}}}, "sortBy": {"_id": 1}}}


def _by_code(entry: Entry) -> bool:
    return isinstance(entry.result, Categories)


def brought(right: Side, pair: str, how: str) -> tuple[list[Entry], dict[str, Any]]:
    """Return the columns of the right frame as the joined rows have them, and the fields to set."""
    entries: list[Entry] = []
    fields: dict[str, Any] = {}
    for entry in right.plan.schema.columns:
        field = fresh_field()
        value: Any = f"${pair}.{entry.field}"
        if how != "inner" and isinstance(entry.result, Objects):
            value = {"$cond": [{"$eq": [{"$type": f"${pair}._id"}, "missing"]}, float("nan"), value]}
        fields[field] = value
        if has_extras(entry):
            fields[f"{EXTRAS}.{field}"] = f"${pair}.{EXTRAS}.{entry.field}"
        entries.append(optional(replace(entry, field=field), is_optional=how != "inner"))
    return entries, fields


def optional(entry: Entry, *, is_optional: bool = True) -> Entry:
    """Return a column of which rows without a match have no value."""
    codec: Any = entry.result
    if not is_optional:
        return entry
    if isinstance(codec, Numbers) and codec.numpy.kind in "biu":
        codec = Joined.over(codec)
    return replace(entry, result=codec, codecs=((0, codec),), na="some")


def _origin(expression: Any) -> tuple[Entry, dict[str, Any]]:
    codec = Categories(_CATEGORY)
    field = fresh_field()
    return Entry(field, ((0, codec),), codec, "none"), {field: expression}


def _outer(join: Join, left: Side, right: Side, pair: str) -> Join:
    """Return the join with the rows of the right frame that have no match."""
    other = fresh_field()
    count = len(left.plan.schema.columns)
    ours, theirs = join.entries[:count], join.entries[count:]
    place, start = begin(right.plan.source, "coll")
    stages: list[Stage] = [
        *start,
        *right.plan.stages,
        *lookup(right, left, other),
        {"$match": {other: []}},
        {"$project": {"_id": 0, pair: "$$ROOT"}},
    ]
    fields: dict[str, Any] = {}
    for entry, column in zip(theirs, right.plan.schema.columns, strict=True):
        fields[entry.field] = f"${pair}.{column.field}"
        if has_extras(column):
            fields[f"{EXTRAS}.{entry.field}"] = f"${pair}.{EXTRAS}.{column.field}"
    for at, one, label, column in zip(join.keys, left.labels, right.labels, right.keys, strict=True):
        if one == label:
            fields[ours[at].field] = f"${pair}.{column.field}"
            if has_extras(column):
                fields[f"{EXTRAS}.{ours[at].field}"] = f"${pair}.{EXTRAS}.{column.field}"
    for at, entry in enumerate(ours):
        if isinstance(entry.result, Objects) and entry.field not in fields:
            fields[entry.field] = {"$literal": np.nan}
        number = join.keys.index(at) if at in join.keys else -1
        is_shared = number >= 0 and left.labels[number] == right.labels[number]
        ours[at] = _of_both(entry, right.keys[number]) if is_shared else optional(entry, is_optional=True)
    last = fresh_field()  # absent, and so in front, in all other rows
    fields |= {join.origin.field: "right_only", last: 1}
    stages.append({"$set": fields})
    union = {"$unionWith": {**place, "pipeline": stages}}
    plan = join.plan.then([union], order=((last, 1), *join.plan.order))
    return replace(join, plan=plan, entries=[*ours, *theirs])


def _of_both(entry: Entry, other: Entry) -> Entry:
    """Return a key that has values of both frames."""
    one, two = entry.result, other.result
    if not isinstance(one, Numbers):
        return replace(entry, na="some")
    codec = Numbers(np.result_type(one.numpy, two.numpy)) if isinstance(two, Numbers) else one
    return replace(entry, result=codec, codecs=((0, codec),))
