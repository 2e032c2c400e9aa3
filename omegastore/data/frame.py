"""DataFrame: the handle of a frame of the project; its rows stay in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from omegastore.data import roles as known
from omegastore.data.column import Column
from omegastore.data.importing import Importing, refuse_missing
from omegastore.data.lifecycle import CHANGED
from omegastore.data.note import Note, from_attributes, to_attributes
from omegastore.data.reading import Reading
from omegastore.data.table import Table
from omegastore.data.viewing import Viewing
from omegastore.errors import NoFrame
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata


class DataFrame(Importing, Reading, Viewing):
    """A frame of the project that is set, by its name.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.
    """

    def copy(self, name: str) -> Self:
        """Copy the working copy to that of another name, roles included; the copy is not frozen."""
        return self.from_view(self, name)

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
        refuse_missing(self.lazy, {name: Note(role) for name in names})
        self._note(lambda found: found.update(_with_role(found, names, role)))

    def __setitem__(self, name: str, values: Any) -> None:
        """Add or replace a column: a column expression, one value, or a function of the lazy frame.

        The server computes it, and no row comes to this process.
        """
        self._change(lambda meta, rows: _with_column(meta, _assigned(rows, name, values), name))


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
