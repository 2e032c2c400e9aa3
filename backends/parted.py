"""Parted: stored rows as a dask frame, whose partitions are ranges of rows that the workers read by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from omegastore.backends.rowquery import RowsGetOptions, lazy
from omegastore.codecs.documents import Documents
from omegastore.codecs.schema import FrameSchema
from omegastore.errors import Corrupt
from omegastore.mdataframe import stored
from omegastore.mdataframe.plan import Plan
from omegastore.payload import BATCH_BITS, Batch, batches
from omegastore.rows import Rows

PARTITION_ROWS = 100_000
Frame = Any


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that follow each other."""

    low: int
    high: int
    """The half-open range of their `_id`."""
    start: int
    """The position of the first."""
    count: int


@dataclass(frozen=True)
class Part:
    """The rows of one span as the source of a plan."""

    rows: Rows
    span: Span

    @property
    def collection(self) -> Any:
        """The pymongo collection."""
        return self.rows.collection

    @property
    def visible(self) -> dict[str, Any]:
        """The filter for the rows of the span."""
        return {"$and": [self.rows.visible, self._range]}

    @property
    def is_clustered(self) -> bool:
        """Whether the server keeps rows in the order of their `_id`."""
        return self.rows.is_clustered

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
        condition = {"$and": [self._range, filter]} if filter else self._range
        return self.rows.read(condition, fields, skip=skip, limit=limit, batch_size=batch_size)

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]], *, batch_size: int = 20_000) -> Iterator[Documents]:
        """Yield what an aggregation over the rows returns."""
        return self.rows.aggregate([{"$match": self._range}, *pipeline], batch_size=batch_size)

    def committed(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return `pipeline` with what goes in front of it, so that it is over the rows of the span."""
        return self.rows.committed([{"$match": self._range}, *pipeline])

    def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """Return how many rows `filter` selects."""
        return self.rows.count({"$and": [self._range, filter]}) if filter else self.span.count

    @property
    def _range(self) -> dict[str, Any]:
        return {"_id": {"$gte": self.span.low, "$lt": self.span.high}}


@dataclass(frozen=True)
class Reader:
    """Reads one partition; it is pickled to the workers, and holds no credentials.

    Where it is loaded, ``OMEGA_MONGO_URL`` has to name the same server if the URL holds any.
    """

    rows: Rows
    kind_meta: Mapping[str, Any]
    options: RowsGetOptions
    """Without those that say in which form the rows come."""

    def __call__(self, span: Span) -> Frame:
        """Return the rows of `span` that the options select."""
        plan = self._plan(span)
        frame = lazy(plan, self.options).value
        if not (self.options.filter or self.options.q) and len(frame) != span.count:
            raise Corrupt(f"{len(frame)} rows of {span.count} are there")
        if span.start and not FrameSchema.from_document(self.kind_meta).index.levels:
            frame.index = frame.index + span.start
        return frame

    def _plan(self, span: Span) -> Plan:
        schema = FrameSchema.from_document(self.kind_meta)
        steps = schema.index.steps
        if steps is not None and (span.start, span.count) != (0, schema.rows):
            steps = steps[span.start : span.start + span.count]
            schema = replace(schema, index=replace(schema.index, steps=steps, edges=None))
        return stored(Part(self.rows, span), replace(schema, rows=span.count))


def dask_frame(rows: Rows, payload: Mapping[str, Any], kind_meta: Mapping[str, Any], options: RowsGetOptions) -> Any:
    """Return the dask frame or series of stored rows.

    Parameters
    ----------
    rows : Rows
        The rows.
    payload, kind_meta : mapping
        What Metadata says of them.
    options : RowsGetOptions
        What is selected; `chunksize` is the most rows of a partition.
    """
    import dask.dataframe
    from dask import config  # pyright: ignore[reportPrivateImportUsage]

    reader = Reader(rows, kind_meta, replace(options, chunksize=None, as_=None))
    found = spans(batches(payload), options.chunksize or PARTITION_ROWS) or [Span(0, 0, 0, 0)]
    sample = reader(replace(found[0], high=found[0].low, count=0))
    if not reader.options.filter and reader.options.q is None and isinstance(sample.index, pd.RangeIndex):
        sample.index = pd.RangeIndex(0, name=sample.index.name)
    with config.set({"dataframe.convert-string": False}):  # text comes as it was put
        make: Callable[..., Any] = dask.dataframe.from_map  # dask has no types
        return make(reader, found, meta=sample, enforce_metadata=False)


def spans(visible: Sequence[Batch], rows: int) -> list[Span]:
    """Return ranges of at most `rows` rows; of batches that were merged, whose rows have gaps in `_id`, one for all.

    Examples
    --------
    >>> [(span.start, span.count) for span in spans([Batch(0, 0, 5, None, 1), Batch(1, 3, 4, None, 2)], 3)]
    [(0, 3), (3, 2), (5, 4)]
    """
    found, start = list[Span](), 0
    for batch in visible:
        low, high = batch.first << BATCH_BITS, (batch.last + 1) << BATCH_BITS
        step = rows if batch.first == batch.last else max(1, batch.rows)
        for at in range(0, batch.rows, step):
            count = min(step, batch.rows - at)
            end = high if at + count == batch.rows else low + at + count
            found.append(Span(low + at, end, start + at, count))
        start += batch.rows
    return found
