"""Joins of lazy frames are those of pandas, but that missing keys match nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Lazily, Pulled, assert_like, few, frames

HOWS: Any = ["inner", "left", "right", "outer"]


@few
@given(left=frames(), right=frames(), data=st.data())
def test_a_merge_is_that_of_pandas(
    lazily: Lazily, left: pd.DataFrame, right: pd.DataFrame, data: st.DataObject
) -> None:
    left, right = left.reset_index(drop=True), right.reset_index(drop=True)
    for keys in (["i"], ["i", "ok"], ["text"], ["f", "when"], ["kind"]):
        # pandas matches what is missing with what is missing
        ours = left[left[keys].notna().all(axis=1)]
        theirs = right[right[keys].notna().all(axis=1)]
        a, b = lazily(ours), lazily(theirs)
        how = data.draw(st.sampled_from(HOWS))
        expected = ours.merge(theirs, on=keys, how=how, indicator=True)
        got = a.merge(b, on=keys, how=how, indicator=True)
        assert list(got.columns) == list(expected.columns)
        value = got.value
        if how == "outer":
            assert value[keys].reset_index(drop=True).equals(expected[keys].reset_index(drop=True))
            assert sorted(map(repr, value.to_numpy().tolist())) == sorted(map(repr, expected.to_numpy().tolist()))
            assert value.dtypes.equals(expected.dtypes)
        else:
            assert_like(value, expected)
        assert len(got) == len(expected)


def test_missing_keys_match_nothing(lazily: Lazily) -> None:
    left = lazily(pd.DataFrame({"k": [1.0, np.nan, 2.0], "a": [1, 2, 3]}))
    right = lazily(pd.DataFrame({"k": [np.nan, 2.0, 2.0], "b": [10, 20, 30]}))
    assert left.merge(right, on="k").value["b"].tolist() == [20, 30]
    assert left.merge(right, on="k", how="left").value["b"].fillna(-1).tolist() == [-1, -1, 20, 30]
    outer = left.merge(right, on="k", how="outer").value
    assert outer[["a", "b"]].fillna(-1).to_numpy().tolist() == [[1, -1], [3, 20], [3, 30], [2, -1], [-1, 10]]


def test_a_left_merge_keeps_the_columns_of_the_right_frame(lazily: Lazily) -> None:
    left, right = pd.DataFrame({"k": [1, 2], "v": [1, 2]}), pd.DataFrame({"key": [2, 2], "v": ["x", "y"]})
    got = lazily(left).merge(lazily(right), how="left", left_on="k", right_on="key", suffixes=("", " right"))
    assert_like(got.value, left.merge(right, how="left", left_on="k", right_on="key", suffixes=("", " right")))


def test_a_merge_takes_names_collections_filters_and_computed_keys(store: OmegaStore) -> None:
    left, right = pd.DataFrame({"k": [1, 2, 3]}), pd.DataFrame({"k": [1, 2, 2], "b": [1.5, 2.5, 3.5]})
    store.put(left, "left")
    store.put(right, "right")
    lazy = store.getl("left")
    assert_like(lazy.merge("right").value, left.merge(right))
    assert_like(lazy.merge("right", filter={"b__gt": 2}).value, left.merge(right[right.b > 2]))
    assert_like(lazy.merge(store.getl("right").head(2)).value, left.merge(right.head(2)))
    assert_like(lazy.assign(k=lazy["k"] + 1).merge("right").value, left.assign(k=left.k + 1).merge(right))
    largest = lazy.merge("right").sort_values("b", ascending=False).head(1).value
    assert_like(largest.reset_index(drop=True), right.iloc[[2]].reset_index(drop=True))
    assert_like(lazy.merge("right", how="left").persist("joined").value, left.merge(right, how="left"))
    with pytest.raises(pd.errors.MergeError, match="right"):
        lazy.merge("right", validate="one_to_one")
    with pytest.raises(ValueError, match="merge on"):
        lazy.merge(store.getl("right").rename(columns={"k": "z"}))
    with pytest.raises(KeyError, match="nope"):
        lazy.merge("right", on="nope")


def test_a_merge_pulls_its_result_alone(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"k": np.arange(300) % 10, "a": range(300)}), "left")
    watched.put(pd.DataFrame({"k": range(5), "b": range(5)}), "right")
    lazy = watched.getl("left").merge(watched.getl("right"))
    pulled.clear()
    assert len(lazy) == 150
    assert len(lazy.tail(3).value) == 3
    assert pulled.documents <= 4
