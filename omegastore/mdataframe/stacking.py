"""Stacking: rows of several frames one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from omegastore.codecs.column import Column
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.column_sampled import Sampled
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.plan import Plan, Stage, fresh_field, loose, unnumbered
from omegastore.mdataframe.row import has_extras, settled


class Stacking(Lazy):
    """Appends the rows of other frames."""

    def append(self, others: Any, *, ignore_index: bool = False) -> Self:
        """Return the rows of this frame, then those of others with the same columns.

        Parameters
        ----------
        others : MDataFrame or list of MDataFrame
            Of the same database.
        ignore_index : bool
            Number the rows anew.
        """
        rest = others if isinstance(others, list | tuple) else [others]
        stacked: Self = concat([self, *rest], ignore_index=ignore_index)
        return stacked


def concat(frames: Sequence[Any], *, ignore_index: bool = False) -> Any:
    """Return the rows of lazy frames one after another, as `pandas.concat` has them.

    Parameters
    ----------
    frames : sequence of MDataFrame
        Of one database and with the same columns, in any order; those of the first are the columns of the result.
    ignore_index : bool
        Number the rows anew.

    Raises
    ------
    InvalidOption
        If columns differ in labels, or in dtypes of which the result would be another than a wider number.
    """
    if not frames:
        raise ValueError("No objects to concatenate")
    plans = [settled(frame.plan if ignore_index else frame.plan.numbered(always=True)) for frame in frames]
    first, part, place = plans[0], fresh_field(), fresh_field()
    columns = [_aligned(first, plan) for plan in plans]
    levels = [() if ignore_index else plan.schema.index.levels for plan in plans]
    if len({len(each) for each in levels}) > 1 or len({plan.schema.is_series for plan in plans}) > 1:
        raise InvalidOption("the frames have indexes of different numbers of levels; reset_index() first")
    every = [[*index, *entries] for index, entries in zip(levels, columns, strict=True)]
    names = [*(f"level {at}" for at in range(len(levels[0]))), *map(repr, first.schema.labels)]
    made = [_common([each[at] for each in every], name) for at, name in enumerate(names)]
    stages: list[Stage] = []
    for number, (plan, entries) in enumerate(zip(plans, every, strict=True)):
        steps = _prepared(plan, entries, made, {part: number}, place)
        if not number:
            stages += steps
            continue
        if plan.source.collection.database.name != first.source.collection.database.name:
            raise InvalidOption("the frames are in several databases; copy them to one")
        inner = [{"$match": plan.source.visible}, *plan.stages, *steps]
        stages.append({"$unionWith": {"coll": plan.source.collection.name, "pipeline": inner}})
    rows = [plan.rows for plan in plans]
    total = None if None in rows else sum(each for each in rows if each is not None)
    count = len(levels[0])
    schema = replace(loose(first.schema), columns=tuple(made[count:]), era=0)
    schema = unnumbered(schema) if ignore_index else _indexed(schema, made[:count], plans)
    order = ((part, 1), (place, 1))
    return type(frames[0])(first.then(stages, schema, rows=total, order=order))


def _indexed(schema: Any, levels: list[Entry], plans: list[Plan]) -> Any:
    names = [plan.schema.index.names for plan in plans]
    shared = tuple(name if all(each[at] == name for each in names) else None for at, name in enumerate(names[0]))
    return replace(schema, index=replace(schema.index, levels=tuple(levels), names=shared, lookup=None))


def _aligned(first: Plan, plan: Plan) -> list[Entry]:
    """Return the columns of a plan in the order of those of the first."""
    wanted, labels = list(first.schema.labels), list(plan.schema.labels)
    if first.schema.is_series and plan.schema.is_series:
        return list(plan.schema.columns)
    if len(set(wanted)) < len(wanted) or sorted(map(repr, wanted)) != sorted(map(repr, labels)):
        raise InvalidOption(f"the frames have different columns: {wanted} and {labels}; assign() those that lack")
    return [plan.schema.columns[labels.index(label)] for label in wanted]


def _common(entries: list[Entry], name: str) -> Entry:
    """Return the column that holds the values of columns of several frames."""
    if any(len(entry.codecs) > 1 for entry in entries):
        raise InvalidOption(f"column {name} was appended with several dtypes; put the frame anew before concat()")
    codec: Column = entries[0].result
    for entry in entries[1:]:
        other = entry.result
        if other == codec or (isinstance(codec, Sampled) and isinstance(other, Sampled)):
            continue
        are_numbers = isinstance(codec, Numbers) and isinstance(other, Numbers)
        if are_numbers and "b" not in (codec.dtype.kind, other.dtype.kind):
            codec = Numbers(np.result_type(codec.dtype, other.dtype))
            continue
        raise InvalidOption(f"column {name} is {codec.dtype} in one frame and {other.dtype} in another; convert one")
    na = "none" if all(entry.na == "none" for entry in entries) else "some"
    is_text = all(entry.is_text for entry in entries)
    return Entry(fresh_field(), ((0, codec),), codec, na, is_text)


def _prepared(plan: Plan, entries: list[Entry], made: list[Entry], marks: dict[str, int], place: str) -> list[Stage]:
    """Return the stages that give rows the fields of the result, and their place."""
    fields: dict[str, Any] = {}
    for entry, target in zip(entries, made, strict=True):
        fields[target.field] = f"${entry.field}"
        if has_extras(entry):
            fields[f"{EXTRAS}.{target.field}"] = f"${EXTRAS}.{entry.field}"
    placed = replace(plan, stages=()).with_position(place).stages
    return [*placed, {"$set": {**fields, **marks}}]
