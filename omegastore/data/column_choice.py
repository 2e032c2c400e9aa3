"""Choices between columns, and columns of one kind as another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from omegastore.data.column_expression import Expression
from omegastore.expr.total import TIME_FORMATS


class ColumnChoice(Expression):
    """What is done where a condition holds or a value is missing, and conversions."""

    __slots__ = ()

    def is_null(self) -> Self:
        """Return whether values are missing; NaN is null."""
        return self._applied("is_null", self)

    def update(self, condition: Any, value: Any) -> Self:
        """Return the values, with another one where a condition holds.

        Parameters
        ----------
        condition : Column
            Of booleans; null counts as false.
        value : Column or scalar
            What stands there.
        """
        return self._applied("update", self, condition, value)

    def ternary(self, true: Any, false: Any) -> Self:
        """Return one value where this condition holds, else another.

        Parameters
        ----------
        true, false : Column or scalar
            Of one kind; None for null.
        """
        return self._applied("ternary", self, true, false)

    def as_num(self) -> Self:
        """Return numbers: texts as floats, booleans as 0 and 1, time stamps as seconds since 1970; else null."""
        return self._applied("as_num", self)

    def as_str(self) -> Self:
        """Return texts: numbers as Python writes them but whole ones without a point, time stamps by ISO 8601."""
        return self._applied("as_str", self)

    def as_bool(self) -> Self:
        """Return booleans: of numbers whether they are not 0, of texts ``true yes 1``, ``false no 0``; else null."""
        return self._applied("as_bool", self)

    def as_ts(self, time_formats: Sequence[str] = TIME_FORMATS) -> Self:
        """Return time stamps: of texts by the first format that fits, of numbers as seconds since 1970; else null.

        Parameters
        ----------
        time_formats : sequence of str
            Of ``%Y %m %d %H %M %S``, ``%L`` for milliseconds, and ``%z``, which gives time stamps in UTC.
        """
        formats = (time_formats,) if isinstance(time_formats, str) else tuple(time_formats)
        return self._applied("as_ts", self, options=(formats,))

    isna = is_null
