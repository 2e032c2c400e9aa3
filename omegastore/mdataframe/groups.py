"""Groups: what is asked of the groups of a lazy frame, as pandas' ``groupby`` has it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.schema import series_labels
from omegastore.mdataframe.group_windows import GroupWindows
from omegastore.mdataframe.grouped import Asked, Keys, grouped
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.row import settled


class GroupStatistics:
    """The statistics that have a method of their own."""

    agg: Any

    def count(self) -> Any:
        """Return how many values of each group are there."""
        return self.agg("count")

    def sum(self) -> Any:
        """Return the sum of each group."""
        return self.agg("sum")

    def mean(self) -> Any:
        """Return the mean of each group."""
        return self.agg("mean")

    def min(self) -> Any:
        """Return the least value of each group."""
        return self.agg("min")

    def max(self) -> Any:
        """Return the greatest value of each group."""
        return self.agg("max")

    def std(self) -> Any:
        """Return the sample standard deviation of each group."""
        return self.agg("std")

    def var(self) -> Any:
        """Return the sample variance of each group."""
        return self.agg("var")

    def median(self) -> Any:
        """Return the median of each group."""
        return self.agg("median")

    def first(self) -> Any:
        """Return the first value of each group that is there."""
        return self.agg("first")

    def last(self) -> Any:
        """Return the last value of each group that is there."""
        return self.agg("last")

    def nunique(self) -> Any:
        """Return how many different values each group has."""
        return self.agg("nunique")


class Groups(GroupStatistics, GroupWindows):
    """The groups of a lazy frame, or of some of its columns.

    Parameters
    ----------
    lazy : Lazy
        The frame or series that was grouped.
    plan : Plan
        Its rows, with the keys.
    keys : Keys
        What they are grouped by.
    positions : sequence of int
        The columns that statistics are of.
    is_series : bool
        Whether it is one column, and its statistics are series.
    """

    def __init__(self, lazy: Lazy, plan: Plan, keys: Keys, positions: Sequence[int], is_series: bool = False) -> None:
        self._lazy, self._plan, self._keys = lazy, plan, keys
        self._positions, self._is_series = list(positions), is_series

    def __getitem__(self, key: Any) -> Groups:
        labels = list(key) if isinstance(key, list) else [key]
        return Groups(self._lazy, self._plan, self._keys, columns_at(self._plan, labels), not isinstance(key, list))

    def __getattr__(self, name: str) -> Groups:
        if name.startswith("_") or name not in self._plan.schema.labels:
            raise AttributeError(f"{type(self).__name__!r} has no attribute or column {name!r}")
        return self[name]

    def size(self) -> Any:
        """Return how many rows each group has, as a series."""
        column = self._keys.entries[0]
        label = None if self._keys.as_index else "size"
        plan = grouped(self._plan, self._keys, [(label, column, "size")])
        return self._series(plan, None) if self._keys.as_index else self._lazy.frame_type(plan)

    def agg(self, func: Any = None, /, **named: Any) -> Any:
        """Return statistics of the columns of each group.

        Parameters
        ----------
        func : str, list of str, or mapping of label to either, optional
            ``count sum mean min max std var median first last nunique any all size``.
        **named : (label, str)
            Columns of the result by their names, each as ``("column", "statistic")``.
        """
        schema = self._plan.schema
        columns = [(schema.labels[at], schema.columns[at]) for at in self._positions]
        if named:
            return self._named(named)
        if isinstance(func, Mapping):
            chosen = [
                (label, schema.columns[at], each)
                for label, each in func.items()
                for at in columns_at(self._plan, [label])
            ]
        else:
            chosen = [(label, entry, func) for label, entry in columns]
        if all(isinstance(each, str) for *_, each in chosen):
            plan = grouped(
                self._plan, self._keys, chosen, None if isinstance(func, Mapping) else schema.labels[self._positions]
            )
            return self._series(plan, columns[0][0]) if self._is_series else self._lazy.frame_type(plan)
        asked: list[Asked] = []
        pairs: list[tuple[Hashable, str]] = []
        for label, entry, each in chosen:
            for name in [each] if isinstance(each, str) else each:
                asked.append((label, entry, name))
                pairs.append((label, name))
        labels = pd.Index([name for _, name in pairs]) if self._is_series else pd.MultiIndex.from_tuples(pairs)
        return self._lazy.frame_type(grouped(self._plan, self._keys, asked, labels))

    def _named(self, named: Mapping[str, Any]) -> Any:
        asked: list[Asked] = []
        for label, (column, name) in ((label, self._pair(label, each)) for label, each in named.items()):
            asked.append((label, self._plan.schema.columns[columns_at(self._plan, [column])[0]], name))
        return self._lazy.frame_type(grouped(self._plan, self._keys, asked))

    def _pair(self, label: str, given: Any) -> tuple[Hashable, str]:
        if self._is_series and isinstance(given, str):
            return self._plan.schema.labels[self._positions[0]], given
        if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[1], str):
            raise TypeError(f"{label}={given!r} is not (column, statistic)")
        return given[0], given[1]

    def _series(self, plan: Plan, name: Any) -> Any:
        if not self._keys.as_index:
            return self._lazy.frame_type(plan)
        return self._lazy.series_type(
            plan.with_schema(replace(plan.schema, is_series=True, labels=series_labels(name)))
        )


class Grouping(Lazy):
    """Grouping rows."""

    def groupby(self, by: Any, *, sort: bool = True, dropna: bool = True, as_index: bool = True) -> Groups:
        """Return the groups of rows that have the same values in some columns.

        Parameters
        ----------
        by : label or list of labels
            The columns.
        sort : bool
            Whether groups come in the order of the keys, or in that of their first rows.
        dropna : bool
            Whether rows with a missing key are left out.
        as_index : bool
            Whether keys are the index of the result, or columns.
        """
        plan = settled(self.plan)
        labels = list(by) if isinstance(by, list) else [by]
        if not labels:
            raise ValueError("No group keys passed!")
        positions = columns_at(plan, labels)
        entries = tuple(plan.schema.columns[at] for at in positions)
        names = tuple(plan.schema.labels[at] for at in positions)
        rest = [at for at in range(len(plan.schema.columns)) if at not in positions]
        return Groups(self, plan, Keys(entries, names, sort, dropna, as_index), rest)
