"""Plan: where the rows of a lazy frame come from, what the server does with them, and what comes out.

Nothing of it is run before a value is asked for. A field of a row is written once: a stage that computes a column
gives it a field name of its own, so that what was said of a field in one plan holds in all plans made from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from omegastore.codecs.column_number import Numbers
from omegastore.codecs.documents import Documents
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema

Stage = Mapping[str, Any]
"""One stage of a MongoDB aggregation."""
Order = tuple[tuple[str, int], ...]
"""Fields by which rows are in order, with 1 or -1; together they tell all rows apart."""

NATURAL: Order = (("_id", 1),)
"""The order of stored rows."""
NOTHING: Stage = {"$match": {"_id": {"$in": []}}}
"""A stage that no row passes; `$limit` does not take 0."""
NUMBER = Numbers(np.dtype(np.int64))
"""The codec of positions."""
RUNNING: Stage = {"$sum": 1, "window": {"documents": ["unbounded", "current"]}}
"""The output of a window that numbers rows from 1; `$documentNumber` takes one sort key only."""
ROW_BY_ROW = frozenset({"$match", "$set"})
"""Stages that look at one row at a time."""


class Source(Protocol):
    """Where rows come from: `omegastore.rows.Rows`, or any collection."""

    @property
    def collection(self) -> Any:
        """The pymongo collection."""
        ...

    @property
    def visible(self) -> dict[str, Any]:
        """The filter for the rows that count; empty for all."""
        ...

    @property
    def is_clustered(self) -> bool:
        """Whether the server keeps rows in the order of their `_id`, and can sort arrays."""
        ...

    def read(
        self,
        filter: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
        batch_size: int = 20_000,
    ) -> Iterator[Documents]:
        """Yield the rows that `filter` selects in the order of their `_id`."""
        ...

    def aggregate(self, pipeline: Sequence[Stage], *, batch_size: int = 20_000) -> Iterator[Documents]:
        """Yield what an aggregation over the rows returns."""
        ...

    def committed(self, pipeline: Sequence[Stage]) -> list[Stage]:
        """Return `pipeline` with what goes in front of it, so that it is over the rows that count."""
        ...

    def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """Return how many rows `filter` selects."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows of a source, the stages that they pass, and what the result looks like."""

    source: Source
    schema: FrameSchema
    """Labels, and the field and codec of each column and index level that the stages leave. Its number of rows does
    not count; an index without levels numbers the rows of the result."""
    stages: tuple[Stage, ...] = ()
    rows: int | None = None
    """How many rows the result has, where that is known without asking the server."""
    order: Order = NATURAL
    """The order of the result."""
    is_ordered: bool = False
    """Whether the stages leave the rows in this order, so that no `$sort` is needed."""
    fields: frozenset[str] = frozenset()
    """The fields that rows of the source have."""
    has_labels: bool = True
    """Whether rows keep their labels when others are left out; else the rows of the result are numbered."""
    home: Any = None
    """The store that the rows came from: `put` goes there, and names are looked up there."""

    def then(
        self,
        stages: Sequence[Stage],
        schema: FrameSchema | None = None,
        *,
        rows: int | None = None,
        order: Order | None = None,
        is_ordered: bool = False,
    ) -> Plan:
        """Return the plan with further stages, after which nothing is known of the rows but what is given here.

        Parameters
        ----------
        stages : sequence of mappings
            What the server does next.
        schema : FrameSchema, optional
            What comes out; by default the same columns and index levels.
        rows : int, optional
            How many rows come out, if that is known.
        order : tuple of (field, direction), optional
            The order of what comes out; by default the order is the same.
        is_ordered : bool
            Whether the stages leave the rows in this order.
        """
        return replace(
            self,
            schema=schema or self.schema,
            stages=(*self.stages, *stages),
            rows=rows,
            order=order or self.order,
            is_ordered=is_ordered,
        )

    def with_schema(self, schema: FrameSchema) -> Plan:
        """Return the plan of the same rows with other columns, labels or index."""
        return replace(self, schema=schema)

    def where(self, condition: Mapping[str, Any]) -> Plan:
        """Return the plan of the rows that a MongoDB filter selects."""
        plan = self.numbered()
        matched = plan.then([{"$match": condition}], loose(plan.schema), is_ordered=plan.is_ordered)
        return matched if condition else self

    def computed(self, expressions: Mapping[str, Any]) -> Plan:
        """Return the plan whose rows have further fields, by aggregation expressions; the schema stays."""
        return replace(self, stages=(*self.stages, {"$set": dict(expressions)})) if expressions else self

    def in_order(self) -> Plan:
        """Return the plan whose stages leave the rows in their order."""
        if self.is_ordered:
            return self
        return replace(self, stages=(*self.stages, {"$sort": dict(self.order)}), is_ordered=True)

    def backwards(self) -> Plan:
        """Return the plan of the same rows in reverse order."""
        plan = self.numbered()
        reverse = tuple((field, -way) for field, way in plan.order)
        return replace(plan, schema=loose(plan.schema), order=reverse, is_ordered=False)

    def part(self, skip: int, limit: int | None = None) -> Plan:
        """Return the plan of at most `limit` rows after the first `skip`."""
        if not skip and limit is None:
            return self
        if self.rows is not None:
            skip = min(skip, self.rows)
            limit = self.rows - skip if limit is None else min(limit, self.rows - skip)
        plan = (self.numbered() if skip else self).in_order()
        stages: list[Stage] = [{"$skip": skip}] if skip else []
        if limit is not None:
            stages.append({"$limit": limit} if limit else NOTHING)
        rows = limit if self.rows is not None else 0 if limit == 0 else None
        return plan.then(stages, _part_of(plan.schema, skip, rows), rows=rows, is_ordered=True)

    def numbered(self, *, always: bool = False) -> Plan:
        """Return the plan in which an index that only numbers the rows is a field, so that labels stay."""
        if self.schema.index.levels or not (always or self.has_labels):
            return self
        entry = Entry(fresh_field(), ((0, NUMBER),), NUMBER, "none")
        plan = self.with_position(entry.field)
        return plan.with_schema(replace(self.schema, index=replace(self.schema.index, levels=(entry,))))

    def with_position(self, field: str) -> Plan:
        """Return the plan whose rows have their position, from 0, in a field."""
        number = {"$setWindowFields": {"sortBy": dict(self.order), "output": {field: RUNNING}}}
        stages = (*self.stages, number, {"$set": {field: {"$toLong": {"$subtract": [f"${field}", 1]}}}})
        return replace(self, stages=stages, is_ordered=True)

    def select(self, positions: Sequence[int]) -> Plan:
        """Return the plan of some columns, by their positions."""
        columns = tuple(self.schema.columns[at] for at in positions)
        return self.with_schema(replace(self.schema, labels=self.schema.labels[list(positions)], columns=columns))


def fresh_field() -> str:
    """Return a field name that no row has."""
    return f"_col#{uuid.uuid4().hex[:12]}"


def loose(schema: FrameSchema) -> FrameSchema:
    """Return `schema` for rows of which some may be gone: the index is no range and has no freq."""
    index = schema.index
    if index.steps is None and index.freq is None:
        return schema
    return replace(schema, index=replace(index, steps=None, freq=None, edges=None))


def unnumbered(schema: FrameSchema) -> FrameSchema:
    """Return `schema` with an index that numbers the rows of the result."""
    return replace(schema, index=IndexSchema((), (None,), False))


def _part_of(schema: FrameSchema, skip: int, rows: int | None) -> FrameSchema:
    index: IndexSchema = schema.index
    if rows is None:
        return loose(schema)
    steps = None if index.steps is None else index.steps[skip : skip + rows]
    return replace(schema, index=replace(index, steps=steps, edges=None))
