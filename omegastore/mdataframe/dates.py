"""Dates: ``.dt`` of lazy series, computed by the server in the time zone of the column."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from typing import Any

from omegastore.codecs.column_time import Dates
from omegastore.codecs.frame_zone import zone_document
from omegastore.expr import calendar
from omegastore.expr.term import Uncomputable
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import computed, term_of

_UTC = ("UTC", "Etc/UTC")


class Clock:
    """The time of day of dates, and dates cut to it.

    Numbers are int32, and float64 where the column may hold missing dates.

    Parameters
    ----------
    series : MSeries
        Of datetimes.
    """

    def __init__(self, series: Lazy) -> None:
        codec = series.plan.schema.columns[0].result
        if not isinstance(codec, Dates):
            raise AttributeError(f"Can only use .dt accessor with datetimelike values, not {codec.dtype}")
        self._series, self._zone = series, None if codec.zone is None else _name(codec.zone)

    @property
    def hour(self) -> Any:
        """The hour."""
        return self._part("hour")

    @property
    def minute(self) -> Any:
        """The minute."""
        return self._part("minute")

    @property
    def second(self) -> Any:
        """The second."""
        return self._part("second")

    @property
    def microsecond(self) -> Any:
        """The microseconds of the second."""
        return self._part("microsecond")

    @property
    def nanosecond(self) -> Any:
        """The nanoseconds of the microsecond."""
        return self._part("nanosecond")

    def floor(self, freq: str) -> Any:
        """Return dates cut to the unit before them.

        Parameters
        ----------
        freq : {"D", "h", "min", "s"}
            The unit.
        """
        if self._zone is not None and self._zone not in _UTC:
            raise Uncomputable(
                f"pandas cuts dates in {self._zone} by the clock there, where hours can be twice; "
                "use a column in UTC, or take .value"
            )
        return computed(self._series, calendar.floor(term_of(self._series.plan), freq))

    def normalize(self) -> Any:
        """Return the midnights before the dates."""
        return self.floor("D")

    def _part(self, name: str) -> Any:
        return computed(self._series, calendar.part(term_of(self._series.plan), name, self._zone))


class Calendar(Clock):
    """What ``.dt`` of a lazy series gives."""

    @property
    def year(self) -> Any:
        """The year."""
        return self._part("year")

    @property
    def quarter(self) -> Any:
        """The quarter, from 1."""
        return self._part("quarter")

    @property
    def month(self) -> Any:
        """The month, from 1."""
        return self._part("month")

    @property
    def day(self) -> Any:
        """The day of the month, from 1."""
        return self._part("day")

    @property
    def weekday(self) -> Any:
        """The day of the week; Monday is 0."""
        return self._part("day_of_week")

    @property
    def dayofweek(self) -> Any:
        """The day of the week; Monday is 0."""
        return self._part("day_of_week")

    @property
    def day_of_week(self) -> Any:
        """The day of the week; Monday is 0."""
        return self._part("day_of_week")

    @property
    def dayofyear(self) -> Any:
        """The day of the year, from 1."""
        return self._part("day_of_year")

    @property
    def day_of_year(self) -> Any:
        """The day of the year, from 1."""
        return self._part("day_of_year")

    @property
    def days_in_month(self) -> Any:
        """How many days the month has."""
        return self._part("days_in_month")

    @property
    def is_leap_year(self) -> Any:
        """Whether the year is a leap year; false for missing dates."""
        return computed(self._series, calendar.is_leap_year(term_of(self._series.plan), self._zone))


def _name(zone: tzinfo) -> str:
    """Return what MongoDB calls a time zone: its Olson name, or its offset."""
    if isinstance(zone, timezone) or "minutes" in zone_document(zone, "the column"):
        offset = zone.utcoffset(None)
        minutes, rest = divmod(offset or timedelta(0), timedelta(minutes=1))
        if rest:
            raise Uncomputable(f"MongoDB knows no offset of seconds, as {zone} is; take .value")
        if not minutes:
            return "UTC"
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return str(zone_document(zone, "the column")["key"])
