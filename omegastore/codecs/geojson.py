"""GeoJSON: the check that a value is a geometry that MongoDB can index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegastore.errors import UnsupportedValue

_LON, _LAT = 180, 90
_RING = 4


def check_geojson(value: Any, where: str) -> None:
    """Raise UnsupportedValue, naming `where`, unless `value` is None or a GeoJSON geometry.

    Positions are longitude and latitude in degrees.

    Examples
    --------
    >>> check_geojson({"type": "Point", "coordinates": [8.5, 47.4]}, "column 'at', row 0")
    """
    if value is not None and not _is_geometry(value):
        raise UnsupportedValue(
            f"{where}: {value!r} is no GeoJSON, which an index with @ needs: {{'type': 'Point', 'coordinates': "
            "[longitude, latitude]}, LineString, Polygon, ...; use None for what is missing"
        )


def _is_geometry(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if value.get("type") == "GeometryCollection":
        parts = value.get("geometries")
        return isinstance(parts, list) and all(map(_is_geometry, parts))
    check = _CHECKS.get(str(value.get("type")))
    return check is not None and check(value.get("coordinates"))


def _is_position(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not 2 <= len(value) <= 3:
        return False
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in value):
        return False
    return bool(abs(value[0]) <= _LON and abs(value[1]) <= _LAT)


def _is_line(value: Any) -> bool:
    return _is_list(value, _is_position) and len(value) >= 2


def _is_ring(value: Any) -> bool:
    return _is_list(value, _is_position) and len(value) >= _RING and list(value[0]) == list(value[-1])


def _is_polygon(value: Any) -> bool:
    return _is_list(value, _is_ring)


def _is_list(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(check, value))


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "Point": _is_position,
    "LineString": _is_line,
    "Polygon": _is_polygon,
    "MultiPoint": lambda value: _is_list(value, _is_position),
    "MultiLineString": lambda value: _is_list(value, _is_line),
    "MultiPolygon": lambda value: _is_list(value, _is_polygon),
}
