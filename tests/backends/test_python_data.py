"""Kind python.data: a growing list of objects, each equal and of the same types, that filters reach into."""

from __future__ import annotations

import collections
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import bson
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.codecs import pydocument
from omegastore.errors import InvalidFilter, UnknownColumn, UnsafeFilter, UnsupportedObject, UnsupportedValue
from omegastore.query import Q, raw

OBJECTS: list[Any] = [
    {},
    {"a": 1, "b": {"c": [1, (2, 3)]}},
    [1, (2, {3}), None],
    (1, "a"),
    [],
    (),
    {1: "int", (2, "x"): dt.date(2020, 1, 2), "a.b": Decimal("1.10"), "$where": "no", "": 0, "nul\0": b"\0"},
    {"z": 1, "_id": 5, "_x": {"y": (1,)}, "__x": 2, "_data": 3, "_part": 4, "data": 5, "_": 6, "__": 7, "_a.b": 8},
    {"_x": 1, "__x": (2,), "___x": {3}},
    {"when": dt.datetime(2020, 1, 2, 3, 4, 5, 6), "n": 2**70, "f": np.float32(0.5), "u": uuid.UUID(int=7)},
]


def put_all(store: OmegaStore, objects: list[Any], name: str = "data") -> None:
    for at, obj in enumerate(objects):
        store.put(obj, name, append=at > 0)


def exact(obj: Any) -> Any:
    """Return `obj` with the type of everything in it, for comparisons."""
    if isinstance(obj, dict):
        return dict, [(exact(key), exact(value)) for key, value in obj.items()]
    if isinstance(obj, list | tuple):
        return type(obj), [exact(value) for value in obj]
    return type(obj), obj


def test_get_returns_all_that_was_put_in_order_and_of_the_same_types(store: OmegaStore) -> None:
    put_all(store, OBJECTS)
    assert exact(store.get("data")) == exact(OBJECTS)
    assert store.put({}, "data", append=True).kind == "python.data"


KEYS = st.text(st.sampled_from("ab_.$\0x"), max_size=4) | st.integers(0, 3)
VALUES = st.recursive(
    st.none() | st.integers() | st.text("a", max_size=2) | st.dates(),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(KEYS, values, max_size=3),
    max_leaves=5,
)
DATA = st.dictionaries(KEYS, VALUES, max_size=5) | st.lists(VALUES, max_size=3) | st.lists(VALUES).map(tuple)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DATA, min_size=1, max_size=4))
def test_any_objects_come_back(store: OmegaStore, objects: list[Any]) -> None:
    put_all(store, objects)
    assert exact(store.get("data")) == exact(objects)


def test_append_false_and_replace_start_anew_and_the_default_appends_with_a_warning(store: OmegaStore) -> None:
    store.put({"a": 1}, "data")
    with pytest.warns(UserWarning, match="append=False"):
        store.put({"a": 2}, "data")
    assert store.get("data") == [{"a": 1}, {"a": 2}]
    store.put([3], "data", append=False)
    assert store.get("data") == [[3]]
    store.put([4], "data", replace=True)
    assert store.get("data") == [[4]]
    assert store.get("data", version=-2) == [[3]]


def test_objid_is_the_id_of_the_last_document(store: OmegaStore) -> None:
    for at in range(3):
        meta = store.put({"at": at}, "data", append=True)
        assert store.collection("data").find_one({"_id": meta.objid})["at"] == at


def test_a_client_finds_natural_documents(store: OmegaStore) -> None:
    put_all(store, [{"a": (1, 2), "day": dt.date(2020, 1, 2), "price": Decimal("1.50")}, ["x"]])
    first, second = store.collection("data").find().sort("_id")
    assert first["a"] == [1, 2]
    assert first["day"].replace(tzinfo=None) == dt.datetime(2020, 1, 2)
    assert first["price"] == bson.Decimal128("1.50")
    assert second["_data"] == ["x"]


