"""Reading: rows of elsewhere that replace those of a frame, or follow them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from omegastore.data import sources
from omegastore.data.copies import attributes_of
from omegastore.data.fitting import drafted
from omegastore.data.importing import checked, noted
from omegastore.data.lifecycle import Lifecycle
from omegastore.data.note import Notes, from_attributes
from omegastore.errors import SchemaMismatch
from omegastore.mdataframe import MDataFrame

if TYPE_CHECKING:
    from omegastore.data.exporting import Exporting
    from omegastore.metadata import Metadata


class Reading(Lifecycle):
    """Reads rows into the working copy, and returns the handle.

    With ``append=True`` they follow those that are there, whose columns they must have; else they replace them, and
    columns that stay keep their roles. A frame that is only saved has to be loaded before rows can follow. All raise
    as the importers do, and change nothing then.
    """

    def read_pandas(self, pandas_df: pd.DataFrame | Iterable[pd.DataFrame], append: bool = False) -> Self:
        """Read a pandas frame, or an iterator of them."""
        return self._read(sources.of_pandas(pandas_df), append)

    def read_csv(
        self,
        fnames: sources.File | Sequence[sources.File],
        append: bool = False,
        column_names: Sequence[str] | None = None,
        num_lines_read: int = 0,
        sep: str = ",",
        quotechar: str = '"',
        skip: int = 0,
    ) -> Self:
        """Read CSV files; the parameters are those of `from_csv`."""
        return self._read(sources.of_csv(fnames, column_names, num_lines_read, sep, quotechar, skip), append)

    def read_json(self, source: sources.File, append: bool = False, lines: bool = False) -> Self:
        """Read JSON as `from_json` does."""
        return self._read(sources.of_json(source, lines), append)

    def read_dict(
        self, data: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]], append: bool = False
    ) -> Self:
        """Read columns by their names, or a list of records."""
        return self._read(sources.of_dict(data), append)

    def read_arrow(self, table: Any, append: bool = False) -> Self:
        """Read an Arrow table, reader or stream."""
        return self._read(sources.of_arrow(table), append)

    def read_parquet(self, fnames: sources.File | Sequence[sources.File], append: bool = False) -> Self:
        """Read Parquet files."""
        return self._read(sources.of_parquet(fnames), append)

    def read_db(self, table_name: str, append: bool = False, *, conn: Any) -> Self:
        """Read a table of a database."""
        return self._read(sources.of_table(table_name, conn), append)

    def read_query(self, query: str, append: bool = False, *, conn: Any) -> Self:
        """Read what a query of a database selects."""
        return self._read(sources.of_query(query, conn), append)

    def read_view(self, view: Exporting, append: bool = False) -> Self:
        """Read the rows of a view or frame; where they replace others, the server writes them."""
        if append:
            return self._read(view.iter_batches(), append)
        table = view.table
        self._replace(table.rows, attributes_of(self._kept(table.notes)))
        return self

    def _read(self, rows: sources.Rows, append: bool) -> Self:
        first, rows = sources.begun(rows)
        is_more = append and self.exists()
        notes = self._followed(first) if is_more else self._kept(noted(first, {}))
        with drafted(self._memory, checked(rows, notes), first, notes) as given:
            if is_more:
                self._append(given, lambda given, meta, before: _following(given, notes, meta, len(before)))
            else:
                self._replace(given, attributes_of(notes))
        return self

    def _kept(self, notes: Notes) -> Notes:
        """Return the notes of the columns, those that the working copy has where it has them."""
        meta = self._meta()
        kept: Notes = {} if meta is None else from_attributes(meta.attributes)
        return {name: kept.get(name, note) for name, note in notes.items()}

    def _followed(self, first: pd.DataFrame) -> Notes:
        """Return the notes of the working copy, whose columns the rows that follow must have."""
        notes = from_attributes(self._found().attributes)
        more = [str(name) for name in first.columns if name not in notes]
        if more:
            raise SchemaMismatch(f"frame {self.name!r} has no columns {more}; it has {list(notes)}")
        return notes


def _following(rows: Any, notes: Notes, meta: Metadata, count: int) -> Iterator[pd.DataFrame]:
    """Return rows, numbered from `count` on, as those that follow others of the same columns."""
    known = from_attributes(meta.attributes)
    if list(known) != list(notes):
        raise SchemaMismatch(f"frame {meta.name!r} has the columns {list(known)} by now, not {list(notes)}")
    frames = rows.iterchunks(sources.LINES) if isinstance(rows, MDataFrame) else rows
    return sources.numbered(iter([frames]) if isinstance(frames, pd.DataFrame) else frames, count)
