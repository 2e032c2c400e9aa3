"""Values of conditions: what counts as missing, what is refused, and the natural BSON form of the rest."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bson import Binary, Code, DatetimeMS, Decimal128, MaxKey, MinKey, ObjectId, Regex, Timestamp

from omegastore.errors import InvalidFilter, UnsafeFilter

_AS_THEY_ARE = (bool, float, Binary, DatetimeMS, Decimal128, MaxKey, MinKey, ObjectId, Timestamp)
_INT64 = range(-(2**63), 2**63)
_DIGITS_128 = 34
_NESTING = 90
"""MongoDB takes 100 levels, of which the filter around a value needs some."""


def is_missing(value: object) -> bool:
    """Return whether pandas would call the scalar `value` missing."""
    if value is None or _name(value) in ("NaTType", "NAType"):
        return True
    if isinstance(value, Decimal128):
        return is_missing(value.to_decimal())
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    if isinstance(value, float | complex) or _is_numpy_scalar(value):
        return bool(value != value)
    return False


def items(value: object, operator: str) -> list[Any]:
    """Return the members of a list, tuple, set, range, array, Series or Index.

    Raises
    ------
    InvalidFilter
        If `value` has no members.
    """
    if not isinstance(value, str | bytes | bytearray | memoryview | Mapping) and isinstance(value, Iterable):
        try:
            return list(value)
        except TypeError:  # an array without dimensions
            pass
    raise InvalidFilter(f"{operator!r} takes a list, tuple, set, range, array or Series, not {value!r}")


def refuse_operators(value: object, depth: int = 0) -> None:
    """Raise for a value that MongoDB would read as more than a value.

    Raises
    ------
    UnsafeFilter
        If there is a dict with a key that begins with ``$``, a regular expression, code, or a subclass of str
        at any depth.
    InvalidFilter
        If it is nested deeper than MongoDB takes.
    """
    if depth > _NESTING:
        raise InvalidFilter(f"a value is nested deeper than {_NESTING} levels")
    if isinstance(value, re.Pattern | Regex):
        raise UnsafeFilter(f"{value!r} is a pattern, not a value; use __regex")
    if isinstance(value, Code) or (isinstance(value, str) and type(value) is not str and not _is_numpy_scalar(value)):
        raise UnsafeFilter(f"{value!r} is a {type(value).__name__}; give a plain str")
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(key, str) and str.startswith(key, "$"):
                raise UnsafeFilter(f"{key!r} is an operator in a value; wrap it in raw(...) if it is meant")
            refuse_operators(each, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            refuse_operators(each, depth + 1)


def natural(value: object) -> object:
    """Return the natural BSON form of `value`, for fields that no schema describes.

    Parameters
    ----------
    value : object
        A BSON value, a numpy or pandas scalar or array, Decimal, date, datetime, UUID, or a list, tuple, set
        or dict of them.

    Returns
    -------
    object
        What pymongo writes without changing it. A missing scalar is None.

    Raises
    ------
    InvalidFilter
        If there is no such form, or only one with fewer digits.
    UnsafeFilter
        If it would be read as an operator; see `refuse_operators`.
    """
    refuse_operators(value)
    stored = _natural(value, 0)
    refuse_operators(stored)  # what arrays and Series held
    return stored


def milliseconds(value: object) -> object:
    """Return `natural(value)`, and dates as ``(date, nanoseconds below the millisecond)``.

    It is the `Field.encode` of a field whose stored dates have no digits below the millisecond: comparisons
    with a finer date, such as the current time, are exact.
    """
    if isinstance(value, dt.datetime) or _name(value) == "datetime64":
        return None if is_missing(value) else _moment(value)
    return natural(value)


def _natural(value: Any, depth: int) -> object:
    if depth > _NESTING:
        raise InvalidFilter(f"a value is nested deeper than {_NESTING} levels")
    if isinstance(value, Mapping):
        return {_text_key(key): _natural(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset | range):
        return [_natural(each, depth + 1) for each in value]
    if value is None or is_missing(value):
        # a NaN is a value of its own in a list; alone it is asked for by isnull
        return float(value) if isinstance(value, float) and depth else None
    if isinstance(value, dt.datetime) or _name(value) == "datetime64":
        date, rest = _moment(value)
        if rest:
            raise InvalidFilter(f"{value!r} has digits below the millisecond, which MongoDB does not keep; round it")
        return date
    if _is_numpy_scalar(value):
        return _natural(_unboxed(value), depth)
    if hasattr(value, "tolist") and isinstance(value, Iterable):
        return [_natural(each, depth + 1) for each in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, _AS_THEY_ARE):
        return value
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    raise InvalidFilter(f"a {type(value).__name__} cannot be compared with stored values: {value!r}")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidFilter(f"{value!r} is not text that can be stored: {error}") from error
    return value


def _text_key(key: object) -> str:
    if type(key) is not str or "\0" in key:
        raise InvalidFilter(f"fields of a document are named by str without NUL, not {key!r}")
    return _text(key)


def _integer(value: int) -> object:
    if value in _INT64:
        return value
    if len(str(abs(value))) > _DIGITS_128:
        raise InvalidFilter(f"an int of more than {_DIGITS_128} digits cannot be compared: {value!r}")
    return Decimal128(str(value))


def _decimal(value: decimal.Decimal) -> Decimal128:
    try:
        return Decimal128(value)
    except decimal.DecimalException as error:
        raise InvalidFilter(f"MongoDB compares {_DIGITS_128} digits, which do not hold {value!r}") from error


_CONVERSIONS: Sequence[tuple[type | tuple[type, ...], Callable[[Any], object]]] = (
    (int, _integer),
    (str, _text),
    ((bytes, bytearray, memoryview), bytes),
    (decimal.Decimal, _decimal),
    (dt.date, lambda value: dt.datetime(value.year, value.month, value.day)),
    (uuid.UUID, Binary.from_uuid),
)


def _moment(value: Any) -> tuple[dt.datetime, int]:
    """Return a date and time in whole milliseconds, and the nanoseconds below."""
    if _name(value) == "datetime64":
        micros = value.astype("datetime64[us]")
        nanos = (value - micros).astype("timedelta64[ns]")
        below, date = nanos.astype(int).item(), micros.item()
        if not isinstance(date, dt.datetime) or nanos != value - micros:
            raise InvalidFilter(f"{value!r} cannot be compared: give a date of the years 1 to 9999 in at most ns")
    else:
        below = getattr(value, "nanosecond", 0)
        date = value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    rest = date.microsecond % 1000
    return date.replace(microsecond=date.microsecond - rest), rest * 1000 + below


def _unboxed(value: Any) -> object:
    unboxed = value.item()
    if _is_numpy_scalar(unboxed):  # long double has no Python type
        raise InvalidFilter(f"a {type(value).__name__} cannot be compared with stored values: {value!r}")
    return unboxed


def _is_numpy_scalar(value: object) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0


def _name(value: object) -> str:
    return type(value).__name__
