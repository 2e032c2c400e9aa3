"""Operators: the function for each, from a column and the value of a condition to a MongoDB filter."""

from __future__ import annotations

from types import MappingProxyType

from omegastore.errors import InvalidFilter, UnsafeFilter
from omegastore.query.comparison import (
    Filter,
    among,
    between,
    encoded,
    equal,
    missing,
    negation,
    not_among,
    order,
    unequal,
)
from omegastore.query.field import Field
from omegastore.query.geometry import geometry, nearness
from omegastore.query.guard import guard
from omegastore.query.pattern import literal, regex
from omegastore.query.q import Raw
from omegastore.query.value import items, refuse_operators

_BSON_TYPES = (
    *(
        "double",
        "string",
        "object",
        "array",
        "binData",
        "undefined",
        "objectId",
        "bool",
        "date",
        "null",
        "regex",
    ),
    *("dbPointer", "javascript", "symbol", "javascriptWithScope", "int", "timestamp", "long", "decimal"),
    *("minKey", "maxKey", "number"),
)
_BSON_CODES = (*range(1, 20), -1, 127)


def _isnull(field: Field, value: object) -> Filter:
    return missing(field) if _flag(value, "isnull") else negation(missing(field))


def _exists(field: Field, value: object) -> Filter:
    return {field.path: {"$exists": _flag(value, "exists")}}


def _flag(value: object, operator: str) -> bool:
    if type(value).__name__ not in ("bool", "bool_"):
        raise InvalidFilter(f"{operator} takes True or False, not {value!r}")
    return bool(value)


def _contains(field: Field, value: object) -> Filter:
    return {field.path: {"$regex": literal(value, "contains")}}


def _startswith(field: Field, value: object) -> Filter:
    return {field.path: {"$regex": "^" + literal(value, "startswith")}}


def _endswith(field: Field, value: object) -> Filter:
    return {field.path: {"$regex": literal(value, "endswith") + r"\z"}}


def _regex(field: Field, value: object) -> Filter:
    return {field.path: regex(value)}


def _type(field: Field, value: object) -> Filter:
    for each in value if isinstance(value, list | tuple) else [value]:
        if type(each) not in (str, int) or (each not in _BSON_TYPES and each not in _BSON_CODES):
            raise InvalidFilter(f"type takes a BSON type of {', '.join(_BSON_TYPES)}, not {each!r}")
    return {field.path: {"$type": list(value) if isinstance(value, tuple) else value}}


def _all(field: Field, value: object) -> Filter:
    stored = [encoded(field, each) for each in items(value, "all")]
    if any(isinstance(each, tuple) for each in stored):
        raise InvalidFilter(f"all takes dates in whole milliseconds, not {value!r}")
    return {field.path: {"$all": stored}}


def _near(field: Field, value: object) -> Filter:
    return {field.path: {"$near": guard(value.filter) if isinstance(value, Raw) else nearness(value)}}


def _geowithin(field: Field, value: object) -> Filter:
    return {field.path: {"$geoWithin": _shape(value, "geowithin")}}


def _geointersects(field: Field, value: object) -> Filter:
    return {field.path: {"$geoIntersects": _shape(value, "geointersects")}}


def _shape(value: object, operator: str) -> Filter:
    return guard(value.filter) if isinstance(value, Raw) else geometry(value, operator)


OPERATORS = MappingProxyType(
    {
        "eq": equal,
        "ne": unequal,
        "not": unequal,
        "lt": order("lt"),
        "lte": order("lte"),
        "gt": order("gt"),
        "gte": order("gte"),
        "in": among,
        "nin": not_among,
        "between": between,
        "isnull": _isnull,
        "exists": _exists,
        "contains": _contains,
        "startswith": _startswith,
        "endswith": _endswith,
        "regex": _regex,
        "type": _type,
        "all": _all,
        "near": _near,
        "geowithin": _geowithin,
        "geointersects": _geointersects,
    }
)
"""Operators on the value of one column; elemmatch, which holds conditions of its own, is in compiler.py."""

_TAKES_RAW = ("eq", "ne", "not", "near", "geowithin", "geointersects")


def condition(field: Field, operator: str, value: object) -> Filter:
    """Return the filter of one condition.

    Parameters
    ----------
    field : Field
        The column.
    operator : str
        A key of `OPERATORS`.
    value : object
        What the caller compares with.

    Raises
    ------
    InvalidFilter
        If the operator does not take the value, or the column has no such values.
    UnsafeFilter
        If an operator hides in the value.
    """
    if isinstance(value, Raw) and operator not in _TAKES_RAW:
        raise UnsafeFilter(f"{operator} takes a value, not {value!r}; give it to the column itself")
    if operator not in ("regex", *_TAKES_RAW):
        refuse_operators(value)
    return OPERATORS[operator](field, value)
