"""What is known of a column beside its values."""

from __future__ import annotations

from omegastore.data.column_expression import Expression
from omegastore.data.column_tree import Name, names
from omegastore.data.note import Note


class ColumnNote(Expression):
    """Name, role, unit and subroles of a column of a frame or view; one that is computed has none."""

    __slots__ = ()

    @property
    def name(self) -> str | None:
        """The name of a column of the frame; None of one that is computed."""
        first = self.tree[0]
        return first.name if len(self.tree) == 1 and isinstance(first, Name) else None

    @property
    def names(self) -> list[str]:
        """The columns of the frame that this one is computed from."""
        return names(self.tree)

    @property
    def project(self) -> str | None:
        """The project of the frame; None where no column is named."""
        found: str | None = None if self.base is None else self.base.base.project
        return found

    @property
    def role(self) -> str | None:
        """The role."""
        return None if (note := self._note()) is None else note.role

    @property
    def unit(self) -> str | None:
        """The unit; empty if none was given."""
        return None if (note := self._note()) is None else note.unit

    @property
    def subroles(self) -> tuple[str, ...] | None:
        """The subroles."""
        return None if (note := self._note()) is None else note.subroles

    def _note(self) -> Note | None:
        found: Note | None = None if self.name is None else self.base.table.notes[self.name]
        return found
