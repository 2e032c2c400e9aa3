"""Extremes: where the least and the greatest values are, and which values are there most often."""

from __future__ import annotations

from typing import Any

import pandas as pd

from omegastore.codecs.fields import field_of
from omegastore.mdataframe import result
from omegastore.mdataframe.grouped import Keys, grouped
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.ordering import ordered
from omegastore.mdataframe.plan import fresh_field
from omegastore.mdataframe.selection import series_of
from omegastore.query.comparison import missing


class SeriesExtremes(Lazy):
    """Labels of extreme values, and frequent values."""

    def idxmin(self) -> Any:
        """Return the label of the first of the least values; one row is read."""
        return _label(self, "idxmin", True)

    def idxmax(self) -> Any:
        """Return the label of the first of the greatest values; one row is read."""
        return _label(self, "idxmax", False)

    def mode(self, dropna: bool = True) -> Any:
        """Return the values that are there most often, in their order, as a pandas Series; no others are read."""
        entry, name = self.plan.schema.columns[0], self.plan.schema.labels[0]
        keys = Keys((entry,), (name,), dropna=dropna, as_index=False)
        counts = grouped(self.plan, keys, [("n", entry, "size")])
        most, size = fresh_field(), counts.schema.columns[1].field
        window = {"$setWindowFields": {"output": {most: {"$max": f"${size}"}}}}
        kept = counts.then([window, {"$match": {"$expr": {"$eq": [f"${most}", f"${size}"]}}}])
        return result.read(series_of(kept, 0)).rename(name)


class FrameExtremes(Lazy):
    """Labels of the extreme values of columns."""

    def idxmin(self, numeric_only: bool = False) -> Any:
        """Return the label of the first of the least values of each column, as a pandas Series."""
        return _labels(self, "idxmin", True, numeric_only)

    def idxmax(self, numeric_only: bool = False) -> Any:
        """Return the label of the first of the greatest values of each column, as a pandas Series."""
        return _labels(self, "idxmax", False, numeric_only)


def _label(series: Lazy, name: str, ascending: bool) -> Any:
    plan = series.plan.numbered(always=True)
    entry = plan.schema.columns[0]
    if type_of(entry).kind not in ("bool", "int", "float", "date"):
        raise TypeError(f"{name} is of numbers and dates, not of {entry.result.dtype}")
    there = plan.where({"$nor": [missing(field_of(entry))]})
    index = series.series_type(ordered(there, [entry], ["the series"], ascending, "last", False).part(0, 1)).index
    if not len(index):
        what = "Encountered all NA values" if len(series) else f"attempt to get arg{name[3:]} of an empty sequence"
        raise ValueError(f"{name}: {what}")
    return index[0]


def _labels(frame: Lazy, name: str, ascending: bool, numeric_only: bool) -> Any:
    schema = frame.plan.schema
    kinds = [type_of(entry).kind for entry in schema.columns]
    kept = [at for at, kind in enumerate(kinds) if not numeric_only or kind in ("bool", "int", "float")]
    labels = [_label(frame.series_type(series_of(frame.plan, at)), name, ascending) for at in kept]
    return pd.Series(labels, index=schema.labels[kept])
