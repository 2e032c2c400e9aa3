"""Tables: parquet and CSV files, told as pandas frames one after another."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import pandas as pd

from omegastore.backends.streams import BATCH_ROWS, arrow_frames
from omegastore.errors import UnsupportedValue

PARQUET, CSV = (".parquet", ".pq"), (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zst")


def is_table_path(obj: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether `obj` is the path of a parquet or CSV file, by its name.

    Examples
    --------
    >>> is_table_path("a/b.parquet"), is_table_path(Path("b.txt")), is_table_path(1)
    (True, False, False)
    """
    return isinstance(obj, (str, os.PathLike)) and str(obj).lower().endswith((*PARQUET, *CSV))


def check_table(path: str | os.PathLike[str]) -> None:
    """Raise unless there is such a file, and it can be read as what its name says."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    if str(path).lower().endswith(PARQUET):
        with _parquet(path):
            pass


def table_frames(path: str | os.PathLike[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file in frames of at most `BATCH_ROWS`.

    A parquet file's columns get pandas' Arrow dtypes, which hold their values exactly, and the index that pandas
    wrote. A CSV file is read twice, first for the dtypes: those that `pandas.read_csv` finds for all of the file at
    once, so a column that is numbers here and text there is text.

    Raises
    ------
    UnsupportedValue
        For a CSV column of integers that no dtype holds together.
    """
    if str(path).lower().endswith(PARQUET):
        yield from _parquet_frames(path)
        return
    yield from csv_frames(path, {})


def csv_frames(path: str | os.PathLike[str], options: Mapping[str, Any]) -> Iterator[pd.DataFrame]:
    """Yield the rows of a CSV file, which is read with some options of `pandas.read_csv`, as `table_frames` does."""
    dtypes = _dtypes(path, options)
    with pd.read_csv(path, chunksize=BATCH_ROWS, dtype=dtypes, **options) as parts:
        yield from parts


def _parquet(path: str | os.PathLike[str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(path)
    except pa.ArrowException as error:
        raise UnsupportedValue(f"{path} cannot be read as a parquet file: {error}") from error


def _parquet_frames(path: str | os.PathLike[str]) -> Iterator[pd.DataFrame]:
    import pyarrow as pa

    with _parquet(path) as file:
        schema = file.schema_arrow
        index = (schema.pandas_metadata or {}).get("index_columns", [])
        stream = pa.RecordBatchReader.from_batches(schema, file.iter_batches(BATCH_ROWS))
        for frame in arrow_frames(stream):
            yield _indexed(frame, index)


def _indexed(frame: pd.DataFrame, index: list[Any]) -> pd.DataFrame:
    """Return the frame with the index that pandas' part of the schema describes."""
    named = [each for each in index if isinstance(each, str)]
    if named:
        frame = frame.set_index(named)
        frame.index.names = [None if name.startswith("__index_level_") else name for name in named]
    elif index and index[0].get("kind") == "range":
        start, step, rows = index[0]["start"], index[0]["step"], frame.index
        low = start + step * (rows[0] if len(rows) else 0)
        frame.index = pd.RangeIndex(low, low + step * len(rows), step, name=index[0]["name"])
    return frame


def _dtypes(path: str | os.PathLike[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dtypes of the columns of a CSV file that are to be given, because they differ between parts."""
    seen: dict[str, set[str]] = {}
    with pd.read_csv(path, chunksize=BATCH_ROWS, **options) as parts:
        for part in parts:
            for name, column in part.items():
                seen.setdefault(str(name), set()).add(_kind(column))
    return {name: _common(name, kinds) for name, kinds in seen.items() if len(kinds) > 1 and kinds != {"b", ""}}


def _kind(column: pd.Series[Any]) -> str:
    """Return what the column holds: ``"i"``, ``"u"``, ``"f"``, ``"b"``, ``"O"`` for text, ``""`` for nothing."""
    if column.isna().all():
        return ""
    if pd.api.types.infer_dtype(column, skipna=True) == "boolean":
        return "b"
    return column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"


def _common(name: str, kinds: set[str]) -> Any:
    if kinds <= {"i", "f", ""}:
        return np.dtype(np.float64)
    if kinds <= {"i", "u", "f", ""}:
        raise UnsupportedValue(
            f"column {name!r} has integers above the range of int64 beside others; "
            "read the file with pandas, choose a dtype, and put the frames"
        )
    return str
