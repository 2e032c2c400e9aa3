"""Kind python.hdf: frame-like lists, tuples and dicts come back from HDF as the same type, or are refused."""

from __future__ import annotations

import collections
import datetime as dt
from typing import Any

import numpy as np
import pytest

from omegastore import OmegaStore
from omegastore.errors import UnsupportedObject, UnsupportedValue


@pytest.mark.parametrize(
    "obj",
    [
        {"a": [1, 2, 3], "b": [0.5, float("inf"), -0.0], "c": ["x", "", "é"], "d": [True, False, True]},
        {1: [1, 2], 2: [3, 4]},
        [1, 2, 3],
        (1.5, 2.5),
        ["a", "b"],
        [[1, "a"], [2, "b"]],
        [(1, "a"), (2, "b")],
        ((1, 2), (3, 4)),
        ([1, 2], [3, 4]),
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        ({"a": 1.5}, {"a": 2.5}),
        {"b": [1], "a": [2]},
        [dt.date(2020, 1, 1)],
    ],
    ids=str,
)
def test_a_frame_like_object_comes_back_equal_and_of_the_same_types(store: OmegaStore, obj: Any) -> None:
    meta = store.put(obj, "obj", kind="python.hdf")
    got = store.get("obj")
    assert meta.kind == "python.hdf"
    assert type(got) is type(obj)
    assert repr(got) == repr(obj)


def test_nan_comes_back_as_nan(store: OmegaStore) -> None:
    store.put({"a": [1.0, float("nan")]}, "obj", kind="python.hdf")
    assert repr(store.get("obj")) == "{'a': [1.0, nan]}"


@pytest.mark.parametrize(
    "obj",
    [
        {"a": [1], "b": [1, 2]},
        {"a": [1, None]},
        {"a": 1},
        {"a": {"b": 1}},
        [1, 2.5],
        [{"a": 1}, {"b": 2}],
        [[1, 2], [3]],
        [[1, 2], (3, 4)],
        [np.int64(1)],
        [{1}],
    ],
    ids=str,
)
def test_what_would_come_back_different_is_refused_with_the_remedy(store: OmegaStore, obj: Any) -> None:
    with pytest.raises(UnsupportedValue, match=r"python\.object"):
        store.put(obj, "obj", kind="python.hdf")
    assert not store.exists("obj")


@pytest.mark.parametrize("obj", ["text", {1, 2}, collections.OrderedDict(a=[1])], ids=str)
def test_other_types_are_refused(store: OmegaStore, obj: Any) -> None:
    with pytest.raises(UnsupportedObject):
        store.put(obj, "obj", kind="python.hdf")


def test_lists_are_documents_unless_hdf_is_asked_for(store: OmegaStore) -> None:
    assert store.put([1, 2], "obj").kind == "python.data"
