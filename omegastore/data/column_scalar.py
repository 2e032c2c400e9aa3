"""Aggregations of a column, as single values that the server computes at once; no row is read."""

from __future__ import annotations

from typing import Any

from omegastore.data.column_expression import Expression
from omegastore.data.column_reduction import reduced
from omegastore.data.column_tree import text


class ColumnScalar(Expression):
    """What a column of a frame or view comes to; missing values are skipped, and of none it is None."""

    __slots__ = ()

    def avg(self) -> Any:
        """Return the mean."""
        return self._reduced("mean")

    def sum(self) -> Any:
        """Return the sum, 0 of none."""
        return self._reduced("sum")

    def min(self) -> Any:
        """Return the least value."""
        return self._reduced("min")

    def max(self) -> Any:
        """Return the greatest value."""
        return self._reduced("max")

    def median(self) -> Any:
        """Return the median."""
        return self._reduced("median")

    def count(self) -> int:
        """Return how many values are there."""
        return int(self._reduced("count"))

    def count_distinct(self) -> int:
        """Return how many different values there are."""
        return int(self._reduced("nunique"))

    def stddev(self) -> Any:
        """Return the standard deviation of a sample."""
        return self._reduced("std")

    def var(self) -> Any:
        """Return the variance of a sample."""
        return self._reduced("var")

    def unique(self) -> Any:
        """Return the different values as a Series in the order in which they come, a missing one included."""
        import pandas as pd

        return pd.Series(self.rows.unique())

    def _reduced(self, name: str) -> Any:
        return reduced(self.rows, name, text(self.tree))

    mean, std, nunique = avg, stddev, count_distinct
