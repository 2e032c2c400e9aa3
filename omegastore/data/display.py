"""Display: the first rows of a frame or view with what is known of its columns, as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from omegastore.data.note import Notes
from omegastore.data.table import Table, Tabular
from omegastore.errors import OmegaStoreError

if TYPE_CHECKING:
    import pandas as pd

ROWS, COLUMNS, WIDTH, LINE = 10, 20, 40, 120
"""How much is shown: rows, columns, characters of a cell and of a line."""


class Display:
    """Shows the first rows; one small query reads them, and what goes wrong is shown instead of raised."""

    __slots__ = ()

    def __repr__(self) -> str:
        told, rows = self._told()
        table = "" if rows is None else f"\n{rows.to_string(max_rows=ROWS, max_cols=COLUMNS, line_width=LINE)}"
        return f"{told}{table}"

    def _repr_html_(self) -> str:
        told, rows = self._told()
        table = "" if rows is None else rows.to_html(max_rows=ROWS, max_cols=COLUMNS)
        return f"{table}<p>{escape(told)}</p>"

    def _told(self) -> tuple[str, pd.DataFrame | None]:
        """Return what it is, and the first rows where there are any."""
        try:
            table = self._displayed()
            if table is None:
                return self._title(), None
            caption, rows = shown(table)
        except OmegaStoreError as error:
            return f"{self._title()}: {error}", None
        return f"{self._title()}: {caption}", rows

    def _title(self) -> str:
        """Return what it is."""
        raise NotImplementedError

    def _displayed(self) -> Table | None:
        """Return the rows that are shown; None where there are none."""
        raise NotImplementedError


class Displaying(Display, Tabular):
    """Shows a frame or view."""

    def _title(self) -> str:
        return f"{type(self).__name__} {self.name!r} of project {self.project!r}"

    def _displayed(self) -> Table:
        return self.table


def shown(table: Table) -> tuple[str, pd.DataFrame]:
    """Return how many rows and columns there are, and the first rows below names, roles and units.

    One row more than is shown is read; where that is there, and nobody knows how many follow, they are not counted.
    """
    rows: pd.DataFrame = table.rows.head(ROWS + 1).value
    count = table.rows.plan.rows
    if count is None and len(rows) <= ROWS:
        count = len(rows)
    told = f"more than {ROWS}" if count is None else f"{count:,}"
    head = rows.iloc[:ROWS].map(_short)
    return f"{told} rows x {len(table.notes)} columns", head.set_axis(_header(table.notes), axis="columns")


def _header(notes: Notes) -> pd.MultiIndex:
    import pandas as pd

    levels = {"name": list(notes)}
    levels |= {"role": [note.role for note in notes.values()], "unit": [note.unit for note in notes.values()]}
    levels = {name: values for name, values in levels.items() if any(values)}
    return pd.MultiIndex.from_arrays(list(levels.values()), names=list(levels))


def _short(value: Any) -> Any:
    text = str(value)
    return f"{text[: WIDTH - 3]}..." if len(text) > WIDTH else value
