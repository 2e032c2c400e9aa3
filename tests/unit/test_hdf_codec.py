"""Frames in HDF files: they come back identical, or are refused by name."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omegastore.codecs import hdf
from omegastore.codecs.hdf_check import checked, difference
from omegastore.errors import UnsupportedValue

DAYS = pd.date_range("2020-03-28", periods=3, freq="D", tz="Europe/Berlin", name="day")
PANDAS_3 = int(pd.__version__.split(".")[0]) >= 3
KEPT: dict[str, Any] = {
    "plain": pd.DataFrame({"a": [1, 2, 3], "b": [1.5, np.nan, 2], "c": ["x", "y", "z"]}),
    "numbers": pd.DataFrame(
        {t: np.array([0, 1], t) for t in ("i1", "u8", "f2", "f4", "c16", "?", "M8[ns]", "m8[ns]")}
    ),
    "unnamed columns": pd.DataFrame(np.zeros((2, 3), "f4")),
    "range with step": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(7, 3, -2, name="r")),
    "frequency": pd.DataFrame({"a": [1, 2, 3]}, index=DAYS),
    "time zones": pd.DataFrame({"a": DAYS, "b": DAYS.tz_convert("UTC")}).rename_axis("n"),
    "levels": pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["x", None])),
    "mixed": pd.DataFrame({"a": [1, "a", b"b"], "b": [[1, {"x": None}], (2.0,), np.nan]}),
    "empty": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": np.array([], "i4")}),
    "series": pd.Series([1, 2], index=["x", "y"], name="x"),
    "named by a number": pd.Series([1.0, 2], name=5),
    "frequency of a series": pd.Series([1, 2, 3], index=DAYS),
}


def assert_identical(got: Any, put: Any) -> None:
    check: Any = pd.testing.assert_series_equal if isinstance(put, pd.Series) else pd.testing.assert_frame_equal
    check(got, put, check_exact=True, check_freq=True, check_index_type=True)
    assert type(got.index) is type(put.index)


@pytest.mark.parametrize("put", KEPT.values(), ids=KEPT)
def test_what_hdf_can_hold_comes_back_identical(put: Any) -> None:
    before = put.copy(deep=True)
    image, facts = checked(put, "fixed")
    assert_identical(hdf.read(image, facts), put)
    assert_identical(put, before)


def test_the_table_format_holds_categories_and_duplicate_names() -> None:
    for put in (
        pd.DataFrame({"a": pd.Categorical(["x", "y", "x"], ordered=True)}),
        pd.DataFrame([[1, 2.5]], columns=["a", "a"]),
    ):
        assert_identical(hdf.read(*checked(put, "table")), put)


WITH_ATTRS = pd.DataFrame({"a": [1]})
WITH_ATTRS.attrs = {"unit": "m"}
REFUSED: dict[str, tuple[Any, str]] = {
    "category": (pd.DataFrame({"ok": [1], "bad": pd.Categorical(["x"])}), "column 'bad' of dtype category"),
    "nullable": (pd.DataFrame({"ok": [1], "bad": pd.array([None], "Int64")}), "column 'bad' of dtype Int64"),
    "sparse": (pd.DataFrame({"bad": pd.arrays.SparseArray([0, 1])}), "column 'bad' of dtype Sparse"),
    "interval": (pd.DataFrame({5: pd.interval_range(0, 2)}), "column 5 of dtype interval"),
    "duplicate names": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "the column labels"),
    "attrs": (WITH_ATTRS, "attrs"),
    "flags": (pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False), "allows_duplicate_labels"),
    "lambda": (pd.DataFrame({"ok": [1], "bad": [lambda: None]}), "column 'bad' of dtype object"),
    "series": (pd.Series(pd.array([1], "Int8")), "values of dtype Int8"),
    "index": (pd.Series([1], index=pd.interval_range(0, 1)), "the index"),
}


@pytest.mark.parametrize(("put", "named"), REFUSED.values(), ids=REFUSED)
def test_what_hdf_cannot_hold_is_refused_by_name_and_points_to_documents(put: Any, named: str) -> None:
    with pytest.raises(UnsupportedValue, match=named) as refusal:
        checked(put, "fixed")
    assert "document form" in str(refusal.value)


@pytest.mark.skipif(not PANDAS_3, reason="pandas 2 keeps strings as objects, which HDF keeps")
def test_objects_that_would_come_back_as_strings_are_refused() -> None:
    with pytest.raises(UnsupportedValue, match="column 'bad' of dtype object"):
        checked(pd.DataFrame({"bad": pd.Series(["a", None], dtype=object)}), "fixed")


def test_a_table_that_would_turn_none_into_nan_is_refused() -> None:
    with pytest.raises(UnsupportedValue, match="column 'bad'"):
        checked(pd.DataFrame({"bad": pd.Series(["a", None], dtype=object)}), "table")


cells = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()
columns = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3).map(lambda it: pd.Series(it, dtype="int64")),
    st.lists(st.floats(), min_size=3, max_size=3).map(lambda it: pd.Series(it, dtype="float64")),
    st.lists(cells, min_size=3, max_size=3).map(lambda it: pd.Series(it, dtype=object)),
    st.lists(st.text(), min_size=3, max_size=3).map(pd.Series),
    st.lists(st.booleans() | st.none(), min_size=3, max_size=3).map(lambda it: pd.Series(it, dtype="boolean")),
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(st.text(max_size=5) | st.integers(0, 9), columns, max_size=4), st.sampled_from(["fixed", "table"])
)
def test_any_frame_is_identical_or_refused(data: dict[Any, Any], form: hdf.Format) -> None:
    put = pd.DataFrame(data)
    try:
        image, facts = checked(put, form)
    except UnsupportedValue:
        return
    assert_identical(hdf.read(image, facts), put)


def test_difference_sees_types_that_compare_equal() -> None:
    def of(*values: object) -> Any:
        return pd.Series(list(values), dtype=object)

    for one, other in [(1, True), (1, 1.0), ("a", b"a"), (None, np.nan), ([1], (1,)), ({"a": 1}, {"a": 1.0})]:
        assert difference(of(one), of(other))
    assert (
        difference(of(np.nan, [np.nan], {"a": (1, None)}), of(float("nan"), [float("nan")], {"a": (1, None)})) is None
    )


def test_pandas_reads_the_file_by_itself() -> None:
    put = pd.DataFrame({"a": [1, 2, 3]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frame.h5")
        path.write_bytes(io.BytesIO(checked(put, "fixed")[0]).getvalue())
        assert pd.read_hdf(path, "data")["a"].tolist() == [1, 2, 3]
