"""Statistic: what a column is reduced to, as accumulators of ``$group`` and how their results are read.

Sums are compensated (MongoDB adds doubles as double-doubles) and standard deviations are Welford's, so that their
last digits may differ from numpy's, which are less exact. Missing values are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells, values_of
from omegastore.codecs.column_time import Dates
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.row import beside, has_extras, is_missing, key_of, may_be_missing, present

NAMES = (
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "std",
    "var",
    "median",
    "first",
    "last",
    "nunique",
    "any",
    "all",
    "size",
)
_COMPARED = ("bool", "int", "float", "text", "date")


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of one column."""

    name: str
    accumulator: Any
    """Of ``$group``."""
    found: Callable[[str], Any]
    """Takes the field that the accumulator has filled, and returns the expression of the natural value."""
    odd: Callable[[str], Any] | None = None
    """Likewise of what stands beside it, where the value is one of the column."""

    @property
    def is_value(self) -> bool:
        """Whether the result is a value of the column."""
        return self.odd is not None


def statistic(name: str, entry: Entry, position: Any, middle: Any = None) -> Statistic:
    """Return the accumulator of a statistic.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    entry : Entry
        The column.
    position : expression
        The place of a row in the order of the rows.
    middle : expression, optional
        Whether a row has one of the middle values of its group, for the median.

    Raises
    ------
    InvalidOption
        For an unknown name; `Uncomputable` where the server would find another result than pandas.
    """
    if name not in NAMES:
        raise InvalidOption(f"unknown statistic {name!r}; known are {', '.join(NAMES)}")
    path = f"${entry.field}"
    if name in ("first", "last"):
        held = [position, path, {"$ifNull": [f"${beside(entry)}", None]}]
        way = "$min" if name == "first" else "$max"
        return Statistic(name, {way: _together(entry, held)}, _at(1), _at(2))
    if name == "size":
        return Statistic(name, {"$sum": 1}, _long)
    if name == "count":
        there = {"$cond": [is_missing(entry.field), 0, 1]} if may_be_missing(entry) else 1
        return Statistic(name, {"$sum": there}, _long)
    if name == "nunique":
        parts = key_of(entry, "the column")
        key = parts[0] if len(parts) == 1 else _together(entry, parts)
        return Statistic(
            name, {"$addToSet": key}, lambda field: {"$toLong": {"$size": {"$setDifference": [f"${field}", [None]]}}}
        )
    return _of_values(name, entry, path, middle)


def _of_values(name: str, entry: Entry, path: str, middle: Any) -> Statistic:
    kind = type_of(entry)
    if name in ("min", "max"):
        if kind.kind not in _COMPARED:
            raise Uncomputable(f"the server does not order {kind.name} as pandas does; take .value")
        if not isinstance(entry.result, Dates):
            return Statistic(name, {f"${name}": present(entry, path)}, _plain, lambda field: "$$REMOVE")
        held = [path, {"$ifNull": [f"${beside(entry)}", None]}]
        return Statistic(name, {f"${name}": _together(entry, held)}, _at(0), _at(1))
    if kind.kind not in ("bool", "int", "float"):
        raise TypeError(f"cannot perform {name} with type {kind.name}")
    number = {"$toInt": path} if kind.kind == "bool" else path
    if name in ("any", "all"):
        told = present(entry, {"$ne": [number, 0]})
        default = name == "all"
        return Statistic(
            name, {"$max" if name == "any" else "$min": told}, lambda field: {"$ifNull": [f"${field}", default]}
        )
    there = present(entry, number)
    if name == "sum":
        whole = kind.kind != "float" and kind.name.lower() != "uint64"
        return Statistic(name, {"$sum": there}, _long if whole else lambda field: f"${field}")
    if name == "median":
        return Statistic(name, {"$avg": {"$cond": [middle, number, None]}}, _plain)
    if name == "mean":
        return Statistic(name, {"$avg": there}, _plain)
    deviation = {"$stdDevSamp": there}
    return Statistic(name, deviation, _plain if name == "std" else lambda field: {"$pow": [f"${field}", 2]})


def result_dtype(name: str, entry: Entry) -> Any:
    """Return the dtype that pandas gives a statistic of the groups of a column."""
    codec = entry.result
    if name in ("first", "last", "min", "max"):
        return codec.dtype
    sample = pd.Series(codec.array(Cells([])), dtype=codec.dtype)
    grouped = sample.groupby(np.array([], dtype=np.int64))
    return grouped.size().dtype if name == "size" else getattr(grouped, name)().dtype


def value_of(found: Statistic, document: dict[str, Any], field: str, entry: Entry) -> Any:
    """Return the statistic of a whole column from the document that the server made; None where there is none."""
    natural = document.get(field)
    if found.is_value and natural is not None:
        extra = document.get(EXTRAS, {}).get(field)
        array = entry.result.array(Cells([natural], {} if extra is None else {0: extra}))
        return values_of(pd.Series(array, dtype=entry.result.dtype))[0]
    return natural


def missing_of(entry: Entry) -> Any:
    """Return what a column says where a value is missing."""
    dtype = entry.result.dtype
    return (
        dtype.na_value
        if hasattr(dtype, "na_value")
        else pd.NaT
        if getattr(dtype, "kind", "") == "M"
        else float("nan")
    )


def fields_of(found: Statistic, name: str, field: str, entry: Entry) -> dict[str, Any]:
    """Return the fields to set, so that `field` has the result of the accumulator `name`."""
    made = {field: found.found(name)}
    if found.odd is not None and has_extras(entry):
        made[f"{EXTRAS}.{field}"] = found.odd(name)
    return made


def _together(entry: Entry, parts: list[Any]) -> Any:
    """Return the array of `parts`, null where the column has no value; accumulators take no array as it is."""
    return {"$cond": [is_missing(entry.field) if may_be_missing(entry) else False, None, parts]}


def _at(place: int) -> Callable[[str], Any]:
    def found(field: str) -> Any:
        item = {"$arrayElemAt": [{"$ifNull": [f"${field}", []]}, place]}
        return item if place == 0 else {"$ifNull": [item, "$$REMOVE"]}

    return found


def _plain(field: str) -> Any:
    return f"${field}"


def _long(field: str) -> Any:
    return {"$toLong": f"${field}"}
