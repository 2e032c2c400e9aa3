"""Bulk reading: documents of one layout cut into their columns, for all rows at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.bulk import (
    BOOLEAN,
    DATE,
    DOUBLE,
    DTYPES,
    INT64,
    NULL,
    STRING,
    Bytes,
    Elements,
    Fixed,
    Mask,
    Part,
    Places,
    Text,
    covered,
    head_of,
    is_long,
    sizes_of,
    spread,
    windows,
)
from omegastore.codecs.documents import Documents

_WIDTHS = {
    DOUBLE: 8, BOOLEAN: 1, DATE: 8, NULL: 0, INT64: 8,
    0x07: 12, 0x10: 4, 0x11: 8, 0x13: 16, 0x06: 0, 0x7F: 0, 0xFF: 0,
}  # fmt: skip
"""Bytes of values of fixed width: those above, ObjectId, int32, timestamp, Decimal128, undefined, and the keys."""
_SIZED = {STRING: 4, 0x03: 0, 0x04: 0, 0x05: 5, 0x0D: 4, 0x0E: 4, 0x0F: 0}
"""What to add to the size that a value begins with: texts, documents, arrays, binary data, code."""
_ID = "_id"
PADDING = 16
"""Bytes behind the last document, so that whole words can be read at its end."""


def dissect(documents: Documents, layout: Sequence[tuple[str, int | None]]) -> list[Part | Elements] | None:
    """Return the columns of documents, or None unless their fields stand in this order.

    Parameters
    ----------
    documents : Documents
        Documents that begin with an int64 ``_id``.
    layout : sequence of (field, code)
        The fields in their order, each of its BSON type or null, else of any type and perhaps missing; nothing
        stands behind them. Where values of another type are found, the column is returned as elements.
    """
    return cut(documents.buffer, documents.offsets[:-1] + 4, documents.offsets[1:] - 1, [(_ID, INT64), *layout], 1)


def cut(
    buffer: bytes, at: Places, ends: Places, layout: Sequence[tuple[str, int | None]], skip: int = 0
) -> list[Part | Elements] | None:
    """Return the columns of documents whose fields go from the places `at` to `ends`, as `dissect` does.

    Parameters
    ----------
    buffer : bytes
        Where they stand.
    at, ends : ndarray
        Of each document.
    layout : sequence of (field, code)
        As for `dissect`.
    skip : int
        How many of the first columns have to have their type, and are not returned.
    """
    heads = [head_of(field) for field, _ in layout]
    # room for a head and a word behind the last document
    raw = np.frombuffer(buffer + bytes(max(map(len, heads), default=0) + PADDING), np.uint8)
    parts: list[Part | Elements] = []
    for number, ((field, code), head) in enumerate(zip(layout, heads, strict=True)):
        part = _part(raw, at, ends, field, code, head)
        if part is None or (number < skip and isinstance(part, Elements)):
            return None
        at = at + sizes_of(part, len(at))
        if bool(np.any(at > ends)):
            return None
        if number >= skip:
            parts.append(part)
    return parts if bool(np.all(at == ends)) else None


def _part(raw: Bytes, at: Places, ends: Places, field: str, code: int | None, head: bytes) -> Part | Elements | None:
    """Return a column whose elements begin at the places `at`."""
    there, types = _has(raw, at + 1, head[1:]), raw[at]
    null = types == NULL
    if code is not None and bool(np.all(there & (null | (types == code)))):
        missing = null if bool(null.any()) else None
        at = at + len(head)
        return _text(raw, at, field, missing) if code == STRING else _fixed(raw, at, field, code, missing)
    there &= (types != 0) & (at < ends)  # the zero at the end of a document is no type
    lengths = np.zeros(len(at), np.int64)
    widths = _element_widths(raw, at[there] + len(head), types[there], ends[there])
    if widths is None:
        return None
    lengths[there] = len(head) + widths
    return Elements(_gathered(raw, at[there], lengths[there]), lengths)


def _has(raw: Bytes, at: Places, text: bytes) -> Mask:
    """Return at which places `text` stands, word by word, since a word is compared at once."""
    words, found = windows(raw, np.dtype("<u8")), np.ones(len(at), np.bool_)
    for start in range(0, len(text), 8):
        part = text[start : start + 8]
        word = words[at + start] if start else words[at]
        if len(part) < 8:
            word &= np.uint64((1 << 8 * len(part)) - 1)
        found &= word == np.uint64(int.from_bytes(part, "little"))
    return found


def _fixed(raw: Bytes, at: Places, field: str, code: int, null: Mask | None) -> Fixed:
    return Fixed(field, code, windows(raw, np.dtype(DTYPES[code]))[at], null)


def _text(raw: Bytes, at: Places, field: str, null: Mask | None) -> Text | None:
    lengths = windows(raw, np.dtype("<i4"))[at].astype(np.int64) - 1
    if null is not None:
        lengths[null] = 0
    if len(at) and (int(lengths.min()) < 0 or int((at + lengths).max()) + 5 > len(raw)):
        return None
    there = slice(None) if null is None else ~null
    return Text(field, _gathered(raw, at[there] + 4, lengths[there]), lengths, null)


def _element_widths(raw: Bytes, at: Places, types: NDArray[np.uint8], ends: Places) -> Places | None:
    """Return the bytes of values of any types, which begin at `at`; None for a type whose end has to be searched."""
    widths = np.zeros(len(at), np.int64)
    sizes = windows(raw, np.dtype("<i4"))
    for code in np.unique(types).tolist():
        here = types == code
        if code in _WIDTHS:
            widths[here] = _WIDTHS[code]
        elif code in _SIZED:
            widths[here] = sizes[at[here]].astype(np.int64) + _SIZED[code]
        else:
            return None
    # what is damaged shall not be read beyond its document
    return None if bool(np.any((widths < 0) | (at + widths > ends))) else widths


def _gathered(raw: Bytes, starts: Places, lengths: Places) -> Bytes:
    """Return the bytes of runs one after another."""
    if not is_long(lengths):
        return raw[spread(starts, lengths)]
    return raw[covered(len(raw), starts, lengths)]
