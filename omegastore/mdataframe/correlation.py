"""Correlation: how columns of numbers vary together, by the rows that have a value in both; no rows are sent.

Means come first and the sums of the deviations from them second, so that the digits are those of the exact sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs.column_number import Numbers
from omegastore.codecs.schema import Entry, series_labels
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import common, is_missing

_FLOATS = Numbers(np.dtype(np.float64))
Matrix = NDArray[np.float64]


class SeriesCorrelation(Lazy):
    """How a series varies with another one of the same rows."""

    def cov(self, other: Any, min_periods: int | None = None, ddof: int = 1) -> float:
        """Return the covariance with another lazy series of the same rows.

        Parameters
        ----------
        other : MSeries
            Of numbers, as this one.
        min_periods : int, optional
            The rows with both values that there have to be.
        ddof : int
            What is taken from their number before it divides.
        """
        moments = _moments(*_both(self, other), only_finite=False)
        return float(_covariances(moments, min_periods or 1, ddof)[0, 1])

    def corr(self, other: Any, method: str = "pearson", min_periods: int | None = None) -> float:
        """Return the correlation with another lazy series of the same rows.

        Parameters
        ----------
        other : MSeries
            Of numbers, as this one.
        method : {"pearson", "spearman"}
            Of the values, or of their ranks.
        min_periods : int, optional
            The rows with both values that there have to be.
        """
        found = _correlations(self, *_both(self, other), method, min_periods or 1, only_finite=False)
        return float(found[0, 1])


class FrameCorrelation(Lazy):
    """How the columns of a frame vary together, as a pandas frame."""

    def cov(self, min_periods: int | None = None, ddof: int = 1, numeric_only: bool = False) -> pd.DataFrame:
        """Return the covariances of all pairs of columns.

        Parameters
        ----------
        min_periods : int, optional
            The rows with both values that a pair has to have.
        ddof : int
            What is taken from their number before it divides, where no value is missing; else 1, as in pandas.
        numeric_only : bool
            Leave out columns that are no numbers.
        """
        plan, kept = _chosen(self.plan, numeric_only)
        census = _census(plan, kept, only_finite=False)
        moments = _moments(plan, kept, only_finite=any(census))
        found = _covariances(moments, min_periods or 1, 1 if any(census) else ddof)
        return _square(found, plan)

    def corr(self, method: str = "pearson", min_periods: int = 1, numeric_only: bool = False) -> pd.DataFrame:
        """Return the correlations of all pairs of columns.

        Parameters
        ----------
        method : {"pearson", "spearman"}
            Of the values, or of their ranks.
        min_periods : int
            The rows with both values that a pair has to have.
        numeric_only : bool
            Leave out columns that are no numbers.
        """
        plan, kept = _chosen(self.plan, numeric_only)
        return _square(_correlations(self, plan, kept, method, min_periods, only_finite=True), plan)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Of each pair of columns, over the rows that have both: how many there are, and sums of deviations."""

    counts: Matrix
    products: Matrix
    squares: Matrix
    """Of the column of the row of the matrix, over the rows that have that of its column too."""
    means: Matrix
    """Likewise."""


def _both(series: Lazy, other: Any) -> tuple[Plan, list[Entry]]:
    if not isinstance(other, Lazy) or not other.plan.schema.is_series:
        raise TypeError(f"a lazy series correlates with one of the same rows, not with {type(other).__qualname__}")
    plan = common(series.plan, other.plan, "the other series")
    entries = [series.plan.schema.columns[0], other.plan.schema.columns[0]]
    for entry in entries:
        _check(entry, "a series")
    return plan, entries


def _chosen(plan: Plan, numeric_only: bool) -> tuple[Plan, list[Entry]]:
    if numeric_only:
        kinds = [type_of(entry).kind for entry in plan.schema.columns]
        plan = plan.select([at for at, kind in enumerate(kinds) if kind in ("bool", "int", "float")])
    for label, entry in zip(plan.schema.labels, plan.schema.columns, strict=True):
        _check(entry, f"column {label!r}")
    return plan, list(plan.schema.columns)


