"""Value: any plain Python value to a natural BSON value and what BSON cannot say, and back.

The natural value is what a MongoDB client sees: a date is a Date, a set an array, a Decimal a Decimal128.
What it leaves out stands in the extra, which has the shape of the value and names only what differs:

=================================  ======================================================================
``None``                           the natural value says it all
``{field: extra}``                 extras of the items of a list (by position) or of a dict (by field)
``["each", extra]``                all items of a list or dict have this extra
``tag`` or ``[tag, extra, ...]``   the natural value with this extra goes to the decoder of the tag
=================================  ======================================================================

A dict whose keys are no field names gets made-up names, and its keys stand beside (tag ``keys``). What is
nested deeper than the server takes is kept as BSON within binary (tag ``deep``).
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeGuard, cast

import bson
from bson import Binary, CodecOptions, Decimal128, Int64
from bson.binary import UuidRepresentation

from omegastore.codecs import moment, numpyvalue, pandasvalue, scalar
from omegastore.codecs.refusal import Refused, refusal

Encoded: TypeAlias = tuple[object, object]
"""A natural BSON value and its extra."""

OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)
"""How BSON is read and written for `decode`."""

_SPILL = 32  # levels; the extra takes up to two per level, and the server 100 in all
_DEEPEST = 128  # levels, for which the recursion limit of Python is enough with room to spare
_LONGEST = 100  # characters of a made-up field name
_ASIS = frozenset({type(None), bool, float, bytes})
_FIELD = re.compile(r"[^$.\0][^.\0]*", re.DOTALL)
_ODD = re.compile(r"[$.\0]")


def encode(value: object, where: str) -> tuple[object, object | None]:
    """Return `value` as a natural BSON value, and what that leaves out.

    Parameters
    ----------
    value : object
        None, bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict, range,
        slice; a value of datetime, decimal, fractions, uuid or re; a scalar of numpy, pandas or bson; a numpy
        array; nested.
    where : str
        What the value is, for errors, such as ``"prices['a']"``.

    Returns
    -------
    natural : object
        What a plain MongoDB client should see.
    extra : object
        A BSON value with types and digits that `natural` lacks; None where it lacks nothing.

    Raises
    ------
    UnsupportedValue
        For a value of another type, also a subclass of these, or one nested deeper than 128 levels.

    Examples
    --------
    >>> encode({"tags": ("a", "b"), "n": 2}, "obj")
    ({'tags': ['a', 'b'], 'n': 2}, {'tags': 'tuple'})
    """
    try:
        return _encode(value, 0)
    except Refused as error:
        raise error.located(where) from error


def decode(natural: object, extra: object | None) -> object:
    """Return the value that `encode` was given, from BSON read with `OPTIONS`.

    Examples
    --------
    >>> decode({"tags": ["a", "b"], "n": 2}, {"tags": "tuple"})
    {'tags': ('a', 'b'), 'n': 2}
    """
    if extra is None:
        return _decode_plain(natural)
    if isinstance(extra, str):
        return _DECODERS[extra](_decode_plain(natural))
    if isinstance(extra, dict):
        return _decode_items(natural, extra.get)
    assert isinstance(extra, list)
    tag, child, *arguments = extra
    if tag == "each":
        return _decode_items(natural, lambda _: child)
    return _DECODERS[tag](decode(natural, child), *arguments)


def is_known(kind: type) -> bool:
    """Return whether `encode` takes values of exactly the type `kind`, whatever they hold."""
    is_nested = kind in (list, dict, tuple, set, frozenset)
    return is_nested or kind in _ASIS or kind in _ENCODERS or kind.__module__.partition(".")[0] in _FOREIGN


def _encode(value: object, level: int) -> Encoded:
    kind = type(value)
    if kind in _ASIS or (isinstance(value, str) and kind is str and value.isascii()):
        return value, None
    if kind is list or kind is dict:
        return _encode_nested(value, level)
    if kind is tuple or kind is set or kind is frozenset:
        simpler: scalar.Simpler | None = kind.__name__, list(cast(Iterable[object], value)), ()
    else:
        encoder = _ENCODERS.get(kind) or _FOREIGN.get(kind.__module__.partition(".")[0])
        simpler = encoder and encoder(value)
    if simpler is None:
        raise refusal(value)
    tag, plain, arguments = simpler
    if tag is None:
        return plain, None
    natural, child = _encode(plain, level)
    return natural, tag if child is None and not arguments else [tag, child, *arguments]


def _encode_nested(value: object, level: int) -> Encoded:
    if level == _DEEPEST:
        raise Refused(f"cannot keep what is nested deeper than {_DEEPEST} levels or contains itself")
    if isinstance(value, list):
        natural, extra = _encode_list(value, level + 1)
    else:
        natural, extra = _encode_dict(cast(dict[object, object], value), level + 1)
    if level and level % _SPILL == 0:
        return bson.encode({"v": natural, "x": extra}), "deep"
    return natural, extra


def _encode_list(items: list[object], level: int) -> Encoded:
    naturals: list[object] = []
    extras: dict[str, object] = {}
    for at, item in enumerate(items):
        try:
            natural, extra = _encode(item, level)
        except Refused as error:
            error.steps.append(f"[{at}]")
            raise
        naturals.append(natural)
        if extra is not None:
            extras[str(at)] = extra
    return naturals, _together(extras, len(naturals))


def _encode_dict(items: dict[object, object], level: int) -> Encoded:
    naturals: dict[str, object] = {}
    extras: dict[str, object] = {}
    keys: dict[str, object] = {}
    for key, item in items.items():
        try:
            field = key if is_field(key) else None
            if field is None:
                encoded = _encode(key, level)
                field = _made_up(key, items, naturals)
                keys[field] = list(encoded)
            naturals[field], extra = _encode(item, level)
        except Refused as error:
            error.steps.append(f"[{reprlib.repr(key)}]")
            raise
        if extra is not None:
            extras[field] = extra
    together = _together(extras, len(naturals))
    return naturals, ["keys", together, keys] if keys else together


def _together(extras: dict[str, object], count: int) -> object | None:
    if not extras:
        return None
    first = next(iter(extras.values()))
    if len(extras) == count > 1 and all(extra == first for extra in extras.values()):
        return ["each", first]
    return extras


def is_field(key: object) -> TypeGuard[str]:
    """Return whether `key` is a str that any MongoDB client can address as a field of a document."""
    return type(key) is str and _FIELD.fullmatch(key) is not None and (key.isascii() or scalar.is_text(key))


def _made_up(key: object, items: Mapping[object, object], taken: Mapping[str, object]) -> str:
    """Return a field name that reads like `key` and is no other key's."""
    try:
        text = str(key)
    except ValueError:  # an int of more than 4,300 digits
        text = type(key).__name__
    field = _ODD.sub("_", text[:_LONGEST]).encode(errors="replace").decode() or "_"
    if field in items or field in taken:
        field = f"{field}_{len(taken)}"
    while field in items or field in taken:
        field += "_"
    return field