PEOPLE = [
    {"who": "Ann", "age": 30, "tags": ("a", "b"), "home": {"city": "Bern", "zip": 3000}, "_id": 7},
    {"who": "Bob", "age": 41, "tags": ("b",), "home": {"city": "Basel", "zip": 4000}, 5: "five"},
    {"who": "Cem", "born": dt.date(1990, 5, 1), "took": dt.timedelta(seconds=90), "at": dt.time(8, 30), "x__y": 1},
    ["Ann"],
]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"who": "Ann"}, [0]),
        ({"age__gt": 35}, [1]),
        ({"age__gte": np.int64(30), "who__startswith": "A"}, [0]),
        ({"home__city": "Basel"}, [1]),
        ({"home__zip__between": (2000, 3500)}, [0]),
        ({"tags": "b"}, [0, 1]),
        ({"tags__all": ["a", "b"]}, [0]),
        ({"_id": 7}, [0]),
        ({"5": "five"}, [1]),
        ({"born__lt": dt.date(1995, 1, 1)}, [2]),
        ({"took__gt": dt.timedelta(minutes=1)}, [2]),
        ({"at__lt": dt.time(9)}, [2]),
        ({"x__y": 1}, [2]),
        ({"x__y__gt": 1}, []),
        ({"age__exists": True, "missing__isnull": True}, [0, 1]),
        ({"who__in": {"Ann", "Cem"}}, [0, 2]),
    ],
)
def test_filters_reach_into_dicts(store: OmegaStore, conditions: dict[str, Any], found: list[int]) -> None:
    put_all(store, PEOPLE)
    expected = [PEOPLE[at] for at in found]
    assert store.get("data", **conditions) == expected
    assert store.get("data", filter=conditions) == expected
    assert store.get("data", q=Q(**conditions)) == expected


def test_a_mongodb_filter_passes_through_the_allow_list(store: OmegaStore) -> None:
    put_all(store, PEOPLE)
    assert store.get("data", q=raw({"_data": "Ann"})) == [["Ann"]]
    assert store.get("data", q=raw({"age": {"$mod": [10, 1]}})) == [PEOPLE[1]]
    with pytest.raises(UnsafeFilter):
        store.get("data", q=raw({"$where": "true"}))


@pytest.mark.parametrize(
    ("conditions", "error"),
    [
        ({"who": {"$gt": ""}}, UnsafeFilter),
        ({"who": object()}, InvalidFilter),
        ({"a.b": 1}, UnknownColumn),
        ({"$where": "true"}, UnknownColumn),
        ({"home__$where": 1}, InvalidFilter),
    ],
)
def test_what_cannot_be_asked_is_an_error(
    store: OmegaStore, conditions: dict[str, Any], error: type[Exception]
) -> None:
    put_all(store, PEOPLE)
    with pytest.raises(error):
        store.get("data", filter=conditions)


def test_an_object_above_16_mb_comes_back_and_its_small_fields_can_be_filtered(store: OmegaStore) -> None:
    large: Any = {"who": "big", "_id": 3, "blob": b"x" * (17 << 20), "when": dt.date(2020, 1, 1), 1: "one"}
    put_all(store, [{"who": "small"}, large, ("y" * (17 << 20),), {"who": "last"}])
    got = store.get("data")
    assert exact(got) == exact([{"who": "small"}, large, ("y" * (17 << 20),), {"who": "last"}])
    assert exact(store.get("data", who="big")) == exact([large])
    assert exact(store.get("data", _id=3)) == exact([large])
    assert store.get("data", who="last") == [{"who": "last"}]


def test_an_object_just_below_and_above_the_largest_row_comes_back(store: OmegaStore) -> None:
    base = len(bson.encode({"_id": bson.Int64(0), "a": b""}))
    for size in (pydocument.LARGEST - base, pydocument.LARGEST - base + 1):
        put_all(store, [{"a": b"x" * size}])
        assert len(store.get("data")[0]["a"]) == size


def test_a_dict_of_very_many_small_keys_comes_back(store: OmegaStore) -> None:
    large = {f"key{at}": at for at in range(300_000)}
    put_all(store, [large])
    assert store.get("data") == [large]


@pytest.mark.parametrize(
    ("obj", "error", "message"),
    [
        ({"a": [1, object()]}, UnsupportedValue, r"the object\['a'\]\[1\]: cannot keep"),
        (collections.OrderedDict(a=1), UnsupportedObject, "OrderedDict"),
        ({1, 2}, UnsupportedObject, "set"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_the_old_objects_stay(
    store: OmegaStore, obj: Any, error: type[Exception], message: str
) -> None:
    store.put({"a": 1}, "data")
    collections_before = set(store.mongodb.list_collection_names())
    with pytest.raises(error, match=message):
        store.put(obj, "data", append=True, kind="python.data")
    assert store.get("data") == [{"a": 1}]
    assert set(store.mongodb.list_collection_names()) == collections_before


def test_the_object_that_is_put_is_left_as_it_was(store: OmegaStore) -> None:
    obj = {"_id": 1, "a.b": [(1, 2)], 3: {"x": dt.date(2020, 1, 1)}}
    before = exact(obj)
    store.put(obj, "data")
    assert exact(obj) == before
