"""Editing: columns of the working copy added, and their roles, units and subroles changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omegastore.data import roles as known
from omegastore.data.column import Column
from omegastore.data.fitting import fitted
from omegastore.data.importing import refuse_missing
from omegastore.data.lifecycle import Lifecycle
from omegastore.data.note import Note, Notes, from_attributes, to_attributes
from omegastore.data.table import Tabular
from omegastore.mdataframe import MDataFrame

Names = str | Sequence[str]


class Editing(Lifecycle, Tabular):
    """Changes columns; each change is one version with its roles, of which others see all or nothing."""

    def __setitem__(self, name: str, values: Any) -> None:
        """Add or replace a column: a column expression, one value, or a function of the lazy frame.

        The server computes it, and no row comes to this process. A column that is replaced keeps its role.
        """
        self.add(values, name)

    def add(
        self,
        column: Any,
        name: str,
        role: str | None = None,
        unit: str | None = None,
        subroles: Names | None = None,
        time_formats: Names | None = None,
    ) -> None:
        """Add or replace a column; the server computes it, and no row comes to this process.

        Parameters
        ----------
        column : Column, scalar or function
            What it is; a function takes the lazy frame and returns a lazy series.
        name : str
            Its name.
        role : str, optional
            Default: the role of the column of that name, else ``unused_float`` or ``unused_string``. Texts become
            numbers or time stamps where the role asks for them, as by `set_role`.
        unit : str, optional
            Default: that of the column of that name.
        subroles : str or sequence of str, optional
            Default: those of the column of that name.
        time_formats : sequence of str, optional
            Of texts that become time stamps.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For an unknown role, a column of another frame, or a target that is missing somewhere.
        InvalidOption
            For an expression of values of another kind, with a remedy.
        """
        _check(role, time_formats)
        if isinstance(column, Column):
            column = self.table.unbound(column)
        given: dict[str, Any] = {
            "role": role,
            "unit": unit,
            "subroles": None if subroles is None else _listed(subroles),
        }
        given = {key: value for key, value in given.items() if value is not None}

        def added(rows: MDataFrame, notes: Notes) -> tuple[MDataFrame, Notes]:
            values = column.over(rows) if isinstance(column, Column) else column
            made = rows.assign(**{name: values})
            if role is not None:
                made = fitted(made, [name], role, time_formats)
            note = notes.get(name) or Note(known.unused(made.dtypes[[name]])[name])
            return made, {**notes, name: replace(note, **given)}

        self._rewrite(added, [name])

    def set_role(self, columns: Names, role: str, time_formats: Names | None = None) -> None:
        """Give columns a role; the others keep theirs.

        Texts become numbers for ``numerical`` and ``unused_float``, and time stamps for ``time_stamp``; what is none
        is missing then. All else stays as it is.

        Parameters
        ----------
        columns : str or sequence of str
            The columns.
        role : str
            The role.
        time_formats : sequence of str, optional
            Of texts that become time stamps, as for `Column.as_ts`.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For an unknown column or role, or a target that is missing somewhere.
        InvalidOption
            For a format that MongoDB does not parse, with a remedy.
        """
        names = _listed(columns)
        _check(role, time_formats)
        rows, notes = self.table.rows, self.table.notes
        known.by_column({role: names}, dict.fromkeys(notes, ""))

        def changed(notes: Notes) -> Notes:
            return {**notes, **{name: replace(notes[name], role=role) for name in names}}

        if fitted(rows, names, role, time_formats) is rows:
            refuse_missing(rows, {name: Note(role) for name in names})
            self._renote(changed)
        else:
            self._rewrite(lambda rows, notes: (fitted(rows, names, role, time_formats), changed(notes)), names)

    def set_unit(self, columns: Names, unit: str) -> None:
        """Give columns a unit; an empty one takes it away.

        Raises
        ------
        OSError
            When the frame is frozen.
        UnknownColumn
            For a column that there is not.
        """
        names = self.table.known(_listed(columns))
        self._renote(lambda notes: {**notes, **{name: replace(notes[name], unit=unit) for name in names}})

    def set_subroles(self, columns: Names, subroles: Names, append: bool = False) -> None:
        """Give columns subroles.

        Parameters
        ----------
        columns : str or sequence of str
            The columns.
        subroles : str or sequence of str
            The subroles; an empty sequence takes them away.
        append : bool
            Whether those that they have stay.

        Raises
        ------
        OSError
            When the frame is frozen.
        UnknownColumn
            For a column that there is not.
        """
        names, given = self.table.known(_listed(columns)), _listed(subroles)

        def changed(notes: Notes) -> Notes:
            found = {
                name: tuple(dict.fromkeys([*(notes[name].subroles if append else ()), *given])) for name in names
            }
            return {**notes, **{name: replace(notes[name], subroles=each) for name, each in found.items()}}

        self._renote(changed)

    def _rewrite(self, change: Callable[[MDataFrame, Notes], tuple[MDataFrame, Notes]], names: Sequence[str]) -> None:
        """Replace the rows by those with other columns, of which targets have to be whole."""

        def changed(meta: Any, rows: MDataFrame) -> tuple[MDataFrame, Mapping[str, Any]]:
            made, notes = change(rows, from_attributes(meta.attributes))
            refuse_missing(made, {name: notes[name] for name in names})
            return made, to_attributes(notes)

        self._change(changed)

    def _renote(self, change: Callable[[Notes], Notes]) -> None:
        self._note(lambda found: found.update(to_attributes(change(from_attributes(found)))))


def _check(role: str | None, time_formats: Names | None) -> None:
    if role is not None:
        known.checked(role)
    if time_formats is not None and role != known.time_stamp:
        raise ValueError(f"time_formats are of the role {known.time_stamp!r}, not of {role!r}")


def _listed(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
