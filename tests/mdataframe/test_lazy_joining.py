"""Joins of lazy frames are those of pandas, but that missing keys match nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import InvalidOption
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


@few
@given(left=frames(5), right=frames(5), data=st.data())
def test_a_merge_by_index_and_one_with_a_pandas_frame_are_those_of_pandas(
    lazily: Lazily, left: pd.DataFrame, right: pd.DataFrame, data: st.DataObject
) -> None:
    keys: Any = data.draw(st.sampled_from([["i"], ["text"], ["i", "text"], ["when"]]))
    ours, theirs = ([*keys, "f", "kind"], [*keys, "f", "n", "ok", "when" if "when" not in keys else "s"])
    left, right = (frame[columns][frame[keys].notna().all(axis=1)].reset_index(drop=True)
                   for frame, columns in ((left, ours), (right, theirs)))  # fmt: skip
    a, b = left.set_index(keys), right.set_index(keys)
    lazy, how = lazily(a), data.draw(st.sampled_from(HOWS))
    other = data.draw(st.sampled_from([b, lazily(b)]))
    expected = a.merge(b, how, left_index=True, right_index=True, suffixes=("_l", ""))
    got = lazy.join(other, how=how, lsuffix="_l").value
    if how == "outer":
        by = list(expected.columns[:3])  # rows of one key come in no order of pandas' own
        expected, got = (each.sort_values(by).sort_index(kind="stable") for each in (expected, got))
    assert_like(got, expected)
    how = data.draw(st.sampled_from(HOWS[:2]))
    if len(left) and len(right):  # pandas takes the index of the other frame if one is empty
        expected = left.merge(b, how=how, left_on=keys, right_index=True)
        assert_like(lazily(left).merge(other, how=how, left_on=keys, right_index=True).value, expected)
    assert_like(lazily(left).merge(right, "right", on=keys).value, left.merge(right, "right", on=keys))


def test_a_pandas_frame_goes_along_and_leaves_nothing_behind(store: OmegaStore, image: Any) -> None:
    store.put(pd.DataFrame({"k": ["$a", "b", "b"]}), "left")
    given = pd.DataFrame({"k": ["$a", "b"], "t": [pd.Timestamp("2024-01-01 00:00:00.000000001"), pd.NaT]})
    before = sorted(image())
    lazy = store.getl("left").merge(given, how="left", filter={"k": "$a"})
    assert lazy.value["t"].tolist() == [given["t"][0], pd.NaT, pd.NaT]
    assert sorted(image()) == before
    assert lazy.persist("joined").value["t"].notna().sum() == 1
    with pytest.raises(InvalidOption, match=r"501 rows.*put"):
        store.getl("left").merge(pd.DataFrame({"k": ["a"] * 501}))


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda m, o: m.merge(o, left_index=True, right_on="k"), InvalidOption, "reset_index"),
        (lambda m, o: m.merge(o, left_on="k", right_index=True, how="outer"), InvalidOption, "label"),
        (lambda m, o: m.merge(o, left_index=True, right_index=True, on="k"), ValueError, "indexes"),
        (lambda m, o: m.join(o.set_index("s"), rsuffix="r"), InvalidOption, "dtypes"),
        (lambda m, o: m.join(o.set_index(["k", "s"]), on="k"), ValueError, "levels"),
        (lambda m, o: m.join(o), ValueError, "suffix"),
    ],
)
def test_an_index_that_cannot_be_the_key_is_refused(
    lazily: Lazily, ask: Any, error: type[Exception], said: str
) -> None:
    frame = pd.DataFrame({"k": [1], "s": ["a"]})
    with pytest.raises(error, match=said):
        ask(lazily(frame), lazily(frame))


@pytest.mark.filterwarnings("ignore:You are merging on int and float")
def test_a_key_of_integers_and_one_of_floats_are_floats_together(lazily: Lazily) -> None:
    left, right = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [2.0, 2.5]})
    assert_like(lazily(left).merge(lazily(right), how="outer").value, left.merge(right, how="outer"))
