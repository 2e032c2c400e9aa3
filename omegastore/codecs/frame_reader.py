"""Reader: row documents back to the frame that they came from, or to a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import bson
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs import value as value_codec
from omegastore.codecs.bulk import Elements, Part
from omegastore.codecs.bulk_column import (
    code_of,
    naturals_of,
    sparse_naturals_of,
    values_of_part,
)
from omegastore.codecs.bulk_extras import Beside, by_row, counts_of, documents_cut
from omegastore.codecs.bulk_read import dissect
from omegastore.codecs.column import Cells, Column, Values, missing, values_of
from omegastore.codecs.documents import Documents
from omegastore.codecs.label import ERA, EXTRAS, index_of
from omegastore.codecs.schema import BSON, Entry, FrameSchema


def decode(
    batches: Iterable[Documents],
    schema: FrameSchema,
    columns: Sequence[int] | None = None,
    *,
    whole: bool = True,
) -> pd.DataFrame | pd.Series[Any]:
    """Return the frame of row documents.

    Parameters
    ----------
    batches : iterable of Documents
        Rows in their order.
    schema : FrameSchema
        What the stored frame looks like.
    columns : sequence of int, optional
        Positions of the columns to return, in that order; all by default.
    whole : bool
        Whether these are all rows that are stored. Only then do a RangeIndex and the freq of an index return;
        a part has what ``df[mask]`` has.

    Returns
    -------
    DataFrame or Series
        As it was put; of the concatenation of what was put, if there was more than one.
    """
    positions = list(range(len(schema.columns))) if columns is None else list(columns)
    entries = [*schema.index.levels, *(schema.columns[at] for at in positions)]
    parts: list[list[Values]] = [[] for _ in entries]
    rows = 0
    layout, fields = _layout(schema, entries), [ERA, *(entry.field for entry in schema.entries)]
    for batch in batches:
        rows += len(batch)
        found = _opened(batch, layout, fields)
        eras = _eras(found.beside(ERA), len(batch)) if schema.era else None
        for entry, part in zip(entries, parts, strict=True):
            part.append(found.values(entry, eras))
    arrays = [_join(part, entry.result) for part, entry in zip(parts, entries, strict=True)]
    count = len(schema.index.levels)
    index = _index(arrays[:count], schema, rows, whole=whole)
    return _frame(arrays[count:], index, schema, positions if columns is not None else None)


def _layout(schema: FrameSchema, entries: Sequence[Entry]) -> list[tuple[str, int | None]]:
    """Return field and BSON type of what the rows hold, in their order; None where each cell is looked at."""
    wanted, layout = {entry.field for entry in entries}, list[tuple[str, int | None]]()
    for entry in (entry for entry in schema.entries if entry.field in wanted):
        codec = entry.codecs[-1][1]
        is_one = len(entry.codecs) == 1 and codec is not None and codec.dtype == entry.result.dtype
        layout.append((entry.field, code_of(codec) if is_one else None))
    return [*layout, (EXTRAS, None)]


class _Columns:
    """The columns of a batch of rows, as parts that were cut out of all documents at once."""

    def __init__(self, parts: Mapping[str, Part | Elements], extras: Mapping[str, Elements]) -> None:
        self._parts, self._extras = parts, extras

    def beside(self, field: str) -> Beside:
        """Return what stands beside a column."""
        if field not in self._extras:
            return {}
        part = self._extras[field]
        counts = counts_of(part)
        return dict(sparse_naturals_of(field, part)) if counts is None else counts

    def values(self, entry: Entry, eras: NDArray[np.int64] | None) -> Values:
        """Return the values of one column."""
        part, beside = self._parts[entry.field], self.beside(entry.field)
        if isinstance(part, Elements):
            return _values(entry, naturals_of(entry.field, part), by_row(beside), eras)
        codec = entry.codecs[-1][1]
        assert codec is not None, "columns without a codec have no type"
        return values_of_part(codec, part, beside)


class _Rows:
    """A batch of rows whose fields stand in another order, as one dict each."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self._documents = documents
        self._extras = [(at, doc[EXTRAS]) for at, doc in enumerate(documents) if EXTRAS in doc]

    def beside(self, field: str) -> Beside:
        """Return what stands beside a column."""
        return {at: extra[field] for at, extra in self._extras if field in extra}

    def values(self, entry: Entry, eras: NDArray[np.int64] | None) -> Values:
        """Return the values of one column."""
        naturals = [doc.get(entry.field) for doc in self._documents]
        return _values(entry, naturals, by_row(self.beside(entry.field)), eras)


