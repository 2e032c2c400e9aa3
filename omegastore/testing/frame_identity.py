"""What it means that a frame is identical to another, and the way through documents."""

from __future__ import annotations

import math
import warnings
from typing import Any

import bson
import numpy as np
import pandas as pd

from omegastore.codecs.frame import describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.schema import BSON, FrameSchema


def round_trip(frame: Any, rows: int = 2) -> Any:
    """Return what is read back of a frame that was written in runs of `rows`."""
    prepared = describe(frame)
    batches = [prepared.encode(start, stop, start) for start, stop in prepared.chunks(rows)]
    stored = bson.decode(bson.encode(prepared.schema.to_document(), codec_options=BSON))
    return decode(batches, FrameSchema.from_document(stored))


def assert_identical(got: Any, expected: Any) -> None:
    """Assert that pandas finds no difference, and neither does a look at what pandas does not compare."""
    assert type(got) is type(expected)
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(got, expected, check_exact=True, check_freq=True)
        assert _same(got.name, expected.name)
        _assert_cells(got, expected)
    else:
        pd.testing.assert_frame_equal(got, expected, check_exact=True, check_freq=True, check_column_type=True)
        _assert_index(got.columns, expected.columns)
        for at in range(len(expected.columns)):
            _assert_cells(got.iloc[:, at], expected.iloc[:, at])
    _assert_index(got.index, expected.index)
    assert _same(got.attrs, expected.attrs)
    assert got.flags.allows_duplicate_labels == expected.flags.allows_duplicate_labels


def _assert_index(got: pd.Index[Any], expected: pd.Index[Any]) -> None:
    assert type(got) is type(expected)
    assert got.dtype == expected.dtype
    assert [_same(a, b) for a, b in zip(got.names, expected.names, strict=True)] == [True] * got.nlevels
    assert getattr(got, "freq", None) == getattr(expected, "freq", None)
    if isinstance(expected, pd.MultiIndex):
        for level in range(expected.nlevels):
            _assert_values(got.get_level_values(level), expected.get_level_values(level))
    elif isinstance(expected, pd.RangeIndex):
        assert (got.start, got.stop, got.step) == (expected.start, expected.stop, expected.step)  # type: ignore[attr-defined]  # its type was compared
    else:
        _assert_values(got, expected)


def assert_levels(got: pd.MultiIndex, expected: pd.MultiIndex) -> None:
    """Assert that not only the labels but also levels and codes are the same."""
    for a, b in zip(got.levels, expected.levels, strict=True):
        pd.testing.assert_index_equal(a, b, exact=True)
    assert [list(code) for code in got.codes] == [list(code) for code in expected.codes]


def _assert_cells(got: Any, expected: Any) -> None:
    _assert_values(got, expected)
    dtype = expected.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        _assert_index(got.dtype.categories, dtype.categories)
        assert got.dtype.ordered == dtype.ordered
        assert list(got.cat.codes) == list(expected.cat.codes)
    if isinstance(dtype, pd.SparseDtype):
        assert type(got.dtype.fill_value) is type(dtype.fill_value)
        assert got.array.kind == expected.array.kind
    if isinstance(dtype, pd.DatetimeTZDtype):
        assert type(got.dtype.tz) is type(dtype.tz)
    if isinstance(dtype, pd.StringDtype):
        assert (got.dtype.storage, got.dtype.na_value is pd.NA) == (dtype.storage, dtype.na_value is pd.NA)


def _assert_values(got: Any, expected: Any) -> None:
    assert got.dtype == expected.dtype
    assert str(got.dtype) == str(expected.dtype)
    for a, b in zip(got, expected, strict=True):
        assert _same(a, b), (a, b, type(a), type(b))


def _same(a: Any, b: Any) -> bool:
    """Return whether two values are equal, of the same type, and equal in what `==` overlooks."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, set | frozenset):
        return a == b and {(type(x), x) for x in a} == {(type(x), x) for x in b}
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, float | np.floating):
        return (math.isnan(a) and math.isnan(b)) or bool(a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, complex | np.complexfloating):
        return _same(float(a.real), float(b.real)) and _same(float(a.imag), float(b.imag))
    if a is b:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        is_equal: bool = repr(a) == repr(b) and (bool(a == b) or repr(a) in ("NaT", "Decimal('NaN')", "nan"))
    return is_equal
