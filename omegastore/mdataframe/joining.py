"""Joining: rows of two frames side by side, matched by keys."""

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
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema
from omegastore.errors import InvalidOption
from omegastore.mdataframe import result
from omegastore.mdataframe.given import begin, given
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.ordering import ordered
from omegastore.mdataframe.plan import NATURAL, ROW_BY_ROW, Plan, Stage, fresh_field, loose, unnumbered
from omegastore.mdataframe.row import has_extras, is_missing, may_be_missing, settled
from omegastore.mdataframe.side import Side, check_kinds, shared_names, sides

HOWS = ("inner", "left", "right", "outer")
_CHECKS = {
    "one_to_one": (True, True),
    "one_to_many": (True, False),
    "many_to_one": (False, True),
    "many_to_many": (False, False),
}
"""Whether keys of the left and of the right frame may not repeat."""
FEW = 10_000
"""Rows of the right frame below which those that one row matches are sure to fit in an array."""
_SHORT = {"1:1": "one_to_one", "1:m": "one_to_many", "m:1": "many_to_one", "m:m": "many_to_many"}
_CATEGORY = pd.CategoricalDtype(["left_only", "right_only", "both"])


class Joining(Lazy):
    """Matches rows of this frame with those of another."""

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        *,
        left_on: Any = None,
        right_on: Any = None,
        sort: bool = False,
        suffixes: Sequence[str | None] = ("_x", "_y"),
        indicator: bool | str = False,
        validate: str | None = None,
        filter: Any = None,
        left_index: bool = False,
        right_index: bool = False,
    ) -> Any:
        """Return the rows of this frame beside those of another that have the same keys; missing keys match nothing.

        Parameters
        ----------
        right : MDataFrame, str, Collection or DataFrame
            A lazy frame of the same database, the name of one in the store, a collection, or a small pandas frame,
            which goes along with the question: 500 rows at most.
        how : {"inner", "left", "right", "outer"}
            Whose rows without a match stay.
        on, left_on, right_on : label or list of labels, optional
            The keys; by default the columns that both have.
        sort : bool
            Sort by the keys. An outer join is always sorted.
        suffixes : pair of str
            For labels that both have.
        indicator : bool or str
            Add a column that tells from which frame a row is.
        validate : str, optional
            ``one_to_one``, ``one_to_many`` or ``many_to_one``: raise where keys repeat.
        filter : mapping, optional
            Conditions ``column__op=value`` on the rows of `right`.
        left_index, right_index : bool
            Whether the index of a frame is its key: of both, or of `right` with `left_on`.
        """
        if how not in HOWS:
            raise InvalidOption(f"how={how!r} is not one of {HOWS}")
        other = _right(self, right)
        other = other if filter is None else other.query(**dict(filter))
        by_index = (left_index, right_index)
        left, right_side = sides(settled(self.plan), settled(other.plan), how, on, (left_on, right_on), by_index)
        if validate is not None:
            _validate(left, right_side, validate)
        check_kinds(left, right_side)
        joined = _joined(left, right_side, how)
        labels, positions = _labels(left, right_side, suffixes)
        columns = [joined.entries[at] for at in positions]
        if indicator:
            labels, columns = (
                [*labels, indicator if isinstance(indicator, str) else "_merge"],
                [*columns, joined.origin],
            )
        plan = joined.plan.with_schema(_schema(self.plan, left, labels, columns, right_index))
        if left_index:
            plan = _indexed(plan, shared_names(self.plan.schema.index.names, other.plan.schema.index.names))
        if sort or how == "outer":
            keys = [joined.entries[at] for at in joined.keys]
            plan = ordered(plan, keys, [str(label) for label in left.labels], True, "last", not right_index)
        return self._frame(plan)

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str = "",
        rsuffix: str = "",
        sort: bool = False,
        *,
        suffixes: Sequence[str | None] | None = None,
    ) -> Any:
        """Return the rows of this frame beside those of another that have the same index; see `merge`.

        Parameters
        ----------
        other : MDataFrame, MSeries, str, Collection or DataFrame
            What `merge` takes, or a series with a name.
        on : label or list of labels, optional
            Columns of this frame, which are compared with the index of the other instead.
        how : {"left", "inner", "right", "outer"}
            Whose rows without a match stay.
        lsuffix, rsuffix : str
            For labels that both have, or `suffixes` as a pair.
        sort : bool
            Sort by the keys.
        """
        if isinstance(other, Lazy) and other.plan.schema.is_series:
            series: Any = other
            other = series.to_frame()
        keys: Any = {"left_index": True} if on is None else {"left_on": on}
        return self.merge(other, how, right_index=True, suffixes=suffixes or (lsuffix, rsuffix), sort=sort, **keys)


