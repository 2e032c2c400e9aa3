"""Geometries: GeoJSON values of near, geowithin and geointersects, checked and in MongoDB's form."""

from __future__ import annotations

from collections.abc import Mapping

from omegastore.errors import InvalidFilter
from omegastore.query.value import is_missing, items, natural

_TYPES = (
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)
_DISTANCES = {"max_distance": "$maxDistance", "min_distance": "$minDistance"}


def geometry(value: object, operator: str) -> dict[str, object]:
    """Return ``{"$geometry": value}`` of a GeoJSON geometry.

    Raises
    ------
    InvalidFilter
        If `value` is not one.
    """
    if not isinstance(value, Mapping) or value.get("type") not in _TYPES:
        raise InvalidFilter(
            f"{operator!r} takes GeoJSON such as {{'type': 'Polygon', 'coordinates': [...]}}, not {value!r}"
        )
    body = "geometries" if value["type"] == "GeometryCollection" else "coordinates"
    if not set(value) <= {"type", body, "crs"} or body not in value:
        raise InvalidFilter(
            f"{operator!r}: a GeoJSON {value['type']} has the keys type and {body}, not {list(value)}"
        )
    return {"$geometry": natural(value)}


def nearness(value: object) -> dict[str, object]:
    """Return the operand of ``$near``.

    Parameters
    ----------
    value : sequence or mapping
        ``(lon, lat)`` in degrees; a GeoJSON point; or ``{"point": either, "max_distance": metres,
        "min_distance": metres}``, where "geometry" may stand for "point".

    Raises
    ------
    InvalidFilter
        If it is none of these.
    """
    if not isinstance(value, Mapping) or "type" in value:
        return _point(value)
    named = {"point", "geometry"} & set(value)
    if len(named) != 1 or not set(value) <= {*named, *_DISTANCES}:
        raise InvalidFilter(f"'near' takes the keys point, max_distance and min_distance, not {list(value)}")
    operand = _point(value[named.pop()])
    for key, operator in _DISTANCES.items():
        if key in value:
            operand[operator] = _number(value[key], key)
    return operand


def _point(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        pair = [_number(each, "a coordinate") for each in items(value, "near")]
        if len(pair) != 2:
            raise InvalidFilter(f"'near' takes (lon, lat), not {value!r}")
        value = {"type": "Point", "coordinates": pair}
    return geometry(value, "near")


def _number(value: object, name: str) -> float:
    number = natural(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or is_missing(number):
        raise InvalidFilter(f"'near': {name} is a number, not {value!r}")
    return number
