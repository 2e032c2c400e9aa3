"""Scalar: single values of the standard library and of bson, each told as a simpler value.

An encoder returns ``(tag, simpler, arguments)``: the value as a simpler one that BSON or another encoder
knows, and what that leaves out. A tag of None says that BSON holds the simpler value as it is, and that it is
read back as the value without more. The decoder under the tag takes ``(simpler, *arguments)`` and returns the
value.
"""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias
from uuid import UUID

from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

Simpler: TypeAlias = tuple[str | None, object, tuple[object, ...]]

_INT64 = 2**63
_DECIMAL128_BITS = 20_500  # no integer of more bits fits: Decimal128 ends below 10**6145


def _same(value: object) -> Simpler:
    return None, value, ()


def is_text(value: str) -> bool:
    """Return whether UTF-8 can hold `value`, which lone surrogates prevent."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _str(value: str) -> Simpler:
    if is_text(value):
        return None, value, ()
    return "str", value.encode(errors="replace").decode(), (value.encode(errors="surrogatepass"),)


def _str_back(simpler: str, raw: bytes) -> str:
    return raw.decode(errors="surrogatepass")


def _int(value: int) -> Simpler:
    if -_INT64 <= value < _INT64:
        return None, value, ()
    if value.bit_length() <= _DECIMAL128_BITS:
        near = _decimal128(Decimal(value))
        if near is not None and near.to_decimal() == value:
            return "int", near.to_decimal(), ()
    return "int", _near(value), (_digits(value),)


def _int_back(simpler: Decimal | float, digits: bytes | None = None) -> int:
    return int(simpler) if digits is None else _from_digits(digits)


def _digits(value: int) -> bytes:
    # not text: Python refuses to write or read more than 4,300 decimal digits
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _from_digits(digits: bytes) -> int:
    return int.from_bytes(digits, "big", signed=True)


def _near(value: int | Decimal | Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except ValueError:  # a signaling NaN
        return math.nan


def _decimal128(value: Decimal) -> Decimal128 | None:
    try:
        return Decimal128(value)
    except (decimal.DecimalException, ValueError):  # too many digits; a NaN with a payload
        return None


def _decimal(value: Decimal) -> Simpler:
    natural = _decimal128(value)
    if natural is not None and natural.to_decimal().as_tuple() == value.as_tuple():
        return None, natural, ()
    return "Decimal", _near(value), (str(value),)


def _bson_decimal(value: Decimal128) -> Simpler:
    plain = value.to_decimal()
    # a number has several forms in Decimal128, of which to_decimal() keeps one
    return "Decimal128", plain, () if Decimal128(plain) == value else (value.bid,)


def _bson_decimal_back(simpler: Decimal, bid: bytes | None = None) -> Decimal128:
    return Decimal128(simpler) if bid is None else Decimal128.from_bid(bid)


def _fraction(value: Fraction) -> Simpler:
    return "Fraction", _near(value), (_digits(value.numerator), _digits(value.denominator))


def _fraction_back(simpler: float, numerator: bytes, denominator: bytes) -> Fraction:
    return Fraction(int.from_bytes(numerator, "big", signed=True), int.from_bytes(denominator, "big", signed=True))


def _complex(value: complex) -> Simpler:
    return "complex", {"real": value.real, "imag": value.imag}, ()


def _pattern(value: re.Pattern[Any]) -> Simpler:
    return "Pattern", value.pattern, (value.flags,)


def _regex(value: Regex[Any]) -> Simpler:
    return "Regex", value.pattern, (value.flags,)


ENCODERS: dict[type, Callable[[Any], Simpler]] = {
    str: _str,
    int: _int,
    complex: _complex,
    bytearray: lambda value: ("bytearray", bytes(value), ()),
    Decimal: _decimal,
    Fraction: _fraction,
    UUID: lambda value: (None, Binary.from_uuid(value), ()),
    range: lambda value: ("range", [value.start, value.stop, value.step], ()),
    slice: lambda value: ("slice", [value.start, value.stop, value.step], ()),
    re.Pattern: _pattern,
    Binary: lambda value: ("Binary", bytes(value), (value.subtype,)),
    Decimal128: _bson_decimal,
    Int64: lambda value: ("Int64", int(value), ()),
    Regex: _regex,
    ObjectId: _same,
    Timestamp: _same,
    MinKey: _same,
    MaxKey: _same,
}

DECODERS: dict[str, Callable[..., object]] = {
    "str": _str_back,
    "int": _int_back,
    "complex": lambda parts: complex(parts["real"], parts["imag"]),
    "bytearray": bytearray,
    "Decimal": lambda simpler, text: Decimal(text),
    "Fraction": _fraction_back,
    "range": lambda bounds: range(*bounds),
    "slice": lambda bounds: slice(*bounds),
    "Pattern": re.compile,
    "Binary": Binary,
    "Decimal128": _bson_decimal_back,
    "Int64": Int64,
    "Regex": Regex,
}
