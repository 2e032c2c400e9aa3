"""What HDF cannot hold of a frame: found by writing it, reading it back and comparing exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from omegastore.codecs import hdf
from omegastore.codecs.hdf import HDF_ERRORS, Format, Frame
from omegastore.errors import UnsupportedValue

REMEDY = "keep it in document form: put(obj, name) without kind="


def checked(frame: Frame, form: Format) -> tuple[bytes, dict[str, Any]]:
    """Return the HDF file of `frame` and its facts, from which it comes back exactly.

    Raises
    ------
    UnsupportedValue
        When it would not; names the column, or what else is in the way.
    """
    if frame.attrs:
        raise UnsupportedValue(f"HDF cannot keep attrs {frame.attrs!r}; {REMEDY}")
    if not frame.flags.allows_duplicate_labels:
        raise UnsupportedValue(f"HDF cannot keep the flag allows_duplicate_labels=False; {REMEDY}")
    image, facts, reason = _attempt(frame, form)
    if reason is None:
        return image, facts
    for what, part in _pieces(frame):
        if (cause := _attempt(part, form)[2]) is not None:
            raise UnsupportedValue(f"HDF cannot keep {what}: {cause}; {REMEDY}")
    raise UnsupportedValue(f"HDF cannot keep this {type(frame).__name__}: {reason}; {REMEDY}")


def difference(got: Frame, put: Frame) -> str | None:
    """Return what differs between two frames or series, or None when they are identical."""
    if type(got) is not type(put) or got.shape != put.shape:
        return f"it comes back as {type(got).__name__} of shape {got.shape}"
    if reason := _index_difference(got.index, put.index):
        return f"its index {reason}"
    if isinstance(got, pd.Series) or isinstance(put, pd.Series):
        return _values_difference(got, put) or _name_difference(got.name, put.name)
    if reason := _index_difference(got.columns, put.columns):
        return f"its column labels {reason}"
    for at, label in enumerate(put.columns):
        if reason := _values_difference(got.iloc[:, at], put.iloc[:, at]):
            return f"column {label!r} {reason}"
    return None


def _attempt(frame: Frame, form: Format) -> tuple[bytes, dict[str, Any], str | None]:
    facts = hdf.facts_of(frame)
    try:
        image = hdf.write(frame, form)
        return image, facts, difference(hdf.read(image, facts), frame)
    except HDF_ERRORS as error:
        return b"", facts, " ".join(str(error).split())


def _pieces(frame: Frame) -> Iterator[tuple[str, Frame]]:
    """Yield the parts of a frame that can each be in the way, with their names."""
    if isinstance(frame, pd.Series):
        yield f"values of dtype {frame.dtype}", frame.reset_index(drop=True).rename(None)
        yield f"the index ({frame.index.dtype})", pd.Series(0, index=frame.index)
        return
    for at, label in enumerate(frame.columns):
        column = frame.iloc[:, at].reset_index(drop=True).rename(None)
        yield f"column {label!r} of dtype {column.dtype}", column
    yield f"the index ({frame.index.dtype})", pd.Series(0, index=frame.index)
    yield "the column labels", pd.DataFrame(np.zeros((1, frame.shape[1])), columns=frame.columns)


def _index_difference(got: pd.Index[Any], put: pd.Index[Any]) -> str | None:
    if type(got) is not type(put):
        return f"comes back as {type(got).__name__}, not {type(put).__name__}"
    if not _is_equal(list(got.names), list(put.names)):
        return f"comes back with names {list(got.names)}, not {list(put.names)}"
    if getattr(got, "freq", None) != getattr(put, "freq", None):
        return f"comes back without its frequency {getattr(put, 'freq', None)}"
    if isinstance(put, pd.MultiIndex):
        levels = range(put.nlevels)
        pairs = ((got.get_level_values(level), put.get_level_values(level)) for level in levels)
        return next((reason for pair in pairs if (reason := _values_difference(*pair))), None)
    return _values_difference(got, put)


def _values_difference(got: Any, put: Any) -> str | None:
    """Compare the values of two series or indices of one length."""
    if got.dtype != put.dtype or repr(got.dtype) != repr(put.dtype):
        return f"comes back as {got.dtype}, not {put.dtype}"
    if got.dtype == object:
        for at, (one, other) in enumerate(zip(got.array, put.array, strict=True)):
            if not _is_equal(one, other):
                return f"comes back with {one!r:.80} for {other!r:.80} at position {at}"
        return None
    if isinstance(got.dtype, np.dtype):
        same = got.to_numpy().tobytes() == put.to_numpy().tobytes()
    else:
        same = got.array.equals(put.array)
    return None if same else "comes back with other values"


def _name_difference(got: object, put: object) -> str | None:
    return None if _is_equal(got, put) else f"its name {put!r} comes back as {got!r}"


def _is_equal(one: Any, other: Any) -> bool:
    """Return whether two objects are equal with all that is in them, types included; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and _is_equal(one.tolist(), other.tolist())
    if isinstance(one, (list, tuple)):
        pair = cast("tuple[list[object], list[object]]", (one, other))
        return len(pair[0]) == len(pair[1]) and all(map(_is_equal, *pair))
    if isinstance(one, dict):
        return _is_equal(list(one.items()), list(other.items()))
    if one is other:
        return True
    equal = one == other
    return bool(equal) if isinstance(equal, (bool, np.bool_)) and equal else bool(_is_nan(one) and _is_nan(other))


def _is_nan(value: object) -> bool:
    return isinstance(value, (float, complex, np.inexact)) and bool(value != value)
