"""Reduction: a lazy series to one value, as Python has it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells
from omegastore.codecs.schema import Entry
from omegastore.data.column_plan import column_term
from omegastore.errors import InvalidOption
from omegastore.expr.term import missing
from omegastore.expr.total.guard import resolved
from omegastore.mdataframe import MSeries, result

_EXACT = {"sum": "$sum", "mean": "$avg", "min": "$min", "max": "$max", "nunique": "$addToSet"}
"""Accumulators for decimals and durations."""


def reduced(series: MSeries, name: str, label: str) -> Any:
    """Return a statistic of a series, None where it has none.

    Parameters
    ----------
    series : MSeries
        The values.
    name : str
        One of `omegastore.mdataframe.statistic.NAMES`.
    label : str
        What errors call the values.

    Raises
    ------
    InvalidOption
        For values that have no such statistic.
    """
    entry = series.plan.schema.columns[0]
    if name != "count" and column_term(entry, label).type.kind in ("any", "duration"):
        return _exact(series, entry, name, label)
    try:
        found = getattr(series, name)()
    except TypeError as error:
        raise InvalidOption(f"{label} of {entry.result.dtype} has no {name}") from error
    if pd.isna(found):
        return None
    if isinstance(found, np.datetime64):
        return pd.Timestamp(found)
    return found.item() if isinstance(found, np.generic) else found


def _exact(series: MSeries, entry: Entry, name: str, label: str) -> Any:
    """Return a statistic of decimals or durations, whose type it has."""
    if name not in _EXACT:
        raise InvalidOption(f"{label} of {entry.result.dtype} has no {name}; use as_num() first")
    term = resolved(column_term(entry, label))
    is_duration = term.type.kind == "duration"
    value = {"$toDecimal": term.code} if is_duration and name == "mean" else term.code
    held = {_EXACT[name]: {"$cond": [missing(term), None, value]}}
    whole = {"$toLong": {"$trunc": "$v"}} if is_duration and name != "nunique" else "$v"
    found = result.scalar_documents(series.plan, [{"$group": {"_id": None, "v": held}}, {"$project": {"v": whole}}])
    natural: Any = found[0]["v"] if found else {"nunique": [], "sum": 0}.get(name)
    if name == "nunique":
        return len([each for each in natural if each is not None])
    if natural is None:
        return None
    if is_duration:
        return pd.Timedelta(entry.result.array(Cells([natural]))[0])
    return Decimal(natural) if isinstance(natural, int) else natural.to_decimal()
