"""Row: expressions over the fields of one row that several verbs need, and rows that two plans share."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.column import Cells, column_of, values_of
from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_number import Complexes, Nullable, Numbers
from omegastore.codecs.column_text import Objects, Strings
from omegastore.codecs.column_time import Durations
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.mdataframe.plan import Plan, fresh_field

_SAME_ROWS = frozenset({"$match", "$set", "$sort", "$skip", "$limit", "$setWindowFields"})
"""Stages that leave out rows or add to them, but never make new ones."""
_ALL_ROWS = frozenset({"$set", "$sort", "$setWindowFields"})
"""Of these, the stages that leave out none."""


def is_missing(field: str) -> dict[str, Any]:
    """Return the expression for whether a field is null, NaN or absent."""
    # null and what is absent come before all numbers, of which NaN is the least
    return {"$lte": [f"${field}", math.nan]}


def may_be_missing(entry: Entry) -> bool:
    """Return whether rows may lack a value."""
    if len(entry.codecs) > 1:
        return True
    codec = entry.result
    return not (isinstance(codec, Numbers) and codec.numpy.kind in "biu") and entry.na != "none"


def has_extras(entry: Entry) -> bool:
    """Return whether something may stand beside the natural values."""
    return not isinstance(entry.result, Numbers | Strings | Durations | Complexes)


def beside(entry: Entry) -> str:
    """Return the path of what stands beside the natural value."""
    return f"{EXTRAS}.{entry.field}"


def present(entry: Entry, value: Any) -> Any:
    """Return the expression of `value` for rows that have one in a column, and of null for those that lack it."""
    return {"$cond": [is_missing(entry.field), None, value]} if may_be_missing(entry) else value


def key_of(entry: Entry, what: str) -> list[Any]:
    """Return expressions that are equal, and in order, as the values of a column are; null where one is missing.

    Raises
    ------
    InvalidOption
        For a column of objects of any type, whose order and equality MongoDB sees otherwise.
    """
    codec = entry.result
    if isinstance(codec, Objects) and not entry.is_text:
        raise InvalidOption(
            f"{what} holds objects of any type, which the server orders and compares otherwise than pandas; "
            "convert the column, or take .value and let pandas do it"
        )
    path: Any = f"${entry.field}"
    if isinstance(codec, Categories):
        naturals = codec.naturals
        code = f"${beside(entry)}" if naturals is None else {"$indexOfArray": [{"$literal": naturals}, path]}
        return [{"$cond": [is_missing(entry.field), None, code]}]
    value = present(entry, path)
    return [value, {"$ifNull": [f"${beside(entry)}", 0]}] if codec.has_digits else [value]


def constant(value: Any, field: str, where: str) -> tuple[Entry, dict[str, Any]]:
    """Return the entry of a column that has one value in all rows, and the fields to set."""
    values = values_of(pd.Series([value]))
    codec = column_of(values, where)
    codec.check(values, where)
    cells = codec.cells(values)
    is_text = isinstance(codec, Objects) and isinstance(value, str)
    return Entry(field, ((0, codec),), codec, "some", is_text), literal(field, cells)


def settled(plan: Plan) -> Plan:
    """Return the plan in which columns that were appended with several dtypes have one, where these are numbers.

    Others stay: their values alone do not tell what pandas would make of them.
    """
    fields: dict[str, Any] = {}

    def one(entry: Entry) -> Entry:
        codec = entry.result
        codecs = [each for _, each in entry.codecs]
        if len(codecs) == 1 or not all(each in (None, codec) or _is_number(each) for each in codecs):
            return entry
        if any(each != codec for each in codecs) and not _is_number(codec):
            return entry
        made = replace(entry, codecs=((0, codec),), na="none" if _is_whole(codec) else "some")
        if not (isinstance(codec, Numbers) and codec.numpy.kind == "f"):
            return made
        field = fresh_field()
        fields[field] = {"$toDouble": f"${entry.field}"}
        return replace(made, field=field)

    schema = plan.schema
    columns, levels = tuple(map(one, schema.columns)), tuple(map(one, schema.index.levels))
    index = replace(schema.index, levels=levels)
    return plan.computed(fields).with_schema(replace(schema, columns=columns, index=index))


def _is_number(codec: Any) -> bool:
    return isinstance(codec, Numbers | Nullable) and codec.dtype.kind in "iuf"


def _is_whole(codec: Any) -> bool:
    return isinstance(codec, Numbers) and codec.numpy.kind in "iu"


def literal(field: str, cells: Cells) -> dict[str, Any]:
    """Return the fields to set for the first of `cells`."""
    fields: dict[str, Any] = {field: {"$literal": cells.naturals[0]}}
    if 0 in cells.extras:
        fields[f"{EXTRAS}.{field}"] = {"$literal": cells.extras[0]}
    return fields


def common(plan: Plan, other: Plan, what: str) -> Plan:
    """Return `plan` with the fields that `other` computes of the same rows.

    Raises
    ------
    ValueError
        If `other` has other rows.
    """
    same = 0
    if plan.source is other.source:
        for a, b in zip(plan.stages, other.stages, strict=False):
            if a is not b and a != b:
                break
            same += 1
    here, there = plan.stages[same:], other.stages[same:]
    # a window looks at other rows, so all of them have to be there still
    keeps_rows = all(set(stage) <= _ALL_ROWS for stage in here)
    fits = all(set(stage) <= _SAME_ROWS for stage in here) and all(
        set(stage) <= ({"$set", "$setWindowFields"} if keeps_rows else {"$set"}) for stage in there
    )
    if plan.source is not other.source or not fits:
        raise ValueError(
            f"{what} is not of the rows of this frame; make it from this frame, or from one that this was made from"
        )
    if not there:
        return plan
    is_ordered = plan.is_ordered and all(set(stage) == {"$set"} for stage in there)
    return plan.then(there, rows=plan.rows, is_ordered=is_ordered)
