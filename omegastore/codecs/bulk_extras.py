"""Bulk extras: what stands beside the cells of rows, as one field that holds a document, and back.

Mostly these are counts, nanoseconds below the millisecond of a date and numbers of eras, which go by numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.bulk import Elements, Places, head_of, put, put_constant, windows
from omegastore.codecs.bulk_read import cut

INT32 = 0x10
DOCUMENT = b"\x03"


@dataclass(frozen=True, slots=True)
class Counts:
    """Small integers beside some rows."""

    rows: Places
    """In ascending order."""
    values: NDArray[np.int32]

    def __bool__(self) -> bool:
        return len(self.rows) > 0

    def by_row(self) -> dict[int, int]:
        """Return the count of each row that has one."""
        return dict(zip(self.rows.tolist(), self.values.tolist(), strict=True))


Beside = Counts | Mapping[int, Any]
"""The extras of one column."""


def by_row(beside: Beside) -> Mapping[int, Any]:
    """Return extras by row."""
    return beside.by_row() if isinstance(beside, Counts) else beside


def documents_of_counts(field: str, counts: Mapping[str, Counts], count: int) -> Elements:
    """Return the field of a document with these counts, where a row has some, for `count` rows."""
    sizes = {name: len(head_of(name)) + 4 for name in counts}
    inner = np.zeros(count, np.int64)
    for name, each in counts.items():
        inner[each.rows] += sizes[name]
    start = DOCUMENT + head_of(field)[1:]
    lengths = np.where(inner > 0, len(start) + 4 + inner + 1, 0)
    out = np.zeros(int(lengths.sum()), np.uint8)
    at = np.cumsum(lengths) - lengths
    there = inner > 0
    put_constant(out, at[there], start)
    put(out, at[there] + len(start), (inner[there] + 5).astype("<i4"))
    at += len(start) + 4
    for name, each in counts.items():
        head = bytes([INT32]) + head_of(name)[1:]
        put_constant(out, at[each.rows], head)
        put(out, at[each.rows] + len(head), each.values.astype("<i4"))
        at[each.rows] += sizes[name]
    return Elements(out, lengths)


def documents_cut(field: str, part: Elements, names: Sequence[str]) -> dict[str, Elements] | None:
    """Return the fields of the documents of a column, None unless they stand in the order of `names`."""
    rows = np.flatnonzero(part.lengths)
    if not len(rows):
        return {}
    ends = np.cumsum(part.lengths[rows])
    starts = ends - part.lengths[rows] + len(head_of(field)) + 4
    if not bool(np.all(part.data[ends - part.lengths[rows]] == DOCUMENT[0])):
        return None
    parts = cut(part.data.tobytes(), starts, ends - 1, [(name, None) for name in names])
    if parts is None:
        return None
    found: dict[str, Elements] = {}
    for name, each in zip(names, parts, strict=True):
        assert isinstance(each, Elements), "without a type, each is looked at"
        if each.lengths.any():
            lengths = np.zeros(len(part.lengths), np.int64)
            lengths[rows] = each.lengths
            found[name] = Elements(each.data, lengths)
    return found


def counts_of(part: Elements) -> Counts | None:
    """Return the counts of a column that has no other values, else None."""
    rows = np.flatnonzero(part.lengths)
    ends = np.cumsum(part.lengths[rows])
    if not bool(np.all(part.data[ends - part.lengths[rows]] == INT32)):
        return None
    return Counts(rows, windows(part.data, np.dtype("<i4"))[ends - 4])
