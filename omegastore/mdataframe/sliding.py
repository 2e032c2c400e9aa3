"""Sliding: the windows that lazy series and frames offer, in the order of their rows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from omegastore.mdataframe.columnwise import columnwise
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.rolling import Rolling, expanding, rolling
from omegastore.mdataframe.windows import ranked, running, shifted


class SeriesWindows(Lazy):
    """Series of the values around each row; the order is that of the rows, after `sort_values` that one."""

    def shift(self, periods: int = 1) -> Any:
        """Return the values that stand so many rows before, or after for a negative number."""
        return shifted(self, periods)

    def diff(self, periods: int = 1) -> Any:
        """Return the difference between each value and the one so many rows before."""
        return self._like(self.plan) - self.shift(periods)

    def cumsum(self) -> Any:
        """Return the sums of the values up to each row; missing ones stay missing and count as nothing."""
        return running(self, "$sum")

    def cummax(self) -> Any:
        """Return the greatest value up to each row."""
        return running(self, "$max")

    def cummin(self) -> Any:
        """Return the least value up to each row."""
        return running(self, "$min")

    def rank(self, method: str = "average", ascending: bool = True) -> Any:
        """Return the places of the values among all, from 1; missing ones have none.

        Parameters
        ----------
        method : {"average", "min", "max", "first", "dense"}
            What those have that are equal.
        ascending : bool
            Whether the least value has place 1.
        """
        return ranked(self, method, ascending)

    def rolling(self, window: Any, min_periods: int | None = None) -> Rolling:
        """Return the windows of so many rows, or of a span of time, that end at each row.

        Parameters
        ----------
        window : int, str or timedelta
            Rows, or a span of time such as ``7D``, of the index, which has datetimes then.
        min_periods : int, optional
            Values that have to be there for a result; by default as many as there are rows, of a span of time one.
        """
        return rolling(self, window, min_periods)

    def expanding(self, min_periods: int = 1) -> Rolling:
        """Return the windows of all rows up to each row."""
        return expanding(self, min_periods)


class FrameWindows(Lazy):
    """Frames of the values around each row, column by column; see `SeriesWindows`."""

    def shift(self, periods: int = 1) -> Any:
        """Return the values that stand so many rows before, or after for a negative number."""
        return columnwise(self, lambda column, label: column.shift(periods))

    def diff(self, periods: int = 1) -> Any:
        """Return the difference between each value and the one so many rows before."""
        return columnwise(self, lambda column, label: column.diff(periods))

    def cumsum(self) -> Any:
        """Return the sums of the values up to each row."""
        return columnwise(self, lambda column, label: column.cumsum())

    def cummax(self) -> Any:
        """Return the greatest value up to each row."""
        return columnwise(self, lambda column, label: column.cummax())

    def cummin(self) -> Any:
        """Return the least value up to each row."""
        return columnwise(self, lambda column, label: column.cummin())

    def rank(self, *, method: str = "average", ascending: bool = True) -> Any:
        """Return the places of the values of each column among all."""
        return columnwise(self, lambda column, label: column.rank(method, ascending))

    def rolling(self, window: Any, min_periods: int | None = None, *, on: Hashable = None) -> Rolling:
        """Return the windows of so many rows, or of a span of time, that end at each row.

        Parameters
        ----------
        window : int, str or timedelta
            Rows, or a span of time such as ``7D``.
        min_periods : int, optional
            Values that have to be there for a result; by default as many as there are rows, of a span of time one.
        on : label, optional
            The column of the times, instead of the index.
        """
        return rolling(self, window, min_periods, on)

    def expanding(self, min_periods: int = 1) -> Rolling:
        """Return the windows of all rows up to each row."""
        return expanding(self, min_periods)
