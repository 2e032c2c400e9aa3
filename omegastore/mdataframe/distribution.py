"""Distribution: quantiles, different values, and the description of columns of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.errors import InvalidOption
from omegastore.mdataframe import result
from omegastore.mdataframe.grouped import Keys, grouped
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import Plan, Stage, fresh_field
from omegastore.mdataframe.reducing import reduced
from omegastore.mdataframe.row import is_missing

_QUARTERS = (0.25, 0.5, 0.75)


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


class FrameDistribution(Lazy):
    """How the values of columns are spread."""

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
