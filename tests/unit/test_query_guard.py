"""Guard: MongoDB filters that callers write pass an allow-list, at every depth."""

from __future__ import annotations

import copy
import re
from collections import UserDict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bson import Code, ObjectId, Regex
from bson import encode as bson_encode
from hypothesis import given
from hypothesis import strategies as st

from omegastore.errors import InvalidFilter, UnsafeFilter
from omegastore.query import guard


@pytest.mark.parametrize(
    "mongo_filter",
    [
        {},
        {"x": 1, "y.z": {"$gt": 1, "$lt": 5}},
        {"$or": [{"x": {"$in": [1, None]}}, {"$nor": [{"y": {"$exists": False}}]}]},
        {"x": {"$regex": "^a", "$options": "i"}},
        {"x": {"$not": {"$elemMatch": {"a": 1}}}, "y": {"$all": [1]}, "z": {"$size": 2}},
        {"$expr": {"$gt": ["$a", {"$multiply": ["$b", 2]}]}},
        {"loc": {"$geoWithin": {"$centerSphere": [[1, 2], 0.1]}}},
        {"_id": ObjectId("5f43a1b2c3d4e5f60718293a")},
    ],
    ids=repr,
)
def test_a_filter_of_known_operators_passes_unchanged(mongo_filter: dict[str, Any]) -> None:
    assert guard(mongo_filter) == mongo_filter
    assert guard(mongo_filter) is not mongo_filter


UNSAFE: list[dict[str, Any]] = [
    {"$where": "sleep(1000)"},
    {"$expr": {"$function": {"body": "function() {}", "args": [], "lang": "js"}}},
    {"$expr": {"$accumulator": {}}},
    {"$expr": {"$where": "1"}},
    {"$jsonSchema": {}},
    {"$lookup": {"from": "secrets"}},
    {"$gtt": 1},
    {"$": 1},
    {"x": {"$cond": []}},
    {"$expr": {"$regex": "a"}},
]
wrappers = st.sampled_from(
    [
        lambda it: {"$and": [it]},
        lambda it: {"$or": [{"a": 1}, it]},
        lambda it: {"$nor": (it,)},
        lambda it: {"x": {"$not": it}},
        lambda it: {"x": {"$elemMatch": it}},
        lambda it: {"x": {"$in": [[it]]}},
        lambda it: {"x": {"deep": it}},
        lambda it: UserDict({"x": it}),
        lambda it: {"x": {"$all": [{"$elemMatch": it}]}},
    ]
)


@given(st.sampled_from(UNSAFE), st.lists(wrappers, max_size=5))
def test_what_runs_code_or_is_unknown_is_refused_at_every_depth(unsafe: dict[str, Any], around: list[Any]) -> None:
    hidden: Any = unsafe
    for wrap in around:
        hidden = wrap(hidden)
    with pytest.raises(UnsafeFilter):
        guard(hidden)


def test_code_as_a_value_is_refused() -> None:
    for value in (Code("1"), [Code("1")], {"a": Code("1")}):
        with pytest.raises(UnsafeFilter):
            guard({"x": value})


@pytest.mark.parametrize("mongo_filter", [None, 1, "x", [{"x": 1}], {1: 2}, {"x": {None: 1}}, {"a\0": 1}])
def test_what_is_no_filter_is_refused(mongo_filter: Any) -> None:
    with pytest.raises(InvalidFilter):
        guard(mongo_filter)


def test_a_refused_operator_is_named_with_the_nearest_allowed_one() -> None:
    with pytest.raises(UnsafeFilter, match=r"'\$regx' is not allowed in a filter; allowed are \$regex"):
        guard({"x": {"$regx": "a"}})


def test_values_of_numpy_and_pandas_are_stored_in_their_bson_form() -> None:
    given_filter = {"x": {"$in": np.array([1, 2])}, "y": np.int64(3), "z": {"$gt": pd.Timestamp("2020-01-01")}}
    before = copy.deepcopy(given_filter)
    checked = guard(given_filter)
    assert checked["x"] == {"$in": [1, 2]}
    assert type(checked["y"]) is int
    assert bson_encode(checked)
    assert repr(given_filter) == repr(before)


def test_patterns_and_nan_keep_their_meaning() -> None:
    nan = guard({"x": float("nan")})["x"]
    assert isinstance(nan, float)
    assert nan != nan
    assert guard({"x": re.compile("a")}) == {"x": re.compile("a")}
    assert guard({"x": {"$in": [Regex("a")]}}) == {"x": {"$in": [Regex("a")]}}


def test_too_deep_a_filter_is_refused() -> None:
    deep: Any = {"x": 1}
    for _ in range(5000):
        deep = {"$and": [deep]}
    with pytest.raises(InvalidFilter, match="deeper"):
        guard(deep)
