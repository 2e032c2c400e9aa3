"""Reducing: columns to one value each, by one command for all of them; no rows are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells
from omegastore.codecs.schema import Entry
from omegastore.mdataframe import result
from omegastore.mdataframe.grouped import with_middles
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.statistic import fields_of, missing_of, statistic, value_of

_WHOLE = ("count", "nunique", "size")


class SeriesReducing(Lazy):
    """Statistics of one column; missing values are skipped."""

    def count(self) -> Any:
        """Return how many values are there."""
        return _one(self.plan, "count")

    def sum(self) -> Any:
        """Return the sum."""
        return _one(self.plan, "sum")

    def mean(self) -> Any:
        """Return the mean."""
        return _one(self.plan, "mean")

    def min(self) -> Any:
        """Return the least value."""
        return _one(self.plan, "min")

    def max(self) -> Any:
        """Return the greatest value."""
        return _one(self.plan, "max")

    def std(self) -> Any:
        """Return the sample standard deviation."""
        return _one(self.plan, "std")

    def var(self) -> Any:
        """Return the sample variance."""
        return _one(self.plan, "var")

    def median(self) -> Any:
        """Return the median."""
        return _one(self.plan, "median")

    def nunique(self) -> int:
        """Return how many different values there are."""
        return int(_one(self.plan, "nunique"))

    def any(self) -> Any:
        """Return whether a value is true, or not zero."""
        return _one(self.plan, "any")

    def all(self) -> Any:
        """Return whether all values are true, or not zero."""
        return _one(self.plan, "all")


class FrameReducing(Lazy):
    """Statistics of all columns, as a pandas Series by their labels; missing values are skipped."""

    def count(self) -> Any:
        """Return how many values of each column are there."""
        return _each(self.plan, "count")

    def sum(self, numeric_only: bool = False) -> Any:
        """Return the sums."""
        return _each(self.plan, "sum", numeric_only)

    def mean(self, numeric_only: bool = False) -> Any:
        """Return the means."""
        return _each(self.plan, "mean", numeric_only)

    def min(self, numeric_only: bool = False) -> Any:
        """Return the least values."""
        return _each(self.plan, "min", numeric_only)

    def max(self, numeric_only: bool = False) -> Any:
        """Return the greatest values."""
        return _each(self.plan, "max", numeric_only)

    def std(self, numeric_only: bool = False) -> Any:
        """Return the sample standard deviations."""
        return _each(self.plan, "std", numeric_only)

    def var(self, numeric_only: bool = False) -> Any:
        """Return the sample variances."""
        return _each(self.plan, "var", numeric_only)

    def median(self, numeric_only: bool = False) -> Any:
        """Return the medians."""
        return _each(self.plan, "median", numeric_only)

    def nunique(self) -> Any:
        """Return how many different values each column has."""
        return _each(self.plan, "nunique")


def reduced(plan: Plan, asked: Sequence[tuple[Entry, str]]) -> list[Any]:
    """Return statistics of whole columns, by one command.

    Parameters
    ----------
    plan : Plan
        The rows.
    asked : sequence of (column, statistic)
        See `omegastore.mdataframe.statistic.NAMES`.
    """
    plan, middles = with_middles(plan, {}, [entry for entry, name in asked if name == "median"])
    group: dict[str, Any] = {"_id": None}
    fields: dict[str, Any] = {}
    statistics = []
    for at, (entry, name) in enumerate(asked):
        found = statistic(name, entry, "$_id", middles.get(entry.field))
        group[f"a{at}"] = found.accumulator
        fields |= fields_of(found, f"a{at}", f"r{at}", entry)
        statistics.append(found)
    documents = result.scalar_documents(plan, [{"$group": group}, {"$set": fields}])
    document = documents[0] if documents else {}
    return [
        _scalar(found.name, value_of(found, document, f"r{at}", entry), entry)
        for at, (found, (entry, _)) in enumerate(zip(statistics, asked, strict=True))
    ]


def _scalar(name: str, value: Any, entry: Entry) -> Any:
    """Return what the server found, None for nothing, as the scalar that pandas returns."""
    kind = type_of(entry)
    if name in ("any", "all"):
        return np.bool_(name == "all" if value is None else value)
    if name in _WHOLE or (name == "sum" and kind.kind != "float"):
        whole = np.uint64 if kind.name.lower().startswith("uint") and name == "sum" else np.int64
        return whole(0 if value is None else int(str(value)))
    if name == "sum":
        return np.float64(0.0 if value is None else value)
    if value is None:
        return missing_of(entry)
    return value if name in ("min", "max", "first", "last") else np.float64(value)


def _one(plan: Plan, name: str) -> Any:
    return reduced(plan, [(plan.schema.columns[0], name)])[0]


def _each(plan: Plan, name: str, numeric_only: bool = False) -> Any:
    schema = plan.schema
    kept = [
        at
        for at, entry in enumerate(schema.columns)
        if not numeric_only or type_of(entry).kind in ("bool", "int", "float")
    ]
    entries = [schema.columns[at] for at in kept]
    values = reduced(plan, [(entry, name) for entry in entries]) if entries else []
    sample = pd.DataFrame(
        {at: pd.Series(_sample(entry), dtype=entry.result.dtype) for at, entry in enumerate(entries)}
    )
    dtype = getattr(sample, name)().dtype
    is_short = any(pd.isna(value) for value in values) and dtype.kind in "iub"
    return pd.Series(values, index=schema.labels[kept], dtype="float64" if is_short else dtype)


def _sample(entry: Entry) -> Any:
    return entry.result.array(Cells([entry.result.sample]))