def _schema(plan: Plan, left: Side, labels: list[Any], columns: list[Entry], has_labels: bool) -> FrameSchema:
    """Return the schema of joined rows, with the index of the left frame or numbered."""
    index = loose(left.plan.schema).index if has_labels else unnumbered(plan.schema).index
    return replace(plan.schema, index=index, labels=_index(labels), columns=tuple(columns), attrs=({}, None), era=0)


def _indexed(plan: Plan, names: tuple[Any, ...]) -> Plan:
    """Return the plan whose first columns are its index."""
    schema, count = plan.schema, len(names)
    index = IndexSchema(schema.columns[:count], names, count > 1)
    labels = _index(list(schema.labels[count:]))
    return plan.with_schema(replace(schema, index=index, labels=labels, columns=schema.columns[count:]))


@dataclass(frozen=True, slots=True)
class _Join:
    """The rows of a join."""

    plan: Plan
    entries: list[Entry]
    """The columns of the left frame, then those of the right one."""
    keys: list[int]
    """Positions of the keys."""
    origin: Entry


def _right(lazy: Lazy, right: Any) -> Any:
    if isinstance(right, str):
        if lazy.plan.home is None:
            raise InvalidOption("these rows came from no store, which could know a name; pass store.getl(name)")
        right = lazy.plan.home.getl(right)
    if isinstance(right, pd.DataFrame):
        return lazy.frame_type(given(right, lazy.plan.source.collection.database))
    other = right if isinstance(right, Lazy) else lazy.frame_type(right)
    here, there = lazy.plan.source.collection.database, other.plan.source.collection.database
    if other.plan.schema.is_series:
        raise InvalidOption("merge() takes a frame, not a series; use to_frame()")
    if here.name != there.name:
        raise InvalidOption(
            f"the frames are in two databases, {here.name!r} and {there.name!r}; copy one to the other"
        )
    return other


def _validate(left: Side, right: Side, validate: str) -> None:
    validate = _SHORT.get(validate, validate)
    if validate not in _CHECKS:
        raise ValueError(f'"{validate}" is not a valid argument. Valid arguments are {sorted(_CHECKS)}')
    for side, is_unique, name in zip((left, right), _CHECKS[validate], ("left", "right"), strict=True):
        keys = {f"k{at}": term for at, term in enumerate(side.terms)}
        groups: list[Stage] = [
            {"$group": {"_id": keys, "n": {"$sum": 1}}},
            {"$match": {"n": {"$gt": 1}}},
            {"$limit": 1},
        ]
        if is_unique and result.scalar_documents(side.plan, groups):
            raise pd.errors.MergeError(f"Merge keys are not unique in {name} dataset; not a {validate} merge")


def _joined(left: Side, right: Side, how: str, alone: str = "left_only") -> _Join:
    """Return the rows of the join, the keys of a pair of the same label in one column."""
    if how == "right":
        turned = _joined(right, left, "left", "right_only")
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
        return _Join(joined, [*own, *found], keys, origin)
    return _outer(_Join(joined, [*own, *found], keys, origin), left, right, pair)


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


def _outer(join: _Join, left: Side, right: Side, pair: str) -> _Join:
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


def _labels(left: Side, right: Side, suffixes: Sequence[str | None]) -> tuple[list[Any], list[int]]:
    """Return the labels of the result, and which columns they are of those of both frames."""
    shared = {a for a, b in zip(left.labels, right.labels, strict=True) if a == b}
    ours, theirs = list(left.plan.schema.labels), list(right.plan.schema.labels)
    kept = [at for at, label in enumerate(theirs) if label not in shared]
    both = {label for label in ours if label not in shared} & {theirs[at] for at in kept}
    if both and not any(suffixes):
        raise ValueError(f"columns overlap but no suffix specified: {sorted(map(str, both))}")
    first = [f"{label}{suffixes[0] or ''}" if label in both and suffixes[0] else label for label in ours]
    second = [f"{theirs[at]}{suffixes[1] or ''}" if theirs[at] in both and suffixes[1] else theirs[at] for at in kept]
    return [*first, *second], [*range(len(ours)), *(len(ours) + at for at in kept)]


def _index(labels: list[Any]) -> pd.Index[Any]:
    return pd.DataFrame([[None] * len(labels)], columns=pd.Index(labels)).columns
