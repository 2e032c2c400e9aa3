"""Span: the rows of a lazy frame from one label to another, both included."""

from __future__ import annotations

from typing import Any

import pandas as pd

from omegastore.codecs.fields import field_of
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidFilter
from omegastore.mdataframe import lexical, result
from omegastore.mdataframe.plan import Order, Plan
from omegastore.mdataframe.position import sliced
from omegastore.query.comparison import equal
from omegastore.query.comparison import order as ordering


def between(plan: Plan, key: slice) -> Plan:
    """Return the plan of the rows from one label to another, both included."""
    steps = plan.schema.index.steps
    if key.start is None and key.stop is None:
        return sliced(plan, key)
    if steps is not None:
        labels = pd.RangeIndex(steps.start, steps.stop, steps.step)
        return sliced(plan, labels.slice_indexer(key.start, key.stop, key.step))
    if plan.schema.index.is_multi:
        return lexical.between(plan, key)
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
    found = plan.where(equal_to(level, label))
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
    others = plan.where(_span(plan.order, first, last)).where({"$nor": [equal_to(level, label)]})
    if result.count(others.part(0, 1)):
        raise KeyError(f"Cannot get a slice bound for non-unique label: {label!r}")


def _by_value(plan: Plan, level: Entry, key: slice) -> Plan:
    """Return the rows between labels of which one is missing, where the labels are in order."""
    ascending = lexical.is_sorted(plan, [level])
    if not ascending and not lexical.is_sorted(plan, [level], False):
        missing = key.start if key.start is not None else key.stop
        raise KeyError(f"{missing!r} is not a label, and the labels are not in order")
    names = ("gte", "lte") if ascending else ("lte", "gte")
    conditions = [
        ordering(name)(field_of(level), bound)
        for name, bound in zip(names, (key.start, key.stop), strict=True)
        if bound is not None
    ]
    return sliced(plan.where({"$and": conditions}), slice(None, None, key.step))


def equal_to(level: Entry, label: Any) -> dict[str, Any]:
    """Return the filter for one label; a value that the level cannot have is no label."""
    try:
        return equal(field_of(level), label)
    except InvalidFilter as error:
        raise KeyError(label) from error
