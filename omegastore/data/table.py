"""Table: the rows of a frame or view at one moment, and what is known of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegastore.data import roles as known_roles
from omegastore.data.column_tree import text
from omegastore.data.note import Notes, to_attrs
from omegastore.errors import UnknownColumn
from omegastore.mdataframe import MDataFrame

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.data.column import Column


@dataclass(frozen=True)
class Table:
    """Rows that stay in MongoDB, with their columns."""

    rows: MDataFrame
    notes: Notes
    """Role, unit and subroles of each column of the rows."""
    changes: Mapping[str, str]
    """When the rows of each frame that these come from were changed, by its name."""

    def known(self, names: Sequence[str]) -> list[str]:
        """Return `names`, all of which are columns.

        Raises
        ------
        UnknownColumn
            Naming those that are none, and those that are.
        ValueError
            For a column that is named twice.
        """
        unknown = [name for name in names if name not in self.notes]
        if unknown:
            raise UnknownColumn(f"unknown columns {unknown}; known are {list(self.notes)}")
        if len(set(names)) < len(names):
            raise ValueError(f"a column is named twice in {list(names)}")
        return list(names)

    def unbound(self, column: Column) -> Column:
        """Return a column without the handle of its frame, which these rows come from.

        Raises
        ------
        ValueError
            When they do not.
        """
        if column.base is not None and column.base.base.name not in self.changes:
            whose = ", ".join(map(repr, self.changes))
            raise ValueError(
                f"{text(column.tree)} of {column.base.name!r} is not of these rows, which come from {whose}; "
                "join the frame first"
            )
        return type(column)(column.tree)


class Tabular:
    """What frames and views have in common: columns with roles, and rows that are read when they are asked for."""

    name: str
    """What it is called."""

    @property
    def project(self) -> str:
        """The name of the project that it belongs to."""
        raise NotImplementedError

    @property
    def table(self) -> Table:
        """The rows as they are now, and what is known of their columns."""
        raise NotImplementedError

    @property
    def state(self) -> tuple[str, ...]:
        """The versions of all frames that the rows come from; another one after every change."""
        raise NotImplementedError

    @property
    def lazy(self) -> MDataFrame:
        """The rows as a lazy frame."""
        return self.table.rows

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows; roles, units and subroles are in ``attrs``."""
        table = self.table
        frame: pd.DataFrame = table.rows.value
        frame.attrs |= to_attrs(table.notes)
        return frame

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.table.notes)

    @property
    def roles(self) -> dict[str, list[str]]:
        """The columns of each role that has some."""
        return known_roles.by_role({name: note.role for name, note in self.table.notes.items()})

    @property
    def nrows(self) -> int:
        """How many rows there are; the server counts them."""
        return len(self.table.rows)

    @property
    def ncols(self) -> int:
        """How many columns there are."""
        return len(self.table.notes)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        table = self.table
        return len(table.rows), len(table.notes)

    def __len__(self) -> int:
        return self.nrows
