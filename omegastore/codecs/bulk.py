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
        lengths += sizes_of(part, count)
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    out = np.zeros(int(offsets[-1]), np.uint8)
    at = offsets[:-1].copy()
    put(out, at, lengths.astype("<i4"))
    put_constant(out, at + 4, ID)
    put(out, at + 4 + len(ID), np.arange(first_id, first_id + count, dtype="<i8"))
    at += 4 + len(ID) + 8
    for part in parts:
        _put_part(out, at, part)
        at += sizes_of(part, count)
    return Documents(out.tobytes(), offsets)


def wrapped(data: Bytes, lengths: Places) -> bytes:
    """Return documents of one field each, which stand one after another in `data`."""
    sizes = lengths + 5
    at = np.cumsum(sizes) - sizes
    out = np.zeros(int(sizes.sum()), np.uint8)
    put(out, at, sizes.astype("<i4"))
    _scatter(out, at + 4, lengths, data)
    return out.tobytes()


def head_of(field: str) -> bytes:
    """Return the type byte, to be set, the name and its end."""
    return b"\0" + field.encode() + b"\0"


def sizes_of(part: Part | Elements, count: int) -> Places:
    """Return the bytes of the field in each row."""
    return part.lengths if isinstance(part, Elements) else len(head_of(part.field)) + _widths(part, count)


def _widths(part: Part, count: int) -> Places:
    if isinstance(part, Text):
        widths = part.lengths + 5
    else:
        widths = np.full(count, np.dtype(DTYPES[part.code]).itemsize, np.int64)
    return widths if part.null is None else np.where(part.null, 0, widths)


def _put_part(out: Bytes, at: Places, part: Part | Elements) -> None:
    if isinstance(part, Elements):
        _scatter(out, at, part.lengths, part.data)
        return
    code, head = (STRING if isinstance(part, Text) else part.code), head_of(part.field)
    put_constant(out, at, head)
    out[at] = code if part.null is None else np.where(part.null, NULL, code)
    at = at + len(head)
    there = slice(None) if part.null is None else ~part.null
    if isinstance(part, Fixed):
        put(out, at[there], part.values[there].astype(DTYPES[part.code], copy=False))
        return
    lengths = part.lengths[there]
    put(out, at[there], (lengths + 1).astype("<i4"))
    _scatter(out, at[there] + 4, lengths, part.data)


def put(out: Bytes, at: Places, values: NDArray[Any]) -> None:
    """Write a value at each place."""
    windows(out, values.dtype)[at] = values


def put_constant(out: Bytes, at: Places, text: bytes) -> None:
    """Write the same bytes at each place."""
    windows(out, np.dtype((np.void, len(text))))[at] = np.void(text)


def windows(raw: Bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values that begin at every byte, so that one gather or scatter moves whole values."""
    return np.ndarray((max(0, len(raw) - dtype.itemsize + 1),), dtype, raw, 0, (1,))


def _scatter(out: Bytes, starts: Places, lengths: Places, data: Bytes) -> None:
    """Put the bytes of runs to where they belong."""
    if is_long(lengths):
        out[covered(len(out), starts, lengths)] = data
    else:
        out[spread(starts, lengths)] = data


def is_long(lengths: Places) -> bool:
    """Whether to find bytes by a mask: a place takes 8 bytes."""
    return len(lengths) > 0 and int(lengths.sum()) > 32 * len(lengths)


def covered(size: int, starts: Places, lengths: Places) -> Mask:
    """Return which of `size` bytes belong to runs that begin at `starts`, in ascending order."""
    edges = np.zeros(2 * len(starts) + 2, np.int64)
    edges[1:-1:2], edges[2:-1:2], edges[-1] = starts, starts + lengths, size
    return np.repeat(np.arange(2 * len(starts) + 1) % 2 == 1, np.diff(edges))


def spread(starts: Places, lengths: Places) -> Places:
    """Return the places of all bytes of runs that begin at `starts`."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: Places = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return places
