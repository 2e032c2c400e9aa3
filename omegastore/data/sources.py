"""Sources: what frames are imported from, told as pandas frames one after another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pandas as pd

from omegastore.backends.streams import frames_of
from omegastore.backends.tables import csv_frames, table_frames
from omegastore.database import Connection
from omegastore.database.values import frame_of
from omegastore.errors import UnsupportedValue

File = str | os.PathLike[str]
Rows = pd.DataFrame | Iterator[pd.DataFrame]
LINES = 50_000
"""Lines of JSON that become one frame."""


def of_pandas(given: pd.DataFrame | Iterable[pd.DataFrame]) -> Rows:
    """Return a frame, or the frames of an iterable one after another."""
    return given if isinstance(given, pd.DataFrame) else _stream(iter(given))


def begun(rows: Rows) -> tuple[pd.DataFrame, Rows]:
    """Return the first frame, and all rows.

    Raises
    ------
    UnsupportedValue
        For an iterator without frames.
    """
    if isinstance(rows, pd.DataFrame):
        return rows, rows
    first = next(rows, None)
    if first is None:
        raise UnsupportedValue(
            "there are no frames in the iterator; import an empty DataFrame with the columns instead"
        )
    return first, chain([first], rows)


def of_csv(
    fnames: File | Sequence[File],
    column_names: Sequence[str] | None,
    num_lines_read: int,
    sep: str,
    quotechar: str,
    skip: int,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of CSV files, the dtypes as `pandas.read_csv` finds them for each file."""
    options: dict[str, Any] = {"sep": sep, "quotechar": quotechar, "skiprows": skip}
    if num_lines_read:
        options["nrows"] = num_lines_read
    if column_names is not None:
        options |= {"names": list(column_names), "header": None}
    return (frame for path in _paths(fnames) for frame in csv_frames(path, options))


def of_parquet(fnames: File | Sequence[File]) -> Iterator[pd.DataFrame]:
    """Yield the rows of Parquet files, in Arrow dtypes."""
    return (frame for path in _paths(fnames) for frame in table_frames(path))


def of_arrow(table: Any) -> Iterator[pd.DataFrame]:
    """Yield the rows of whatever is an Arrow stream, in Arrow dtypes."""
    return _stream(table)


def of_json(source: File, lines: bool) -> Iterator[pd.DataFrame]:
    """Yield the rows of a text or file of JSON: a list of records, or an object of columns; or a record a line."""
    text = source if isinstance(source, str) and source.lstrip()[:1] in ("[", "{") else None
    if not lines:
        yield of_dict(json.loads(Path(source).read_text("utf-8") if text is None else text))
        return
    if text is not None:
        yield from _records(iter(text.splitlines()))
        return
    with Path(source).open(encoding="utf-8") as file:
        yield from _records(file)


def of_dict(data: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows of columns, or of records; what a record lacks is missing."""
    if isinstance(data, Mapping):
        columns = {str(name): list(values) for name, values in data.items()}
        if len({len(values) for values in columns.values()}) > 1:
            sizes = {name: len(values) for name, values in columns.items()}
            raise UnsupportedValue(f"the columns have different lengths: {sizes}")
        return frame_of(columns, list(columns))
    names = list(dict.fromkeys(name for record in data for name in record))
    return frame_of({name: [record.get(name) for record in data] for name in names}, names)


def of_query(query: str, conn: Any) -> Iterator[pd.DataFrame]:
    """Yield what a query of a database selects."""
    return database(conn).frames(query)


def of_table(table_name: str, conn: Any) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table of a database."""
    connection = database(conn)
    return connection.frames(connection.select(table_name))


def database(conn: Any) -> Connection:
    """Return a database of what a caller passes."""
    return conn if isinstance(conn, Connection) else Connection(conn)


def numbered(frames: Iterable[pd.DataFrame], start: int = 0) -> Iterator[pd.DataFrame]:
    """Yield frames whose rows are numbered on where they are numbered at all."""
    for frame in frames:
        index = frame.index
        if isinstance(index, pd.RangeIndex) and index.step == 1 and index.name is None:
            frame = frame.set_axis(pd.RangeIndex(start, start + len(frame)))
        yield frame
        start += len(frame)


def _stream(given: Any) -> Iterator[pd.DataFrame]:
    return (frame for frame in frames_of(given) if isinstance(frame, pd.DataFrame))


def _paths(fnames: File | Sequence[File]) -> list[File]:
    return [fnames] if isinstance(fnames, str | os.PathLike) else list(fnames)


def _records(lines: Iterator[str]) -> Iterator[pd.DataFrame]:
    while part := list(islice(lines, LINES)):
        yield of_dict([json.loads(line) for line in part if line.strip()])
