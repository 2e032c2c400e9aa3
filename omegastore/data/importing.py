"""Importing: working copies of frames made of what is elsewhere, in chunks where the source has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from omegastore.data import roles as known
from omegastore.data import sources
from omegastore.data.copies import attributes_of
from omegastore.data.fitting import drafted
from omegastore.data.lifecycle import Lifecycle
from omegastore.data.note import NOTED, ROLES, Notes, from_attrs
from omegastore.errors import SchemaMismatch, UnsupportedValue

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.data.viewing import Viewing

Roles = known.Given | None


class Importing(Lifecycle):
    """Makes working copies; one that is there is replaced.

    All take `roles`, which columns have which role: a mapping either way round, or `omegastore.data.Roles`; columns
    that are given none are ``unused_float`` or ``unused_string``, or left out with ``ignore=True``. Texts become
    numbers or time stamps where their role asks for that. All raise `Frozen`, an OSError, when there is such a frame
    and it is frozen, and ValueError for roles that are none, for texts that are not what their role asks for, and for
    a target that is missing somewhere; what was there stays then.
    """

    @classmethod
    def from_pandas(
        cls,
        pandas_df: pd.DataFrame | Iterable[pd.DataFrame],
        name: str,
        roles: Roles = None,
        ignore: bool = False,
    ) -> Self:
        """Import a pandas frame, or an iterator of them.

        Parameters
        ----------
        pandas_df : DataFrame or iterable of DataFrame
            The rows. Roles, units and subroles in ``attrs`` count where `roles` are not given.
        name : str
            The name of the frame.
        roles : mapping or Roles, optional
            Which columns have which role.
        ignore : bool
            Leave out columns that are given no role.
        """
        return cls._imported(sources.of_pandas(pandas_df), name, roles, ignore)

    @classmethod
    def from_csv(
        cls,
        fnames: sources.File | Sequence[sources.File],
        name: str,
        roles: Roles = None,
        ignore: bool = False,
        column_names: Sequence[str] | None = None,
        num_lines_read: int = 0,
        sep: str = ",",
        quotechar: str = '"',
        skip: int = 0,
    ) -> Self:
        """Import CSV files, with the dtypes that `pandas.read_csv` finds.

        Parameters
        ----------
        fnames : path or sequence of paths
            The files; rows of several follow one another.
        name, roles, ignore
            As for `from_pandas`.
        column_names : sequence of str, optional
            The columns of files whose first line is not their names.
        num_lines_read : int
            The most rows that are read of each file; 0 for all.
        sep, quotechar : str
            What stands between values, and around those that hold it.
        skip : int
            Lines at the beginning of each file that are not read.
        """
        frames = sources.of_csv(fnames, column_names, num_lines_read, sep, quotechar, skip)
        return cls._imported(frames, name, roles, ignore)

    @classmethod
    def from_json(
        cls, source: sources.File, name: str, roles: Roles = None, ignore: bool = False, lines: bool = False
    ) -> Self:
        """Import JSON: a list of records or an object of columns, or, with `lines`, one record a line.

        Parameters
        ----------
        source : path or str
            A file, or a text that begins with a bracket or brace.
        name, roles, ignore
            As for `from_pandas`.
        lines : bool
            Whether each line is a record; such a file is read in chunks.
        """
        return cls._imported(sources.of_json(source, lines), name, roles, ignore)

    @classmethod
    def from_dict(
        cls,
        data: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
        name: str,
        roles: Roles = None,
        ignore: bool = False,
    ) -> Self:
        """Import columns by their names, or a list of records; integers of which some are missing get Int64."""
        return cls._imported(sources.of_dict(data), name, roles, ignore)

    @classmethod
    def from_arrow(cls, table: Any, name: str, roles: Roles = None, ignore: bool = False) -> Self:
        """Import an Arrow table, reader, or whatever else is an Arrow stream; columns get pandas' Arrow dtypes."""
        return cls._imported(sources.of_arrow(table), name, roles, ignore)

    @classmethod
    def from_parquet(
        cls,
        fnames: sources.File | Sequence[sources.File],
        name: str,
        roles: Roles = None,
        ignore: bool = False,
    ) -> Self:
        """Import Parquet files, whose rows follow one another; columns get pandas' Arrow dtypes."""
        return cls._imported(sources.of_parquet(fnames), name, roles, ignore)

    @classmethod
    def from_db(cls, table_name: str, name: str, roles: Roles = None, ignore: bool = False, *, conn: Any) -> Self:
        """Import a table of a database; `conn` is one of `omegastore.database`, the DB-API, or SQLAlchemy."""
        return cls._imported(sources.of_table(table_name, conn), name, roles, ignore)

    @classmethod
    def from_query(cls, query: str, name: str, roles: Roles = None, ignore: bool = False, *, conn: Any) -> Self:
        """Import what a query of a database selects; `conn` is as for `from_db`."""
        return cls._imported(sources.of_query(query, conn), name, roles, ignore)

    @classmethod
    def from_view(cls, view: Viewing, name: str, roles: Roles = None) -> Self:
        """Store the rows of a view as the working copy of a frame of its project; no row comes to this process.

        Parameters
        ----------
        view : View or DataFrame
            The rows.
        name : str
            The name of the frame; one that is there is replaced.
        roles : mapping, optional
            Role to columns; default: those of the view.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For roles that are none, or a target that is missing somewhere.
        """
        made, table = cls.beside(view.base, name), view.table
        notes = table.notes
        if roles is not None:
            given = known.by_given(roles, list(notes))
            found = known.by_column(given, known.unused(table.rows.dtypes))
            notes = {column: replace(note, role=found[column]) for column, note in notes.items()}
        refuse_missing(table.rows, notes)
        made._replace(table.rows, attributes_of(notes))
        return made

    @classmethod
    def _imported(cls, rows: sources.Rows, name: str, roles: Roles, ignore: bool) -> Self:
        made = cls(name)
        first, rows = sources.begun(rows)
        notes = noted(first, roles, ignore)
        with drafted(made._memory, checked(rows, notes), first, notes) as given:
            made._replace(given, attributes_of(notes))
        return made


