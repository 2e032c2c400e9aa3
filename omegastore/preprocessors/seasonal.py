"""Seasonal: what a time stamp says of month, weekday, hour and minute."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from omegastore.preprocessors.columns import ColumnTransformer


class Seasonal(ColumnTransformer):
    """Add the year, month, weekday, hour and minute of time stamps as numbers.

    Columns ``<name>_year``, ``<name>_month`` (1 to 12), ``<name>_weekday`` (0 is Sunday), ``<name>_hour`` and
    ``<name>_minute`` come after the time stamp; those that are the same in all of the training set are left out.
    Parts are those of the column's own time zone, and NaN where the time is missing.

    Parameters
    ----------
    columns : sequence of str, optional
        Default: all times.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2024-02-03 10:00", "2024-03-03 10:00"])})
    >>> list(Seasonal().fit(frame).get_feature_names_out())
    ['at', 'at_month', 'at_weekday']
    """

    _taken = "times"
    PARTS: ClassVar = ("year", "month", "weekday", "hour", "minute")

    def _fits(self, column: pd.Series[Any]) -> bool:
        return pd.api.types.is_datetime64_any_dtype(column.dtype)

    def _learn(self, column: pd.Series[Any]) -> list[str]:
        return [part for part in self.PARTS if _part(column, part).nunique() > 1]

    def _names(self, name: str) -> list[str]:
        return [name, *(f"{name}_{part}" for part in self.learned_[name])]

    def _make(self, column: pd.Series[Any], learned: list[str]) -> list[pd.Series[Any]]:
        return [column, *(_part(column, part) for part in learned)]


def _part(column: pd.Series[Any], part: str) -> pd.Series[Any]:
    if part == "weekday":  # of ISO's days, 1 to 7, Sunday is the last
        days = column.dt.isocalendar()["day"] % 7
        return pd.Series(days.to_numpy("float64", na_value=np.nan), index=column.index)
    values: pd.Series[Any] = getattr(column.dt, part).astype("float64")
    return values
