"""Durations, to be added to and compared with columns of time stamps: ``frame.due + om.data.time.days(30)``."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["datetime", "days", "hours", "microseconds", "milliseconds", "minutes", "seconds", "weeks"]


def weeks(number: float) -> timedelta:
    """Return a number of weeks."""
    return timedelta(weeks=number)


def days(number: float) -> timedelta:
    """Return a number of days, of 24 hours each."""
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    """Return a number of hours."""
    return timedelta(hours=number)


def minutes(number: float) -> timedelta:
    """Return a number of minutes."""
    return timedelta(minutes=number)


def seconds(number: float) -> timedelta:
    """Return a number of seconds."""
    return timedelta(seconds=number)


def milliseconds(number: float) -> timedelta:
    """Return a number of milliseconds."""
    return timedelta(milliseconds=number)


def microseconds(number: float) -> timedelta:
    """Return a number of microseconds."""
    return timedelta(microseconds=number)
