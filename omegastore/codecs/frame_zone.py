"""Time zones: tzinfo objects to documents and back, of the library that they came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from omegastore.errors import UnsupportedValue

_MICROSECOND = timedelta(microseconds=1)


def zone_document(zone: tzinfo, where: str) -> dict[str, Any]:
    """Return `zone` as a BSON document.

    Raises
    ------
    UnsupportedValue
        If the zone cannot be found again by name on another machine.
    """
    library = type(zone).__module__.partition(".")[0]
    if isinstance(zone, timezone):
        offset: timedelta | None = zone.utcoffset(None)
        assert offset is not None
        name = zone.tzname(None)
        document: dict[str, Any] = {"library": "datetime", "offset": offset // _MICROSECOND}
        return document if timezone(offset).tzname(None) == name else {**document, "name": name}
    if isinstance(zone, ZoneInfo) and zone.key is not None:  # pyright: ignore[reportUnnecessaryComparison]  # from_file() gives none
        return {"library": "zoneinfo", "key": zone.key}
    if library == "pytz" and (key := getattr(zone, "zone", None)):
        return {"library": "pytz", "key": key}
    if library == "pytz" and (offset := zone.utcoffset(None)) is not None:
        return {"library": "pytz", "minutes": offset // timedelta(minutes=1)}
    if library == "dateutil" and type(zone).__name__ == "tzutc":
        return {"library": "dateutil", "key": "UTC"}
    if library == "dateutil" and (path := getattr(zone, "_filename", None)):
        return {"library": "dateutil", "key": path.partition("zoneinfo/")[2] or path}
    raise UnsupportedValue(
        f"{where} has time zone {zone!r}, which has no name that another machine knows; "
        "convert it with tz_convert() to a named zone such as 'Europe/Berlin'"
    )


def zone_from(document: Mapping[str, Any]) -> tzinfo:
    """Return the time zone that `document` describes."""
    library, key = document["library"], document.get("key")
    if library == "datetime":
        offset = timedelta(microseconds=document["offset"])
        if not offset and "name" not in document:
            return UTC
        return timezone(offset, document["name"]) if "name" in document else timezone(offset)
    if library == "zoneinfo":
        return ZoneInfo(str(key))
    if library == "pytz":
        import pytz  # type: ignore[import-untyped]  # no types are installed

        zone: tzinfo = pytz.timezone(str(key)) if key else pytz.FixedOffset(document["minutes"])
        return zone
    from dateutil import tz  # type: ignore[import-untyped]  # no types are installed

    found: tzinfo | None = tz.UTC if key == "UTC" else tz.gettz(str(key))
    if found is None:
        raise UnsupportedValue(f"time zone {key!r} is not known on this machine; install tzdata")
    return found
