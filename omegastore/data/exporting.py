"""Exporting: the rows of frames and views in other forms, chunk by chunk where the form has chunks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegastore.data.sources import database
from omegastore.data.table import Tabular
from omegastore.database.values import plain
from omegastore.errors import UnsupportedValue

if TYPE_CHECKING:
    import pandas as pd

BATCH = 50_000
"""Rows that are in memory at a time."""


class Exporting(Tabular):
    """Writes rows. Texts and tables of databases get the columns, without the labels of the rows."""

    def iter_batches(self, batch_size: int = BATCH) -> Iterator[pd.DataFrame]:
        """Yield the rows as pandas frames of `batch_size` rows."""
        found: Iterator[pd.DataFrame] = self.lazy.iterchunks(batch_size)
        return found

    def to_csv(self, path: str | os.PathLike[str], sep: str = ",", quotechar: str = '"') -> None:
        """Write a CSV file; what is missing is an empty value.

        Parameters
        ----------
        path : path
            The file; one that is there is replaced.
        sep, quotechar : str
            What stands between values, and around those that hold it.
        """
        self.lazy.to_csv(Path(path), sep=sep, quotechar=quotechar, index=False)

    def to_json(self, path: str | os.PathLike[str] | None = None, lines: bool = False) -> str | None:
        """Write records as JSON; times are texts in ISO 8601, and what is missing is null.

        Parameters
        ----------
        path : path, optional
            The file; without one the text is returned.
        lines : bool
            One record a line, instead of a list of records.

        Raises
        ------
        UnsupportedValue
            For values that JSON does not have.
        """
        first, between, last = ("", "\n", "\n") if lines else ("[", ",\n", "]\n")
        texts = (text for frame in self.iter_batches() for text in _records(frame))
        if path is None:
            return first + between.join(texts) + last.rstrip("\n")
        with Path(path).open("w", encoding="utf-8") as file:
            file.write(first)
            for number, text in enumerate(texts):
                file.write((between if number else "") + text)
            file.write(last)
        return None

    def to_dict(self) -> dict[str, list[Any]]:
        """Return the columns as lists of Python's own values, None for what is missing."""
        frame = self.to_pandas()
        return {name: plain(frame[name]) for name in self.columns}

    def to_arrow(self) -> Any:
        """Return the `pyarrow.Table`, with the labels of the rows as pandas writes them."""
        return self.lazy.to_arrow()

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write a Parquet file, with the labels of the rows as pandas writes them; one that is there is replaced."""
        self.lazy.to_parquet(Path(path))

    def to_db(self, table_name: str, conn: Any) -> None:
        """Write a table of a database; it is there with all rows, or not at all.

        Parameters
        ----------
        table_name : str
            The table.
        conn : Connection, DB-API connection or SQLAlchemy engine
            The database.

        Raises
        ------
        ValueError
            When there is such a table.
        """
        database(conn).write(table_name, self.iter_batches())


def _records(frame: pd.DataFrame) -> Iterator[str]:
    names = [str(name) for name in frame.columns]
    columns = [_texts(frame[name]) for name in names]
    for values in zip(*columns, strict=True):
        try:
            yield json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise UnsupportedValue(f"JSON has no form for a value of this row ({error}): {values}") from error


def _texts(column: pd.Series[Any]) -> list[Any]:
    """Return the values, times as texts."""
    return [each.isoformat() if hasattr(each, "isoformat") else each for each in plain(column)]
