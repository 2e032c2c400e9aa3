"""Two objects never share a key: whatever they are called, each comes back as itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.naming import RESERVED

LIKE = [
    "a.b",
    "axb",
    "a/b",
    "a_b",
    "a%2Eb",
    "a b",
    "A.b",
    "a.b ",
    "a.b.datastore",
    "é",
    "e\u0301",
    "b",
    "%h" + "0" * 64,
]
CHARACTERS = st.one_of(
    st.sampled_from("ab._/%$-~ :;,()'\"\\\n\r\t"),
    st.characters(blacklist_categories=["Cs"], blacklist_characters=RESERVED + "\0"),
)
NAMES = st.text(CHARACTERS, min_size=1, max_size=60)


def test_names_that_look_alike_are_different_objects(store: OmegaStore) -> None:
    for name in LIKE:
        store.put({"name": name}, name)
    assert {name: store.get(name) for name in LIKE} == {name: [{"name": name}] for name in LIKE}
    assert len({store.collection(name).name for name in LIKE}) == len(LIKE)
    assert store.list() == sorted(LIKE)
    for name in LIKE[:3]:
        store.drop(name)
    assert {name: store.get(name) for name in LIKE[3:]} == {name: [{"name": name}] for name in LIKE[3:]}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=40, max_size=40, unique=True), data=st.data())
def test_random_names_never_collide(store_url: str, names: list[str], data: st.DataObject) -> None:
    store = OmegaStore(store_url, data.draw(NAMES), data.draw(st.one_of(st.just(""), NAMES)))
    for at, name in enumerate(names):
        store.put(at, name)
    assert {name: store.get(name) for name in store} == {name: at for at, name in enumerate(names)}
    assert [name for name in names if not store.exists(name, hidden=True)] == []
    assert store.list(hidden=True, include_temp=True) == sorted(names)


PARTS = st.tuples(NAMES, st.one_of(st.just(""), NAMES), NAMES)


@settings(max_examples=300, deadline=None)
@given(one=PARTS, other=PARTS, data=st.data())
def test_keys_and_collections_tell_objects_apart(
    one: tuple[str, str, str], other: tuple[str, str, str], data: st.DataObject
) -> None:
    stores: list[Any] = [OmegaStore("mongodb://h.invalid", bucket, prefix) for bucket, prefix, _ in (one, other)]
    hashed = [data.draw(st.booleans()) for _ in stores]
    exts = [data.draw(st.sampled_from(["hdf", "h.df", "joblib"])) for _ in stores]
    keys = [each.object_store_key(parts[2], ext, hash_it) for each, parts, ext, hash_it in
            zip(stores, (one, other), exts, hashed, strict=True)]  # fmt: skip
    same = (one, exts[0], hashed[0]) == (other, exts[1], hashed[1])
    assert (keys[0] == keys[1]) == same


def test_the_collection_is_named_as_documented_until_it_has_another(store: OmegaStore, store_url: str) -> None:
    assert store.collection("sales").name == "omegaml.sales.datastore"
    assert store.collection("sales", bucket="b", prefix="p").name == "b.p.sales.datastore"
    store.put({"a": 1}, "sales")
    assert store.collection("sales").name == "omegaml.sales.datastore"
    assert store.collection("sales").count_documents({"a": 1}) == 1
    store.put({"a": 2}, "sales", append=False)
    assert [row["a"] for row in store.collection("sales").find()] == [2]
    other = OmegaStore(store_url, "b", "p")
    other.put({"a": 3}, "sales")
    assert [row["a"] for row in store.collection("sales", "b", "p").find()] == [3]
    with pytest.raises(TypeError):
        store.collection()
    with pytest.raises(TypeError):
        store.metadata()


def test_an_object_is_never_read_through_the_collection_of_another(store: OmegaStore) -> None:
    store.put({"a": 1}, "x")
    store.put({"a": 2}, "x.datastore")
    store.put({"a": 3}, "x", append=False)
    store.put({"a": 4}, f"x.datastore{store.collection('x').name.partition('@')[2]}")
    assert store.get("x") == [{"a": 3}]
    assert store.get("x", version=1) == [{"a": 1}]
    assert store.get("x.datastore") == [{"a": 2}]


def test_a_versioned_name_reads_that_version(store: OmegaStore) -> None:
    for at in range(1, 4):
        store.put(at, "n")
    assert [store.get(name) for name in ("n@1", "n@3", "n^", "n^^")] == [1, 3, 2, 1]
    found = store.metadata("n@2")
    assert found is not None
    assert found.version == 2
    with pytest.raises(ValueError, match="version"):
        store.get("n@1", version=2)