def noted(frame: pd.DataFrame, roles: Roles, ignore: bool = False) -> Notes:
    """Return the notes of the columns of a frame that is imported.

    Raises
    ------
    UnsupportedValue
        For columns whose names are no texts, or not unique.
    ValueError
        For roles that are none.
    """
    labels = list(frame.columns)
    wrong = [label for label in labels if not isinstance(label, str) or labels.count(label) > 1]
    if wrong:
        raise UnsupportedValue(f"the names {wrong} of columns are no texts, or not unique; rename them")
    given = known.by_given(frame.attrs.get(ROLES, {}) if roles is None else roles, labels)
    notes = from_attrs(frame.attrs, known.by_column(given, known.unused(frame.dtypes)))
    named = {name for names in given.values() for name in names}
    return {name: note for name, note in notes.items() if name in named or not ignore}


def checked(rows: sources.Rows, notes: Notes) -> Any:
    """Return the rows with the columns of `notes`; of an iterator, each frame is looked at as it comes.

    Raises
    ------
    SchemaMismatch
        For a frame of an iterator that has other columns than the first one.
    ValueError
        For a target that is missing somewhere.
    """
    if isinstance(rows, Iterator):
        return sources.numbered(_checked(frame, notes, number) for number, frame in enumerate(rows))
    return _checked(rows, notes, 0)


def _checked(frame: pd.DataFrame, notes: Notes, number: int) -> pd.DataFrame:
    lacking = [name for name in notes if name not in frame.columns]
    if lacking:
        raise SchemaMismatch(
            f"frame {number} of the import lacks the columns {lacking}; it has {list(frame.columns)}"
        )
    made = frame[list(notes)]
    refuse_missing(made, notes)
    made.attrs = {key: value for key, value in frame.attrs.items() if key not in NOTED}
    return made


def refuse_missing(rows: Any, notes: Notes) -> None:
    """Raise unless each target of a frame, or lazy frame, is there in all rows.

    Raises
    ------
    ValueError
        Naming the target.
    """
    for name, note in notes.items():
        missing = int(rows[name].isna().sum()) if note.role == known.target else 0
        if missing:
            raise ValueError(f"target {name!r} is missing in {missing} rows")