def _check(entry: Entry, where: str) -> None:
    if type_of(entry).kind not in ("bool", "int", "float"):
        raise TypeError(f"{where} of dtype {entry.result.dtype} has no covariance; numeric_only=True leaves it out")


def _square(found: Matrix, plan: Plan) -> pd.DataFrame:
    return pd.DataFrame(found, index=plan.schema.labels, columns=plan.schema.labels)


def _gone(entry: Entry, only_finite: bool) -> Any:
    tests = [is_missing(entry.field)]
    if only_finite and type_of(entry).kind == "float":
        tests.append({"$eq": [{"$abs": f"${entry.field}"}, math.inf]})
    return tests[0] if len(tests) == 1 else {"$or": tests}


def _census(plan: Plan, entries: Sequence[Entry], *, only_finite: bool) -> list[int]:
    """Return how many rows lack each column."""
    sums = {f"n{at}": {"$sum": {"$cond": [_gone(entry, only_finite), 1, 0]}} for at, entry in enumerate(entries)}
    found = _sums(plan, sums)
    return [int(found.get(name, 0)) for name in sums]


def _sums(plan: Plan, accumulators: dict[str, Any]) -> dict[str, Any]:
    documents = result.scalar_documents(plan, [{"$group": {"_id": None, **accumulators}}]) if accumulators else []
    return documents[0] if documents else {}


def _doubles(plan: Plan, entries: Sequence[Entry], only_finite: bool) -> tuple[Plan, list[Entry]]:
    """Return the columns as float64, null where a value does not count."""
    made = [Entry(fresh_field(), ((0, _FLOATS),), _FLOATS, "some") for _ in entries]
    fields: dict[str, Any] = {}
    for entry, target in zip(entries, made, strict=True):
        path: Any = f"${entry.field}"
        number = {"$cond": [path, 1.0, 0.0]} if type_of(entry).kind == "bool" else {"$toDouble": path}
        fields[target.field] = {"$cond": [_gone(entry, only_finite), None, number]}
    return plan.computed(fields), made


@dataclass(frozen=True, slots=True)
class _Pairs:
    """All pairs of columns, and what tells which rows have both."""

    columns: Sequence[Entry]
    there: dict[int, str]
    """By column that rows lack: the field that is 1 where they have it, else null."""

    @property
    def each(self) -> list[tuple[int, int]]:
        """The pairs, each once."""
        return list(combinations_with_replacement(range(len(self.columns)), 2))

    def mask(self, i: int, j: int) -> tuple[int, ...]:
        """Return which of the two columns rows lack."""
        return tuple(sorted({i, j} & self.there.keys()))

    def span(self, i: int, j: int) -> int | None:
        """Return the other column, if that narrows down the rows of column `i`."""
        return j if j in self.there and i != j else None

    @property
    def spans(self) -> list[tuple[int, int | None]]:
        """Columns, and the other ones that narrow down their rows."""
        count = range(len(self.columns))
        return list(dict.fromkeys((i, self.span(i, j)) for i in count for j in count))

    def within(self, span: int | None, code: Any) -> Any:
        """Return `code`, null where the other column is missing: null counts in no sum."""
        return code if span is None else {"$multiply": [code, f"${self.there[span]}"]}

    def matrix(self, value: Callable[[int, int], Any]) -> Matrix:
        """Return a value for each pair; 0 for None."""
        count = len(self.columns)
        return np.array([[float(value(i, j) or 0) for j in range(count)] for i in range(count)]).reshape(count, count)


def _moments(plan: Plan, entries: Sequence[Entry], *, only_finite: bool) -> _Moments:
    lacks = _census(plan, entries, only_finite=only_finite)
    plan, made = _doubles(plan, entries, only_finite)
    pairs = _Pairs(made, {at: fresh_field() for at, count in enumerate(lacks) if count})
    paths = {at: f"${made[at].field}" for at in range(len(made))}
    plan = plan.computed(
        {field: {"$cond": [{"$lte": [paths[at], None]}, None, 1]} for at, field in pairs.there.items()}
    )
    masks = dict.fromkeys(pairs.mask(i, j) for i, j in pairs.each)
    means = _sums(plan, {
        **{f"m{i}_{span}": {"$avg": pairs.within(span, paths[i])} for i, span in pairs.spans},
        **{f"n{mask}": {"$sum": {"$multiply": [1, *(f"${pairs.there[at]}" for at in mask)]}} for mask in masks},
    })  # fmt: skip
    sums = _deviations(plan, pairs, means)
    return _Moments(
        pairs.matrix(lambda i, j: means.get(f"n{pairs.mask(i, j)}")),
        pairs.matrix(lambda i, j: sums.get(f"p{min(i, j)}_{max(i, j)}")),
        pairs.matrix(lambda i, j: sums.get(f"s{i}_{pairs.span(i, j)}")),
        pairs.matrix(lambda i, j: means.get(f"m{i}_{pairs.span(i, j)}")),
    )


