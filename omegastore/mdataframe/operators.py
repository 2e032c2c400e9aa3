"""Operators: arithmetic of lazy series of the same rows, and how the server computes a series of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore import expr
from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.column_number import Nullable, Numbers
from omegastore.codecs.column_sampled import Gapped, Sampled
from omegastore.codecs.column_text import Objects, Strings
from omegastore.codecs.column_time import Dates
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry, series_labels
from omegastore.expr.term import FLOAT
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import common, may_be_missing

Make = Callable[[expr.Term, expr.Term], expr.Term]
_KINDS: dict[str, Any] = {"b": "bool", "i": "int", "u": "int", "f": "float"}


class SeriesOperators(Lazy):
    """What Python's operators of arithmetic do with lazy series."""

    def __add__(self, other: Any) -> Any:
        return _arithmetic(self, "+", other)

    def __radd__(self, other: Any) -> Any:
        return _arithmetic(self, "+", other, is_turned=True)

    def __sub__(self, other: Any) -> Any:
        return _arithmetic(self, "-", other)

    def __rsub__(self, other: Any) -> Any:
        return _arithmetic(self, "-", other, is_turned=True)

    def __mul__(self, other: Any) -> Any:
        return _arithmetic(self, "*", other)

    def __rmul__(self, other: Any) -> Any:
        return _arithmetic(self, "*", other, is_turned=True)

    def __truediv__(self, other: Any) -> Any:
        return _arithmetic(self, "/", other)

    def __rtruediv__(self, other: Any) -> Any:
        return _arithmetic(self, "/", other, is_turned=True)

    def __floordiv__(self, other: Any) -> Any:
        return _arithmetic(self, "//", other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _arithmetic(self, "//", other, is_turned=True)

    def __mod__(self, other: Any) -> Any:
        return _arithmetic(self, "%", other)

    def __rmod__(self, other: Any) -> Any:
        return _arithmetic(self, "%", other, is_turned=True)

    def __pow__(self, other: Any) -> Any:
        return _arithmetic(self, "**", other)

    def __neg__(self) -> Any:
        return computed(self, expr.negative(term_of(self.plan)))

    def __abs__(self) -> Any:
        return computed(self, expr.absolute(term_of(self.plan)))

    def abs(self) -> Any:
        """Return the absolute values."""
        return abs(self)


def _arithmetic(series: Lazy, name: str, other: Any, *, is_turned: bool = False) -> Any:
    def make(left: expr.Term, right: expr.Term) -> expr.Term:
        return expr.arithmetic(name, right, left) if is_turned else expr.arithmetic(name, left, right)

    return combined(series, other, make)


def combined(series: Lazy, other: Any, make: Make, as_pandas: Callable[[Any, Any], Any] | None = None) -> Any:
    """Return the series that `make` makes of the values of a series and of another one, or of a scalar.

    The dtype is that of `as_pandas` on series without rows, where it is not told by `make`.
    """
    plan = series.plan
    if isinstance(other, Lazy):
        if not other.plan.schema.is_series:
            raise TypeError("a series is combined with a series of the same rows or with a scalar, not with a frame")
        name = plan.schema.labels[0] if _same(plan.schema.labels[0], other.plan.schema.labels[0]) else None
        both = common(plan, other.plan, "the other series")
        term = make(term_of(plan), term_of(other.plan))
        return _series(series, both, _named(term, as_pandas, plan, empty_of(other.plan)), name)
    if not pd.api.types.is_scalar(other):
        raise TypeError(
            f"a lazy series is combined with a lazy series of the same rows or with a scalar, "
            f"not with {type(other).__qualname__}"
        )
    return computed(series, _named(make(term_of(plan), scalar_of(plan, other)), as_pandas, plan, other))


def _named(term: expr.Term, as_pandas: Callable[[Any, Any], Any] | None, plan: Plan, other: Any) -> expr.Term:
    if as_pandas is None:
        return term
    dtype = as_pandas(empty_of(plan), other).dtype
    return replace(term, type=replace(term.type, name=str(dtype)))


def empty_of(plan: Plan) -> pd.Series[Any]:
    """Return a pandas series of the dtype of a lazy one, without values."""
    empty: pd.Series[Any] = pd.Series([], dtype=plan.schema.columns[0].result.dtype)
    return empty


def computed(series: Lazy, term: expr.Term) -> Any:
    """Return the series of the values of a term over the rows of `series`, under its name."""
    return _series(series, series.plan, term, series.plan.schema.labels[0])


def _series(series: Lazy, plan: Plan, term: expr.Term, name: Any) -> Any:
    field = fresh_field()
    codec = column_of(values_of(pd.Series([], dtype=term.type.name)), "the result")
    entry = Entry(field, ((0, codec),), codec, "some" if term.type.may_be_missing else "none")
    schema = replace(plan.schema, columns=(entry,), labels=series_labels(name), is_series=True)
    fields = {field: term.code}
    if isinstance(codec, Dates):
        fields[f"{EXTRAS}.{field}"] = {"$cond": [{"$eq": [term.digits, 0]}, "$$REMOVE", term.digits]}
    return series.series_type(plan.computed(fields).with_schema(schema))


def term_of(plan: Plan, *, of_any: bool = False) -> expr.Term:
    """Return the term of the one column of a series.

    Parameters
    ----------
    plan : Plan
        Of a series.
    of_any : bool
        Whether the type does not matter, only whether values are missing.
    """
    entry = plan.schema.columns[0]
    digits = f"{EXTRAS}.{entry.field}" if entry.result.has_digits else None
    kind = expr.Type("float", "float64") if of_any else type_of(entry)
    return expr.column(entry.field, kind, digits)


def type_of(entry: Entry) -> expr.Type:
    """Return what a column holds, as expressions know it."""
    codec, gaps = entry.result, may_be_missing(entry)
    if isinstance(codec, Numbers) or (isinstance(codec, Sampled) and codec.dtype == np.dtype(bool)):
        dtype = codec.dtype
        return expr.Type(_KINDS[dtype.kind], dtype.name, False, gaps)
    if isinstance(codec, Sampled) and isinstance(codec.dtype, np.dtype) and codec.dtype.kind in "if":
        return FLOAT  # other documents may hold any number
    if isinstance(codec, Nullable | Gapped):
        return expr.Type(_KINDS[codec.dtype.kind], codec.dtype.name, True, gaps)
    if isinstance(codec, Strings):
        return expr.Type("text", str(codec.dtype), codec.na == "NA", gaps)
    if isinstance(codec, Objects) and entry.is_text:
        return expr.Type("text", "object", False, gaps)
    if str(codec.dtype) == "bool[pyarrow]":
        return expr.Type("bool", "bool[pyarrow]", True, gaps)
    if isinstance(codec, Dates):
        return expr.Type("date", str(codec.dtype), False, gaps)
    return expr.Type("other", str(codec.dtype))


def scalar_of(plan: Plan, value: Any) -> expr.Term:
    """Return the term of a value that meets the values of a series."""
    entry = plan.schema.columns[0]
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        value = value.item()
    if isinstance(entry.result, Dates) and not isinstance(value, int | float):
        natural, digits = entry.result.term(value)
        kind = replace(type_of(entry), may_be_missing=False)
        return expr.Term({"$literal": natural}, kind, digits)
    return expr.literal(value)


def _same(one: Any, other: Any) -> bool:
    return bool(one is other or (type(one) is type(other) and one == other))
