"""Aggregation: what is computed of the rows of a frame or view that have the same keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegastore.data import roles
from omegastore.data.column import Column
from omegastore.data.column_tree import text
from omegastore.data.note import Note
from omegastore.data.step import Step
from omegastore.data.table import Table
from omegastore.errors import InvalidOption

if TYPE_CHECKING:
    from omegastore.data.view import View
    from omegastore.data.viewing import Viewing

Asked = str | tuple[str | Column, str]
"""``"count"`` for the number of rows, or a column and the name of an aggregation."""

AGGREGATIONS = {
    "avg": "mean",
    "count": "count",
    "count_distinct": "nunique",
    "first": "first",
    "last": "last",
    "max": "max",
    "median": "median",
    "min": "min",
    "stddev": "std",
    "sum": "sum",
    "var": "var",
}
"""Each aggregation, and what lazy frames call it."""
OF_NUMBERS = {"avg", "median", "stddev", "sum", "var"}


@dataclass(frozen=True)
class Group(Step):
    """One row for each combination of keys, with aggregations of the rows that have them."""

    keys: tuple[str, ...]
    asked: tuple[tuple[str, Asked], ...]

    def over(self, table: Table) -> Table:
        """Return the groups, in the order of their keys."""
        keys = table.known(self.keys)
        rows = table.rows
        named: dict[str, tuple[str, str]] = {}
        for name, asked in self.asked:
            if isinstance(asked, str):
                named[name] = keys[0], "size"
                continue
            column, how = asked
            if isinstance(column, Column):
                label = f"{name}: {text(column.tree)}"
                rows = rows.assign(**{label: column.over(rows)})
            else:
                [label] = table.known([column])
            if how in OF_NUMBERS and roles.unused(rows.dtypes[[label]])[label] != roles.unused_float:
                raise InvalidOption(
                    f"{name}: {how!r} is of numbers, and {label!r} holds {rows.dtypes[label]}; convert it first"
                )
            named[name] = label, AGGREGATIONS[how]
        made = rows.groupby(keys, as_index=False).agg(**named)
        unused = roles.unused(made.dtypes)
        notes = {key: table.notes[key] for key in keys} | {name: Note(unused[name]) for name in named}
        return Table(made, notes, table.changes)


class Groups:
    """The rows of a frame or view by keys: what `group_by` returns.

    Parameters
    ----------
    rows : DataFrame or View
        The rows.
    keys : sequence of str
        The columns that they are grouped by.
    """

    def __init__(self, rows: Viewing, keys: Sequence[str]) -> None:
        self._rows, self._keys = rows, tuple(keys)

    def agg(self, **named: Asked) -> View:
        """Return a view of one row for each group: its keys, then the aggregations.

        Rows without a key are in no group, and missing values are skipped.

        Parameters
        ----------
        **named : "count" or (column, aggregation)
            Names of the new columns. ``"count"`` is the number of rows; of a column, or an expression of columns,
            ``avg count count_distinct first last max median min stddev sum var``. `stddev` and `var` are those of a
            sample.

        Raises
        ------
        ValueError
            For an unknown column or aggregation, or a name that a key has.
        TypeError
            For an aggregation of numbers of a column that holds none.
        """
        if not named:
            raise ValueError('agg() takes the columns to make, as in agg(n="count", mean=("amount", "avg"))')
        table = self._rows.table
        return self._rows.view(
            Group(self._keys, tuple((name, self._checked(table, name, named[name])) for name in named))
        )

    def _checked(self, table: Table, name: str, asked: Asked) -> Asked:
        if name in self._keys:
            raise ValueError(f"{name!r} is a key; give the aggregation another name")
        if isinstance(asked, tuple) and len(asked) == 2 and asked[1] in AGGREGATIONS:
            column, how = asked
            return (table.unbound(column), how) if isinstance(column, Column) else asked
        if asked != "count":
            raise ValueError(
                f"{name}={asked!r}: an aggregation is 'count', or a column and one of {sorted(AGGREGATIONS)}"
            )
        return asked
