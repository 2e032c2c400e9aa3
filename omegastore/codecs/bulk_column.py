"""Bulk columns: the values of a column as one part of all documents, and back.

Numbers, dates, durations and texts go by numpy; cells of all other columns are encoded one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bson
import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.bulk import BOOLEAN, DATE, DOUBLE, INT64, STRING, Elements, Fixed, Part, Text
from omegastore.codecs.column import Cells, Column, Values
from omegastore.codecs.column_number import INT64_MAX, Numbers
from omegastore.codecs.column_text import Objects, Strings
from omegastore.codecs.column_time import NAT, Dates, Durations
from omegastore.codecs.schema import BSON

_CODES = {"f": DOUBLE, "b": BOOLEAN, "i": INT64, "u": INT64}
_TICKS = {"s": 1, "ms": 1, "us": 10**3, "ns": 10**6}
"""Ticks of a unit in a millisecond; a second has less than one."""


def part_of(column: Column, field: str, values: Values) -> Part | None:
    """Return `values`, which have been checked, as a part; None if their cells have to be encoded one by one."""
    if isinstance(column, Numbers):
        is_large = column.numpy.kind == "u" and column.numpy.itemsize == 8 and len(values) > 0
        if is_large and int(values.max()) > INT64_MAX:
            return None
        return Fixed(field, _CODES[column.numpy.kind], values)
    if isinstance(column, Dates | Durations):
        ticks = np.asarray(values).view(np.int64) if isinstance(values, np.ndarray) else values.asi8
        return _times(column, field, ticks)
    if isinstance(column, Strings | Objects):
        texts: list[Any] = column.cells(values).naturals if isinstance(column, Strings) else values.tolist()
        return _text(field, texts) if set(map(type, texts)) <= {str, type(None)} else None
    return None


def code_of(column: Column | None) -> int | None:
    """Return the BSON type by which `values_of_part` reads the column, None if it reads it cell by cell."""
    if isinstance(column, Numbers):
        return _CODES[column.numpy.kind]
    if isinstance(column, Strings | Objects):
        return STRING
    if isinstance(column, Durations):
        return INT64
    return DATE if isinstance(column, Dates) else None


def values_of_part(column: Column, part: Part) -> Values | None:
    """Return the values of a part, the inverse of `part_of`; None if cells have to be read one by one."""
    if isinstance(part, Text):
        return column.array(Cells(_texts(part)))
    if isinstance(column, Numbers):
        return None if part.null is not None else part.values.astype(column.numpy)
    ticks = part.values.astype(np.int64)
    if isinstance(column, Dates):
        ticks = ticks // 1000 if column.unit == "s" else ticks * _TICKS[column.unit]
    if part.null is not None:
        ticks[part.null] = NAT
    return column.from_ticks(ticks) if isinstance(column, Dates | Durations) else None


def elements(field: str, values: Sequence[Any]) -> Elements:
    """Return the field with these values, one in each row."""
    return _joined([bson.encode({field: value}, codec_options=BSON)[4:-1] for value in values])


def sparse_elements(field: str, values: Mapping[int, Any], count: int) -> Elements:
    """Return the field with values in some rows, by their places, of `count`."""
    encoded = {at: bson.encode({field: value}, codec_options=BSON)[4:-1] for at, value in values.items()}
    return _joined([encoded.get(at, b"") for at in range(count)])


def _joined(encoded: Sequence[bytes]) -> Elements:
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    return Elements(np.frombuffer(b"".join(encoded), np.uint8), lengths)


def _times(column: Dates | Durations, field: str, ticks: NDArray[np.int64]) -> Part | None:
    missing = ticks == NAT
    null = missing if missing.any() else None
    if isinstance(column, Durations):
        return Fixed(field, INT64, ticks, null)
    if column.unit == "s":
        return Fixed(field, DATE, np.where(missing, 0, ticks) * 1000, null)
    millis, digits = np.divmod(ticks, _TICKS[column.unit])
    if digits[~missing].any():  # they stand beside
        return None
    return Fixed(field, DATE, millis, null)


def _text(field: str, texts: list[str | None]) -> Text:
    strings = [text or "" for text in texts]
    joined = "".join(strings)
    encoded = strings if joined.isascii() else [text.encode() for text in strings]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    null = np.fromiter((text is None for text in texts), np.bool_, len(texts)) if None in texts else None
    return Text(field, np.frombuffer(joined.encode(), np.uint8), lengths, null)


def _texts(part: Text) -> list[str | None]:
    raw, ends = part.data.tobytes(), np.cumsum(part.lengths)
    cuts = zip((ends - part.lengths).tolist(), ends.tolist(), strict=True)
    if raw.isascii():
        joined = raw.decode("ascii")
        texts: list[str | None] = [joined[start:end] for start, end in cuts]
    else:
        texts = [raw[start:end].decode() for start, end in cuts]
    if part.null is not None:
        for at in np.flatnonzero(part.null).tolist():
            texts[at] = None
    return texts