def _deviations(plan: Plan, pairs: _Pairs, means: dict[str, Any]) -> dict[str, Any]:
    """Return the sums of the squares and products of the deviations from the means."""
    fields = {key: fresh_field() for key in pairs.spans if means.get(f"m{key[0]}_{key[1]}") is not None}
    plan = plan.computed({
        field: pairs.within(span, {"$subtract": [f"${pairs.columns[i].field}", means[f"m{i}_{span}"]]})
        for (i, span), field in fields.items()
    })  # fmt: skip
    sums = {f"s{i}_{span}": [field, field] for (i, span), field in fields.items()}
    for i, j in pairs.each:
        one, other = fields.get((i, pairs.span(i, j))), fields.get((j, pairs.span(j, i)))
        if one and other:
            sums[f"p{i}_{j}"] = [one, other]
    return _sums(
        plan, {name: {"$sum": {"$multiply": [f"${one}", f"${other}"]}} for name, (one, other) in sums.items()}
    )


def _covariances(moments: _Moments, least: int, ddof: int) -> Matrix:
    with np.errstate(all="ignore"):
        found = moments.products / np.maximum(moments.counts - ddof, 0)
    return np.where((moments.counts >= least) & (moments.counts > 0), found, math.nan)


def _correlations(
    lazy: Lazy, plan: Plan, entries: Sequence[Entry], method: str, least: int, *, only_finite: bool
) -> Matrix:
    if method == "kendall":
        raise Uncomputable("kendall compares all pairs of rows, which MongoDB cannot; use spearman, or take .value")
    if method not in ("pearson", "spearman"):
        raise InvalidOption(f"method={method!r} is neither 'pearson' nor 'spearman'")
    if method == "pearson":
        return _pearson(_moments(plan, entries, only_finite=only_finite), least)
    plan, made = _doubles(plan, entries, only_finite)
    if not any(_census(plan, made, only_finite=False)):
        return _pearson(_moments(*_ranked(lazy, plan, made), only_finite=False), least)
    found = np.full((len(made), len(made)), math.nan)
    for i, j in combinations_with_replacement(range(len(made)), 2):
        # ranks are those among the rows that have both
        both = plan.where({"$expr": {"$not": [{"$or": [is_missing(made[at].field) for at in (i, j)]}]}})
        pair = _pearson(_moments(*_ranked(lazy, both, [made[i], made[j]]), only_finite=False), least)
        found[i, j] = found[j, i] = pair[0, 1]
    return found


def _ranked(lazy: Lazy, plan: Plan, entries: Sequence[Entry]) -> tuple[Plan, list[Entry]]:
    ranks: list[Entry] = []
    for entry in entries:
        one = replace(plan.schema, is_series=True, labels=series_labels(None), columns=(entry,))
        plan = lazy.series_type(plan.with_schema(one)).rank().plan
        ranks.append(plan.schema.columns[0])
    return plan, ranks


def _pearson(moments: _Moments, least: int) -> Matrix:
    # deviations below the last digit of the mean are those of the mean itself: all values are equal
    noise = moments.counts * (np.spacing(np.abs(moments.means)) ** 2)
    with np.errstate(all="ignore"):
        squares = np.where(moments.squares <= noise, 0, moments.squares)
        found = np.clip(moments.products / (np.sqrt(squares) * np.sqrt(squares.T)), -1, 1)
    is_known = (moments.counts >= least) & (squares > 0) & (squares.T > 0)
    return np.where(is_known, found, math.nan)
