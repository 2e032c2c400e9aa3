"""Column: an expression over the columns of a frame or view of a project, which MongoDB computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from omegastore.data.column_choice import ColumnChoice
from omegastore.data.column_note import ColumnNote
from omegastore.data.column_number import ColumnCurve, ColumnNumber
from omegastore.data.column_operators import ColumnOperators
from omegastore.data.column_plan import series
from omegastore.data.column_scalar import ColumnScalar
from omegastore.data.column_text import ColumnText
from omegastore.data.column_time import ColumnTime
from omegastore.data.column_tree import Name, Row, text
from omegastore.data.display import Display
from omegastore.data.note import Note
from omegastore.data.table import Table
from omegastore.mdataframe import MDataFrame, MSeries

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class Column(
    Display,
    ColumnOperators,
    ColumnNumber,
    ColumnCurve,
    ColumnText,
    ColumnTime,
    ColumnChoice,
    ColumnScalar,
    ColumnNote,
):
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

    def __getitem__(self, key: int | slice) -> Any:
        """Return the value of a row, or the column of some rows, as of a list.

        Raises
        ------
        IndexError
            For a row that there is not.
        ValueError
            For a slice of a column that is computed from the positions of rows: slice the frame instead.
        """
        if not isinstance(key, slice):
            return self.rows.iloc[key]
        if any(isinstance(node, Row) for node in self.tree):
            raise ValueError(
                f"{text(self.tree)} tells of the positions of rows: slice the frame, or store the column"
            )
        if self.base is None:
            return self.rows  # which says why there are none
        return type(self)(self.tree, self.base[key])

    __iter__ = None

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> pd.Series[Any]:
        """Return the values as a Series; these are read."""
        found: pd.Series[Any] = self.rows.value
        return found

    def to_numpy(self) -> NDArray[Any]:
        """Return the values as an array; these are read."""
        return self.to_pandas().to_numpy()

    def _title(self) -> str:
        whose = "" if self.base is None else f" of {self.base.name!r}"
        return f"Column {text(self.tree)}{whose}"

    def _displayed(self) -> Table | None:
        if self.base is None:
            return None
        label = self.name or text(self.tree)
        return Table(self.rows.rename(label).to_frame(), {label: self._note() or Note("")}, {})
