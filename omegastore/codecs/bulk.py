"""Bulk: columns to BSON documents and back by numpy, without a Python object for each cell.

A document is its size, ``_id``, the fields in their order and a zero byte (https://bsonspec.org/spec.html). Every
field is a type byte, its name, a zero byte and a value of a width that its type or its own bytes tell. So the places
of all values of a column follow from those of the column before it, for all rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.documents import Documents

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

DOUBLE, STRING, BOOLEAN, DATE, NULL, INT64 = 0x01, 0x02, 0x08, 0x09, 0x0A, 0x12
DTYPES: dict[int, str] = {DOUBLE: "<f8", BOOLEAN: "u1", DATE: "<i8", INT64: "<i8"}
"""How values of fixed width stand in a document."""
ID = b"\x12_id\0"
PADDING = 16
"""Bytes behind the last document, so that whole words can be read at its end."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A column of values of one width."""

    field: str
    code: int
    """Their BSON type, a key of `DTYPES`."""
    values: NDArray[Any]
    """Shape (n,), of the dtype of the type."""
    null: Mask | None = None
    """Shape (n,): rows that are null."""


@dataclass(frozen=True, slots=True)
class Text:
    """A column of strings in UTF-8."""

    field: str
    data: Bytes
    """The strings one after another."""
    lengths: Places
    """Shape (n,): bytes of each; 0 where it is null."""
    null: Mask | None = None
    """Shape (n,): rows that are null."""


@dataclass(frozen=True, slots=True)
class Elements:
    """A column of any values, each encoded as a whole field; empty where a row has none."""

    data: Bytes
    """The fields one after another."""
    lengths: Places
    """Shape (n,): bytes of each."""


Part = Fixed | Text
"""A column whose values are found without reading them one by one."""


def assemble(parts: Sequence[Part | Elements], first_id: int, count: int) -> Documents:
    """Return `count` documents that hold `parts`, their ``_id`` counted from `first_id`."""
    lengths = np.full(count, 4 + len(ID) + 8 + 1, np.int64)
    for part in parts:
        lengths += _sizes(part, count)
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    out = np.zeros(int(offsets[-1]), np.uint8)
    at = offsets[:-1].copy()
    _put(out, at, lengths.astype("<i4"))
    _put_constant(out, at + 4, ID)
    _put(out, at + 4 + len(ID), np.arange(first_id, first_id + count, dtype="<i8"))
    at += 4 + len(ID) + 8
    for part in parts:
        _put_part(out, at, part)
        at += _sizes(part, count)
    return Documents(out.tobytes(), offsets)


def dissect(documents: Documents, layout: Sequence[tuple[str, int]]) -> list[Part] | None:
    """Return the columns of documents, or None unless all documents have this layout.

    Parameters
    ----------
    documents : Documents
        Documents that begin with an int64 ``_id``.
    layout : sequence of (field, code)
        The fields in their order, each of its BSON type or null; nothing stands behind them.
    """
    raw = np.frombuffer(documents.buffer + bytes(PADDING), np.uint8)
    at, ends = documents.offsets[:-1] + 4, documents.offsets[1:] - 1
    if not _has(raw, at, ID):
        return None
    at = at + len(ID) + 8
    parts: list[Part] = []
    for field, code in layout:
        head = _head(field)
        if len(at) and int(at.max()) + len(head) > len(raw):
            return None
        found, types = _has(raw, at + 1, head[1:]), raw[at]
        null = types == NULL
        if not found or not bool(np.all(null | (types == code))):
            return None
        at = at + len(head)
        missing = null if bool(null.any()) else None
        part = _text(raw, at, field, missing) if code == STRING else _fixed(raw, at, field, code, missing)
        if part is None:
            return None
        at = at + _widths(part, len(at))
        parts.append(part)
    return parts if bool(np.all(at == ends)) else None


def _head(field: str) -> bytes:
    """Return the type byte, to be set, the name and its end."""
    return b"\0" + field.encode() + b"\0"


def _sizes(part: Part | Elements, count: int) -> Places:
    """Return the bytes of the field in each row."""
    return part.lengths if isinstance(part, Elements) else len(_head(part.field)) + _widths(part, count)


def _widths(part: Part, count: int) -> Places:
    if isinstance(part, Text):
        widths = part.lengths + 5
    else:
        widths = np.full(count, np.dtype(DTYPES[part.code]).itemsize, np.int64)
    return widths if part.null is None else np.where(part.null, 0, widths)


def _put_part(out: Bytes, at: Places, part: Part | Elements) -> None:
    if isinstance(part, Elements):
        out[_spread(at, part.lengths)] = part.data
        return
    code, head = (STRING if isinstance(part, Text) else part.code), _head(part.field)
    _put_constant(out, at, head)
    out[at] = code if part.null is None else np.where(part.null, NULL, code)
    at = at + len(head)
    there = slice(None) if part.null is None else ~part.null
    if isinstance(part, Fixed):
        _put(out, at[there], part.values[there].astype(DTYPES[part.code], copy=False))
        return
    lengths = part.lengths[there]
    _put(out, at[there], (lengths + 1).astype("<i4"))
    out[_spread(at[there] + 4, lengths)] = part.data


def _put(out: Bytes, at: Places, values: NDArray[Any]) -> None:
    _windows(out, values.dtype)[at] = values


def _put_constant(out: Bytes, at: Places, text: bytes) -> None:
    _windows(out, np.dtype((np.void, len(text))))[at] = np.void(text)


def _has(raw: Bytes, at: Places, text: bytes) -> bool:
    """Return whether `text` stands at every place."""
    found = _windows(raw, np.dtype((np.void, len(text))))[at]
    return bool(np.all(found.view(np.uint8).reshape(len(at), len(text)) == np.frombuffer(text, np.uint8)))


def _windows(raw: Bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values that begin at every byte, so that one gather or scatter moves whole values."""
    return np.ndarray((max(0, len(raw) - dtype.itemsize + 1),), dtype, raw, 0, (1,))


def _fixed(raw: Bytes, at: Places, field: str, code: int, null: Mask | None) -> Fixed:
    return Fixed(field, code, _windows(raw, np.dtype(DTYPES[code]))[at], null)


def _text(raw: Bytes, at: Places, field: str, null: Mask | None) -> Text | None:
    lengths = _windows(raw, np.dtype("<i4"))[at].astype(np.int64) - 1
    if null is not None:
        lengths[null] = 0
    if len(at) and (int(lengths.min()) < 0 or int((at + lengths).max()) + 5 > len(raw)):
        return None
    there = slice(None) if null is None else ~null
    return Text(field, raw[_spread(at[there] + 4, lengths[there])], lengths, null)


def _spread(starts: Places, lengths: Places) -> Places:
    """Return the places of all bytes of runs that begin at `starts`."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: Places = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return places