def _decode_plain(natural: object) -> object:
    if isinstance(natural, list):
        return [_decode_plain(item) for item in natural]
    if isinstance(natural, dict):
        return {field: _decode_plain(item) for field, item in natural.items()}
    convert = _LEAVES.get(type(natural))
    return natural if convert is None else convert(natural)


def _decode_items(natural: object, extra_of: Callable[[str], object]) -> object:
    if isinstance(natural, list):
        return [decode(item, extra_of(str(at))) for at, item in enumerate(natural)]
    assert isinstance(natural, dict)
    return {field: decode(item, extra_of(field)) for field, item in natural.items()}


def _decode_keys(naturals: dict[str, object], keys: dict[str, list[object]]) -> dict[object, object]:
    return {decode(*keys[field]) if field in keys else field: item for field, item in naturals.items()}


def _decode_deep(data: bytes) -> object:
    document = bson.decode(data, OPTIONS)
    return decode(document["v"], document["x"])


_ENCODERS: dict[type, Callable[[Any], scalar.Simpler]] = {**scalar.ENCODERS, **moment.ENCODERS}
_FOREIGN: dict[str, Callable[[Any], scalar.Simpler | None]] = {
    "numpy": numpyvalue.encode_numpy,
    "pandas": pandasvalue.encode_pandas,
}
_DECODERS: dict[str, Callable[..., object]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "keys": _decode_keys,
    "deep": _decode_deep,
    **scalar.DECODERS,
    **moment.DECODERS,
    **numpyvalue.DECODERS,
    **pandasvalue.DECODERS,
}
_LEAVES: dict[type, Callable[[Any], object]] = {
    Int64: int,
    Decimal128: Decimal128.to_decimal,
    datetime: lambda date: date.replace(tzinfo=None),
    Binary: Binary.as_uuid,
}
