"""Result: the rows of a plan, by one command: a find where that is enough, else an aggregation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import bson

from omegastore.codecs.column_sampled import Sampled
from omegastore.codecs.documents import Documents
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import BSON, FrameSchema
from omegastore.mdataframe.plan import NATURAL, NOTHING, ROW_BY_ROW, Plan, Stage

BATCH_ROWS = 20_000

Frame = Any
"""A DataFrame or a Series."""


def read(plan: Plan) -> Frame:
    """Return the rows of `plan` as pandas has them."""
    return _frame(documents(plan), plan.schema)


def documents(plan: Plan, batch_size: int = BATCH_ROWS) -> Iterator[Documents]:
    """Yield the rows of `plan` in their order, with the fields that its schema names."""
    fields = _fields(plan)
    find = _Find.of(plan)
    if find is not None:
        yield from plan.source.read(find.filter, fields, skip=find.skip, limit=find.limit, batch_size=batch_size)
        return
    yield from plan.source.aggregate(pipeline(plan, fields), batch_size=batch_size)


def pipeline(plan: Plan, fields: Sequence[str] | None = None) -> list[Stage]:
    """Return the stages that give the rows of `plan` in their order."""
    stages = list(plan.in_order().stages)
    return [*stages, {"$project": dict.fromkeys(fields, 1)}] if fields else stages


def chunks(plan: Plan, size: int) -> Iterator[Frame]:
    """Yield the rows of `plan` in frames of `size` rows."""
    start = 0
    for run in _runs(_pages(plan, size), size):
        count = sum(map(len, run))
        schema = plan.schema
        if schema.index.steps is not None:
            schema = replace(schema, index=replace(schema.index, steps=schema.index.steps[start : start + count]))
        frame = _frame(iter(run), schema)
        if not schema.index.levels:
            frame.index = frame.index + start
        yield frame
        start += count


def count(plan: Plan) -> int:
    """Return how many rows `plan` has; none are read."""
    if plan.rows is not None:
        return plan.rows
    stages = list(plan.stages)
    while stages and set(stages[-1]) <= {"$set", "$sort"}:
        stages.pop()
    if all("$match" in stage for stage in stages):
        return plan.source.count(_all_of([stage["$match"] for stage in stages]))
    answer = list(plan.source.aggregate([*stages, {"$count": "n"}]))
    return int(bson.decode(answer[0][0])["n"]) if answer else 0


def scalar_documents(plan: Plan, stages: Sequence[Stage] = ()) -> list[dict[str, Any]]:
    """Return what the plan and further stages give, as dicts."""
    found: list[dict[str, Any]] = []
    for batch in plan.source.aggregate([*plan.stages, *stages]):
        found += bson.decode_all(batch.buffer, BSON)
    return found


class _Find:
    """A plan that a find can answer: conditions, then a run of the rows in their natural order."""

    def __init__(self, filter: dict[str, Any] | None, skip: int, limit: int | None) -> None:
        self.filter, self.skip, self.limit = filter, skip, limit

    @classmethod
    def of(cls, plan: Plan) -> _Find | None:
        """Return the find of `plan`, None if it takes an aggregation."""
        conditions: list[Mapping[str, Any]] = []
        skip, limit, is_cut = 0, None, False
        if plan.order != NATURAL:
            return None
        for stage in plan.stages:
            (name, value), *_ = stage.items()
            if stage == NOTHING:
                limit = 0
            elif name == "$match" and not is_cut:
                conditions.append(value)
            elif name == "$sort" and dict(value) == dict(NATURAL):
                continue
            elif name == "$skip":
                skip, is_cut = skip + value, True
                limit = None if limit is None else max(0, limit - value)
            elif name == "$limit":
                limit, is_cut = value if limit is None else min(limit, value), True
            else:
                return None
        return cls(_all_of(conditions), skip, limit)


def _all_of(conditions: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    return {"$and": conditions} if len(conditions) > 1 else dict(conditions[0]) if conditions else None


def _fields(plan: Plan) -> list[str] | None:
    """Return the fields to ask for, None for all."""
    wanted = dict.fromkeys(entry.field for entry in plan.schema.entries)
    if any("." in field or field.startswith("$") for field in wanted):
        return None  # no projection can name them; only collections of others have such
    if plan.fields == wanted.keys() and _Find.of(plan) is not None:
        return None  # whole rows: their checksums are compared if they are all that is stored
    return [*wanted, *([] if EXTRAS in wanted else [EXTRAS])]


def _frame(batches: Iterator[Documents], schema: FrameSchema) -> Frame:
    if any(isinstance(entry.result, Sampled) for entry in schema.entries):
        # the dtype is that of all values together
        parts = [batch[at] for batch in batches for at in range(len(batch))]
        batches = iter([Documents.join(parts)] if parts else [])
    return decode(batches, schema)


def _pages(plan: Plan, size: int) -> Iterator[Documents]:
    """Yield the rows, where they are in the order of their `_id` page by page, each from the last `_id` on."""
    by_key = plan.order == NATURAL and all(set(stage) <= ROW_BY_ROW for stage in plan.stages)
    if not by_key or not _is_numbered(plan):
        yield from documents(plan, min(size, BATCH_ROWS))
        return
    page = size * max(1, BATCH_ROWS // size)
    last: Any = None
    while True:
        after: list[Stage] = [] if last is None else [{"$match": {"_id": {"$gt": last}}}]
        seen = 0
        following = replace(plan, stages=(*after, *plan.stages), rows=None)
        for batch in documents(following.part(0, page), min(page, BATCH_ROWS)):
            seen += len(batch)
            last = bson.decode(batch[len(batch) - 1], BSON)["_id"]
            yield batch
        if seen < page:
            return


def _is_numbered(plan: Plan) -> bool:
    """Return whether the `_id` of all rows are int64, of which one follows another by `$gt`."""
    return bool(getattr(plan.source, "is_numbered", True))


def _runs(batches: Iterator[Documents], size: int) -> Iterator[list[Documents]]:
    """Yield the documents in runs of exactly `size`, the last one less."""
    run: list[Documents] = []
    wanted = size
    for batch in batches:
        start = 0
        while len(batch) - start >= wanted:
            yield [*run, batch.part(start, start + wanted)]
            run, start, wanted = [], start + wanted, size
        if start < len(batch):
            run.append(batch.part(start, len(batch)))
            wanted -= len(batch) - start
    if run:
        yield run
