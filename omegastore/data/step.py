"""Step: one thing that a view does with the rows of what it is a view of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from omegastore.codecs.column_sampled import Gapped, Joined
from omegastore.data import roles
from omegastore.data.column import Column
from omegastore.data.note import Note
from omegastore.data.table import Table, Tabular
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.index import prepare
from omegastore.mdataframe.lazy import columns_at


class Step:
    """One step of a view."""

    @property
    def sources(self) -> tuple[Tabular, ...]:
        """The frames and views that it takes further rows from."""
        return ()

    def over(self, table: Table) -> Table:
        """Return what becomes of rows and columns."""
        raise NotImplementedError


@dataclass(frozen=True)
class Where(Step):
    """The rows for which a condition holds."""

    mask: Column

    def over(self, table: Table) -> Table:
        """Return the rows that are left."""
        return replace(table, rows=table.rows[self.mask.over(table.rows)])


@dataclass(frozen=True)
class Part(Step):
    """The rows of a slice, counted as those of a list."""

    start: int | None
    stop: int | None
    step: int | None = None

    def over(self, table: Table) -> Table:
        """Return the rows that are left."""
        return replace(table, rows=table.rows.iloc[self.start : self.stop : self.step])


@dataclass(frozen=True)
class Select(Step):
    """Some of the columns, in this order."""

    names: tuple[str, ...]

    def over(self, table: Table) -> Table:
        """Return the rows with these columns."""
        names = table.known(self.names)
        return replace(table, rows=table.rows[names], notes={name: table.notes[name] for name in names})


@dataclass(frozen=True)
class Drop(Step):
    """All columns but some."""

    names: tuple[str, ...]

    def over(self, table: Table) -> Table:
        """Return the rows with the others."""
        gone = table.known(self.names)
        return Select(tuple(name for name in table.notes if name not in gone)).over(table)


@dataclass(frozen=True)
class With(Step):
    """A column more, or one computed anew."""

    name: str
    column: Column
    role: str | None
    """None for the role that a column of this name has, else for that of a column that is given none."""
    unit: str
    subroles: tuple[str, ...]

    def over(self, table: Table) -> Table:
        """Return the rows with the column."""
        rows = table.rows.assign(**{self.name: self.column.over(table.rows)})
        before = table.notes.get(self.name)
        usual = before.role if before else roles.unused(rows.dtypes[[self.name]])[self.name]
        note = Note(usual if self.role is None else self.role, self.unit, self.subroles)
        return replace(table, rows=rows, notes={**table.notes, self.name: note})


@dataclass(frozen=True)
class Renote(Step):
    """Another role, unit or other subroles for some columns; None for those that they have."""

    names: tuple[str, ...]
    role: str | None = None
    unit: str | None = None
    subroles: tuple[str, ...] | None = None

    def over(self, table: Table) -> Table:
        """Return the same rows."""
        new: dict[str, Any] = {"role": self.role, "unit": self.unit, "subroles": self.subroles}
        new = {name: value for name, value in new.items() if value is not None}
        made = {name: replace(table.notes[name], **new) for name in table.known(self.names)}
        return replace(table, notes={**table.notes, **made})


@dataclass(frozen=True)
class Join(Step):
    """The rows of another frame or view beside those with the same keys."""

    other: Tabular
    keys: tuple[tuple[str, str], ...]
    """The columns that have to be equal, here and there."""
    how: str
    suffix: str

    @property
    def sources(self) -> tuple[Tabular, ...]:
        """The other."""
        return (self.other,)

    def over(self, table: Table) -> Table:
        """Return the joined rows; a key of one name is there once."""
        other = self.other.table
        here = table.known([here for here, _ in self.keys])
        there = other.known([there for _, there in self.keys])
        shared = set(here) & {b for a, b in self.keys if a == b}
        renamed = self._renamed(set(table.notes), set(other.notes) - shared)
        right = other.rows.rename(columns=renamed)
        # without an index each row would have all of the other side read
        if self.how != "right":
            _index(other.rows, there[0])
        if self.how in ("right", "outer"):
            _index(table.rows, here[0])
        rows = table.rows.merge(right, self.how, left_on=here, right_on=[renamed.get(name, name) for name in there])
        rows = _exact(rows)
        theirs = {renamed.get(name, name): note for name, note in other.notes.items() if name not in shared}
        return Table(rows, {**table.notes, **theirs}, {**table.changes, **other.changes})

    def _renamed(self, ours: set[str], theirs: set[str]) -> dict[str, str]:
        """Return the new names of columns of the other that are called like one here."""
        renamed = {name: f"{name}{self.suffix}" for name in ours & theirs}
        taken = sorted(set(renamed.values()) & (ours | theirs))
        if taken:
            raise ValueError(
                f"both sides have columns {sorted(renamed)}, and {taken} is there too; give another suffix"
            )
        return renamed


def _index(rows: MDataFrame, name: str) -> None:
    """Make an index on a column of the rows, if it is one that is stored."""
    [at] = columns_at(rows.plan, [name])
    prepare(rows.plan, rows.plan.schema.columns[at].field)


def _exact(rows: MDataFrame) -> MDataFrame:
    """Return joined rows whose integers stay integers where rows without a match have none; pandas makes floats."""
    schema = rows.plan.schema
    columns = [
        replace(entry, result=codec, codecs=((0, codec),))
        if type(entry.result) is Joined and (codec := Gapped.over(entry.result.inner))
        else entry
        for entry in schema.columns
    ]
    return MDataFrame(rows.plan.with_schema(replace(schema, columns=tuple(columns))))
