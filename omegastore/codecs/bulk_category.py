"""Bulk categories: rows hold the categories themselves, and their codes are found from these."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.bulk import Fixed, Part, Text, spread
from omegastore.codecs.bulk_text import arrow_of, texts_of
from omegastore.errors import Corrupt


def taken(field: str, known: Part, codes: NDArray[Any]) -> Part:
    """Return the column that holds the value of `known` at the place of each row, null where that is -1."""
    null = codes < 0
    missing = null if bool(null.any()) else None
    if isinstance(known, Fixed):
        return Fixed(field, known.code, np.append(known.values, known.values.dtype.type(0))[codes], missing)
    starts = np.cumsum(known.lengths) - known.lengths
    lengths = np.append(known.lengths, 0)[codes]
    return Text(field, known.data[spread(np.append(starts, 0)[codes], lengths)], lengths, missing)


def codes_of(part: Part, known: Part) -> NDArray[np.intp]:
    """Return the place of each value of a column among those of `known`, -1 where it is null.

    Raises
    ------
    Corrupt
        For a value that is none of them.
    """
    if isinstance(part, Text):
        assert isinstance(known, Text), "both are read as the same type"
        codes = _codes_of_texts(part, known)
    else:
        assert isinstance(known, Fixed), "both are read as the same type"
        codes = _codes_of_values(part, known)
    missing = codes < 0
    if bool(np.any(missing if part.null is None else missing & ~part.null)):
        raise Corrupt(f"column {part.field!r} holds a value that is none of its categories")
    return codes if part.null is None else np.where(part.null, -1, codes)


def _codes_of_values(part: Fixed, known: Fixed) -> NDArray[np.intp]:
    if not len(known.values):
        return np.full(len(part.values), -1)
    order = np.argsort(known.values, kind="stable")
    found = np.searchsorted(known.values, part.values, sorter=order)
    codes = order[np.minimum(found, len(order) - 1)]
    return np.where(known.values[codes] == part.values, codes, -1)


def _codes_of_texts(part: Text, known: Text) -> NDArray[np.intp]:
    if "pyarrow" in sys.modules:  # not worth an import, but ten times as fast
        import pyarrow.compute

        compute: Any = pyarrow.compute
        found = compute.index_in(arrow_of(part), value_set=arrow_of(known))
        return np.asarray(found.fill_null(-1).to_numpy(), np.intp)
    places = {text: place for place, text in enumerate(texts_of(known))}
    return np.fromiter((places.get(text, -1) for text in texts_of(part)), np.intp, len(part.lengths))
