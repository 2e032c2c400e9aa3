"""What is appended reads like pandas' concat of the frames, or is refused."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bson import decode as decode_bson
from bson import encode as encode_bson

from omegastore.codecs.frame import describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.schema import BSON, FrameSchema
from omegastore.codecs.widen import widen
from omegastore.errors import SchemaMismatch
from omegastore.testing.frame_cases import CASES
from omegastore.testing.frame_identity import assert_identical


def append(*frames: Any) -> Any:
    """Return what is read back of frames that were appended to each other."""
    schema: FrameSchema | None = None
    batches = []
    for number, frame in enumerate(frames):
        prepared = describe(frame)
        if schema is None:
            schema = prepared.schema
        else:
            schema, prepared = widen(schema, prepared)
        batches += [prepared.encode(start, stop, (number << 32) + start) for start, stop in prepared.chunks(2)]
        schema = FrameSchema.from_document(decode_bson(encode_bson(schema.to_document(), codec_options=BSON)))
    assert schema is not None
    return decode(batches, schema)


def concat(*frames: Any) -> Any:
    """Return pandas' own answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        return pd.concat(frames)


def skip_what_pandas_2_changes(name: str) -> None:
    """Skip cases whose values pandas 2 itself does not keep when it concatenates."""
    if pd.__version__ < "3" and name in (
        "objects: missing of every kind",
        "bool and missing",
        "numbers: sparse bool",
    ):
        pytest.skip(
            "pandas 2 changes True to 1.0 and NaN to None beside missing values, or warns of its own sparse dtype"
        )


@pytest.mark.parametrize("name", CASES)
def test_a_frame_appended_to_itself_is_the_concatenation(name: str) -> None:
    skip_what_pandas_2_changes(name)
    frame = CASES[name]()
    if not frame.flags.allows_duplicate_labels:
        with pytest.raises(SchemaMismatch, match="duplicate labels"):
            append(frame, frame)
        return
    try:
        expected = concat(frame, frame)
    except ValueError:
        pytest.skip("pandas cannot concatenate it")
    assert_identical(append(frame, frame), expected)


