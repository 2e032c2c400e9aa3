"""Export: the rows as Arrow, Parquet and CSV, chunk by chunk, and functions that run on chunks in this process."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd

from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy

CHUNK = 50_000
"""Rows that are in memory at a time."""


class Exporting(Lazy):
    """Results in other forms than pandas, streamed."""

    def to_arrow(self) -> Any:
        """Return the rows as a `pyarrow.Table`, with the index as pandas writes it."""
        return _table(self.value)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the columns as a stream of Arrow batches, without the index: what polars and others read.

        The protocol is https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html.
        """
        import pyarrow as pa

        schema, batches = self._batches(with_index=False)
        return pa.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)

    def to_polars(self) -> Any:
        """Return the columns as a polars DataFrame, without the index."""
        import polars as pl

        return pl.DataFrame(self)

    def to_parquet(self, path: str | Path, **options: Any) -> None:
        """Write the rows to a Parquet file, chunk by chunk.

        Parameters
        ----------
        path : str or Path
            The file.
        **options
            For `pyarrow.parquet.ParquetWriter`.
        """
        import pyarrow.parquet as pq

        schema, batches = self._batches(with_index=True)
        with pq.ParquetWriter(path, schema, **options) as writer:
            for batch in batches:
                writer.write_batch(batch)

    def to_csv(self, path: str | Path | IO[str], **options: Any) -> None:
        """Write the rows to a CSV file, chunk by chunk.

        Parameters
        ----------
        path : str, Path or text file
            Where to.
        **options
            For `pandas.DataFrame.to_csv`; ``mode`` and ``header`` are set here after the first chunk.
        """
        if isinstance(path, str | Path):
            with Path(path).open("w", encoding="utf-8", newline="") as file:
                self.to_csv(file, **options)
            return
        empty: pd.DataFrame = result.read(self.plan.part(0, 0))
        empty.to_csv(path, **options)
        for chunk in result.chunks(self.plan, CHUNK):
            chunk.to_csv(path, **{**options, "header": False})

    def map_batches(
        self, function: Callable[[pd.DataFrame], pd.DataFrame], chunksize: int = CHUNK
    ) -> Iterator[pd.DataFrame]:
        """Yield what a function makes of each chunk of the rows, in this process.

        Parameters
        ----------
        function : callable
            From a pandas frame to another; ``store.put(lazy.map_batches(f), name)`` stores what it returns.
        chunksize : int
            Rows of each chunk.
        """
        return (function(chunk) for chunk in result.chunks(self.plan, chunksize))

    def transform(self, function: Callable[[pd.DataFrame], pd.DataFrame], chunksize: int = CHUNK) -> Any:
        """Return the frame that a function makes, chunk by chunk, of the rows; it must treat each row by itself."""
        made = list(self.map_batches(function, chunksize))
        return pd.concat(made) if made else function(result.read(self.plan))

    def _batches(self, *, with_index: bool) -> tuple[Any, Iterator[Any]]:
        """Return the Arrow schema, and the record batches."""
        keep = None if with_index else False
        chunks = result.chunks(self.plan, CHUNK)
        first = next(chunks, None)
        if first is None:
            first = result.read(self.plan.part(0, 0))
        # columns of objects tell their type by their values alone
        table = _table(first, preserve_index=keep)

        def batches() -> Iterator[Any]:
            yield from table.to_batches()
            for chunk in chunks:
                yield from _table(chunk, table.schema, preserve_index=keep).to_batches()

        return table.schema, batches()


class Iterating(Lazy):
    """Rows and columns one by one."""

    def iterrows(self) -> Iterator[tuple[Hashable, pd.Series[Any]]]:
        """Yield label and row, as pandas does; chunks are read as they are needed."""
        for chunk in result.chunks(self.plan, CHUNK):
            yield from chunk.iterrows()

    def itertuples(self, index: bool = True, name: str | None = "Pandas") -> Iterator[tuple[Any, ...]]:
        """Yield the rows as named tuples; chunks are read as they are needed."""
        for chunk in result.chunks(self.plan, CHUNK):
            yield from chunk.itertuples(index=index, name=name)

    def items(self) -> Iterator[tuple[Hashable, Any]]:
        """Yield label and lazy series of each column."""
        lazy: Any = self
        for at, label in enumerate(self.plan.schema.labels):
            yield label, lazy.column_at(at)


def _table(value: Any, schema: Any = None, *, preserve_index: bool | None = None) -> Any:
    import pyarrow as pa

    frame = value.to_frame() if isinstance(value, pd.Series) else value
    with warnings.catch_warnings():
        # pyarrow still asks pandas for the values of columns with a time zone in a way that pandas will change
        warnings.filterwarnings("ignore", "Series.values", DeprecationWarning)
        return pa.Table.from_pandas(frame, schema, preserve_index=preserve_index)
