"""RowSource: stored row documents as the source of frames, whole, in parts and lazily."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.documents import Documents
from omegastore.codecs.fields import fields
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import FrameSchema
from omegastore.errors import UnknownColumn
from omegastore.mdataframe import Selection
from omegastore.query import compile_filter
from omegastore.rows import Rows

BATCH_ROWS = 20_000


class RowSource:
    """The stored rows of a frame or series.

    Parameters
    ----------
    rows : Rows
        The documents.
    schema : FrameSchema
        What the stored frame looks like.
    """

    def __init__(self, rows: Rows, schema: FrameSchema) -> None:
        self._rows, self._schema = rows, schema

    @property
    def labels(self) -> Sequence[Hashable]:
        """The labels of the columns; none for a series."""
        return [] if self._schema.is_series else list(self._schema.labels)

    def check(self, selection: Selection) -> None:
        """Raise UnknownColumn, or for a condition that cannot be asked."""
        self._positions(selection)
        self._filter(selection)

    def read(self, selection: Selection) -> pd.DataFrame | pd.Series[Any]:
        """Return the rows and columns of `selection`.

        Without conditions a RangeIndex and the freq of an index return as ``iloc[skip:skip + limit]`` has them.
        """
        positions, condition = self._positions(selection), self._filter(selection)
        batches = self._read(selection, positions, condition, BATCH_ROWS)
        return self._frame(batches, selection.skip, self._count(selection), positions, is_run=condition is None)

    def chunks(self, selection: Selection, chunksize: int) -> Iterator[pd.DataFrame | pd.Series[Any]]:
        """Yield the rows of `selection` as frames of `chunksize` rows."""
        positions, condition = self._positions(selection), self._filter(selection)
        start = selection.skip
        for run in _runs(self._read(selection, positions, condition, min(chunksize, BATCH_ROWS)), chunksize):
            count = sum(map(len, run))
            yield self._frame(iter(run), start, count, positions, is_run=condition is None)
            start += count

    def count(self, selection: Selection) -> int:
        """Return how many rows meet the conditions of `selection`."""
        return self._rows.count(self._filter(selection))

    def _count(self, selection: Selection) -> int:
        """Return how many rows `selection` takes, if it has no conditions."""
        rest = max(0, self._schema.rows - selection.skip)
        return rest if selection.limit is None else min(rest, selection.limit)

    def _filter(self, selection: Selection) -> dict[str, Any] | None:
        if not any(conditions or q is not None for conditions, q in selection.conditions):
            return None
        known = fields(self._schema)
        parts = [compile_filter(conditions, q, known) for conditions, q in selection.conditions]
        wanted = [part for part in parts if part]
        return {"$and": wanted} if len(wanted) > 1 else wanted[0] if wanted else None

    def _positions(self, selection: Selection) -> list[int] | None:
        if selection.columns is None:
            return None
        places: dict[Hashable, list[int]] = {}
        for at, label in enumerate(self._schema.labels):
            places.setdefault(label, []).append(at)
        unknown = [label for label in selection.columns if label not in places]
        if unknown:
            raise UnknownColumn(f"unknown columns {unknown}; known are {list(self._schema.labels)}")
        return [at for label in selection.columns for at in places[label]]

    def _read(
        self, selection: Selection, positions: list[int] | None, condition: dict[str, Any] | None, batch_size: int
    ) -> Iterator[Documents]:
        paths = None
        if positions is not None:
            entries = [*self._schema.index.levels, *(self._schema.columns[at] for at in positions)]
            paths = [*dict.fromkeys(entry.field for entry in entries), EXTRAS]
        return self._rows.read(condition, paths, skip=selection.skip, limit=selection.limit, batch_size=batch_size)

    def _frame(
        self, batches: Iterator[Documents], start: int, count: int, positions: list[int] | None, *, is_run: bool
    ) -> pd.DataFrame | pd.Series[Any]:
        """Return the frame of rows, which follow each other in the stored one if `is_run`."""
        schema, steps = self._schema, self._schema.index.steps
        if steps is not None and (start, count) != (0, schema.rows):
            schema = replace(schema, index=replace(schema.index, steps=steps[start : start + count]))
        return decode(batches, schema, positions, whole=is_run)


def _runs(batches: Iterator[Documents], size: int) -> Iterator[list[Documents]]:
    """Yield the documents in runs of exactly `size`, the last one less."""
    run: list[Documents] = []
    wanted = size
    for batch in batches:
        start = 0
        while len(batch) - start >= wanted:
            yield [*run, part(batch, start, start + wanted)]
            run, start, wanted = [], start + wanted, size
        if start < len(batch):
            run.append(part(batch, start, len(batch)))
            wanted -= len(batch) - start
    if run:
        yield run


def part(documents: Documents, start: int, stop: int) -> Documents:
    """Return the documents from `start` to `stop`."""
    low, high = int(documents.offsets[start]), int(documents.offsets[stop])
    return Documents(documents.buffer[low:high], np.asarray(documents.offsets[start : stop + 1] - low))
