"""Side: a frame of a join, and the columns or index levels that are its keys."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from omegastore.codecs.column_composite import Categories
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.mdataframe.lazy import columns_at
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import key_of


@dataclass(frozen=True, slots=True)
class Side:
    """One frame of a join."""

    plan: Plan
    keys: tuple[Entry, ...]
    labels: tuple[Hashable, ...]
    """Of the keys."""

    @property
    def terms(self) -> list[Any]:
        """What has to be equal."""
        return [term for entry in self.keys for term in key_of(entry, f"the key {entry.field!r}")]


def sides(
    left: Plan, right: Plan, how: str, on: Any, each: tuple[Any, Any], by_index: tuple[bool, bool]
) -> tuple[Side, Side]:
    """Return the frames of a join with their keys.

    Parameters
    ----------
    left, right : Plan
        The frames.
    how : str
        ``inner``, ``left``, ``right`` or ``outer``.
    on : label or list of labels, optional
        Columns of both.
    each : pair
        Columns of the one and of the other.
    by_index : pair of bool
        Whether the index is the key of the one and of the other.
    """
    left_on, right_on = each
    if any(by_index):
        return _by_index(left, right, how, each if on is None else (on, on), by_index)
    if on is None and left_on is None and right_on is None:
        on = [label for label in left.schema.labels if label in right.schema.labels]
        if not on:
            raise ValueError("no columns that both frames have to merge on; use on=, or left_on= and right_on=")
    if on is not None and (left_on is not None or right_on is not None):
        raise ValueError('Can only pass argument "on" OR "left_on" and "right_on", not a combination of both.')
    ours, theirs = [on, on] if on is not None else [left_on, right_on]
    first = list(ours) if isinstance(ours, list) else [ours]
    second = list(theirs) if isinstance(theirs, list) else [theirs]
    if len(first) != len(second):
        raise ValueError("len(right_on) must equal len(left_on)")
    return side(left, first), side(right, second)


def side(plan: Plan, labels: list[Any]) -> Side:
    """Return a frame of a join, with the columns of these labels as its keys."""
    found: list[Entry] = []
    for label in labels:
        positions = columns_at(plan, [label])
        if len(positions) > 1:
            raise ValueError(f"the label {label!r} is not unique: {len(positions)} columns have it")
        found.append(plan.schema.columns[positions[0]])
    return Side(plan, tuple(found), tuple(labels))


def check_kinds(left: Side, right: Side) -> None:
    """Raise unless keys are of one kind on both sides."""
    for label, one, other in zip(left.labels, left.keys, right.keys, strict=True):
        same = one.family == other.family or {one.family, other.family} <= {"number", "bool", "sampled"}
        is_category = isinstance(one.result, Categories) or isinstance(other.result, Categories)
        if not same or (is_category and one.result != other.result):
            raise ValueError(
                f"key {label!r} is {one.result.dtype} in one frame and {other.result.dtype} in the other; "
                "convert one of them"
            )
    for side in (left, right):
        if any(len(entry.codecs) > 1 for entry in side.plan.schema.columns):
            raise InvalidOption("a column was appended with several dtypes; put the frame anew before merge()")


def shared_names(names: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    """Return the names that two indexes have in common, None where they differ."""
    return tuple(name if name == other else None for name, other in zip(names, others, strict=True))


def _by_index(
    left: Plan, right: Plan, how: str, each: tuple[Any, Any], by_index: tuple[bool, bool]
) -> tuple[Side, Side]:
    left_on, right_on = each
    if by_index == (True, True):
        if left_on is not None or right_on is not None:
            raise ValueError("the indexes are the keys, so that on, left_on and right_on are not")
        left, right = left.numbered(always=True), right.numbered(always=True)
        levels, others = left.schema.index.levels, right.schema.index.levels
        if [level.result for level in levels] != [level.result for level in others]:
            raise InvalidOption("the indexes have different levels or dtypes; reset_index(), and merge by columns")
        names = [fresh_field() for _ in levels]
        return _levelled(left, names), _levelled(right, names)
    if by_index != (False, True) or left_on is None:
        raise InvalidOption("merge by both indexes, or by left_on and right_index; else reset_index()")
    if how not in ("inner", "left"):
        raise InvalidOption(f"how={how!r} leaves rows without a label here; reset_index(), and merge by columns")
    labels = left_on if isinstance(left_on, list) else [left_on]
    if len(labels) != len(right.schema.index.names):
        raise ValueError('len(left_on) must equal the number of levels in the index of "right"')
    found = _levelled(right, labels)
    side(found.plan, labels)  # no column of the right frame may have the label of a key
    return side(left.numbered(always=True), labels), found


def _levelled(plan: Plan, labels: list[Any]) -> Side:
    """Return a frame whose first columns are its index levels, which are its keys."""
    plan = plan.numbered(always=True)
    schema, levels = plan.schema, plan.schema.index.levels
    names = pd.Index([*labels, *schema.labels], dtype=object)
    made = plan.with_schema(replace(schema, labels=names, columns=(*levels, *schema.columns)))
    return Side(made, levels, tuple(labels))
