"""Viewing: the verbs that make views of frames and of other views."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from omegastore.data import roles
from omegastore.data.aggregation import Groups
from omegastore.data.column import Column
from omegastore.data.display import Displaying
from omegastore.data.exporting import Exporting
from omegastore.data.step import Drop, Join, Part, Renote, Select, Step, Where, With
from omegastore.data.table import Tabular
from omegastore.errors import NoFrame, NoMember
from omegastore.mdataframe.joining import HOWS

if TYPE_CHECKING:
    from omegastore.data.frame import DataFrame
    from omegastore.data.view import View


class Viewing(Displaying, Exporting):
    """Makes views; nothing is read or stored but the names of columns."""

    view_type: ClassVar[type[View]]
    """The class of views; set by its module."""

    @property
    def base(self) -> DataFrame:
        """The frame that the rows come from."""
        raise NotImplementedError

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is done with the rows of the frame; nothing with its own."""
        return ()

    def __getitem__(self, key: Any) -> Any:
        """Return a column, or a view of some rows or columns.

        Parameters
        ----------
        key : str, Column, list of str, slice or int
            The name of a column; or, for a view, a condition, names of columns, or rows as of a list: a row is a view
            too, of this one row.

        Raises
        ------
        IndexError
            For a row that there is not.
        UnknownColumn
            For a column that there is not.
        """
        if isinstance(key, str):
            self.table.known([key])
            return Column.named(key, self)
        if isinstance(key, slice):
            return self.view(Part(*map(_place, (key.start, key.stop, key.step))))
        if isinstance(key, list | tuple):
            return self.view(Select(tuple(key)))
        return self.where(key) if isinstance(key, Column) else self._row(operator.index(key))

    def __getattr__(self, name: str) -> Column:
        try:
            is_column = not name.startswith("_") and name in self.columns
        except NoFrame as error:  # hasattr() catches AttributeError alone
            raise NoMember(f"{type(self).__name__!r} has no attribute {name!r}, and no columns: {error}") from error
        if not is_column:
            raise AttributeError(f"{type(self).__name__!r} has no attribute or column {name!r}")
        return Column.named(name, self)

    def where(self, mask: Column) -> View:
        """Return a view of the rows for which a condition holds; where it is missing it does not.

        Parameters
        ----------
        mask : Column
            The condition.

        Raises
        ------
        ValueError
            For a column of a frame that these rows do not come from, or that there is not.
        """
        if not isinstance(mask, Column):
            raise TypeError(f"a condition is made of columns, as in frame.amount > 3, not {type(mask).__name__}")
        return self.view(Where(self.table.unbound(mask)))

    def drop(self, columns: str | Sequence[str]) -> View:
        """Return a view without some columns."""
        return self.view(Drop(tuple(_listed(columns))))

    def with_column(
        self,
        column: Column,
        name: str,
        role: str | None = None,
        unit: str = "",
        subroles: str | Sequence[str] = (),
    ) -> View:
        """Return a view with a column more, or with another in place of the one of that name.

        Parameters
        ----------
        column : Column
            What it is; MongoDB computes it when the rows are read.
        name : str
            Its name.
        role : str, optional
            Default: the role of the column of that name, else ``unused_float`` or ``unused_string``.
        unit : str
            The unit.
        subroles : str or sequence of str
            The subroles.
        """
        role = None if role is None else roles.checked(role)
        return self.view(With(name, self.table.unbound(column), role, unit, tuple(_listed(subroles))))

    def with_role(self, columns: str | Sequence[str], role: str) -> View:
        """Return a view in which columns have another role."""
        return self.view(Renote(tuple(_listed(columns)), role=roles.checked(role)))

    def with_unit(self, columns: str | Sequence[str], unit: str) -> View:
        """Return a view in which columns have another unit."""
        return self.view(Renote(tuple(_listed(columns)), unit=unit))

    def with_subroles(self, columns: str | Sequence[str], subroles: str | Sequence[str]) -> View:
        """Return a view in which columns have other subroles."""
        return self.view(Renote(tuple(_listed(columns)), subroles=tuple(_listed(subroles))))

    def with_name(self, name: str) -> View:
        """Return a view of all rows that has another name."""
        return self.view(name=name)

    def join(
        self,
        other: Tabular,
        on: str | tuple[str, str] | Sequence[str | tuple[str, str]],
        how: str = "left",
        suffix: str = "_right",
    ) -> View:
        """Return a view of these rows beside those of another that have the same keys; missing keys match nothing.

        Parameters
        ----------
        other : DataFrame or View
            Of the same server. Rows that are stored are found by an index; make those of a long view so by `to_df`.
        on : str, (str, str), or list of either
            The columns that have to be equal: of one name, or of one here and another there.
        how : {"left", "inner", "right", "outer"}
            Whose rows without a match stay.
        suffix : str
            What is added to the names of columns of `other` that are here too. A key of one name is there once.

        Raises
        ------
        UnknownColumn
            For a key that is no column.
        ValueError
            For no key, an unknown `how`, keys of other types, or a name with the suffix that is taken.
        """
        if how not in HOWS:
            raise ValueError(f"how={how!r} is not one of {HOWS}")
        given = [on] if isinstance(on, str | tuple) else list(on)
        if not given:
            raise ValueError("join() takes one key at least")
        keys = tuple((key, key) if isinstance(key, str) else (str(key[0]), str(key[1])) for key in given)
        return self.view(Join(other, keys, how, suffix))

    def group_by(self, keys: str | Sequence[str]) -> Groups:
        """Return the rows by keys, for ``group_by(keys).agg(...)``.

        Parameters
        ----------
        keys : str or sequence of str
            The columns.

        Raises
        ------
        ValueError
            For no key, or a column that there is not.
        """
        if not keys:
            raise ValueError("group_by() takes one key at least")
        return Groups(self, self.table.known(_listed(keys)))

    def to_df(self, name: str, roles: Mapping[str, Sequence[str]] | None = None) -> DataFrame:
        """Store the rows as the working copy of a frame of this project; no row comes to this process.

        Parameters
        ----------
        name : str
            The name of the frame.
        roles : mapping, optional
            Role to columns; default: those that the columns have here.

        Raises
        ------
        OSError
            When there is such a frame and it is frozen.
        ValueError
            For roles that are none, or a target that is missing somewhere.
        """
        return type(self.base).from_view(self, name, roles)

    def map_batches(
        self, function: Callable[[Any], Any], name: str, chunksize: int = 10_000, timeout: float | None = None
    ) -> DataFrame:
        """Store what a function makes of the rows as the working copy of a frame, by `DataFrame.from_batches`."""
        return type(self.base).from_batches(self, function, name, chunksize, timeout)

    def view(self, *steps: Step, name: str | None = None) -> View:
        """Return a view of these rows after further steps, of which the other verbs are made."""
        return self.view_type(self, steps, name)

    def _row(self, at: int) -> View:
        count = self.nrows
        if not -count <= at < count:
            raise IndexError(f"row {at} is out of range for {count} rows")
        return self.view(Part(at, at + 1 or None))


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _place(place: Any) -> int | None:
    return None if place is None else operator.index(place)
