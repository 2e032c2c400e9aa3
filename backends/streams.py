"""Streams: whatever holds frames, told as pandas frames one after another, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from omegastore.codecs.frame_probe import looks_like_frames, looks_like_series
from omegastore.errors import UnsupportedObject

BATCH_ROWS = 100_000
"""Rows of an Arrow stream that become one frame, at most."""


def is_frame_like(obj: object) -> bool:
    """Return whether `obj` is a DataFrame itself, or is told as DataFrames."""
    return type(obj) is pd.DataFrame or looks_like_frames(obj)


def is_series_like(obj: object) -> bool:
    """Return whether `obj` is a Series itself, or is told as Series."""
    return type(obj) is pd.Series or looks_like_series(obj)


def frames_of(obj: Any) -> Iterator[pd.DataFrame | pd.Series[Any]]:
    """Yield the frames of an iterator, an Arrow stream or a dask frame.

    Columns of Arrow streams (polars and others) get pandas' Arrow dtypes, which hold their values exactly.

    Raises
    ------
    UnsupportedObject
        If an iterator yields something else.
    """
    if hasattr(type(obj), "__arrow_c_stream__"):
        yield from _arrow_series(obj) if looks_like_series(obj) else arrow_frames(obj)
    elif hasattr(type(obj), "get_partition"):
        for number in range(obj.npartitions):
            yield obj.get_partition(number).compute(scheduler="synchronous")
    else:
        yield from _checked(obj)


def _checked(frames: Iterator[Any]) -> Iterator[pd.DataFrame]:
    for number, frame in enumerate(frames):
        if type(frame) is not pd.DataFrame:
            raise UnsupportedObject(
                f"item {number} of the iterator is a {type(frame).__module__}.{type(frame).__qualname__}, not a "
                "pandas DataFrame; wrap it, or put the items one by one"
            )
        yield frame


def arrow_frames(obj: Any) -> Iterator[pd.DataFrame]:
    """Yield the frames of an Arrow stream."""
    import pyarrow as pa

    start = 0
    with pa.RecordBatchReader.from_stream(obj) as reader:
        schema = reader.schema
        if not len(schema.names) or schema.names != list(dict.fromkeys(schema.names)):
            raise UnsupportedObject(f"the columns {schema.names} of the stream are none, or not unique; rename them")
        is_empty = True
        for batch in reader:
            for at in range(0, batch.num_rows, BATCH_ROWS):
                is_empty = False
                frame = _frame(pa.Table.from_batches([batch.slice(at, BATCH_ROWS)]), start)
                start += len(frame)
                yield frame
        if is_empty:
            yield _frame(schema.empty_table(), 0)


def _frame(table: Any, start: int) -> pd.DataFrame:
    index = pd.RangeIndex(start, start + table.num_rows)
    columns = {name: _series(table.column(name), index) for name in table.column_names}
    return pd.DataFrame(columns, index=index, copy=False)


def _series(chunks: Any, index: pd.Index[Any], name: str | None = None) -> pd.Series[Any]:
    import pyarrow.types as kind

    # pandas has no arrays of views, and they hold the same values
    if kind.is_string_view(chunks.type):
        chunks = chunks.cast("large_string")
    elif kind.is_binary_view(chunks.type):
        chunks = chunks.cast("large_binary")
    return pd.Series(pd.arrays.ArrowExtensionArray(chunks), index=index, name=name, copy=False)


def _arrow_series(obj: Any) -> Iterator[pd.Series[Any]]:
    import pyarrow as pa

    chunks = pa.chunked_array(obj)
    yield _series(chunks, pd.RangeIndex(len(chunks)), getattr(obj, "name", None))