T = pd.Timestamp("2024-01-01 00:00:00.000000001")
NAN = np.nan
PAIRS: dict[str, tuple[Any, Any]] = {
    "int and float": ([1, 2**60], [0.5]),
    "int and int8": ([1], np.array([2], "int8")),
    "int and uint64": ([1], np.array([2**64 - 1], "uint64")),
    "int and Int64": ([1], pd.array([None, 2], dtype="Int64")),
    "Int64 and Float64": (pd.array([None, 2], dtype="Int64"), pd.array([None, 2.5], dtype="Float64")),
    "bool and boolean": ([True], pd.array([None, False], dtype="boolean")),
    "float32 and float64": (np.array([0.1], "float32"), [0.1]),
    "object and int": (pd.Series(["a", 2, None], dtype=object), [1]),
    "object and datetime": (pd.Series(["a", 2, None], dtype=object), [T, pd.NaT]),
    "datetime and object": ([T, pd.NaT], pd.Series(["a", 2, None], dtype=object)),
    "object and timedelta": (pd.Series([b"a"], dtype=object), [pd.Timedelta(1), pd.NaT]),
    "object and category": (pd.Series(["a"], dtype=object), pd.Categorical(["b", None])),
    "object and strings": (pd.Series(["a", None], dtype=object), pd.array(["b", None], dtype="string")),
    "object and period": (pd.Series(["a", 2], dtype=object), pd.period_range("2024", periods=2)),
    "datetime units": (np.array(["2024", "NaT"], "M8[s]"), np.array(["2024-01-01T00:00:00.000001"], "M8[us]")),
    "same categories": (pd.Categorical(["a", "b"]), pd.Categorical(["b", None], ["a", "b"])),
    "categories in another order": (pd.Categorical(["a", "b"]), pd.Categorical(["b"], ["b", "a"])),
    "other categories": (pd.Categorical(["a", None]), pd.Categorical(["c", None])),
    "other categories of objects": (
        pd.Categorical(["a", None], pd.Index(["a"], dtype=object)),
        pd.Categorical(["c"], pd.Index(["c"], dtype=object)),
    ),
    "category and str": (pd.Categorical(["a", None]), ["b"]),
    "ordered categories": (pd.Categorical(["a"], ordered=True), pd.Categorical(["a"], ordered=True)),
    "sparse and dense": (pd.arrays.SparseArray([0, 1]), [2]),
    "sparse of other fill": (pd.arrays.SparseArray([0, 1]), pd.arrays.SparseArray([1, 1], fill_value=1)),
    "missing and datetime": ([NAN], [T]),
    "datetime and missing": ([T], [NAN, NAN]),
    "missing and str": ([NAN], ["a"]),
    "None and int": (pd.Series([None], dtype=object), [1]),
    "str and None": (["a"], pd.Series([None], dtype=object)),
    "bool and missing": ([True], [NAN]),
    "int and missing": ([1], [NAN]),
    "category and missing": (pd.Categorical(["a"]), [NAN]),
    "period and missing": (pd.period_range("2024", periods=1), [NAN]),
    "empty float and int": (np.array([], float), [1]),
    "empty object and int": (np.array([], object), [1]),
    "int and empty object": ([1], np.array([], object)),
    "datetime and empty object": ([T], np.array([], object)),
    "complex and float": ([1j], [0.5]),
    "dates and str": (pd.Series([dt.date(2024, 1, 1)], dtype=object), ["a"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_columns_of_other_dtypes_become_what_concat_makes_of_them(name: str) -> None:
    skip_what_pandas_2_changes(name)
    first, second = (pd.DataFrame({"x": values}) for values in PAIRS[name])
    assert_identical(append(first, second), concat(first, second))
    assert_identical(append(first, second, first), concat(concat(first, second), first))


@pytest.mark.parametrize(
    "name", [name for name in CASES if not name.startswith(("index", "labels", "shapes", "series"))]
)
def test_a_column_that_one_frame_lacks_is_missing_as_in_concat(name: str) -> None:
    skip_what_pandas_2_changes(name)
    frame, other = CASES[name](), pd.DataFrame({"y": [1]})
    try:
        expected = concat(frame, other), concat(other, frame)
    except ValueError:
        pytest.skip("pandas cannot concatenate it")
    assert_identical(append(frame, other), expected[0])
    assert_identical(append(other, frame), expected[1])


def days(start: str, count: int, freq: Any = "D", **keywords: Any) -> pd.DatetimeIndex:
    """Return an index with freq."""
    return pd.date_range(start, periods=count, freq=freq, **keywords)


INDEXES: dict[str, tuple[Any, ...]] = {
    "ranges": (pd.RangeIndex(2), pd.RangeIndex(2)),
    "consecutive ranges": (pd.RangeIndex(2), pd.RangeIndex(2, 5), pd.RangeIndex(5, 6)),
    "ranges with steps": (pd.RangeIndex(0, 6, 2), pd.RangeIndex(6, 12, 2)),
    "ranges of one": (pd.RangeIndex(5, 6), pd.RangeIndex(9, 10), pd.RangeIndex(13, 14)),
    "an empty range": (pd.RangeIndex(0), pd.RangeIndex(3, 9, 2)),
    "a range and an empty one": (pd.RangeIndex(3, 9, 2), pd.RangeIndex(0)),
    "range and int": (pd.RangeIndex(2), pd.Index([7, 8])),
    "int and float": (pd.Index([1, 2]), pd.Index([0.5])),
    "days that go on": (days("2024-01-01", 3), days("2024-01-04", 2), days("2024-01-06", 1)),
    "days with a gap": (days("2024-01-01", 3), days("2024-01-05", 2)),
    "other freq": (days("2024-01-01", 3), days("2024-01-04", 2, "2D")),
    "empty with freq": (days("2024-01-01", 0), days("2024-01-04", 2)),
    "freq and empty": (days("2024-01-01", 2), days("2024-01-04", 0)),
    "aware days that go on": (days("2024-03-30", 2, tz="Europe/Berlin"), days("2024-04-01", 2, tz="Europe/Berlin")),
    "freq and none": (days("2024-01-01", 3), pd.DatetimeIndex(["2024-01-04"])),
    "hours": (pd.timedelta_range("1h", periods=2, freq="h"), pd.timedelta_range("3h", periods=2, freq="h")),
    "periods": (pd.period_range("2024", periods=2), pd.period_range("2024", periods=2)),
    "categories": (pd.CategoricalIndex(["a", "b"]), pd.CategoricalIndex(["b"], ["a", "b"])),
    "other categories": (pd.CategoricalIndex(["a"]), pd.CategoricalIndex(["b"])),
    "multi": (
        pd.MultiIndex.from_tuples([("b", 1), ("a", 2)], names=["k", None]),
        pd.MultiIndex.from_tuples([("c", 2.5), ("a", 3)], names=["k", None]),
    ),
    "strings": (pd.Index(["a"]), pd.Index(["b", None], dtype=object)),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_index_labels_go_on_as_in_concat(name: str) -> None:
    frames = [pd.DataFrame({"x": range(len(index))}, index=index) for index in INDEXES[name]]
    assert_identical(append(*frames), concat(*frames))


def test_columns_in_another_order_keep_the_stored_order() -> None:
    first, second = pd.DataFrame({"a": [1], "b": ["x"]}), pd.DataFrame({"c": [1.5], "b": ["y"], "a": [2]})
    assert_identical(append(first, second), concat(first, second))


def test_attrs_stay_only_where_they_are_the_same() -> None:
    first, second = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})
    first.attrs = {"k": (1, 2)}
    assert append(first, second).attrs == {}
    second.attrs = {"k": (1, 2)}
    assert append(first, second).attrs == {"k": (1, 2)}


def test_frames_by_turns_need_no_more_eras_than_they_have_dtypes() -> None:
    first, second = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.5], "b": ["x"]})
    schema = describe(first).schema
    for frame in [second, first] * 20:
        schema, _ = widen(schema, describe(frame))
    assert schema.era == 1


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "text to numbers": (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": ["x"]}), "column 'a'.*int64"),
    "bools to numbers": (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [True]}), "column 'a'"),
    "zones": (
        pd.DataFrame({"a": days("2024", 1, tz="UTC")}), pd.DataFrame({"a": days("2024", 1)}), "column 'a'.*UTC"
    ),
    "period freq": (
        pd.DataFrame({"a": pd.period_range("2024", periods=1, freq="M")}),
        pd.DataFrame({"a": pd.period_range("2024", periods=1, freq="D")}), r"column 'a'.*period\[M\]",
    ),
    "index zones": (
        pd.DataFrame(index=days("2024", 1, tz="UTC")), pd.DataFrame(index=days("2024", 1)), "index level 0"
    ),
    "integers of a level that lack values in one frame": (
        pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_arrays([[1, None], [1, 2]])),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_arrays([[1], [1]])), "index level 0.*int64.*float64",
    ),
    "index names": (
        pd.DataFrame(index=pd.Index([1], name="a")), pd.DataFrame(index=pd.Index([1], name="b")), r"\['a'\].*\['b'\]"
    ),
    "levels": (
        pd.DataFrame(index=pd.Index([1])), pd.DataFrame(index=pd.MultiIndex.from_tuples([(1, 2)])), "levels"
    ),
    "label kinds": (pd.DataFrame({"a": [1]}), pd.DataFrame({0: [1]}), "column labels"),
    "duplicate columns": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[1, 2]], columns=["a", "b"]), "more than once"
    ),
    "a series to a frame": (pd.DataFrame({"a": [1]}), pd.Series([1], name="a"), "Series"),
    "series names": (pd.Series([1], name="a"), pd.Series([1], name="b"), "'a'.*'b'"),
}  # fmt: skip
if pd.__version__ >= "3":  # pandas 2 joins the labels as they are
    REFUSED.update({
        "index dtypes that pandas infers from labels": (
            pd.DataFrame(columns=["a"], index=pd.Index([], dtype=bool)),
            pd.DataFrame(index=pd.Index([2**64 - 1], dtype="uint64")), "index level 0.*bool.*uint64",
        ),
        "index of objects to one with a freq": (
            pd.DataFrame(index=pd.DatetimeIndex(["2024"], freq="D")),
            pd.DataFrame(index=pd.Index([pd.NA], dtype=object)), "index",
        ),
    })  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_go_together_is_refused_by_name(name: str) -> None:
    first, second, message = REFUSED[name]
    with pytest.raises(SchemaMismatch, match=message):
        append(first, second)


_NO_LABELS = [
    pd.RangeIndex(0),
    pd.RangeIndex(0, name="x"),
    pd.Index([], dtype=object),
    pd.Index([], dtype="int64"),
    pd.DatetimeIndex([]),
    pd.CategoricalIndex([]),
]


@pytest.mark.parametrize("rows", [(0, 0), (3, 0), (0, 2), (3, 2)])
def test_frames_without_columns_are_appended_like_concat(rows: tuple[int, int]) -> None:
    for old, own in itertools.product(_NO_LABELS, _NO_LABELS):
        frames = [pd.DataFrame(index=range(n), columns=each) for n, each in zip(rows, (old, own), strict=True)]
        first, other = (describe(frame) for frame in frames)
        schema, fitted = widen(first.schema, other)
        got = decode([first.encode(0, rows[0], 0), fitted.encode(0, rows[1], rows[0])], schema)
        assert isinstance(got, pd.DataFrame)
        pd.testing.assert_index_equal(got.columns, pd.concat(frames).columns, exact=True)
