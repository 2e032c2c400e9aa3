"""Column: an expression over the columns of a frame or view of a project, which MongoDB computes."""

from __future__ import annotations

from typing import Any, Self

from omegastore.data.column_choice import ColumnChoice
from omegastore.data.column_number import ColumnCurve, ColumnNumber
from omegastore.data.column_operators import ColumnOperators
from omegastore.data.column_plan import series
from omegastore.data.column_text import ColumnText
from omegastore.data.column_time import ColumnTime
from omegastore.data.column_tree import Name, names, text
from omegastore.mdataframe import MDataFrame, MSeries


class Column(ColumnOperators, ColumnNumber, ColumnCurve, ColumnText, ColumnTime, ColumnChoice):
    """What is computed of each row; immutable, and without rows.

    Made by attribute or item access, ``loans.amount`` or ``loans["amount"]``, and of other columns by operators and
    methods.

    Parameters
    ----------
    tree : tuple of Node
        What is computed.
    base : DataFrame or View, optional
        Whose columns the tree names; None where it names none.
    """

    __slots__ = ()

    @classmethod
    def named(cls, name: str, base: Any = None) -> Self:
        """Return a column of a frame or view by its name; whether there is one is found out when it is used."""
        return cls((Name(name),), base)

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
        found: str | None = None if self.base is None else self.base.project
        return found

    def over(self, frame: MDataFrame) -> MSeries:
        """Return this expression as a lazy series of the rows of a lazy frame; the server computes it.

        Parameters
        ----------
        frame : MDataFrame
            Has the columns by name; a mask is ``frame[column.over(frame)]``, a column
            ``frame.assign(name=column.over(frame))``.

        Raises
        ------
        UnknownColumn
            For a column that the frame does not have.
        InvalidOption
            For an operation on values of another kind, with a remedy.
        """
        return series(frame, self.tree)

    def __repr__(self) -> str:
        whose = "" if self.base is None else f" of {self.base.name!r}"
        return f"<{type(self).__name__} {text(self.tree)}{whose}>"
