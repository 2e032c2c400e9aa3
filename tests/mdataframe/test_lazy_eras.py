"""Frames that were appended with other dtypes of numbers are lazy frames of the widened dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.errors import InvalidOption
from omegastore.mdataframe import concat
from tests.mdataframe.lazy_frames import assert_like

FIRST = pd.DataFrame({
    "k": pd.Series([1, 2, 2], dtype="int8"), "x": [1, 2, 3], "n": [1, 2, 3], "u": ["a", "b", "c"],
})  # fmt: skip
SECOND = pd.DataFrame({
    "k": [2, 2**40], "x": [0.5, np.nan], "n": pd.Series([None, 5], dtype="Int64"), "u": ["d", None], "new": [1, 2],
})  # fmt: skip
VERBS: dict[str, Any] = {
    "fillna": lambda m: m.fillna({"x": 0.25, "n": 9, "new": -1}),
    "groupby": lambda m: m.groupby("k")[["x", "n", "new"]].sum(),
    "groupby floats": lambda m: m.groupby("x").count(),
    "where": lambda m: m[["x"]].where(m[["x"]] > 1),
    "replace": lambda m: m.x.replace(1, 7),
    "arithmetic": lambda m: m.x * 2 + m.k,
}


@pytest.fixture
def appended(store: OmegaStore) -> Any:
    store.put(FIRST, "frame", append=False)
    store.put(SECOND, "frame", append=True)
    return store.getl("frame")


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_take_the_widened_dtype(store: OmegaStore, appended: Any, verb: str) -> None:
    assert_like(VERBS[verb](appended).value, VERBS[verb](store.get("frame")))


def test_merge_and_concat_take_the_widened_dtype(store: OmegaStore, appended: Any) -> None:
    frame = store.get("frame")
    other = pd.DataFrame({"x": [0.5, 3.0], "b": [1, 2]})
    assert_like(appended.merge(other, on="x").value, frame.merge(other, on="x"))
    whole = appended.drop(columns="new")
    expected = pd.concat([frame, frame.head(2)]).drop(columns="new")
    assert_like(concat([whole, whole.head(2)]).value, expected)


def test_what_is_no_number_is_refused_still(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"a": [True], "b": [1]}), "frame", append=False)
    store.put(pd.DataFrame({"b": [2]}), "frame", append=True)
    with pytest.raises(InvalidOption, match="dtypes"):
        store.getl("frame").groupby("a").size()
