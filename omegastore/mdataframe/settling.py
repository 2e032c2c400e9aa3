"""Settling: the dtypes of columns that are known only when all values are, before the server writes them.

A census of the types and ranges tells what `Sampled` would make of all values together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs import value as value_codec
from omegastore.codecs.column import Column, column_of, values_of
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.column_sampled import EXACT, Joined, Sampled
from omegastore.codecs.column_text import Objects
from omegastore.codecs.column_time import Dates
from omegastore.codecs.schema import Entry
from omegastore.mdataframe import result
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import beside, is_missing

_INTS = frozenset({"int", "long"})
_NONE = frozenset({"null", "missing"})
_BESIDE = {
    "date": value_codec.encode(pd.Timestamp(datetime(2000, 1, 1)), "a date")[1],
    "decimal": "Decimal128",
}
"""By type: what stands beside values among objects, so that they come back of the type that the collection gives."""


def settled_types(plan: Plan) -> Plan:
    """Return the plan with codecs that can be stored, where the dtype is known only when all values are."""
    entries = [entry for entry in plan.schema.entries if isinstance(entry.result, Sampled)]
    if not entries:
        return plan
    census: dict[str, Any] = {}
    for at, entry in enumerate(entries):
        census |= {f"{name}{at}": accumulator for name, accumulator in _census(entry).items()}
    found = [*result.scalar_documents(plan, [{"$group": {"_id": None, **census}}]), {}][0]
    fields: dict[str, Any] = {}
    made: dict[str, Entry] = {}
    for at, entry in enumerate(entries):
        told = {name: found.get(f"{name}{at}") for name in ("types", "gap", "big", "first", "last", "extra")}
        made[entry.field] = _as(entry, _codec(entry, told), fields)
    columns = tuple(made.get(entry.field, entry) for entry in plan.schema.columns)
    levels = tuple(made.get(entry.field, entry) for entry in plan.schema.index.levels)
    schema = replace(plan.schema, columns=columns, index=replace(plan.schema.index, levels=levels))
    return plan.computed(fields).with_schema(schema)


def _census(entry: Entry) -> dict[str, Any]:
    path = f"${entry.field}"
    kind = {"$type": path}
    is_int = {"$in": [kind, list(_INTS)]}
    return {
        "types": {"$addToSet": kind},
        "gap": {"$max": is_missing(entry.field)},
        "big": {"$max": {"$and": [is_int, {"$or": [{"$gt": [path, EXACT]}, {"$lt": [path, -EXACT]}]}]}},
        "first": {"$min": path},
        "last": {"$max": path},
        "extra": {"$max": {"$cond": [{"$gt": [f"${beside(entry)}", None]}, 1, 0]}},
    }


def _codec(entry: Entry, found: Mapping[str, Any]) -> Column:
    codec: Any = entry.result
    if isinstance(codec, Joined):
        return codec.widened if found["gap"] else codec.inner
    types = set(found["types"] or ())
    present, has_none = types - _NONE, bool(types & _NONE)
    if not present:
        is_guess = not types or codec.guess.kind not in "biu"
        return column_of(values_of(pd.Series([], dtype=codec.guess)), "the column") if is_guess else Objects()
    if present <= _INTS and not has_none:
        return Numbers(np.dtype(np.int64))
    if present <= _INTS | {"double"}:
        return Objects() if found["big"] else Numbers(np.dtype(np.float64))
    if present == {"bool"} and not has_none:
        return Numbers(np.dtype(bool))
    if present == {"string"}:
        return column_of(values_of(pd.Series(["a"])), "the column")
    return _dates(codec, found) if present == {"date"} else Objects()


def _dates(codec: Sampled, found: Mapping[str, Any]) -> Column:
    """Return the codec of dates, that of objects for those that no unit holds."""
    unit: Any = np.datetime_data(codec.guess)[0] if getattr(codec.guess, "kind", "") == "M" else "us"
    unit = "ns" if found["extra"] else unit
    for edge in (found["first"], found["last"]):
        if not isinstance(edge, datetime):
            return Objects()
        try:
            pd.Timestamp(edge).as_unit(unit)
        except pd.errors.OutOfBoundsDatetime:
            return Objects()
    return Dates(unit, None)


def _as(entry: Entry, codec: Column, fields: dict[str, Any]) -> Entry:
    """Return the column with a codec, and add what has to be computed for it to `fields`."""
    path = f"${entry.field}"
    made = replace(entry, codecs=((0, codec),), result=codec)
    if isinstance(entry.result, Joined):
        return made
    if codec == Numbers(np.dtype(np.float64)):
        made = replace(made, field=fresh_field())
        fields[made.field] = {"$toDouble": path}
    elif isinstance(codec, Objects):
        made = replace(made, field=fresh_field())
        branches = [{"case": {"$eq": [{"$type": path}, name]}, "then": {"$literal": extra}}
                    for name, extra in _BESIDE.items()]  # fmt: skip
        told = {"$switch": {"branches": branches, "default": "$$REMOVE"}}
        fields |= {made.field: path, beside(made): {"$ifNull": [f"${beside(entry)}", told]}}
    return made
