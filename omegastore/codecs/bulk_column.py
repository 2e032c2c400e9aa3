"""Bulk columns: the values of a column as one part of all documents, and back.

Numbers, dates, durations, periods and texts go by numpy or Arrow's buffers, and so do categories and sparse values of
these; cells of all other columns are encoded one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bson
import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.bulk import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INT64,
    STRING,
    Elements,
    Fixed,
    Mask,
    Part,
    Text,
    wrapped,
)
from omegastore.codecs.bulk_arrow import arrow_code, part_of_arrow, values_of_arrow
from omegastore.codecs.bulk_category import codes_of, taken
from omegastore.codecs.bulk_extras import Beside, Counts, by_row, documents_of_counts
from omegastore.codecs.bulk_text import strings_of, text_of_arrow, text_of_objects, texts_of
from omegastore.codecs.column import Cells, Column, Values, values_of
from omegastore.codecs.column_arrow import Arrow
from omegastore.codecs.column_composite import Categories, Sparse
from omegastore.codecs.column_number import INT64_MAX, Nullable, Numbers
from omegastore.codecs.column_text import Objects, Strings
from omegastore.codecs.column_time import NAT, Dates, Durations, Periods
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import BSON

_CODES = {"f": DOUBLE, "b": BOOLEAN, "i": INT64, "u": INT64}
_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MILLISECOND = 10**6


def part_of(column: Column, field: str, values: Values) -> tuple[Part | Elements, Beside]:
    """Return `values`, which have been checked, as a part, and what stands beside them."""
    if isinstance(column, Sparse):
        return part_of(column.inner, field, np.asarray(values))
    if isinstance(column, Dates | Periods) or (isinstance(column, Arrow) and column.form == "date"):
        return _dates(field, column.ticks(values), column.unit)
    part = _natural_part(column, field, values)
    if part is not None:
        return part, {}
    cells = column.cells(values)
    return elements(field, cells.naturals), cells.extras


def _natural_part(column: Column, field: str, values: Values) -> Part | Elements | None:
    """Return a part of values that need no extras; None if their cells have to be encoded one by one."""
    if isinstance(column, Numbers):
        return _numbers(field, values, None)
    if isinstance(column, Nullable):
        mask: Mask = values._mask
        return _numbers(field, np.where(mask, values.dtype.type(0), values._data), mask if mask.any() else None)
    if isinstance(column, Durations):
        ticks = np.asarray(values).view(np.int64)
        return Fixed(field, INT64, ticks, _some(ticks == NAT))
    if isinstance(column, Categories):
        known = _categories(column)
        return None if known is None else taken(field, known, values.codes)
    if isinstance(column, Arrow):
        return part_of_arrow(column, field, values)
    if isinstance(column, Strings) and column.storage == "pyarrow":
        return text_of_arrow(field, values)
    if isinstance(column, Strings | Objects):
        texts: list[Any] = column.cells(values).naturals if isinstance(column, Strings) else values.tolist()
        return text_of_objects(field, texts) if set(map(type, texts)) <= {str, type(None)} else None
    return None


def code_of(column: Column | None) -> int | None:
    """Return the BSON type by which `values_of_part` reads the column, None if it reads it cell by cell."""
    if isinstance(column, Numbers):
        return _CODES[column.numpy.kind]
    if isinstance(column, Nullable):
        return _CODES[column.nullable.kind]
    if isinstance(column, Strings | Objects):
        return STRING
    if isinstance(column, Durations):
        return INT64
    if isinstance(column, Categories):
        return None if _categories(column) is None else code_of(column.inner)
    if isinstance(column, Sparse):
        return code_of(column.inner)
    if isinstance(column, Dates | Periods) or (isinstance(column, Arrow) and column.form == "date"):
        return DATE
    return arrow_code(column) if isinstance(column, Arrow) else None


def values_of_part(column: Column, part: Part, beside: Beside) -> Values:
    """Return the values of a part of the type that `code_of` tells, the inverse of `part_of`."""
    if isinstance(column, Sparse):
        return column.from_inner(values_of_part(column.inner, part, beside))
    if isinstance(column, Categories):
        known = _categories(column)
        assert known is not None, "they are read cell by cell otherwise"
        return column.from_codes(codes_of(part, known))
    if isinstance(column, Arrow) and column.form != "date":
        return values_of_arrow(column, part)
    if isinstance(part, Text):
        is_arrow = isinstance(column, Strings) and column.storage == "pyarrow" and not beside
        arrow = strings_of(part, column.dtype) if is_arrow else None
        return column.array(Cells(texts_of(part), by_row(beside))) if arrow is None else arrow
    if isinstance(column, Numbers):
        return column.array(Cells(_naturals(part))) if part.null is not None else part.values.astype(column.numpy)
    if isinstance(column, Nullable):
        mask = np.zeros(len(part.values), np.bool_) if part.null is None else part.null
        data = np.where(mask, 0 if part.code == BOOLEAN else 1, part.values).astype(column.nullable.numpy_dtype)
        return column.nullable.construct_array_type()(data, mask)
    ticks = part.values.astype(np.int64)
    if isinstance(column, Dates | Periods | Arrow):
        ticks = ticks // 1000 if column.unit == "s" else ticks * (_MILLISECOND // _NANOSECONDS[column.unit])
        if isinstance(beside, Counts):
            ticks[beside.rows] += beside.values // _NANOSECONDS[column.unit]
        elif beside:
            rows = np.fromiter(beside.keys(), np.int64, len(beside))
            ticks[rows] += np.fromiter(beside.values(), np.int64, len(beside)) // _NANOSECONDS[column.unit]
    assert isinstance(column, Dates | Periods | Arrow | Durations), "other columns have no type of their own"
    if part.null is not None:
        ticks[part.null] = NAT
    return column.from_ticks(ticks)


def _categories(column: Categories) -> Part | None:
    """Return the categories as a part, None if they are of several types or natural values do not tell them apart."""
    if column.naturals is None:
        return None
    part, _ = part_of(column.inner, "", values_of(column.category.categories))
    return None if isinstance(part, Elements) else part


def _naturals(part: Fixed) -> list[Any]:
    naturals: list[Any] = part.values.tolist()
    for row in [] if part.null is None else np.flatnonzero(part.null).tolist():
        naturals[row] = None
    return naturals


def elements(field: str, values: Sequence[Any]) -> Elements:
    """Return the field with these values, one in each row."""
    return _joined([bson.encode({field: value}, codec_options=BSON)[4:-1] for value in values])


def extras_of(extras: Mapping[str, Beside], count: int) -> Elements:
    """Return the field of all extras of `count` rows."""
    counts = {field: beside for field, beside in extras.items() if isinstance(beside, Counts)}
    if len(counts) == len(extras):
        return documents_of_counts(EXTRAS, counts, count)
    rows: dict[int, dict[str, Any]] = {}
    for field, beside in extras.items():
        for row, extra in by_row(beside).items():
            rows.setdefault(row, {})[field] = extra
    return sparse_elements(EXTRAS, rows, count)


def sparse_elements(field: str, values: Mapping[int, Any], count: int) -> Elements:
    """Return the field with values in some rows, by their places, of `count`."""
    encoded = {at: bson.encode({field: value}, codec_options=BSON)[4:-1] for at, value in values.items()}
    return _joined([encoded.get(at, b"") for at in range(count)])


def naturals_of(field: str, part: Elements) -> list[Any]:
    """Return the values of all rows, None where a row has none: the inverse of `elements`."""
    found = sparse_naturals_of(field, part)
    if len(found) == len(part.lengths):
        return [value for _, value in found]
    values: list[Any] = [None] * len(part.lengths)
    for row, value in found:
        values[row] = value
    return values


def sparse_naturals_of(field: str, part: Elements) -> list[tuple[int, Any]]:
    """Return row and value where a row has one: the inverse of `sparse_elements`."""
    rows = np.flatnonzero(part.lengths)
    if not len(rows):
        return []
    decoded: list[dict[str, Any]] = bson.decode_all(wrapped(part.data, part.lengths[rows]), BSON)
    return [(row, document[field]) for row, document in zip(rows.tolist(), decoded, strict=True)]


def _joined(encoded: Sequence[bytes]) -> Elements:
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    return Elements(np.frombuffer(b"".join(encoded), np.uint8), lengths)


def _numbers(field: str, values: Values, null: Mask | None) -> Fixed | None:
    is_large = values.dtype.kind == "u" and values.dtype.itemsize == 8 and len(values) > 0
    if is_large and int(values.max()) > INT64_MAX:
        return None
    return Fixed(field, _CODES[values.dtype.kind], values, null)


def _dates(field: str, ticks: NDArray[np.int64], unit: str) -> tuple[Part, Beside]:
    """Return Dates and the nanoseconds below their millisecond."""
    missing = ticks == NAT
    null = _some(missing)
    if unit == "s":
        return Fixed(field, DATE, np.where(missing, 0, ticks) * 1000, null), {}
    millis, below = np.divmod(ticks, _MILLISECOND // _NANOSECONDS[unit])
    below[missing] = 0
    rows = np.flatnonzero(below)
    return Fixed(field, DATE, millis, null), Counts(rows, (below[rows] * _NANOSECONDS[unit]).astype(np.int32))


def _some(mask: Mask) -> Mask | None:
    return mask if mask.any() else None