def _opened(batch: Documents, layout: list[tuple[str, int | None]], fields: Sequence[str]) -> _Columns | _Rows:
    parts = dissect(batch, layout)
    if parts is not None and isinstance(last := parts[-1], Elements):
        extras = documents_cut(EXTRAS, last, fields)
        if extras is not None:
            return _Columns({field: part for (field, _), part in zip(layout, parts, strict=True)}, extras)
    return _Rows(bson.decode_all(batch.buffer, BSON))


def _eras(beside: Beside, count: int) -> NDArray[np.int64]:
    """Return the era of each row."""
    eras = np.zeros(count, np.int64)
    for row, era in by_row(beside).items():
        eras[row] = era
    return eras


def _values(entry: Entry, naturals: list[Any], beside: Mapping[int, Any], eras: NDArray[np.int64] | None) -> Values:
    """Return the values of one column over the rows of a batch, from its cells."""
    if eras is None or len(entry.codecs) == 1:
        codec = entry.codecs[-1][1]
        return _cast(codec, Cells(naturals, beside), entry.result)
    codecs = [entry.codec(int(era)) for era in np.unique(eras)]
    numbers = {id(codec): number for number, codec in enumerate(codecs)}
    which = np.fromiter((numbers[id(entry.codec(int(era)))] for era in eras), np.int64, len(eras))
    parts, order = [], []
    for number in sorted(set(numbers.values())):
        rows = np.flatnonzero(which == number)
        new = {int(row): at for at, row in enumerate(rows)}
        cells = Cells([naturals[row] for row in rows], {new[at]: extra for at, extra in beside.items() if at in new})
        parts.append(_cast(codecs[number], cells, entry.result))
        order.append(rows)
    return _join(parts, entry.result).take(np.argsort(np.concatenate(order), kind="stable"))


def _cast(codec: Column | None, cells: Cells, result: Column) -> Values:
    """Return the values of rows of one era in the dtype of the whole, as pandas' concat casts them."""
    if codec is None:
        return missing(result.dtype, len(cells.naturals))
    values = codec.array(cells)
    dtype: Any = codec.dtype
    if dtype == result.dtype:
        return values
    if result.dtype != np.dtype(object) and np.asarray(pd.isna(values)).all():
        return missing(result.dtype, len(values))
    return values_of(pd.Series(values, dtype=codec.dtype).astype(result.dtype))


def _join(parts: list[Values], result: Column) -> Values:
    """Return arrays of one dtype as one."""
    if not parts:
        return result.array(Cells([]))
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return type(parts[0])._concat_same_type(parts)


def _index(arrays: list[Values], schema: FrameSchema, rows: int, *, whole: bool) -> pd.Index[Any]:
    stored = schema.index
    if not stored.levels:  # the rows are numbered as they come
        return pd.RangeIndex(rows, name=stored.names[0])
    if whole and stored.steps is not None and len(stored.steps) == rows:
        return pd.RangeIndex(stored.steps.start, stored.steps.stop, stored.steps.step, name=stored.names[0])
    if not stored.is_multi:
        index = index_of(arrays[0], stored.names[0])
        if whole and stored.freq is not None:
            index.freq = stored.freq  # type: ignore[attr-defined]  # only indexes of dates have a freq
        return index
    levels = [index_of(array, None) for array in arrays]
    if stored.lookup is not None:
        codes = [known.get_indexer_for(level) for known, level in zip(stored.lookup.levels, levels, strict=True)]
        known_levels: Any = stored.lookup.levels
        known_codes: Any = codes
        return pd.MultiIndex(known_levels, known_codes, names=stored.names, verify_integrity=False)
    return pd.MultiIndex.from_arrays(levels, names=stored.names)


def _frame(
    arrays: list[Values], index: pd.Index[Any], schema: FrameSchema, positions: list[int] | None
) -> pd.DataFrame | pd.Series[Any]:
    labels = schema.labels if positions is None else schema.labels[positions]
    frame: pd.DataFrame | pd.Series[Any]
    if schema.is_series:
        frame = pd.Series(arrays[0], index=index, dtype=arrays[0].dtype, name=schema.labels[0], copy=False)
    else:
        # a Series keeps what pandas would take for texts or dates, but takes as long as all the rest
        columns = {
            at: pd.Series(array, index=index, dtype=object, copy=False) if array.dtype == object else array
            for at, array in enumerate(arrays)
        }
        frame = pd.DataFrame(columns, index=index, copy=False)
        frame.columns = labels
    attrs: Any = value_codec.decode(*schema.attrs)
    frame.attrs = attrs
    if schema.unique_labels:
        flags: Any = frame.flags
        flags.allows_duplicate_labels = False
    return frame
