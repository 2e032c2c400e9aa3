"""Placeholder: a table of a data model, without its rows, and what is joined to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from omegastore.data import relationship as relationships
from omegastore.data import roles as known
from omegastore.data.lookup import Bounds
from omegastore.data.summary import Aggregations
from omegastore.errors import UnknownColumn

Keys = str | tuple[str, str] | list[Any]
"""The columns that have to be equal: one of both tables, a pair of them, or a list of these."""
Roles = Mapping[str, Sequence[str]]
"""Role to columns."""


@dataclass(frozen=True)
class Join:
    """A table that is joined to another one."""

    right: Placeholder
    on: tuple[tuple[str, str], ...]
    aggregations: Aggregations
    bounds: Bounds | None
    relationship: str


@dataclass(frozen=True)
class Past:
    """A table that is joined to its own earlier rows."""

    time_stamp: str
    on: tuple[str, ...]
    aggregations: Aggregations
    memory: timedelta
    horizon: timedelta


class Placeholder:
    """A table that a data model speaks of; its rows come from a container when a pipeline is fitted or applied.

    Parameters
    ----------
    name : str
        What the table is called in containers.
    roles : mapping, optional
        Role to columns.
    columns : sequence of str, optional
        The columns, by which joins are checked at once; default: those of the roles. Without either they are checked
        when there are rows.

    Examples
    --------
    >>> loans = Placeholder("loans")
    >>> loans.join(Placeholder("trans"), on="account_id", aggregations={"n": "count"}).joins[0].on
    (('account_id', 'account_id'),)
    """

    def __init__(self, name: str, roles: Roles | None = None, columns: Sequence[str] | None = None) -> None:
        self.name = name
        self.roles: Roles = dict(roles or {})
        known_columns = [column for names in self.roles.values() for column in names] if columns is None else columns
        self.columns: list[str] = list(known_columns)
        self.joins: list[Join | Past] = []

    def join(
        self,
        right: Placeholder,
        on: Keys,
        aggregations: Aggregations | None = None,
        time_stamps: str | tuple[str, str] | None = None,
        horizon: timedelta = timedelta(0),
        memory: timedelta | None = None,
        relationship: str = relationships.many_to_many,
        lagged_targets: bool = False,
        upper_time_stamp: str | None = None,
    ) -> Placeholder:
        """Join a table; rows whose key is missing match nothing.

        Parameters
        ----------
        right : Placeholder
            The table, which may have joins of its own.
        on : str, tuple of str, or list of these
            The key: its column here, and in `right` if that is another one.
        aggregations : mapping, optional
            To many: name of the new column to ``"count"``, or to a column of `right` and one of ``"avg"``,
            ``"count"``, ``"count_distinct"``, ``"first"``, ``"last"``, ``"max"``, ``"median"``, ``"min"``,
            ``"stddev"``, ``"sum"``, ``"var"``; missing values are skipped. To one: all columns come, called
            ``<name of right>_<column>``.
        time_stamps : str or tuple of str, optional
            Only rows of `right` count that are not later than the row they are joined to.
        horizon : timedelta
            How much earlier they must be.
        memory : timedelta, optional
            How far back they count, exclusive.
        relationship : str
            Of `omegastore.data.relationship`; ``many_to_many`` and ``one_to_many`` need aggregations.
        lagged_targets : bool
            Whether targets of `right` may be aggregated; this needs a horizon, or rows would tell their own target.
        upper_time_stamp : str, optional
            A column of `right`: the time from which on its row counts no more.

        Returns
        -------
        Placeholder
            This one.

        Raises
        ------
        UnknownColumn, ValueError
            For what cannot be joined so.
        """
        bounds = None if time_stamps is None else Bounds(*pair(time_stamps), horizon, memory, upper_time_stamp)
        if bounds is None and (horizon or memory is not None or upper_time_stamp is not None):
            raise ValueError("horizon, memory and upper_time_stamp are about times; give time_stamps too")
        if relationships.is_to_one(relationship) == bool(aggregations):
            raise ValueError(
                f"relationship {relationship!r} "
                + ("brings one row, which is not aggregated" if aggregations else "may bring several rows, of which "
                   "one has to be made: give aggregations={name: (column, 'avg')}")
            )  # fmt: skip
        made = Join(right, pairs(on), dict(aggregations or {}), bounds, relationship)
        if right._reaches(self):
            raise ValueError(f"{self.name!r} would be joined to itself; what is joined has a placeholder of its own")
        self._check(made)
        self._refuse_targets(right, made.aggregations, lagged_targets, horizon)
        self.joins.append(made)
        return self

    def look_back(
        self,
        time_stamp: str,
        aggregations: Aggregations,
        memory: timedelta,
        horizon: timedelta = timedelta(0),
        on: str | Sequence[str] = (),
        lagged_targets: bool = False,
    ) -> Placeholder:
        """Join the table to its own earlier rows, which `TimeSeries` does.

        Parameters
        ----------
        time_stamp : str
            The time of a row.
        aggregations, horizon, memory, lagged_targets
            As for `join`.
        on : str or sequence of str
            Rows of another key do not count.
        """
        Bounds(time_stamp, time_stamp, horizon, memory)  # it checks them
        keys = (on,) if isinstance(on, str) else tuple(on)
        used = [asked[0] for asked in aggregations.values() if isinstance(asked, tuple)]
        self._refuse_unknown([time_stamp, *keys, *used])
        self._refuse_taken(aggregations)
        self._refuse_targets(self, aggregations, lagged_targets, horizon)
        self.joins.append(Past(time_stamp, keys, dict(aggregations), memory, horizon))
        return self

    def _reaches(self, table: Placeholder) -> bool:
        return self is table or any(isinstance(each, Join) and each.right._reaches(table) for each in self.joins)

    def _check(self, join: Join) -> None:
        """Refuse columns that are not there or are there already, as far as columns are known."""
        ours, theirs = [here for here, _ in join.on], [there for _, there in join.on]
        if join.bounds is not None:
            ours.append(join.bounds.left)
            theirs += [each for each in (join.bounds.right, join.bounds.upper) if each is not None]
        theirs += [asked[0] for asked in join.aggregations.values() if isinstance(asked, tuple)]
        self._refuse_unknown(ours)
        join.right._refuse_unknown(theirs)
        self._refuse_taken(join.aggregations)

    def _refuse_unknown(self, names: Sequence[str]) -> None:
        there = self._all_columns()
        unknown = [name for name in names if name not in there]
        if self.columns and unknown:
            raise UnknownColumn(f"{self.name!r} has no columns {unknown}; known are {there}")

    def _all_columns(self) -> list[str]:
        """Return the columns, as far as they are known, and those that joins make."""
        found = list(self.columns)
        for each in self.joins:
            found += each.aggregations
            if isinstance(each, Join) and not each.aggregations:
                found += [f"{each.right.name}_{name}" for name in each.right._all_columns()]
        return found

    def _refuse_taken(self, aggregations: Aggregations) -> None:
        there = self._all_columns()
        taken = [name for name in aggregations if name in there]
        if taken:
            raise ValueError(f"{self.name!r} has the columns {taken} already; give the new ones other names")

    def _refuse_targets(
        self, right: Placeholder, aggregations: Aggregations, lagged_targets: bool, horizon: timedelta
    ) -> None:
        targets = right.roles.get(known.target, ())
        used = [asked[0] for asked in aggregations.values() if isinstance(asked, tuple) and asked[0] in targets]
        if used and not (lagged_targets and horizon):
            raise ValueError(
                f"{used} of {right.name!r} are targets; to aggregate those of the past, give lagged_targets=True and "
                "a horizon, after which they are known"
            )

    def __repr__(self) -> str:
        joined = [each.right.name if isinstance(each, Join) else self.name for each in self.joins]
        return f"<Placeholder {self.name!r}{f', joined with {joined}' if joined else ''}>"


def pairs(on: Keys) -> tuple[tuple[str, str], ...]:
    """Return the pairs of columns that have to be equal."""
    if not isinstance(on, list):
        return (pair(on),)
    found = tuple(pair(each) for each in on)
    if not found:
        raise ValueError("on=[]: tables are joined by one column at least")
    return found


def pair(columns: str | tuple[str, str]) -> tuple[str, str]:
    """Return the names of a column in two tables."""
    if isinstance(columns, str):
        return columns, columns
    if len(columns) != 2:
        raise ValueError(f"{columns!r} is no pair of columns; several keys are a list: on=['a', ('b', 'c')]")
    return columns[0], columns[1]
