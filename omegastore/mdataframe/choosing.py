"""Choosing: values of a series in the rows that a mask tells, and other ones elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells, Column, column_of, values_of
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.column_sampled import Joined
from omegastore.codecs.column_text import Objects
from omegastore.codecs.schema import Entry
from omegastore.expr import Uncomputable
from omegastore.expr.comparison import comparable
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.missing import held
from omegastore.mdataframe.operators import scalar_of, term_of
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import beside, common, has_extras, is_missing, literal

NOTHING: Any = object()
"""In place of a value that was not given."""


class SeriesChoosing(Lazy):
    """Values by a mask, and in place of others."""

    def where(self, cond: Any, other: Any = NOTHING) -> Any:
        """Return the values where a mask is true, and others elsewhere.

        Parameters
        ----------
        cond : MSeries or callable
            Booleans of the same rows, or a function of this series that returns them; NA is false.
        other : MSeries or scalar, optional
            A series of the same dtype and rows, or a value that the dtype holds. Without it the values are missing.

        Raises
        ------
        TypeError
            If the dtype cannot hold `other`; pandas would change it.
        """
        return self._chosen(cond, other, True)

    def mask(self, cond: Any, other: Any = NOTHING) -> Any:
        """Return other values where a mask is true; NA is true. See `where`."""
        return self._chosen(cond, other, False)

    def clip(self, lower: Any = None, upper: Any = None) -> Any:
        """Return the values, those beyond a bound as the bound.

        Parameters
        ----------
        lower, upper : scalar, optional
            Values that the dtype holds.
        """
        for bound in (lower, upper):
            if not pd.api.types.is_scalar(bound):
                raise TypeError(f"bounds are scalars, not {type(bound).__qualname__}; use where()")
        low, high = (None if pd.isna(bound) else bound for bound in (lower, upper))
        if low is not None and high is not None:
            low, high = min(low, high), max(low, high)
        made: Any = self
        for bound, name in ((low, ">="), (high, "<=")):
            if bound is not None:
                inside = made >= bound if name == ">=" else made <= bound
                made = made.where(made.isna() | inside, bound)
        return made

    def replace(self, to_replace: Any, value: Any = NOTHING) -> Any:
        """Return the values, some in place of others.

        Parameters
        ----------
        to_replace : scalar, list or mapping
            What goes; what is of another kind than the column is not there. A mapping tells what comes too.
        value : scalar or list, optional
            What comes: one for all, or one for each.

        Raises
        ------
        TypeError
            If the dtype cannot hold what comes; pandas would change it.
        """
        return replaced(self, pairs_of(to_replace, value))

    def map(self, arg: Any, na_action: str | None = None) -> Any:
        """Return for each value what a mapping has for it, missing where it has nothing.

        Parameters
        ----------
        arg : mapping
            From values to values of one dtype, which is that of the result.
        na_action : {None, "ignore"}
            Whether missing values stay so, even if the mapping has one for them.
        """
        if not isinstance(arg, Mapping) or hasattr(arg, "__missing__"):
            raise TypeError(
                "the server maps by a dict without default; for functions use map_batches(), or take .value"
            )
        if na_action not in (None, "ignore"):
            raise ValueError(f"na_action must either be 'ignore' or None, {na_action!r} was passed")
        return _mapped(self, arg, is_ignored=na_action == "ignore")

    def _chosen(self, cond: Any, other: Any, wanted: bool) -> Any:
        if callable(cond) and not isinstance(cond, Lazy):
            cond = cond(self)
        if not isinstance(cond, Lazy) or not cond.plan.schema.is_series:
            raise TypeError(f"the mask is a lazy series of booleans, not {type(cond).__qualname__}")
        entry = cond.plan.schema.columns[0]
        if not pd.api.types.is_bool_dtype(entry.result.dtype):
            raise TypeError(f"Boolean array expected for the condition, not {entry.result.dtype}")
        plan = common(self.plan, cond.plan, "the mask")
        # NA in a mask takes the other value, in mask() too
        return either(self, plan, {"$eq": [f"${entry.field}", wanted]}, other)


def pairs_of(to_replace: Any, value: Any) -> list[tuple[Any, Any]]:
    """Return what goes and what comes in its place, from the parameters of ``replace``."""
    if isinstance(to_replace, Mapping):
        if value is not NOTHING:
            raise TypeError("replace() takes a mapping, or what goes and what comes")
        return list(to_replace.items())
    if value is NOTHING:
        raise ValueError("replace() takes a mapping, or what goes and what comes")
    gone = list(to_replace) if isinstance(to_replace, list | tuple) else [to_replace]
    come = list(value) if isinstance(value, list | tuple) else [value] * len(gone)
    if len(gone) != len(come):
        raise ValueError(f"Replacement lists must match in length. Expecting {len(gone)} got {len(come)} ")
    return list(zip(gone, come, strict=True))


def absent(codec: Column) -> tuple[Column, Any]:
    """Return the codec of values of which some are missing, and what stands for these."""
    if isinstance(codec, Numbers) and codec.numpy.kind in "biu":
        return Joined.over(codec), None
    return codec, {"$literal": math.nan} if isinstance(codec, Objects | Numbers) else None


def either(series: Lazy, plan: Plan, test: Any, other: Any) -> Any:
    """Return the series with its values where `test`, and others elsewhere."""
    entry = plan.schema.columns[0]
    extra: Any = "$$REMOVE"
    if isinstance(other, Lazy):
        theirs = other.plan.schema.columns[0]
        if not other.plan.schema.is_series or theirs.result != entry.result:
            raise TypeError(f"other is a lazy series of {entry.result.dtype}, as the values are; use astype()")
        plan = common(plan, other.plan, "the other series")
        codec, value, extra = entry.result, f"${theirs.field}", f"${beside(theirs)}"
        na = "none" if entry.na == theirs.na == "none" else "some"
    elif other is NOTHING or (pd.api.types.is_scalar(other) and pd.isna(other)):
        (codec, value), na = absent(entry.result), "some"
    else:
        fields = literal(entry.field, held(entry, other, "the series"))
        codec, value, na = entry.result, fields[entry.field], entry.na
        extra = fields.get(beside(entry), extra)
    field = fresh_field()
    made = replace(entry, field=field, result=codec, codecs=((0, codec),), na=na)
    computed = {field: {"$cond": [test, f"${entry.field}", value]}}
    if has_extras(made):
        computed[beside(made)] = {"$cond": [test, f"${beside(entry)}", extra]}
    schema = replace(plan.schema, columns=(made,))
    return series.series_type(plan.computed(computed).with_schema(schema))


def _found(series: Lazy, keys: list[Any]) -> tuple[Any, list[int]]:
    """Return the expression for the place of a value among `keys`, else -1, and which keys can be there."""
    term = term_of(series.plan)
    if term.type.kind == "other":
        raise Uncomputable(f"the server does not compare {term.type.name} as pandas does; take .value")
    places, codes, gap = list[int](), list[Any](), -1
    for at, key in enumerate(keys):
        if pd.api.types.is_scalar(key) and pd.isna(key):
            gap = at
        elif is_like(term.type.kind, key):
            places.append(at)
            codes.append(comparable(scalar_of(series.plan, key)))
    index: Any = {"$indexOfArray": [codes, comparable(term)]} if codes else -1
    place = {"$arrayElemAt": [[*places, -1], index]}  # the last for -1
    gone = is_missing(series.plan.schema.columns[0].field)
    return {"$cond": [gone, gap, place]}, places if gap < 0 else [*places, gap]


def is_like(kind: str, value: Any) -> bool:
    """Return whether values of a kind can equal a value of Python."""
    if kind == "date":
        return isinstance(value, date | np.datetime64)
    if kind == "bool":
        return isinstance(value, bool | np.bool_)
    if kind == "text":
        return isinstance(value, str)
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def replaced(series: Lazy, pairs: list[tuple[Any, Any]]) -> Any:
    """Return the series with what comes in place of what goes."""
    plan = series.plan
    entry = plan.schema.columns[0]
    place, there = _found(series, [gone for gone, _ in pairs])
    if not there:
        return series
    field, at = fresh_field(), fresh_field()
    cells = [held(entry, come, "the series") if number in there else Cells([None])
             for number, (_, come) in enumerate(pairs)]  # fmt: skip
    naturals = [{"$literal": each.naturals[0]} for each in cells]
    stays = {"$lt": [f"${at}", 0]}
    made = replace(entry, field=field, codecs=((0, entry.result),))
    computed = {field: {"$cond": [stays, f"${entry.field}", {"$arrayElemAt": [naturals, f"${at}"]}]}}
    if has_extras(entry):
        computed[beside(made)] = {"$cond": [stays, f"${beside(entry)}", _extra(cells, at)]}
    plan = plan.computed({at: place}).computed(computed)
    return series.series_type(plan.with_schema(replace(plan.schema, columns=(made,))))


def _extra(cells: list[Cells], at: str) -> Any:
    """Return what stands beside the value at a place, absent where nothing does."""
    extras = [{"$literal": each.extras.get(0)} for each in cells]
    return {"$ifNull": [{"$arrayElemAt": [extras, f"${at}"]}, "$$REMOVE"]}


def _mapped(series: Lazy, mapping: Mapping[Any, Any], *, is_ignored: bool) -> Any:
    plan = series.plan
    mapping = {key: value for key, value in mapping.items() if not (is_ignored and pd.isna(key))}
    values = values_of(pd.Series(list(mapping.values()), dtype=None if mapping else "float64"))
    codec = column_of(values, "the mapping")
    codec.check(values, "the mapping")
    place, _ = _found(series, list(mapping))
    field, at = fresh_field(), fresh_field()
    cells = codec.cells(values)
    codec, nothing = absent(codec)
    naturals = [*({"$literal": each} for each in cells.naturals), nothing]
    is_text = isinstance(codec, Objects) and all(isinstance(each, str) for each in cells.naturals)
    entry = Entry(field, ((0, codec),), codec, "some", is_text)
    computed = {field: {"$arrayElemAt": [naturals, f"${at}"]}}
    if has_extras(entry):
        singles = [Cells([each], {0: cells.extras[row]} if row in cells.extras else {})
                   for row, each in enumerate([*cells.naturals, None])]  # fmt: skip
        computed[beside(entry)] = _extra(singles, at)
    plan = plan.computed({at: place}).computed(computed)
    return series.series_type(plan.with_schema(replace(plan.schema, columns=(entry,))))
