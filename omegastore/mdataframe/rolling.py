"""Rolling: windows of a number of rows, of a span of time, or of all rows so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import pandas as pd
from bson.decimal128 import Decimal128

from omegastore.codecs.column_time import Dates
from omegastore.codecs.schema import Entry
from omegastore.expr.term import failing
from omegastore.mdataframe.columnwise import columnwise
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import RUNNING, Plan, fresh_field
from omegastore.mdataframe.row import beside, is_missing, may_be_missing
from omegastore.mdataframe.windows import Window, numbers_of, rolled


class Rolling:
    """Windows that end at each row, of a series or of the columns of a frame.

    Parameters
    ----------
    lazy : Lazy
        A series, or a frame of which all columns but those in `kept` are numbers.
    window : Window
        Its rows.
    kept : tuple of labels
        Columns that the results of a frame have as they are.
    finish : callable, optional
        Makes the result of the statistics.
    """

    def __init__(
        self,
        lazy: Lazy,
        window: Window,
        kept: tuple[Hashable, ...] = (),
        finish: Callable[[Any], Any] | None = None,
    ) -> None:
        if lazy.plan.schema.is_series:
            numbers_of(lazy.plan)
        self._lazy, self._window, self._kept, self._finish = lazy, window, kept, finish

    def __getitem__(self, key: Any) -> Rolling:
        """Return the windows of some columns."""
        lazy: Any = self._lazy
        kept = self._kept
        if kept and self._finish is not None:  # in pandas times are labels of some columns of groups, but not of all
            lazy, kept = lazy.set_index(kept[0]), ()
        if not isinstance(key, list):
            return Rolling(lazy[key], self._window, finish=self._finish)
        return Rolling(lazy[[*list[Any](key), *kept]], self._window, kept, self._finish)

    def __getattr__(self, name: str) -> Rolling:
        if name.startswith("_") or name not in self._lazy.plan.schema.labels:
            raise AttributeError(f"{type(self).__name__!r} has no attribute or column {name!r}")
        return self[name]

    def sum(self) -> Any:
        """Return the sum of each window."""
        return self._of("sum")

    def mean(self) -> Any:
        """Return the mean of each window."""
        return self._of("mean")

    def min(self) -> Any:
        """Return the least value of each window."""
        return self._of("min")

    def max(self) -> Any:
        """Return the greatest value of each window."""
        return self._of("max")

    def count(self) -> Any:
        """Return how many values of each window are there."""
        return self._of("count")

    def _of(self, name: str) -> Any:
        def one(column: Any, label: Hashable) -> Any:
            return column if label in self._kept else rolled(column, self._window, name)

        is_series = self._lazy.plan.schema.is_series
        made = rolled(self._lazy, self._window, name) if is_series else columnwise(self._lazy, one)
        return made if self._finish is None else self._finish(made)


def rolling(
    lazy: Lazy,
    window: Any,
    min_periods: int | None,
    on: Hashable = None,
    by: Any = None,
    finish: Callable[[Any], Any] | None = None,
) -> Rolling:
    """Return windows that end at each row.

    Parameters
    ----------
    lazy : Lazy
        A series or a frame.
    window : int, str or timedelta
        Rows, or a span of time.
    min_periods : int, optional
        Values that have to be there for a result; by default as many as there are rows, of a span of time one.
    on : label, optional
        The column of a frame that has the times, instead of its index.
    by : expression, optional
        The group that a row is in.
    finish : callable, optional
        Makes the result of the statistics.
    """
    kept = () if on is None else (on,)
    if not isinstance(window, str | pd.Timedelta | pd.offsets.Tick) and not hasattr(window, "total_seconds"):
        if type(window) is not int or window < 1:
            raise ValueError("window must be an integer of at least 1, or a span of time")
        least = window if min_periods is None else min_periods
        if least > window:
            raise ValueError(f"min_periods {least} must be <= window {window}")
        return Rolling(lazy, Window({"documents": [1 - window, 0]}, least, by), kept, finish)
    try:
        span = pd.Timedelta(window).value
    except ValueError as error:
        raise ValueError(f"passed window {window} is not compatible with a datetimelike index") from error
    if span < 1:
        raise ValueError(f"window {window} is no span of time")
    key = fresh_field()
    timed = type(lazy)(_timed(lazy.plan, _times(lazy.plan, on), key, by))
    # half a nanosecond short: rows as old as the window are not in it
    bounds = {"range": [Decimal128(f"-{span - 1}.5"), 0]}
    return Rolling(timed, Window(bounds, 1 if min_periods is None else min_periods, by, key), kept, finish)


def expanding(lazy: Lazy, min_periods: int, by: Any = None, finish: Callable[[Any], Any] | None = None) -> Rolling:
    """Return the windows of all rows up to each row."""
    return Rolling(lazy, Window({"documents": ["unbounded", "current"]}, min_periods, by), finish=finish)


def _times(plan: Plan, on: Hashable) -> Entry:
    levels = plan.schema.index.levels
    entry = plan.schema.columns[columns_at(plan, [on])[0]] if on is not None else levels[0] if levels else None
    if entry is None or not isinstance(entry.result, Dates) or (on is None and len(levels) > 1):
        what = f"column {on!r}" if on is not None else "the index"
        raise ValueError(f"window must be an integer, or {what} must be datetimes; use on=")
    return entry


def _timed(plan: Plan, entry: Entry, key: str, by: Any) -> Plan:
    """Return the plan whose rows have their time in a field, as a number of nanoseconds.

    Rows of one time have fractions that grow in their order, as none of them is in the windows of those before it.
    """
    path, digits, tie = f"${entry.field}", {"$ifNull": [f"${beside(entry)}", 0]}, fresh_field()
    same = {"time": path, "digits": digits, "by": by}
    ties = {"$setWindowFields": {"partitionBy": same, "sortBy": dict(plan.order), "output": {tie: RUNNING}}}
    millis = {"$multiply": [{"$toDecimal": {"$toLong": path}}, 10**6]}
    number: Any = {"$add": [millis, digits, {"$divide": [{"$toDecimal": f"${tie}"}, 10**12]}]}
    if may_be_missing(entry):
        gone = failing("a row of a window of time has none, so dropna() first", {"$ifNull": [path, "NaT"]})
        number = {"$cond": [is_missing(entry.field), gone, number]}
    return replace(plan.then([ties], rows=plan.rows), schema=plan.schema).computed({key: number})
