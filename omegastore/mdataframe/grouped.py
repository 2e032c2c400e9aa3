"""Grouped: statistics of the groups of a lazy frame, computed by the server in one ``$group``."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.column_number import Nullable, Numbers
from omegastore.codecs.column_text import Strings
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema
from omegastore.errors import InvalidOption
from omegastore.mdataframe.plan import NATURAL, Plan, Stage, fresh_field, unnumbered
from omegastore.mdataframe.row import has_extras, is_missing, key_of, may_be_missing
from omegastore.mdataframe.statistic import fields_of, result_dtype, statistic

Asked = tuple[Hashable, Entry, str]
"""The label of a result, the column and the statistic."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What rows are grouped by."""

    entries: tuple[Entry, ...]
    names: tuple[Any, ...]
    is_sorted: bool = True
    dropna: bool = True
    as_index: bool = True


def grouped(plan: Plan, keys: Keys, asked: Sequence[Asked], labels: pd.Index[Any] | None = None) -> Plan:
    """Return the plan of one row for each group.

    Parameters
    ----------
    plan : Plan
        The rows.
    keys : Keys
        Columns, and whether missing ones are groups too.
    asked : sequence of (label, column, statistic)
        The columns of the result.
    labels : Index, optional
        Their labels, where these are more than single ones.
    """
    for entry in (*keys.entries, *(column for _, column, _ in asked)):
        if len(entry.codecs) > 1:
            raise InvalidOption(
                "a column that was appended with several dtypes cannot be grouped; put the frame anew"
            )
    plan, place = placed(plan, not keys.is_sorted or any(name in ("first", "last") for *_, name in asked))
    parts = [key_of(entry, f"the key {name!r}") for entry, name in zip(keys.entries, keys.names, strict=True)]
    by = {f"k{at}_{number}": part for at, found in enumerate(parts) for number, part in enumerate(found)}
    plan, middles = with_middles(plan, by, [column for _, column, name in asked if name == "median"])
    group: dict[str, Any] = {"_id": by}
    fields: dict[str, Any] = {}
    levels = [_key(at, entry, group, fields, keys) for at, entry in enumerate(keys.entries)]
    columns = []
    for at, (_, column, name) in enumerate(asked):
        found = statistic(name, column, f"${place}", middles.get(column.field))
        group[f"a{at}"] = found.accumulator
        made = result_entry(name, column)
        fields |= fields_of(found, f"a{at}", made.field, column)
        columns.append(made)
    gaps = {f"m{at}": is_missing(f"_id.k{at}_0") for at, entry in enumerate(keys.entries) if may_be_missing(entry)}
    if not keys.is_sorted:
        group["at"] = {"$min": f"${place}"}
    stages: list[Stage] = [{"$group": group}, {"$set": fields | gaps}]
    if keys.dropna and gaps:  # asked of groups; asked of rows, it would take a fifth of the time
        stages.append({"$match": dict.fromkeys(gaps, False)})
    names = labels if labels is not None else pd.Index([label for label, _, _ in asked])
    schema = _schema(keys, levels, names, columns)
    order = tuple(_sorted(parts, [] if keys.dropna else list(gaps))) if keys.is_sorted else (("at", 1),)
    return plan.then(stages, schema, order=order)


def _sorted(parts: Sequence[Sequence[Any]], gaps: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the fields that put groups in the order of their keys, missing ones last."""
    for at, found in enumerate(parts):
        if f"m{at}" in gaps:
            yield f"m{at}", 1
        yield from ((f"_id.k{at}_{number}", 1) for number in range(len(found)))


def placed(plan: Plan, is_needed: bool) -> tuple[Plan, str]:
    """Return the plan, and the field that has the place of a row among all."""
    if plan.order == NATURAL or not is_needed:
        return plan, "_id"
    place = fresh_field()
    return plan.with_position(place), place


def _key(at: int, entry: Entry, group: dict[str, Any], fields: dict[str, Any], keys: Keys) -> Entry:
    """Let groups keep the value of a key, and return its entry."""
    made = replace(entry, field=fresh_field())
    if isinstance(entry.result, Numbers | Strings | Nullable) and (keys.dropna or not may_be_missing(entry)):
        fields[made.field] = f"$_id.k{at}_0"
        return made
    group[f"v{at}"] = {"$first": {"$ifNull": [f"${entry.field}", None]}}
    fields[made.field] = f"$v{at}"
    if has_extras(entry):
        group[f"x{at}"] = {"$first": {"$ifNull": [f"${EXTRAS}.{entry.field}", None]}}
        fields[f"{EXTRAS}.{made.field}"] = {"$ifNull": [f"$x{at}", "$$REMOVE"]}
    return made


def result_entry(name: str, column: Entry) -> Entry:
    """Return the column that a statistic of a column becomes."""
    dtype = result_dtype(name, column)
    if dtype == column.result.dtype and name in ("min", "max", "first", "last"):
        return replace(column, field=fresh_field())
    codec = column_of(values_of(pd.Series([], dtype=dtype)), "the result")
    return Entry(fresh_field(), ((0, codec),), codec, "some")


def with_middles(plan: Plan, by: Any, columns: Sequence[Entry]) -> tuple[Plan, dict[str, Any]]:
    """Return the plan in which rows know their rank in the group, and whether it is in the middle, by column."""
    middles: dict[str, Any] = {}
    stages: list[Stage] = []
    for column in {column.field: column for column in columns}.values():
        rank, gaps, total = fresh_field(), fresh_field(), fresh_field()
        whole = {"documents": ["unbounded", "unbounded"]}
        gone = {"$cond": [is_missing(column.field), 1, 0]}
        stages.append({"$setWindowFields": {
            "partitionBy": by, "sortBy": {column.field: 1},
            "output": {
                rank: {"$documentNumber": {}}, gaps: {"$sum": gone, "window": whole},
                total: {"$sum": 1, "window": whole},
            },
        }})  # fmt: skip
        place = {"$multiply": [2, {"$subtract": [f"${rank}", f"${gaps}"]}]}
        last = {"$add": [{"$subtract": [f"${total}", f"${gaps}"]}, 2]}
        # of n values, those of rank r with n <= 2r <= n + 2
        inside = [{"$gte": [place, {"$subtract": [last, 2]}]}, {"$lte": [place, last]}, {"$gt": [place, 0]}]
        middles[column.field] = {"$and": [*inside, {"$not": [is_missing(column.field)]}]}
    return (plan.then(stages, rows=plan.rows) if stages else plan), middles


def _schema(keys: Keys, levels: list[Entry], labels: pd.Index[Any], columns: list[Entry]) -> FrameSchema:
    base = FrameSchema(False, labels, tuple(columns), IndexSchema((), (None,), False), 0, ({}, None))
    if not keys.as_index:
        names = pd.Index([*keys.names, *labels])
        return unnumbered(replace(base, labels=names, columns=(*levels, *columns)))
    index = IndexSchema(tuple(levels), keys.names, len(levels) > 1)
    return replace(base, index=index)
