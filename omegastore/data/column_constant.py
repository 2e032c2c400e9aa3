"""Constant: a value of Python as a term of an expression."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from omegastore import expr
from omegastore.codecs.column_text import Objects
from omegastore.codecs.column_time import Dates
from omegastore.errors import InvalidOption

_UNITS: dict[Any, int] = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Nanoseconds."""


def constant(value: Any) -> expr.Term:
    """Return the term of a number, text, bool, time, duration, Decimal or None.

    Raises
    ------
    TypeError
        For anything else.
    """
    value = plain(value)
    if value is None:
        return expr.Term({"$literal": None}, expr.Type("null", "object"), is_literal=True)
    if isinstance(value, pd.Timestamp):
        return _date(value)
    if isinstance(value, pd.Timedelta):
        return _duration(value)
    if isinstance(value, Decimal):
        natural = Objects().term(value)
        if isinstance(natural, float):
            raise InvalidOption(f"{value} has more digits than the 34 of MongoDB's decimals")
        return expr.Term({"$literal": natural}, expr.Type("decimal", "object", may_be_missing=False), 0, True, value)
    return expr.literal(value)


def plain(value: Any) -> Any:
    """Return a scalar of numpy or the standard library as one of Python or pandas; None for all that is missing."""
    if isinstance(value, np.datetime64 | date):
        value = pd.Timestamp(value)
    elif isinstance(value, np.timedelta64 | timedelta):
        value = pd.Timedelta(value)
    elif isinstance(value, np.generic):
        value = value.item()
    is_nan = isinstance(value, float | Decimal) and value != value
    return None if is_nan or value is pd.NA or value is pd.NaT else value


def _date(stamp: pd.Timestamp) -> expr.Term:
    unit = next(each for each in _UNITS if stamp.as_unit(each, round_ok=True) == stamp)
    codec = Dates(unit, stamp.tz)
    natural, digits = codec.term(stamp)
    kind = expr.Type("date", str(codec.dtype), may_be_missing=False)
    return expr.Term({"$literal": natural}, kind, digits, True, stamp)


def _duration(span: pd.Timedelta) -> expr.Term:
    ticks, size = int(span.asm8.view(np.int64)), _UNITS[span.unit]
    unit = next(each for each in _UNITS if _UNITS[each] <= size or not ticks * size % _UNITS[each])
    kind = expr.Type("duration", f"timedelta64[{unit}]", may_be_missing=False)
    return expr.Term({"$literal": ticks * size // _UNITS[unit]}, kind, 0, True, span)
