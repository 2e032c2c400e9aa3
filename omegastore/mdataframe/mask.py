"""Mask: the rows for which a lazy series of booleans is true, as a filter, which an index can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column_sampled import Sampled
from omegastore.codecs.fields import field_of
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidFilter
from omegastore.expr import Type
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import type_of
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.row import common
from omegastore.query.comparison import all_of, among, equal, missing, negation, order, unequal
from omegastore.query.value import is_missing

Filter = dict[str, Any]
"""A MongoDB filter."""
_NESTING = 30
"""MongoDB takes filters of about 95 nested operators; beyond this, masks are computed."""
_MAKERS: dict[str, Callable[[Any, Any], Filter]] = {
    "==": equal, "!=": unequal, "<": order("lt"), "<=": order("lte"), ">": order("gt"), ">=": order("gte"),
}  # fmt: skip
_TEXT_OR_DATE: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "date": lambda value: not isinstance(value, int | float),
}


@dataclass(frozen=True, slots=True)
class Mask:
    """The rows for which a series of booleans is true."""

    plan: Plan
    """The rows of the series, with the fields that the filter looks at."""
    filter: Filter

    @classmethod
    def of(cls, series: Lazy) -> Mask:
        """Return the mask of a series; where it is no comparison with a value, by the expression for its values."""
        if series.as_mask is not None:
            return series.as_mask
        plan, field = series.plan, series.plan.schema.columns[0].field
        last = plan.stages[-1] if plan.stages else {}
        if list(last.get("$set", ())) == [field]:
            return cls(replace(plan, stages=plan.stages[:-1]), {"$expr": last["$set"][field]})
        return cls(plan, {field: True})


def masked(plan: Plan, series: Lazy) -> Plan:
    """Return the plan of the rows for which a lazy series of booleans of the same rows is true.

    Raises
    ------
    KeyError
        If the series has other values than booleans.
    """
    entry = series.plan.schema.columns[0]
    if not series.plan.schema.is_series or not pd.api.types.is_bool_dtype(entry.result.dtype):
        raise KeyError(f"a mask is a series of booleans, not of {entry.result.dtype}")
    mask = Mask.of(series)
    return common(plan.numbered(), mask.plan, "the mask").where(mask.filter)


def marked(series: Any, plan: Plan, filter: Filter | None) -> Any:
    """Return a series of booleans that knows the filter of its mask, over the rows of a plan, if there is one."""
    if filter is not None and _depth(filter) <= _NESTING:
        series.as_mask = Mask(plan, filter)
    return series


def both(one: Filter, other: Filter, way: str) -> Filter:
    """Return the filter for ``$and`` or ``$or`` of two."""
    parts = [each for filter in (one, other) for each in (filter[way] if set(filter) == {way} else [filter])]
    return {way: parts}


def inverse(series: Lazy) -> Filter | None:
    """Return the filter for the rows where a mask is false; None where it may be NA, which both leave out."""
    is_told = series.plan.schema.columns[0].result.dtype == np.dtype(bool)
    return negation(Mask.of(series).filter) if is_told else None


def absent(series: Lazy) -> Filter | None:
    """Return the filter for missing values."""
    entry = series.plan.schema.columns[0]
    return missing(field_of(entry)) if _is_named(entry) else None


def comparison(series: Lazy, name: str, value: Any) -> Filter | None:
    """Return the filter for a comparison with one value, None where only an expression tells what pandas does."""
    kind = _kind(series)
    if kind is None or is_missing(value) or (name == "!=" and kind.is_masked and kind.may_be_missing):
        return None
    fitting = _fitting(kind, [value])
    if not fitting or (kind.kind == "bool" and name not in ("==", "!=")):
        return None
    return _made(series, lambda field: _MAKERS[name](field, fitting[0]))


def between(series: Lazy, left: Any, right: Any, inclusive: str) -> Filter | None:
    """Return the filter for values between two others; `inclusive` is ``both neither left right``."""
    first = comparison(series, ">=" if inclusive in ("both", "left") else ">", left)
    last = comparison(series, "<=" if inclusive in ("both", "right") else "<", right)
    return None if first is None or last is None else all_of([first, last])


def membership(series: Lazy, values: Sequence[Any]) -> Filter | None:
    """Return the filter for values among others, missing ones included."""
    kind = _kind(series)
    if kind is None:
        return None
    fitting = _fitting(kind, [value for value in values if not is_missing(value)])
    gaps = [None] if any(is_missing(value) for value in values) else []
    return _made(series, lambda field: among(field, [*fitting, *gaps]))


def _kind(series: Lazy) -> Type | None:
    """Return what the column of a series holds, None where a filter would compare it otherwise."""
    entry = series.plan.schema.columns[0]
    kind = type_of(entry)
    # documents of others may hold anything, lists too
    is_plain = _is_named(entry) and not isinstance(entry.result, Sampled)
    return kind if is_plain and kind.kind in ("bool", "int", "float", *_TEXT_OR_DATE) else None


def _is_named(entry: Entry) -> bool:
    """Return whether a filter can name the field; only collections of others have such that it cannot."""
    return "." not in entry.field and not entry.field.startswith("$")


def _fitting(kind: Type, values: Sequence[Any]) -> list[Any]:
    """Return the values that a column can equal, as it holds them: True is 1 for numbers, 1 is True for booleans."""
    values = [value.item() if _is_boxed(value) else value for value in values]
    if kind.kind in _TEXT_OR_DATE:
        return [value for value in values if _TEXT_OR_DATE[kind.kind](value)]
    numbers = [value for value in values if isinstance(value, int | float)]
    if kind.kind == "bool":
        return [bool(value) for value in numbers if value in (0, 1)]
    return [int(value) if isinstance(value, bool) else value for value in numbers]


def _is_boxed(value: Any) -> bool:
    return isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64)


def _made(series: Lazy, make: Callable[[Any], Filter]) -> Filter | None:
    try:
        return make(field_of(series.plan.schema.columns[0]))
    except InvalidFilter:  # the expression knows what pandas says of such a value
        return None


def _depth(filter: Any) -> int:
    """Return how deep operators are nested, expressions not counted."""
    if isinstance(filter, list):
        return max(map(_depth, filter), default=0)
    if not isinstance(filter, Mapping):
        return 0
    return 1 + max((_depth(value) for key, value in filter.items() if key != "$expr"), default=0)
