"""Group windows: what is made of each row by the other rows of its group; the rows stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from omegastore.codecs.schema import IndexSchema, series_labels
from omegastore.errors import InvalidOption
from omegastore.mdataframe.choosing import NOTHING, either
from omegastore.mdataframe.columnwise import columnwise
from omegastore.mdataframe.grouped import Keys, placed, result_entry, with_middles
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.ordering import ordered
from omegastore.mdataframe.plan import RUNNING, Plan, fresh_field
from omegastore.mdataframe.rolling import Rolling, expanding, rolling
from omegastore.mdataframe.row import is_missing, key_of, may_be_missing
from omegastore.mdataframe.statistic import fields_of, statistic
from omegastore.mdataframe.windows import entry_for, ranked, running, shifted, windowed


class GroupWindows:
    """Windows within groups; rows of no group have missing values, and integers are floats then, as in pandas."""

    _lazy: Lazy
    _plan: Plan
    _keys: Keys
    _positions: Sequence[int]
    _is_series: bool

    def shift(self, periods: int = 1) -> Any:
        """Return the values that stand so many rows before in the group, or after for a negative number."""
        return self._each(lambda column: shifted(column, periods, self._by))

    def diff(self, periods: int = 1) -> Any:
        """Return the difference between each value and the one so many rows before in the group."""
        return self._each(lambda column: column - shifted(column, periods, self._by))

    def cumsum(self) -> Any:
        """Return the sums of the values of the group up to each row."""
        return self._each(lambda column: running(column, "$sum", self._by))

    def cummax(self) -> Any:
        """Return the greatest value of the group up to each row."""
        return self._each(lambda column: running(column, "$max", self._by))

    def cummin(self) -> Any:
        """Return the least value of the group up to each row."""
        return self._each(lambda column: running(column, "$min", self._by))

    def rank(self, method: str = "average", ascending: bool = True) -> Any:
        """Return the places of the values within their groups, from 1; see `MSeries.rank`."""
        return self._each(lambda column: ranked(column, method, ascending, self._by))

    def cumcount(self) -> Any:
        """Return how many rows of its group are before each row."""
        raw, entry = fresh_field(), replace(entry_for(fresh_field(), "int64"), na="none")
        found = windowed(self._plan, {raw: RUNNING}, self._by)
        found = found.computed({entry.field: {"$toLong": {"$subtract": [f"${raw}", 1]}}})
        schema = replace(found.schema, is_series=True, labels=series_labels(None), columns=(entry,))
        return self._of_groups(self._lazy.series_type(found.with_schema(schema)))

    def transform(self, func: str) -> Any:
        """Return for each row a statistic of its group.

        Parameters
        ----------
        func : str
            One of those of `agg`.
        """
        if not isinstance(func, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # of the caller
            raise TypeError("the server knows statistics by name; for functions use map_batches(), or take .value")
        plan, place = placed(self._plan, func in ("first", "last"))
        return self._each(partial(_statistic, by=self._by, name=func, place=place), plan)

    def rolling(self, window: Any, min_periods: int | None = None, *, on: Any = None) -> Rolling:
        """Return the windows of each group, by group; see `MDataFrame.rolling`."""
        return rolling(self._labelled(), window, min_periods, on, self._by, self._by_group)

    def expanding(self, min_periods: int = 1) -> Rolling:
        """Return the windows of all rows of the group up to each row, by group."""
        return expanding(self._labelled(), min_periods, self._by, self._by_group)

    @property
    def _by(self) -> dict[str, Any]:
        keys = zip(self._keys.entries, self._keys.names, strict=True)
        parts = [key_of(entry, f"the key {name!r}") for entry, name in keys]
        return {f"k{at}_{number}": part for at, found in enumerate(parts) for number, part in enumerate(found)}

    @property
    def _gone(self) -> list[Any]:
        """The expressions for whether a row is in no group."""
        entries = self._keys.entries if self._keys.dropna else ()
        return [is_missing(entry.field) for entry in entries if may_be_missing(entry)]

    def _chosen(self, plan: Plan) -> Any:
        frame: Any = self._lazy.frame_type(plan.select(list(self._positions)))
        return frame.column_at(0) if self._is_series else frame

    def _each(self, make: Callable[[Any], Any], plan: Plan | None = None) -> Any:
        chosen = self._chosen(plan or self._plan)
        if self._is_series:
            return self._of_groups(make(chosen))
        return columnwise(chosen, lambda column, label: self._of_groups(make(column)))

    def _of_groups(self, made: Any) -> Any:
        """Return a series without the values of rows that are in no group."""
        return either(made, made.plan, {"$not": [{"$or": self._gone}]}, NOTHING) if self._gone else made

    def _labelled(self) -> Any:
        if not (self._keys.is_sorted and self._keys.as_index):
            raise InvalidOption("windows of groups come by group: groupby() with sort=True and as_index=True")
        return self._chosen(self._plan.numbered(always=True))

    def _by_group(self, made: Any) -> Any:
        """Return the rows by group, with the keys in front of their labels."""
        plan, keys = made.plan, self._keys
        index = plan.schema.index
        labels = IndexSchema((*keys.entries, *index.levels), (*keys.names, *index.names), True)
        plan = plan.with_schema(replace(plan.schema, index=labels))
        if self._gone:
            plan = plan.where({"$expr": {"$not": [{"$or": self._gone}]}})
        return type(made)(ordered(plan, list(keys.entries), [str(each) for each in keys.names], True, "last", False))


def _statistic(column: Lazy, *, by: dict[str, Any], name: str, place: str) -> Any:
    plan = column.plan
    entry = plan.schema.columns[0]
    plan, middles = with_middles(plan, by, [entry] if name == "median" else [])
    found = statistic(name, entry, f"${place}", middles.get(entry.field))
    raw, made = fresh_field(), result_entry(name, entry)
    plan = plan.then([{"$setWindowFields": {"partitionBy": by, "output": {raw: found.accumulator}}}], rows=plan.rows)
    plan = plan.computed(fields_of(found, raw, made.field, entry))
    return column.series_type(plan.with_schema(replace(plan.schema, columns=(made,))))
