"""Slices of a MultiIndex are those of pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mdataframe.lazy_frames import Lazily, assert_like, few

LABELS: Any = st.tuples(st.sampled_from(["a", "b", "c", "ü"]), st.sampled_from([1, 2, 4]))
BOUNDS: Any = st.one_of(st.none(), st.sampled_from(["a", "aa", "c", "z"]),
                        st.tuples(st.sampled_from(["a", "b", "d"]), st.integers(0, 5)))  # fmt: skip


@few
@given(labels=st.lists(LABELS, min_size=1, max_size=8), low=BOUNDS, high=BOUNDS, data=st.data())
def test_a_slice_of_a_multiindex_is_that_of_pandas(
    lazily: Lazily, labels: list[Any], low: Any, high: Any, data: st.DataObject
) -> None:
    labels = data.draw(st.sampled_from([sorted(labels), sorted(labels, key=lambda each: each[0]), labels]))
    frame = pd.DataFrame({"x": range(len(labels))}, index=pd.MultiIndex.from_tuples(labels, names=["one", None]))
    lazy, key = lazily(frame), slice(low, high, data.draw(st.sampled_from([None, 2, -1])))
    try:
        expected = frame.loc[key]
    except pd.errors.UnsortedIndexError:
        with pytest.raises(pd.errors.UnsortedIndexError, match="lexsort depth"):
            lazy.loc[key]
    else:
        assert_like(lazy.loc[key].value, expected)
        assert_like(lazy["x"].loc[key].value, expected["x"])
        assert_like(lazy.loc[key, ["x"]].value, expected)


def test_missing_labels_come_before_all_others(lazily: Lazily) -> None:
    index = pd.MultiIndex.from_tuples([("a", None), ("a", 1.0), ("b", None), ("b", 2.0)])
    frame = pd.DataFrame({"x": range(4)}, index=index)
    for key in (slice(("a", 1.0), ("b", 1.0)), slice("b", None), slice(None, ("a", 0.0))):
        assert_like(lazily(frame).loc[key].value, frame.loc[key])


def test_a_slice_of_more_levels_than_there_are_is_refused(lazily: Lazily) -> None:
    frame = pd.DataFrame({"x": [1]}, index=pd.MultiIndex.from_tuples([("a", 1)]))
    with pytest.raises(KeyError, match="levels"):
        lazily(frame).loc[("a", 1, 2) :]
