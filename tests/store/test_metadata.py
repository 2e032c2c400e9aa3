"""Metadata says what is stored; saving it is a compare-and-set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.errors import Conflict, InvalidOption
from omegastore.metadata import Metadata


def found(store: OmegaStore, name: str, **keywords: Any) -> Any:
    meta = store.metadata(name, **keywords)
    assert meta is not None
    return meta


def changed(field: str, value: Any) -> dict[str, Any]:
    return {field: value}


def test_attributes_are_left_reset_or_updated_on_put(store: OmegaStore) -> None:
    want: dict[str, Any] = {}
    for given in (None, {"a": 1}, None, {"b": {"c": [1, "$x"]}}, {"a": 2}, {}, {"$d.e": 3}):
        store.put(1, "n", attributes=given)
        want = want if given is None else {**want, **given} if given else {}
        assert found(store, "n").attributes == want


def test_the_callers_attributes_are_not_changed(store: OmegaStore) -> None:
    given = {"a": {"b": 1}}
    meta = store.put(1, "n", attributes=given)
    meta.attributes["x"] = 1
    assert given == {"a": {"b": 1}}


@pytest.mark.parametrize("field", ["attributes", "kind_meta"])
def test_make_metadata_leaves_resets_or_updates(store: OmegaStore, field: str) -> None:
    meta = store.make_metadata("n", "python.data", **changed(field, {"a": 1}))
    assert store.metadata("n") is None
    assert getattr(meta, field) == {"a": 1}
    meta.save()
    for given, want in ((None, {"a": 1}), ({"b": 2}, {"a": 1, "b": 2}), ({}, {})):
        made = store.make_metadata("n", "python.data", **changed(field, given))
        assert getattr(made, field) == want
        made.save()
        assert getattr(found(store, "n"), field) == want
    assert store.make_metadata("new", "python.data").attributes == {}
    with pytest.raises(InvalidOption):
        store.make_metadata("n", "python.data", atributes={})


def test_metadata_can_be_made_for_a_name_that_was_dropped(store: OmegaStore) -> None:
    store.put(1, "n")
    store.drop("n")
    store.make_metadata("n", "python.data", attributes={"a": 1}).save()
    assert found(store, "n").attributes == {"a": 1}
    assert store.list() == ["n"]
    assert store.put(2, "n").version == 3
    store.drop("n")
    store.make_metadata("never put", "python.data").save()
    store.drop("never put")
    store.gc(grace=0)
    assert store.list(hidden=True) == []
    assert store.mongodb["omegaml.metadata"].count_documents({"name": "n"}) == 0


def test_saving_is_a_compare_and_set(store: OmegaStore) -> None:
    store.put(1, "n")
    one, two = found(store, "n"), found(store, "n")
    one.attributes["a"] = 1
    assert one.save() is one
    two.attributes["b"] = 1
    with pytest.raises(Conflict):
        two.save()
    one.attributes["c"] = 1
    one.save()
    assert found(store, "n").attributes == {"a": 1, "c": 1}
    store.put(2, "n")
    with pytest.raises(Conflict):
        one.save()
    assert (store.get("n"), found(store, "n").version) == (2, 2)


def test_saving_attributes_makes_no_version(store: OmegaStore) -> None:
    meta = store.put(1, "n")
    meta.attributes = {"a": 1}
    meta.uri, meta.s3file = "s3://x", {"bucket": "x"}
    meta.save()
    got = found(store, "n")
    assert (got.version, got.attributes, got.uri, got.s3file) == (1, {"a": 1}, "s3://x", {"bucket": "x"})
    assert store.get("n") == 1
    assert store.put(2, "n", expect=1).version == 2


def test_times_are_aware_utc_and_of_now(store: OmegaStore) -> None:
    one = store.put(1, "n")
    two = store.put(2, "n")
    for meta in (one, two, found(store, "n")):
        assert meta.created is not None
        assert meta.modified is not None
        assert meta.created.utcoffset() == meta.modified.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - meta.modified) < timedelta(minutes=5)
    assert two.created == one.created
    assert two.modified is not None
    assert one.modified is not None
    assert two.modified >= one.modified


def test_two_are_equal_when_place_and_version_are(store: OmegaStore, store_url: str) -> None:
    one = store.put(1, "n")
    assert one == found(store, "n")
    assert hash(one) == hash(found(store, "n"))
    two = store.put(1, "n")
    assert one != two
    assert found(store, "n", version=1) == one
    assert OmegaStore(store_url, "b").put(1, "n") != one
    assert OmegaStore(store_url, prefix="p").put(1, "n") != one


def test_metadata_of_another_bucket_or_prefix(store: OmegaStore, store_url: str) -> None:
    OmegaStore(store_url, "b", "p").put([1], "n")
    meta = found(store, "n", bucket="b", prefix="p")
    assert (meta.bucket, meta.prefix, meta.kind) == ("b", "p", "python.data")
    meta.attributes["a"] = 1
    meta.save()
    assert found(store, "n", bucket="b", prefix="p").attributes == {"a": 1}
    assert store.metadata("n") is None


def test_gridfile_and_objid_are_those_of_the_version(store: OmegaStore) -> None:
    for body in (b"small", b"x" * 400_000):
        meta = store.put(body, "n")
        assert body in meta.gridfile.read()
    assert b"small" in found(store, "n", version=1).gridfile.read()
    rows = store.put({"a": 1}, "rows")
    assert store.collection("rows").find_one({"_id": rows.objid}, {"_id": 0}) == {"a": 1}
    assert rows.collection == store.collection("rows").name
    assert rows.gridfile is None


def test_metadata_of_a_document_is_what_mongoengine_makes_of_it(store: OmegaStore) -> None:
    store.put({"a": 1}, "full", attributes={"owner": "me"})
    full = store.storage.catalog.find("full")
    assert full is not None
    for document in (full, {"name": "n", "kind": None, "attributes": None, "rev": 3}, {}):
        made = Metadata.from_document(document)
        names = {field.db_field: name for name, field in vars(Metadata)["_fields"].items()}
        peer = Metadata(**{names[key]: value for key, value in document.items() if key in names})
        assert made._data == peer._data
        assert dict(made.to_mongo()) == dict(peer.to_mongo())
        assert made._get_changed_fields() == peer._get_changed_fields()
        assert (made._created, made._initialised, made._cls) == (peer._created, peer._initialised, peer._cls)
    one, other = Metadata.from_document({}), Metadata.from_document({})
    one.attributes["a"] = 1
    assert other.attributes == {}
