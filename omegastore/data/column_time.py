"""Parts of columns of time stamps, in their time zone, as integers; before 1970 too."""

from __future__ import annotations

from typing import Self

from omegastore.data.column_expression import Expression


class ColumnTime(Expression):
    """Parts of time stamps; ``+`` and ``-`` take durations, and ``-`` of two time stamps is one."""

    __slots__ = ()

    def year(self) -> Self:
        """Return the year."""
        return self._applied("year", self)

    def month(self) -> Self:
        """Return the month, from 1."""
        return self._applied("month", self)

    def day(self) -> Self:
        """Return the day of the month, from 1."""
        return self._applied("day", self)

    def hour(self) -> Self:
        """Return the hour."""
        return self._applied("hour", self)

    def minute(self) -> Self:
        """Return the minute."""
        return self._applied("minute", self)

    def second(self) -> Self:
        """Return the second."""
        return self._applied("second", self)

    def weekday(self) -> Self:
        """Return the day of the week; Sunday is 0."""
        return self._applied("weekday", self)

    def yearday(self) -> Self:
        """Return the day of the year, from 1."""
        return self._applied("yearday", self)
