"""Locate: rows by their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.fields import field_of
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidFilter
from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.mask import masked
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.position import positions_of, taken
from omegastore.mdataframe.span import between, equal_to
from omegastore.query.comparison import among
from omegastore.query.value import is_missing as is_absent


class Loc:
    """Rows, and columns, by label, as pandas' ``loc``.

    Parameters
    ----------
    lazy : Lazy
        A frame or series.
    """

    def __init__(self, lazy: Lazy) -> None:
        self._lazy = lazy

    def __getitem__(self, key: Any) -> Any:
        """Return the rows of a label, a list or slice of labels, or a mask; and with a second key some columns.

        One label that one row has gives that row, which is read; all else is lazy.

        Raises
        ------
        KeyError
            If no row has the label; of a list, naming all that are missing.
        """
        lazy: Any = self._lazy
        plan = lazy.plan.numbered(always=True)
        is_multi = plan.schema.index.is_multi
        is_pair = isinstance(key, tuple) and not lazy.plan.schema.is_series and len(key) == 2
        if is_pair and is_multi and pd.api.types.is_scalar(key[0]) and pd.api.types.is_scalar(key[1]):
            # pandas too takes it for two levels before it takes it for a row and a column
            is_pair = key[1] in lazy.columns and not result.count(
                plan.where(_all_levels(plan.schema.index.levels, key)).part(0, 1)
            )
        if is_pair:
            rows, columns = key
            narrowed = _columns(lazy, columns)
            return narrowed if isinstance(rows, slice) and rows == slice(None) else Loc(narrowed)[rows]
        if isinstance(key, Lazy):
            return type(lazy)(masked(lazy.plan, key))
        if isinstance(key, slice):
            return type(lazy)(between(plan, key))
        if isinstance(key, list | np.ndarray | pd.Series | pd.Index):
            values = list(key)
            if values and all(isinstance(each, bool | np.bool_) for each in values):
                return type(lazy)(taken(lazy.plan, positions_of(lazy.plan, values)))
            return type(lazy)(_listed(plan, values))
        return _one(lazy, plan, key)

    def without(self, labels: list[Any], errors: str) -> Any:
        """Return the rows of all other labels."""
        plan = self._lazy.plan.numbered(always=True)
        if errors == "raise":
            _listed(plan, labels)
        gone = _any_of(plan, labels)
        return type(self._lazy)(plan.where({"$nor": [gone]}))


def _columns(lazy: Any, key: Any) -> Any:
    plan: Plan = lazy.plan
    labels = list(plan.schema.labels)
    if isinstance(key, slice):
        frame = pd.DataFrame([range(len(labels))], columns=plan.schema.labels)
        return type(lazy)(plan.select([int(at) for at in frame.loc[:, key].iloc[0]]))
    if isinstance(key, list | np.ndarray | pd.Index):
        values = list(key)
        if values and all(isinstance(each, bool | np.bool_) for each in values):
            return type(lazy)(plan.select([int(at) for at in np.flatnonzero(values)]))
        return type(lazy)(plan.select(columns_at(plan, values)))
    return lazy[key]


def _one(lazy: Any, plan: Plan, key: Any) -> Any:
    """Return the row of one label, or lazily the rows that have it."""
    levels = plan.schema.index.levels
    parts = key if isinstance(key, tuple) and plan.schema.index.is_multi else (key,)
    if len(parts) > len(levels):
        raise KeyError(key)
    found = plan.where(_all_levels(levels, parts))
    if len(parts) < len(levels):
        if not result.count(found.part(0, 1)):
            raise KeyError(key)
        rest = plan.schema.index
        kept = replace(
            rest,
            levels=levels[len(parts) :],
            names=rest.names[len(parts) :],
            is_multi=len(levels) - len(parts) > 1,
            lookup=None,
        )
        return type(lazy)(found.with_schema(replace(found.schema, index=kept)))
    rows = result.read(found.part(0, 2))
    if not len(rows):
        raise KeyError(key)
    return rows.iloc[0] if len(rows) == 1 else type(lazy)(found)


def _all_levels(levels: Sequence[Entry], parts: Sequence[Any]) -> dict[str, Any]:
    conditions = [equal_to(level, part) for level, part in zip(levels, parts, strict=False)]
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def _any_of(plan: Plan, labels: list[Any]) -> dict[str, Any]:
    levels = plan.schema.index.levels
    if len(levels) == 1:
        try:
            return among(field_of(levels[0]), labels)
        except InvalidFilter as error:
            raise KeyError(f"{labels} not in index") from error
    parts = [_all_levels(levels, label if isinstance(label, tuple) else (label,)) for label in labels]
    return {"$or": parts} if parts else {"_id": {"$in": []}}


def _listed(plan: Plan, labels: list[Any]) -> Plan:
    """Return the plan of the rows of labels, in the order of the list."""
    if not labels:
        return plan.part(0, 0)
    levels = plan.schema.index.levels
    conditions = [_condition(levels, label) for label in labels]
    found = plan.where(_any_of(plan, labels))
    place = fresh_field()
    matches = [{"$cond": [condition, [number], []]} for number, condition in enumerate(conditions)]
    located = found.computed({place: {"$concatArrays": matches}})
    counted = result.scalar_documents(located, [{"$unwind": f"${place}"}, {"$group": {"_id": f"${place}"}}])
    there = {each["_id"] for each in counted}
    missing = [label for number, label in enumerate(labels) if number not in there]
    if missing:
        raise KeyError(f"{missing} not in index")
    return located.then([{"$unwind": f"${place}"}], order=((place, 1), *found.order))


def _condition(levels: Sequence[Entry], label: Any) -> dict[str, Any]:
    """Return the aggregation expression for whether a row has a label."""
    parts = label if isinstance(label, tuple) and len(levels) > 1 else (label,)
    tests: list[Any] = []
    for level, part in zip(levels, parts, strict=False):
        if is_absent(part):
            tests.append({"$in": [{"$ifNull": [f"${level.field}", None]}, [None, float("nan")]]})
            continue
        term = level.result.term(part)
        natural, digits = term if isinstance(term, tuple) else (term, None)
        tests.append({"$eq": [f"${level.field}", {"$literal": natural}]})
        if digits is not None:
            tests.append({"$eq": [{"$ifNull": [f"$_x.{level.field}", 0]}, digits]})
    return {"$and": tests}
