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
from omegastore.mdataframe.lexical import between, is_sorted
from omegastore.mdataframe.mask import Mask
from omegastore.mdataframe.plan import Order, Plan, fresh_field
from omegastore.mdataframe.position import positions_of, sliced, taken
from omegastore.mdataframe.row import common
from omegastore.query.comparison import among, equal
from omegastore.query.comparison import order as ordering
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
            return type(lazy)(_between(plan, key))
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


def masked(plan: Plan, series: Lazy) -> Plan:
    """Return the plan of the rows for which a lazy series of booleans of the same rows is true.

    Raises
    ------
    KeyError
        If the series has other values than booleans.
    """
    entry = series.plan.schema.columns[0]
    if not series.plan.schema.is_series or not pd.api.types.is_bool_dtype(entry.result.dtype):
        raise KeyError(f"a mask is a series of booleans, not of {entry.result.dtype}")
    mask = Mask.of(series)
    return common(plan.numbered(), mask.plan, "the mask").where(mask.filter)


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
    conditions = [_equal(level, part) for level, part in zip(levels, parts, strict=False)]
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def _equal(level: Entry, label: Any) -> dict[str, Any]:
    """Return the filter for one label; a value that the level cannot have is no label."""
    try:
        return equal(field_of(level), label)
    except InvalidFilter as error:
        raise KeyError(label) from error


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


def _between(plan: Plan, key: slice) -> Plan:
    """Return the plan of the rows from one label to another, both included."""
    steps = plan.schema.index.steps
    if key.start is None and key.stop is None:
        return sliced(plan, key)
    if steps is not None:
        labels = pd.RangeIndex(steps.start, steps.stop, steps.step)
        return sliced(plan, labels.slice_indexer(key.start, key.stop, key.step))
    if plan.schema.index.is_multi:
        return between(plan, key)
    level = plan.schema.index.levels[0]
    low = None if key.start is None else _edge(plan, level, key.start, 1)
    high = None if key.stop is None else _edge(plan, level, key.stop, -1)
    if (low is None and key.start is not None) or (high is None and key.stop is not None):
        return _by_value(plan, level, key)
    inside = _span(plan.order, low, high)
    for label in (key.start, key.stop):
        _check_run(plan, level, label)
    kept = plan.where(inside)
    return sliced(kept, slice(None, None, key.step))


def _edge(plan: Plan, level: Entry, label: Any, way: int) -> dict[str, Any] | None:
    """Return the order fields of the first (1) or last (-1) row of a label, None if no row has it."""
    found = plan.where(_equal(level, label))
    order = {field: direction * way for field, direction in plan.order}
    rows = result.scalar_documents(found, [{"$sort": order}, {"$limit": 1}, {"$project": dict.fromkeys(order, 1)}])
    return rows[0] if rows else None


def _span(order: Order, low: dict[str, Any] | None, high: dict[str, Any] | None) -> dict[str, Any]:
    conditions = [_beyond(order, low, "$gt"), _beyond(order, high, "$lt")]
    return {"$and": [each for each in conditions if each]}


def _beyond(order: Order, edge: dict[str, Any] | None, sign: str) -> dict[str, Any]:
    """Return the filter for rows at or after (before) a row."""
    if edge is None:
        return {}
    if len(order) == 1 and order[0][1] == 1:
        return {order[0][0]: {f"{sign}e": edge[order[0][0]]}}
    options: list[Any] = []
    same: list[Any] = []
    for field, way in order:
        value = {"$literal": edge.get(field)}
        turned = {"$gt": "$lt", "$lt": "$gt"}[sign] if way < 0 else sign
        here = {"$ifNull": [f"${field}", None]}
        options.append({"$and": [*same, {turned: [here, value]}]})
        same = [*same, {"$eq": [here, value]}]
    return {"$expr": {"$or": [*options, {"$and": same}]}}


def _check_run(plan: Plan, level: Entry, label: Any) -> None:
    """Raise KeyError if the rows of a label do not follow each other."""
    if label is None:
        return
    first, last = _edge(plan, level, label, 1), _edge(plan, level, label, -1)
    if first == last:
        return
    others = plan.where(_span(plan.order, first, last)).where({"$nor": [_equal(level, label)]})
    if result.count(others.part(0, 1)):
        raise KeyError(f"Cannot get a slice bound for non-unique label: {label!r}")


def _by_value(plan: Plan, level: Entry, key: slice) -> Plan:
    """Return the rows between labels of which one is missing, where the labels are in order."""
    ascending = is_sorted(plan, [level])
    if not ascending and not is_sorted(plan, [level], False):
        missing = key.start if key.start is not None else key.stop
        raise KeyError(f"{missing!r} is not a label, and the labels are not in order")
    names = ("gte", "lte") if ascending else ("lte", "gte")
    conditions = [
        ordering(name)(field_of(level), bound)
        for name, bound in zip(names, (key.start, key.stop), strict=True)
        if bound is not None
    ]
    return sliced(plan.where({"$and": conditions}), slice(None, None, key.step))
