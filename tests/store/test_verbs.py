"""put, get, drop and exists do to a store what they would do to a dict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.errors import DoesNotExist, InvalidName, VersionGone


def test_a_store_is_a_container_of_names(store: OmegaStore) -> None:
    assert list(store) == []
    assert len(store) == 0
    assert store  # an empty store is still one
    for name in ("b", "a", ".hidden", "_temp"):
        store.put(name, name)
    assert sorted(store) == sorted(["b", "a", ".hidden", "_temp"])
    assert len(store) == 4
    assert "a" in store
    assert "c" not in store
    assert {"$ne": None} not in store
    assert store["a"] == "a"
    with pytest.raises(KeyError):
        store["c"]


def test_put_returns_the_saved_metadata(store: OmegaStore) -> None:
    meta = store.put("x", "n", attributes={"owner": "me"})
    assert meta == store.metadata("n")
    assert (meta.name, meta.bucket, meta.prefix, meta.kind) == ("n", "omegaml", "", "python.object")
    assert (meta.version, meta.attributes) == (1, {"owner": "me"})


def test_put_on_an_existing_name_replaces_it_whatever_its_kind(store: OmegaStore) -> None:
    for at, (obj, kind) in enumerate([("x", "python.object"), ([1], "python.data"), (2, "python.object")]):
        meta = store.put(obj, "n")
        assert (meta.version, meta.kind) == (at + 1, kind)
    assert store.get("n") == 2
    assert store.get("n", version=-2) == [[1]]
    assert store.list() == ["n"]


def test_documents_are_appended_unless_told_otherwise(store: OmegaStore) -> None:
    store.put({"a": 1}, "n")
    with pytest.warns(UserWarning, match="append=True") as seen:
        store.put({"a": 2}, "n")
    assert seen[0].filename == __file__
    store.put({"a": 3}, "n", append=True)
    assert store.get("n") == [{"a": 1}, {"a": 2}, {"a": 3}]
    store.put({"a": 4}, "n", replace=True)
    assert store.get("n") == [{"a": 4}]
    store.put({"a": 5}, "n", append=False)
    assert store.get("n") == [{"a": 5}]
    assert store.get("n", version=3) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_get_of_an_unknown_name_says_which_are_near(store: OmegaStore) -> None:
    store.put(1, "sales-2024")
    with pytest.raises(DoesNotExist, match="sales-2024"):
        store.get("sales-2025")


def test_force_python_gives_lists_for_arrays(store: OmegaStore) -> None:
    import numpy as np

    store.put(np.arange(4).reshape(2, 2), "n")
    assert store.get("n", force_python=True) == [[0, 1], [2, 3]]
    meta = store.metadata("n")
    assert meta is not None
    assert store.get_object_as_python(meta) == [[0, 1], [2, 3]]


def test_get_object_as_python_reads_the_object_that_metadata_describes(store: OmegaStore, store_url: str) -> None:
    store.put([0], "n")
    other = OmegaStore(store_url, "other", "p/")
    meta = other.put([1], "n")
    assert store.get_object_as_python(meta) == [[1]]


@pytest.mark.parametrize("name", ["foo(1)", "a.b", "a/b", "x" * 255, "ü☃", " ", "$x", "system", "a\nb", "%2E"])
def test_exists_takes_the_name_literally(store: OmegaStore, name: str) -> None:
    assert not store.exists(name)
    store.put(1, name)
    assert store.exists(name)
    assert store.get(name) == 1
    assert store.list() == [name]
    assert not store.exists(name[:-1] + "*")


def test_hidden_names_exist_only_when_asked_for(store: OmegaStore) -> None:
    store.put(1, ".x")
    assert not store.exists(".x")
    assert store.exists(".x", hidden=True)
    assert store.get(".x") == 1


def test_drop_tells_whether_there_was_something(store: OmegaStore) -> None:
    store.put(1, "n")
    assert store.drop("n") is True
    assert not store.exists("n")
    assert store.metadata("n") is None
    with pytest.raises(DoesNotExist):
        store.get("n")
    with pytest.raises(DoesNotExist):
        store.drop("n")
    assert store.drop("n", force=True) is True
    assert store.drop("n", force=True, version=3) is True
    store.put(2, "n")
    assert store.get("n") == 2
    assert store.drop("n", force=True, version=77) is True
    assert store.get("n") == 2


def test_drop_of_a_pattern_drops_what_list_shows_for_it(store: OmegaStore, store_url: str) -> None:
    names = ["a.b", "a.bc", "axb", "a/b", ".a.b", "_a.b", "b"]
    for name in names:
        store.put(1, name)
    store.put([1], "a.bdata")
    OmegaStore(store_url, prefix="a.").put(1, "b")
    OmegaStore(store_url, bucket="other").put(1, "a.b")
    only = OmegaStore(store_url, kind="python.object")
    shown = only.list("a.b*")
    assert shown == ["a.b", "a.bc"]
    assert only.drop("a.b*")
    assert set(store) == {*names, "a.bdata"} - set(shown)
    with pytest.raises(DoesNotExist):
        only.drop("a.b*")
    assert only.drop("a.b*", force=True)
    assert store.drop("*")
    assert set(store) == {".a.b", "_a.b"}
    assert OmegaStore(store_url, prefix="a.").list() == ["b"]
    assert OmegaStore(store_url, bucket="other").list() == ["a.b"]


def test_a_dropped_object_leaves_nothing_once_collected(store: OmegaStore) -> None:
    before = set(store.mongodb.list_collection_names())
    for at in range(3):
        store.put({"a": at}, "rows", append=False)
        store.put(bytes(300_000), "file")
    store.put(2, "inline")
    store.drop("*")
    store.gc(grace=0)
    left = {name: store.mongodb[name].count_documents({}) for name in store.mongodb.list_collection_names()}
    left = {name: count for name, count in left.items() if count and name not in before}
    assert left == {}
    assert "omegaml.rows.datastore" not in store.mongodb.list_collection_names()


def test_names_of_another_bucket_or_prefix_are_not_seen(store: OmegaStore, store_url: str) -> None:
    places = [("omegaml", ""), ("omegaml", "p"), ("omegaml", "p/"), ("b", ""), ("b", "p/"), ("b.p", "")]
    stores = [OmegaStore(store_url, bucket, prefix) for bucket, prefix in places]
    for at, each in enumerate(stores):
        each.put({"at": at}, "n")
        each.put(at, "p/n")
    for at, each in enumerate(stores):
        assert each.get("n") == [{"at": at}]
        assert each.get("p/n") == at
        assert each.list() == ["n", "p/n"]
    stores[2].drop("*")
    assert [each.list() for each in stores] == [[] if at == 2 else ["n", "p/n"] for at in range(len(stores))]


BAD: list[Any] = ["", "a" * 256, "ü" * 128, "a\0", "\ud800", {"$ne": None}, None, 5, b"x", ["x"]]


@pytest.mark.parametrize("name", [*BAD, *(f"a{char}" for char in "[]@^#{}*?")])
def test_names_that_no_object_may_have_are_refused(store: OmegaStore, name: Any, image: Any) -> None:
    store.put({"a": 1}, "n")
    before = image()
    with pytest.raises(InvalidName):
        store.put(1, name)
    with pytest.raises(InvalidName):
        store.put_pyobj_as_document({}, name)
    with pytest.raises(InvalidName):
        store.make_metadata(name, "python.data")
    with pytest.raises(InvalidName):
        store.object_store_key(name, "x")
    assert image() == before


@pytest.mark.parametrize("name", BAD)
def test_names_that_cannot_be_read_are_refused(store: OmegaStore, name: Any, image: Any) -> None:
    store.put(1, "n")
    before = image()
    for verb in (store.get, store.getl, store.drop, store.get_backend, store.get_python_data):
        with pytest.raises(InvalidName):
            verb(name)
    if isinstance(name, str):
        assert not store.exists(name)
    else:
        with pytest.raises(InvalidName):
            store.exists(name)
    needing: list[Callable[[Any], object]] = [store.metadata, store.collection]
    for look in needing:
        with pytest.raises(TypeError if name is None else InvalidName):
            look(name)
    assert image() == before


@pytest.mark.parametrize("version", [0, 9, -9, "tag"])
def test_unknown_versions_are_refused(store: OmegaStore, version: Any) -> None:
    store.put(1, "n")
    for verb in (store.get, store.metadata):
        with pytest.raises(DoesNotExist) as caught:
            verb("n", version=version)
        assert not isinstance(caught.value, VersionGone)


@pytest.mark.parametrize("version", [1.0, True, None, {}])
def test_versions_of_a_wrong_type_are_refused(store: OmegaStore, version: Any) -> None:
    store.put(1, "n")
    with pytest.raises((TypeError, ValueError)):
        store.get("n", version=version)
    with pytest.raises((TypeError, ValueError)):
        store.drop("n", version=version)
    assert store.get("n") == 1
