"""Ordering: rows sorted by columns or by the index, in pandas' order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, Self

from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.mdataframe.labels import level_positions
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import Plan, fresh_field, loose, unnumbered
from omegastore.mdataframe.row import is_missing, key_of, may_be_missing


class Ordering(Lazy):
    """Sorts by the index; frames and series add the values."""

    def sort_index(
        self,
        *,
        level: Any = None,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        ignore_index: bool = False,
    ) -> Self:
        """Return the rows in the order of their labels; rows of one label keep theirs.

        Parameters
        ----------
        level : int, name or list of them, optional
            The levels to sort by; all by default.
        ascending : bool or list of bool
            For all levels, or for each.
        na_position : {"last", "first"}
            Where missing labels go.
        ignore_index : bool
            Number the rows anew.
        """
        plan = self.plan.numbered(always=True)
        levels = plan.schema.index.levels
        entries = [levels[at] for at in level_positions(plan.schema.index, level)] if level is not None else levels
        names = [f"index level {entry.field}" for entry in entries]
        return self._like(ordered(plan, list(entries), names, ascending, na_position, ignore_index))


class FrameOrdering(Ordering):
    """Sorts a frame by columns."""

    def sort_values(
        self,
        by: Hashable | list[Any],
        *,
        ascending: bool | Sequence[bool] = True,
        na_position: str = "last",
        ignore_index: bool = False,
    ) -> Self:
        """Return the rows in the order of some columns; rows that are equal there keep their order.

        Parameters
        ----------
        by : label or list of labels
            Columns or, where no column has the name, index levels.
        ascending : bool or list of bool
            For all columns, or for each.
        na_position : {"last", "first"}
            Where rows without a value go, whatever the direction.
        ignore_index : bool
            Number the rows anew.
        """
        labels = by if isinstance(by, list) else [by]
        plan = self.plan
        if any(label not in plan.schema.labels for label in labels):
            plan = plan.numbered()
        entries = [entry_of(plan, label) for label in labels]
        names = [f"column {label!r}" for label in labels]
        return self._like(ordered(plan, entries, names, ascending, na_position, ignore_index))

    def sort(self, by: Hashable | list[Any], ascending: bool | Sequence[bool] = True) -> Self:
        """Return the rows in the order of some columns; see `sort_values`."""
        return self.sort_values(by, ascending=ascending)

    def nlargest(self, n: int, columns: Hashable | list[Any]) -> Self:
        """Return the `n` rows with the largest values, the largest first."""
        return self.sort_values(columns, ascending=False).head(n)

    def nsmallest(self, n: int, columns: Hashable | list[Any]) -> Self:
        """Return the `n` rows with the smallest values, the smallest first."""
        return self.sort_values(columns).head(n)


class SeriesOrdering(Ordering):
    """Sorts a series by its values."""

    def sort_values(self, *, ascending: bool = True, na_position: str = "last", ignore_index: bool = False) -> Self:
        """Return the rows in the order of their values; equal ones keep their order."""
        plan = self.plan
        return self._like(
            ordered(plan, [plan.schema.columns[0]], ["the series"], ascending, na_position, ignore_index)
        )


def entry_of(plan: Plan, label: Hashable) -> Entry:
    """Return the column of a label, or else the index level of that name."""
    if label not in plan.schema.labels and label in plan.schema.index.names and plan.schema.index.levels:
        return plan.schema.index.levels[plan.schema.index.names.index(label)]
    positions = columns_at(plan, [label])
    if len(positions) > 1:
        raise ValueError(f"the label {label!r} is not unique: {len(positions)} columns have it")
    return plan.schema.columns[positions[0]]


def ordered(
    plan: Plan,
    entries: list[Entry],
    names: list[str],
    ascending: bool | Sequence[bool],
    na_position: str,
    ignore_index: bool,
) -> Plan:
    """Return the plan of the same rows in the order of columns; ties keep their order."""
    ways = [ascending] * len(entries) if isinstance(ascending, bool | int) else list(ascending)
    if len(ways) != len(entries):
        raise ValueError(f"ascending has {len(ways)} values for {len(entries)} keys")
    if na_position not in ("first", "last"):
        raise InvalidOption(f"na_position={na_position!r} is neither 'first' nor 'last'")
    plan = plan if ignore_index else plan.numbered()
    computed: dict[str, Any] = {}
    order: list[tuple[str, int]] = []
    for entry, name, way in zip(entries, names, ways, strict=True):
        if may_be_missing(entry):
            flag = fresh_field()
            computed[flag] = is_missing(entry.field)
            order.append((flag, 1 if na_position == "last" else -1))
        for key in key_of(entry, name):
            field = key[1:] if isinstance(key, str) else fresh_field()
            if not isinstance(key, str):
                computed[field] = key
            order.append((field, 1 if way else -1))
    known = {field for field, _ in order}
    rest = [each for each in plan.order if each[0] not in known]
    schema = unnumbered(plan.schema) if ignore_index else loose(plan.schema)
    return replace(plan.computed(computed), schema=schema, order=(*order, *rest), is_ordered=False)
