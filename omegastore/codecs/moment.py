"""Moment: date, time, datetime and timedelta, told as simpler values as in `scalar`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, cast

from bson.tz_util import FixedOffset

from omegastore.codecs.frame_zone import zone_document, zone_from
from omegastore.codecs.refusal import Refused
from omegastore.codecs.scalar import Simpler
from omegastore.errors import UnsupportedValue

_EPOCH = datetime(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)


def date_of(milliseconds: int) -> datetime | None:
    """Return the naive UTC datetime of `milliseconds` since 1970, or None outside of the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def milliseconds_of(moment: datetime) -> int:
    """Return the milliseconds since 1970 of a naive UTC datetime."""
    return (moment - _EPOCH) // _MILLISECOND


def encode_zone(zone: tzinfo, owner: object) -> dict[str, Any]:
    """Return the time zone of the value `owner` as a BSON document."""
    # what pymongo and dateutil make of fixed offsets when they read dates
    if type(zone) is FixedOffset:
        return {"library": "bson", **_fixed(zone)}
    if (type(zone).__module__, type(zone).__qualname__) == ("dateutil.tz.tz", "tzoffset"):
        return {"library": "tzoffset", **_fixed(zone)}
    try:
        return zone_document(zone, repr(owner))
    except UnsupportedValue as error:
        raise Refused(str(error)) from error


def decode_zone(document: dict[str, Any]) -> tzinfo:
    """Return the time zone that `encode_zone` was given."""
    if document["library"] == "bson":
        return FixedOffset(timedelta(microseconds=document["offset"]), document["name"])
    if document["library"] == "tzoffset":
        from dateutil import tz  # type: ignore[import-untyped]  # no types are published

        return cast(tzinfo, tz.tzoffset(document["name"], timedelta(microseconds=document["offset"])))
    return zone_from(document)


def _fixed(zone: tzinfo) -> dict[str, object]:
    return {"offset": cast(timedelta, zone.utcoffset(None)) // _MICROSECOND, "name": zone.tzname(None)}


def _zone_at(moment: datetime, zone: tzinfo) -> tzinfo:
    # pytz has one instance of a zone for each offset that it ever had
    return cast(tzinfo, zone.fromutc(moment.replace(tzinfo=zone)).tzinfo) if hasattr(zone, "localize") else zone


def _datetime(value: datetime) -> Simpler:
    zone = value.tzinfo
    plain, shift = value.replace(tzinfo=None, fold=0), timedelta()
    if zone is not None:
        shift = value.utcoffset() or shift
        try:
            plain -= shift
        except OverflowError:  # the moment lies outside of the years 1 to 9999 of UTC
            shift = timedelta()
    below = plain.microsecond % 1000
    plain -= timedelta(microseconds=below)
    if zone is not None:
        encoded = encode_zone(zone, value)
        if encoded["library"] == "pytz" and _zone_at(plain, decode_zone(encoded)) is not zone:
            raise Refused(f"the time zone {zone!r} of {value!r} is not the one of that moment; normalize() it")
        return "datetime", plain, (below, value.fold, shift // _MICROSECOND, encoded)
    if below or value.fold:
        return "datetime", plain, (below, value.fold)
    return None, plain, ()


def _datetime_back(
    simpler: datetime, below: int, fold: int, shift: int = 0, zone: dict[str, Any] | None = None
) -> datetime:
    wall = simpler + timedelta(microseconds=below + shift)
    if zone is None:
        return wall.replace(fold=fold)
    return wall.replace(fold=fold, tzinfo=_zone_at(simpler, decode_zone(zone)))


def _date(value: date) -> Simpler:
    return "date", datetime(value.year, value.month, value.day), ()


def _time(value: time) -> Simpler:
    text = value.replace(tzinfo=None).isoformat("microseconds")  # of one width, so that it sorts as time does
    if value.tzinfo is None:
        return "time", text, (value.fold,) if value.fold else ()
    encoded = encode_zone(value.tzinfo, value)
    if encoded["library"] == "pytz" and decode_zone(encoded) is not value.tzinfo:
        raise Refused(f"the time zone {value.tzinfo!r} of {value!r} belongs to a moment; use pytz.timezone(...)")
    return "time", text, (value.fold, encoded)


def _time_back(simpler: str, fold: int = 0, zone: dict[str, Any] | None = None) -> time:
    return time.fromisoformat(simpler).replace(fold=fold, tzinfo=None if zone is None else decode_zone(zone))


ENCODERS: dict[type, Callable[[Any], Simpler]] = {
    datetime: _datetime,
    date: _date,
    time: _time,
    timedelta: lambda value: ("timedelta", value // _MICROSECOND, ()),
}

DECODERS: dict[str, Callable[..., object]] = {
    "datetime": _datetime_back,
    "date": datetime.date,
    "time": _time_back,
    "timedelta": lambda count: timedelta(microseconds=count),
}
