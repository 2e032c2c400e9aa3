"""DataFrame: the handle of a frame of the project; its rows stay in MongoDB."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from omegastore.data import roles as known
from omegastore.data.column import Column
from omegastore.data.lifecycle import CHANGED, Lifecycle, attributes_of
from omegastore.data.note import NOTED, ROLES, Note, from_attributes, from_attrs, to_attributes
from omegastore.data.table import Table
from omegastore.data.viewing import Viewing
from omegastore.errors import NoFrame
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata

if TYPE_CHECKING:
    import pandas as pd


class DataFrame(Viewing, Lifecycle):
    """A frame of the project that is set, by its name.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.
    """

    @classmethod
    def from_pandas(
        cls, pandas_df: pd.DataFrame, name: str, roles: Mapping[str, Sequence[str]] | None = None
    ) -> Self:
        """Import a pandas frame as the working copy of a frame; one that is there is replaced.

        Parameters
        ----------
        pandas_df : DataFrame
            The rows.
        name : str
            The name of the frame.
        roles : mapping, optional
            Role to columns; default: those in ``attrs``, else columns are unused.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For roles that are none, or a target that is missing somewhere.
        """
        made = cls(name)
        given = pandas_df.attrs.get(ROLES, {}) if roles is None else roles
        notes = from_attrs(pandas_df.attrs, known.by_column(given, known.unused(pandas_df.dtypes)))
        _refuse_missing(pandas_df, [column for column, note in notes.items() if note.role == known.target])
        plain = pandas_df.copy(deep=False)
        plain.attrs = {key: value for key, value in pandas_df.attrs.items() if key not in NOTED}
        made._replace(plain, attributes_of(notes))
        return made

    @classmethod
    def from_view(cls, view: Viewing, name: str, roles: Mapping[str, Sequence[str]] | None = None) -> Self:
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
            found = known.by_column(roles, known.unused(table.rows.dtypes))
            notes = {column: replace(note, role=found[column]) for column, note in notes.items()}
        _refuse_missing(table.rows, [column for column, note in notes.items() if note.role == known.target])
        made._replace(table.rows, attributes_of(notes))
        return made

    @property
    def base(self) -> DataFrame:
        """The frame itself."""
        return self

    @property
    def state(self) -> tuple[str, ...]:
        """The version of the working copy; another one after every change."""
        meta = self._found()
        return (f"{meta.id} {meta.vid} {meta.etag}",)

    @property
    def table(self) -> Table:
        """The rows of the working copy as they are now, and what is known of their columns."""
        meta, rows = self._pinned()
        return Table(rows, from_attributes(meta.attributes), {self.name: str(meta.attributes.get(CHANGED, ""))})

    def set_role(self, columns: str | Sequence[str], role: str) -> None:
        """Give columns a role; the others keep theirs.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For an unknown column or role, or a target that is missing somewhere.
        """
        names = [columns] if isinstance(columns, str) else list(columns)
        known.by_column({role: names}, dict.fromkeys(self.columns, ""))
        if role == known.target:
            _refuse_missing(self.lazy, names)
        self._note(lambda found: found.update(_with_role(found, names, role)))

    def __setitem__(self, name: str, values: Any) -> None:
        """Add or replace a column: a column expression, one value, or a function of the lazy frame.

        The server computes it, and no row comes to this process.
        """
        self._change(lambda meta, rows: _with_column(meta, _assigned(rows, name, values), name))

    def __repr__(self) -> str:
        return f"<DataFrame {self.name!r} of project {self._disk.bucket!r}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def _refuse_missing(rows: Any, targets: Sequence[str]) -> None:
    for name in targets:
        missing = int(rows[name].isna().sum())
        if missing:
            raise ValueError(f"target {name!r} is missing in {missing} rows")


def _with_role(attributes: Mapping[str, Any], names: Sequence[str], role: str) -> dict[str, Any]:
    notes = from_attributes(attributes)
    return to_attributes({**notes, **{name: replace(notes[name], role=role) for name in names}})


def _assigned(rows: MDataFrame, name: str, values: Any) -> MDataFrame:
    return rows.assign(**{name: values.over(rows) if isinstance(values, Column) else values})


def _with_column(meta: Metadata, rows: MDataFrame, name: str) -> tuple[MDataFrame, dict[str, Any]]:
    """Return the rows, and the attributes of the frame with the column."""
    notes = from_attributes(meta.attributes)
    usual = Note(known.unused(rows.dtypes[[name]])[name])
    return rows, to_attributes({**notes, name: notes.get(name, usual)})


def load_data_frame(name: str) -> DataFrame:
    """Return the handle of a frame: of the working copy if there is one, else of the saved one, which is loaded.

    Raises
    ------
    ValueError
        When there is neither.
    """
    made = DataFrame(name)
    if not made.is_in_memory:
        if not made.is_on_disk:
            raise NoFrame(f"there is no frame {name!r} in this project, neither a working copy nor a saved one")
        made.load()
    return made
