"""Grouped: statistics of the groups of a lazy frame, computed by the server in one ``$group``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.fields import field_of
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema, series_labels
from omegastore.errors import InvalidOption
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import NATURAL, Plan, Stage, fresh_field, unnumbered
from omegastore.mdataframe.row import has_extras, is_missing, key_of
from omegastore.mdataframe.statistic import fields_of, result_dtype, statistic
from omegastore.query.comparison import missing

Asked = tuple[Hashable, Entry, str]
"""The label of a result, the column and the statistic."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What rows are grouped by."""

    entries: tuple[Entry, ...]
    names: tuple[Any, ...]
    is_sorted: bool = True
    dropna: bool = True
    as_index: bool = True


def grouped(plan: Plan, keys: Keys, asked: Sequence[Asked], labels: pd.Index[Any] | None = None) -> Plan:
    """Return the plan of one row for each group.

    Parameters
    ----------
    plan : Plan
        The rows.
    keys : Keys
        Columns, and whether missing ones are groups too.
    asked : sequence of (label, column, statistic)
        The columns of the result.
    labels : Index, optional
        Their labels, where these are more than single ones.
    """
    for entry in (*keys.entries, *(column for _, column, _ in asked)):
        if len(entry.codecs) > 1:
            raise InvalidOption(
                "a column that was appended with several dtypes cannot be grouped; put the frame anew"
            )
    if keys.dropna:
        gone = [missing(field_of(entry)) for entry in keys.entries]
        plan = plan.where({"$nor": gone})
    place = "_id"
    if plan.order != NATURAL:
        place = fresh_field()
        plan = plan.with_position(place)
    parts = [key_of(entry, f"the key {name!r}") for entry, name in zip(keys.entries, keys.names, strict=True)]
    by = {f"k{at}_{number}": part for at, found in enumerate(parts) for number, part in enumerate(found)}
    plan, middles = with_middles(plan, by, [column for _, column, name in asked if name == "median"])
    group: dict[str, Any] = {"_id": by, "at": {"$min": f"${place}"}}
    fields: dict[str, Any] = {}
    levels = [_key(at, entry, group, fields) for at, entry in enumerate(keys.entries)]
    columns = []
    for at, (_, column, name) in enumerate(asked):
        found = statistic(name, column, f"${place}", middles.get(column.field))
        group[f"a{at}"] = found.accumulator
        made = _result(name, column)
        fields |= fields_of(found, f"a{at}", made.field, column)
        columns.append(made)
    order: list[tuple[str, int]] = []
    for at in range(len(levels) if keys.is_sorted else 0):
        sort = fresh_field()
        fields[f"{sort}m"] = is_missing(f"v{at}")
        fields |= {f"{sort}{number}": f"$_id.k{at}_{number}" for number in range(len(parts[at]))}
        order += [(f"{sort}m", 1), *((f"{sort}{number}", 1) for number in range(len(parts[at])))]
    if not keys.is_sorted:
        fields["_at"] = "$at"
        order = [("_at", 1)]
    stages: list[Stage] = [{"$group": group}, {"$set": fields}]
    names = labels if labels is not None else pd.Index([label for label, _, _ in asked])
    schema = _schema(keys, levels, names, columns)
    return plan.then(stages, schema, order=tuple(order))


def _key(at: int, entry: Entry, group: dict[str, Any], fields: dict[str, Any]) -> Entry:
    """Let groups keep the value of a key, and return its entry."""
    made = replace(entry, field=fresh_field())
    group[f"v{at}"] = {"$first": {"$ifNull": [f"${entry.field}", None]}}
    fields[made.field] = f"$v{at}"
    if has_extras(entry):
        group[f"x{at}"] = {"$first": {"$ifNull": [f"${EXTRAS}.{entry.field}", None]}}
        fields[f"{EXTRAS}.{made.field}"] = {"$ifNull": [f"$x{at}", "$$REMOVE"]}
    return made


def _result(name: str, column: Entry) -> Entry:
    dtype = result_dtype(name, column)
    if dtype == column.result.dtype and name in ("min", "max", "first", "last"):
        return replace(column, field=fresh_field())
    codec = column_of(values_of(pd.Series([], dtype=dtype)), "the result")
    return Entry(fresh_field(), ((0, codec),), codec, "some")


def with_middles(plan: Plan, by: Any, columns: Sequence[Entry]) -> tuple[Plan, dict[str, Any]]:
    """Return the plan in which rows know their rank in the group, and whether it is in the middle, by column."""
    middles: dict[str, Any] = {}
    stages: list[Stage] = []
    for column in {column.field: column for column in columns}.values():
        rank, gaps, total = fresh_field(), fresh_field(), fresh_field()
        whole = {"documents": ["unbounded", "unbounded"]}
        gone = {"$cond": [is_missing(column.field), 1, 0]}
        stages.append({"$setWindowFields": {
            "partitionBy": by, "sortBy": {column.field: 1},
            "output": {
                rank: {"$documentNumber": {}}, gaps: {"$sum": gone, "window": whole},
                total: {"$sum": 1, "window": whole},
            },
        }})  # fmt: skip
        place = {"$multiply": [2, {"$subtract": [f"${rank}", f"${gaps}"]}]}
        last = {"$add": [{"$subtract": [f"${total}", f"${gaps}"]}, 2]}
        # of n values, those of rank r with n <= 2r <= n + 2
        inside = [{"$gte": [place, {"$subtract": [last, 2]}]}, {"$lte": [place, last]}, {"$gt": [place, 0]}]
        middles[column.field] = {"$and": [*inside, {"$not": [is_missing(column.field)]}]}
    return (plan.then(stages, rows=plan.rows) if stages else plan), middles


def _schema(keys: Keys, levels: list[Entry], labels: pd.Index[Any], columns: list[Entry]) -> FrameSchema:
    base = FrameSchema(False, labels, tuple(columns), IndexSchema((), (None,), False), 0, ({}, None))
    if not keys.as_index:
        names = pd.Index([*keys.names, *labels])
        return unnumbered(replace(base, labels=names, columns=(*levels, *columns)))
    index = IndexSchema(tuple(levels), keys.names, len(levels) > 1)
    return replace(base, index=index)


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


class Groups(GroupStatistics):
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
        plan = self.plan
        labels = list(by) if isinstance(by, list) else [by]
        if not labels:
            raise ValueError("No group keys passed!")
        positions = columns_at(plan, labels)
        entries = tuple(plan.schema.columns[at] for at in positions)
        names = tuple(plan.schema.labels[at] for at in positions)
        rest = [at for at in range(len(plan.schema.columns)) if at not in positions]
        return Groups(self, plan, Keys(entries, names, sort, dropna, as_index), rest)
