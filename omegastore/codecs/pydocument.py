"""Pydocument: a Python object as one BSON document, or as a row that filters reach into; and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bson
from bson.errors import BSONError
from bson.int64 import Int64

from omegastore.codecs.documents import Documents
from omegastore.codecs.value import OPTIONS, decode, encode
from omegastore.errors import UnsupportedValue

EXTRA, WHOLE, PART = "_x", "_data", "_part"
"""Fields of a row beside those of a dict: types that BSON lacks; a list or tuple; the file that holds a large one."""
LARGEST = 4 << 20
"""Bytes of the largest row; servers take 16 MB, but with a cache of 256 MB they refuse some of 10 MB and more."""
FILTERED = 1 << 10
"""Bytes of a field of a large dict up to which it stays in the row, so that filters find it."""


def to_bson(obj: object) -> bytes:
    """Return `obj` as a BSON document.

    Raises
    ------
    UnsupportedValue
        For values without a codec, and above 2 GB.
    """
    natural, extra = encode(obj, "the object")
    return document({"v": natural, "x": extra})


def document(fields: dict[str, Any]) -> bytes:
    """Return the BSON of a document that an encoded value makes.

    Raises
    ------
    UnsupportedValue
        Above 2 GB, which is where BSON ends.
    """
    try:
        return bson.encode(fields)
    except (BSONError, OverflowError) as error:
        raise UnsupportedValue(
            f"the object does not fit into one BSON document of at most 2 GB ({error}); "
            "split it, or store its arrays and frames under names of their own"
        ) from error


def from_bson(data: bytes) -> object:
    """Return the object that `to_bson` was given."""
    fields = bson.decode(data, OPTIONS)
    return decode(fields["v"], fields["x"])


def row_of(value: object, extra: object | None) -> dict[str, object]:
    """Return the fields of the row of an encoded object; those of a dict are its keys."""
    row = {field_of(key): item for key, item in value.items()} if isinstance(value, dict) else {WHOLE: value}
    return row if extra is None else {**row, EXTRA: extra}


def object_of(row: dict[str, Any]) -> object:
    """Return the object of a row that holds it whole; the inverse of `row_of`."""
    fields = {field: item for field, item in row.items() if field not in ("_id", EXTRA)}
    value = fields[WHOLE] if WHOLE in fields else {_key(field): item for field, item in fields.items()}
    return decode(value, row.get(EXTRA))


def unnumbered(row: dict[str, Any]) -> bytes:
    """Return the BSON of a row whose `_id` is not known yet."""
    return document({"_id": Int64(0), **row})


def numbered(body: bytes, row_id: int) -> Documents:
    """Return the row with its `_id`, which stands after the size, its type and its name."""
    return Documents.join([body[:9] + row_id.to_bytes(8, "little", signed=True) + body[17:]])


def rows_of(documents: Documents) -> Iterator[dict[str, Any]]:
    """Yield the rows of documents."""
    yield from bson.decode_all(documents.buffer, OPTIONS)


def field_of(key: str) -> str:
    """Return the field of a key of a dict: one that begins with ``_`` gets one more."""
    return f"_{key}" if key.startswith("_") else key


def small(row: dict[str, object]) -> dict[str, object]:
    """Return the small fields of a large row, which stay in it for filters."""
    kept, size = dict[str, object](), 0
    for field, item in row.items():
        if field in (EXTRA, WHOLE):
            continue
        length = len(bson.encode({field: item}))
        if length <= FILTERED and size + length < LARGEST // 2:
            kept[field], size = item, size + length
    return kept


def _key(field: str) -> str:
    return field[1:] if field.startswith("__") else field
