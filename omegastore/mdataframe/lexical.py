"""Lexical: rows between labels of an index whose rows are in the order of its levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.fields import field_of
from omegastore.codecs.schema import Entry
from omegastore.mdataframe import result
from omegastore.mdataframe.ordering import ordered
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.position import sliced
from omegastore.query.comparison import equal, missing
from omegastore.query.comparison import order as ordering


def is_sorted(plan: Plan, levels: Sequence[Entry], ascending: bool = True, na_position: str = "last") -> bool:
    """Return whether rows are in the order of some levels; the server compares neighbours."""
    names = ["the index"] * len(levels)
    by_label = ordered(plan, list(levels), names, ascending, na_position, False)
    first, second = fresh_field(), fresh_field()
    moved = by_label.with_position(first)
    again = replace(moved, order=plan.order, is_ordered=False).with_position(second)
    different = again.then([{"$match": {"$expr": {"$ne": [f"${first}", f"${second}"]}}}])
    return result.count(different.part(0, 1)) == 0


def between(plan: Plan, key: slice) -> Plan:
    """Return the plan of the rows from one label of a MultiIndex, or the first of its levels, to another.

    Raises
    ------
    pandas.errors.UnsortedIndexError
        If the rows are not in the order of the levels that the labels have.
    """
    levels = plan.schema.index.levels
    bounds = [bound if bound is None or isinstance(bound, tuple) else (bound,) for bound in (key.start, key.stop)]
    depth = max(len(bound) for bound in bounds if bound is not None)
    if depth > len(levels):
        raise KeyError(f"{key} has {depth} levels, and the index {len(levels)}")
    there = 0
    while there < depth and is_sorted(plan, levels[: there + 1], na_position="first"):
        there += 1
    if there < depth:
        raise pd.errors.UnsortedIndexError(
            f"Key length ({depth}) was greater than MultiIndex lexsort depth ({there}); sort_index() first"
        )
    is_turned = key.step is not None and key.step < 0
    low, high = reversed(bounds) if is_turned else bounds
    sides = [(low, "gt"), (high, "lt")]
    conditions = [_beyond(levels, bound, sign) for bound, sign in sides if bound is not None]
    return sliced(plan.where({"$and": conditions}), slice(None, None, key.step))


def _beyond(levels: Sequence[Entry], bound: tuple[Any, ...], sign: str) -> dict[str, Any]:
    """Return the filter for rows at a label, or after (before) it."""
    options: list[dict[str, Any]] = []
    same: list[dict[str, Any]] = []
    for level, part in zip(levels, bound, strict=False):
        field = field_of(level)
        strict: dict[str, Any] = ordering(sign)(field, part)
        if sign == "lt":  # what is missing comes first
            strict = {"$or": [strict, missing(field)]}
        options.append({"$and": [*same, strict]})
        same.append(equal(field, part))
    return {"$or": [*options, {"$and": same}]}
