"""Reducing: columns to one value each, by one command for all of them; no rows are sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.mdataframe import result
from omegastore.mdataframe.grouped import Keys, grouped, with_middles
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import NATURAL, Plan, Stage, fresh_field
from omegastore.mdataframe.row import is_missing
from omegastore.mdataframe.statistic import fields_of, missing_of, statistic, value_of

_WHOLE = ("count", "nunique", "size")
_QUARTERS = (0.25, 0.5, 0.75)


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


class SeriesDistribution(Lazy):
    """How the values of one column are spread."""

    def quantile(self, q: Any = 0.5) -> Any:
        """Return quantiles, with linear interpolation; at most two rows for each are read.

        Parameters
        ----------
        q : float or list of float
            Between 0 and 1; for a list the result is a pandas Series indexed by it.
        """
        given: Any = [q] if np.isscalar(q) else q
        wanted = [float(each) for each in given]
        found = _quantiles(self.plan, wanted)
        if np.isscalar(q):
            return found[0]
        dtype = "Float64" if type_of(self.plan.schema.columns[0]).is_masked else "float64"
        return pd.Series(found, index=pd.Index(wanted, dtype="float64"), name=self.plan.schema.labels[0], dtype=dtype)

    def unique(self) -> Any:
        """Return the different values in the order of their first rows, as pandas' ``unique`` has them."""
        return _distinct(self.plan, dropna=False).index.array

    def value_counts(self, *, normalize: bool = False, ascending: bool = False, dropna: bool = True) -> Any:
        """Return how often each value is there, as a pandas Series.

        Parameters
        ----------
        normalize : bool
            Return shares instead.
        ascending : bool
            The rarest first; those as frequent stay in the order of their first rows.
        dropna : bool
            Leave missing values out.
        """
        found: pd.Series[Any] = _distinct(self.plan, dropna=dropna)
        found = found.sort_values(ascending=ascending, kind="stable")
        told: Any = found / found.sum() if normalize else found
        return told.rename("proportion" if normalize else "count")

    def describe(self) -> Any:
        """Return count, mean, standard deviation, least and greatest value and quartiles of a column of numbers."""
        names = ("count", "mean", "std", "min", "max")
        plan = self.plan
        entry = plan.schema.columns[0]
        if type_of(entry).kind not in ("int", "float"):
            raise InvalidOption(f"describe() is of numbers here, not of {entry.result.dtype}; take .value")
        found = dict(zip(names, reduced(plan, [(entry, name) for name in names]), strict=True))
        quarters = _quantiles(plan, _QUARTERS)
        values = [found["count"], found["mean"], found["std"], found["min"], *quarters, found["max"]]
        dtype = "Float64" if type_of(entry).is_masked else "float64"
        index = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
        return pd.Series(values, index=index, name=plan.schema.labels[0], dtype=dtype)


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

    def describe(self) -> Any:
        """Return count, mean, deviation, least and greatest value and quartiles of the columns of numbers."""
        plan = self.plan
        kept = [at for at, entry in enumerate(plan.schema.columns) if type_of(entry).kind in ("int", "float")]
        if not kept:
            raise InvalidOption("describe() is of numbers here, and no column has any; take .value")
        columns = [self.series_type(_column(plan, at)).describe() for at in kept]
        frame = pd.concat(columns, axis=1)
        frame.columns = plan.schema.labels[kept]
        return frame


def reduced(plan: Plan, asked: Sequence[tuple[Entry, str]]) -> list[Any]:
    """Return statistics of whole columns, by one command.

    Parameters
    ----------
    plan : Plan
        The rows.
    asked : sequence of (column, statistic)
        See `omegastore.mdataframe.statistic.NAMES`.
    """
    place = "_id"
    if plan.order != NATURAL:
        place = fresh_field()
        plan = plan.with_position(place)
    plan, middles = with_middles(plan, {}, [entry for entry, name in asked if name == "median"])
    group: dict[str, Any] = {"_id": None}
    fields: dict[str, Any] = {}
    statistics = []
    for at, (entry, name) in enumerate(asked):
        found = statistic(name, entry, f"${place}", middles.get(entry.field))
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


def _column(plan: Plan, at: int) -> Plan:
    chosen = plan.select([at])
    labels = plan.schema.labels[[at]]
    return chosen.with_schema(replace(chosen.schema, is_series=True, labels=labels))


def _quantiles(plan: Plan, wanted: Sequence[float]) -> list[Any]:
    """Return quantiles by linear interpolation, as numpy computes it."""
    entry = plan.schema.columns[0]
    kind = type_of(entry)
    if kind.kind not in ("int", "float"):
        raise TypeError(f"quantile() is of numbers here, not of {kind.name}")
    if any(not 0 <= q <= 1 for q in wanted):
        raise ValueError("percentiles should all be in the interval [0, 1]")
    place, total = fresh_field(), fresh_field()
    whole = {"documents": ["unbounded", "unbounded"]}
    at = [{"$multiply": [float(q), {"$subtract": [f"${total}", 1]}]} for q in wanted]
    near = [part for each in at for part in ({"$floor": each}, {"$ceil": each})]
    stages: list[Stage] = [
        {"$match": {"$expr": {"$not": [is_missing(entry.field)]}}},
        {"$setWindowFields": {
            "sortBy": {entry.field: 1},
            "output": {place: {"$documentNumber": {}}, total: {"$sum": 1, "window": whole}},
        }},
        {"$set": {place: {"$subtract": [f"${place}", 1]}}},
        {"$match": {"$expr": {"$in": [f"${place}", near]}}},
        {"$project": {"_id": 0, "at": f"${place}", "n": f"${total}", "value": {"$toDouble": f"${entry.field}"}}},
    ]  # fmt: skip
    documents = result.scalar_documents(plan, stages)
    if not documents:
        return [pd.NA if kind.is_masked else np.float64(math.nan)] * len(wanted)
    values = {int(each["at"]): each["value"] for each in documents}
    return [_between(values, q * (int(documents[0]["n"]) - 1)) for q in wanted]


def _between(values: dict[int, float], place: float) -> Any:
    low, high = values[math.floor(place)], values[math.ceil(place)]
    share, step = place - math.floor(place), high - low
    if not step:  # infinities would give NaN
        return np.float64(low)
    return np.float64(high - step * (1 - share) if share >= 0.5 else low + step * share)


def _distinct(plan: Plan, *, dropna: bool) -> Any:
    """Return how many rows have each value, as a pandas Series in the order of their first rows."""
    entry, name = plan.schema.columns[0], plan.schema.labels[0]
    keys = Keys((entry,), (name,), is_sorted=False, dropna=dropna)
    frame = result.read(grouped(plan, keys, [("count", entry, "size")]))
    return frame["count"]
