"""Frame: a DataFrame or Series to row documents and back.

A row is ``{_id, _idx#<level>_<name>: ..., <column>: ..., _x: {<field>: extra}}``: natural BSON values, and beside
them under ``_x`` only what BSON cannot say. `describe` checks a frame and returns it prepared for `encode`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import bson
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs import (  # noqa: F401  # each module adds its codecs to the families of Column
    column_arrow,  # pyright: ignore[reportUnusedImport]
    column_composite,  # pyright: ignore[reportUnusedImport]
    column_number,  # pyright: ignore[reportUnusedImport]
    column_text,  # pyright: ignore[reportUnusedImport]
    column_time,  # pyright: ignore[reportUnusedImport]
)
from omegastore.codecs import value as value_codec
from omegastore.codecs.bulk import Elements, Part, assemble
from omegastore.codecs.bulk_column import extras_of, part_of
from omegastore.codecs.bulk_extras import Beside, Counts
from omegastore.codecs.column import Values, column_of, values_of
from omegastore.codecs.documents import Documents
from omegastore.codecs.label import ERA, EXTRAS, column_fields, index_document, level_field, name_document
from omegastore.codecs.schema import BSON, Entry, FrameSchema, IndexSchema, kinds_of, series_labels
from omegastore.errors import UnsupportedValue

ROW_BYTES = 16 * 1024 * 1024
"""The largest document that MongoDB takes."""
CHUNK_ROWS = 20_000
CHUNK_BYTES = 16 * 1024 * 1024
_FIELD_BYTES = 4
"""BSON's own bytes per field, and some for the extras."""
_MAX_SCHEMA_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A frame that has been checked, ready to be encoded."""

    schema: FrameSchema
    """What the frame looks like, and how its rows are encoded."""
    sources: tuple[Values | pd.RangeIndex, ...]
    """The values of each index level and column."""
    sizes: NDArray[np.int64]
    """An upper bound of the bytes of each row."""
    era: int = 0
    """The era of the stored frame that these rows belong to."""

    def __len__(self) -> int:
        return self.schema.rows

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[tuple[int, int]]:
        """Return start and stop of each run of at most `rows` rows that is encoded at once."""
        start, ends = 0, np.cumsum(self.sizes)
        while start < len(self):
            before = ends[start - 1] if start else 0
            fit = int(np.searchsorted(ends, before + CHUNK_BYTES, side="right"))
            stop = min(start + rows, max(fit, start + 1), len(self))
            yield start, stop
            start = stop

    def encode(self, start: int, stop: int, first_id: int) -> Documents:
        """Return the rows from `start` to `stop` as documents whose ``_id`` counts from `first_id`."""
        count = stop - start
        parts: list[Part | Elements] = []
        extras: dict[str, Beside] = {}
        if self.era:
            extras[ERA] = Counts(np.arange(count), np.full(count, self.era, np.int32))
        for entry, source in zip(self.schema.entries, self.sources, strict=True):
            run = source[start:stop]
            values = run.to_numpy() if isinstance(run, pd.RangeIndex) else run
            part, beside = part_of(entry.result, entry.field, values)
            if beside:
                extras[entry.field] = beside
            parts.append(part)
        if extras:
            parts.append(extras_of(extras, count))
        return assemble(parts, first_id, count)


def describe(frame: pd.DataFrame | pd.Series[Any]) -> Prepared:
    """Check all of `frame` and return it prepared for encoding; nothing is changed or copied.

    Parameters
    ----------
    frame : DataFrame or Series
        Of any shape, with any index and any labels.

    Returns
    -------
    Prepared
        The schema, and the way to the documents of the rows.

    Raises
    ------
    UnsupportedValue
        Naming the column, the row and the value, for what cannot come back exactly as it is.
    """
    is_series = isinstance(frame, pd.Series)
    labels = series_labels(frame.name) if isinstance(frame, pd.Series) else frame.columns
    if is_series:
        name_document(labels[0], "the name of the Series")
    else:
        index_document(labels, "column label")
    level_sources, index, sizes = _describe_index(frame.index)
    fields = column_fields(list(labels), set())
    columns: list[Entry] = []
    sources: list[Values] = []
    for at, (label, field) in enumerate(zip(labels, fields, strict=True)):
        data = frame if isinstance(frame, pd.Series) else frame.iloc[:, at]
        values = values_of(data)
        entry, size = _describe_column(values, field, f"column {label!r}")
        columns.append(entry)
        sources.append(values)
        sizes = sizes + size
    attrs = value_codec.encode(dict(frame.attrs), "attrs")
    schema = FrameSchema(
        is_series=is_series,
        labels=labels,
        columns=tuple(columns),
        index=index,
        rows=len(frame),
        attrs=attrs,
        unique_labels=not frame.flags.allows_duplicate_labels,
    )
    prepared = Prepared(schema, (*level_sources, *sources), sizes)
    check_schema(schema)
    _check_rows(prepared)
    return prepared


def _describe_column(values: Values, field: str, where: str) -> tuple[Entry, int | NDArray[np.int64]]:
    codec = column_of(values, where)
    size = codec.check(values, where)
    is_na: NDArray[np.bool_] = np.asarray(pd.isna(values))
    na: str = "none" if not is_na.any() else "all" if is_na.all() else "some"
    is_text = codec.family == "object" and pd.api.types.infer_dtype(values, skipna=True) == "string"
    return Entry(field, ((0, codec),), codec, na, is_text), size + len(field.encode()) + _FIELD_BYTES


def _describe_index(
    index: pd.Index[Any],
) -> tuple[list[Values | pd.RangeIndex], IndexSchema, NDArray[np.int64]]:
    """Return the sources of the levels, their schema, and the bytes of each row so far."""
    sizes = np.full(len(index), 48, np.int64)
    sources: list[Values | pd.RangeIndex] = []
    levels: list[Entry] = []
    for level, name in enumerate(index.names):
        name_document(name, f"the name of index level {level}")
        field = level_field(level, name)
        data = index.get_level_values(level) if isinstance(index, pd.MultiIndex) else index
        if isinstance(data, pd.RangeIndex):
            codec = column_of(np.empty(0, np.int64), "the index")
            levels.append(Entry(field, ((0, codec),), codec, "none"))
            sources.append(data)
            sizes += 8 + len(field.encode()) + _FIELD_BYTES
        else:
            values = values_of(data)
            entry, size = _describe_column(values, field, f"index level {level} ({name!r})")
            if values.dtype == np.dtype(object):
                entry = replace(entry, kinds=kinds_of(data))
            levels.append(entry)
            sources.append(values)
            sizes = sizes + size
    freq = getattr(index, "freq", None) if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    schema = IndexSchema(
        levels=tuple(levels),
        names=tuple(index.names),
        is_multi=isinstance(index, pd.MultiIndex),
        steps=range(index.start, index.stop, index.step) if isinstance(index, pd.RangeIndex) else None,
        freq=freq,
        edges=edges_of(index) if freq is not None else None,
        lookup=_lookup(index) if isinstance(index, pd.MultiIndex) else None,
    )
    schema.to_document()
    return sources, schema, sizes


def edges_of(index: pd.Index[Any]) -> pd.Index[Any]:
    """Return the first and the last label of `index`."""
    return index[[0, -1]] if len(index) else index[:0]


def _lookup(index: pd.MultiIndex) -> pd.MultiIndex | None:
    """Return the levels of `index`, without rows, unless its labels alone give the same levels."""
    plain = pd.MultiIndex.from_arrays([index.get_level_values(n) for n in range(index.nlevels)])
    pairs = zip(plain.levels, index.levels, strict=True)
    if all(_is_same_level(a, b) for a, b in pairs):
        return None
    lookup = index[:0].set_names([None] * index.nlevels)
    # what is read back are the same labels; where the levels cannot be kept, only unused labels are lost
    return lookup if len(bson.encode(index_document(lookup, "the index"), codec_options=BSON)) < 2**18 else None


def _is_same_level(plain: pd.Index[Any], level: pd.Index[Any]) -> bool:
    if isinstance(level, pd.DatetimeIndex | pd.TimedeltaIndex) and level.freq is not None:
        return False
    return plain.dtype == level.dtype and type(plain) is type(level) and plain.equals(level)


def check_schema(schema: FrameSchema) -> None:
    """Raise UnsupportedValue for a schema that is too large for Metadata."""
    size = len(bson.encode(schema.to_document(), codec_options=BSON))
    if size > _MAX_SCHEMA_BYTES:
        raise UnsupportedValue(
            f"the labels, categories and attrs take {size} bytes compressed, more than {_MAX_SCHEMA_BYTES}; "
            "convert category columns of very many categories with astype(str)"
        )


def _check_rows(prepared: Prepared) -> None:
    """Raise for the first row that is too large for a document."""
    for row in np.flatnonzero(prepared.sizes > ROW_BYTES).tolist():
        size = len(prepared.encode(row, row + 1, 0).buffer)
        if size > ROW_BYTES:
            raise UnsupportedValue(
                f"row {row} takes {size} bytes as a document, more than MongoDB's {ROW_BYTES}; the largest "
                f"value is in {_largest(prepared, row)}; put large values under names of their own"
            )


def _largest(prepared: Prepared, row: int) -> str:
    document: dict[str, Any] = bson.decode(prepared.encode(row, row + 1, 0).buffer, codec_options=BSON)
    document.pop(EXTRAS, None)
    field = max(document, key=lambda name: len(bson.encode({"": document[name]}, codec_options=BSON)))
    fields = [entry.field for entry in prepared.schema.columns]
    return f"column {prepared.schema.labels[fields.index(field)]!r}" if field in fields else "the index"
