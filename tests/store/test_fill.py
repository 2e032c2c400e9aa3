"""Rows that the server writes: order, numbers, indexes, the lease, and what it does when the source is removed."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.catalog import Doc
from omegastore.codecs.schema import FrameSchema
from omegastore.errors import Aborted, Corrupt, StoreFullError
from omegastore.metadata import Metadata
from omegastore.room import FIRST, RESERVE, Room
from omegastore.rows import Rows
from omegastore.write import Write

PARTS = [
    pd.DataFrame({"a": [3, 1, 2], "b": ["x", "y", "z"]}, index=["r", "s", "t"]),
    pd.DataFrame({"a": [1, 3], "b": ["v", "w"]}, index=["u", "v"]),
]
FRAME = pd.concat(PARTS)


@pytest.fixture
def source(store: OmegaStore) -> Doc:
    """Return the document of a frame that was put in two parts."""
    for part in PARTS:
        store.put(part, "source", append=True, index=["a"])
    return store.storage.find("source")


def begun(store: OmegaStore, name: str = "made") -> Write:
    return Write(store.storage.catalog, name, "pandas.dfrows", "", store.defaults)


def filled(store: OmegaStore, source: Doc, *stages: Doc, **how: Any) -> Write:
    """Let the server write what `stages` make of the source to "made"."""
    stored = Rows(store.storage.connection, source["payload"])
    with begun(store) as write:
        write.hold()
        count = write.rows.fill(stored.collection, [{"$match": stored.visible}, *stages], **how)
        schema = replace(FrameSchema.from_document(source["kind_meta"]), rows=count)
        meta = Metadata.from_document({**source, "kind_meta": schema.to_document()})
        write.commit(write.draft(meta, write.payload()))
        return write


@pytest.fixture(params=["replica set", "standalone"])
def store(request: pytest.FixtureRequest) -> OmegaStore:
    url = request.getfixturevalue("store_url" if request.param == "replica set" else "standalone_url")
    return OmegaStore(url, defaults={"OMEGA_STORE_GRACE": 0.0})


def test_rows_that_the_server_writes_are_read_as_the_same_frame(store: OmegaStore, source: Doc) -> None:
    write = filled(store, source)
    pd.testing.assert_frame_equal(store.get("made"), FRAME)
    rows = store.storage.connection.collection_of(write.collection)
    assert [each["_id"] for each in rows.find({})] == [0, 1, 2, 3, 4]
    meta = store.storage.metadata(store.storage.find("made"))
    assert meta.rows == 5
    assert meta.size > 0
    assert store.fsck() == []


def test_rows_are_numbered_by_the_key_and_alike_ones_by_their_place_before(store: OmegaStore, source: Doc) -> None:
    filled(store, source, order=(("a", -1),))
    pd.testing.assert_frame_equal(store.get("made"), FRAME.sort_values("a", ascending=False, kind="stable"))


def test_stages_select_and_count(store: OmegaStore, source: Doc) -> None:
    filled(store, source, {"$match": {"a": {"$gt": 1}}})
    pd.testing.assert_frame_equal(store.get("made"), FRAME[FRAME["a"] > 1])
    filled(store, source, {"$match": {"a": {"$gt": 99}}})
    pd.testing.assert_frame_equal(store.get("made"), FRAME[:0])


def test_rows_that_keep_their_ids_stay_in_order_and_can_be_appended_to(store: OmegaStore, source: Doc) -> None:
    filled(store, source, order=())
    store.put(PARTS[0], "made", append=True)
    pd.testing.assert_frame_equal(store.get("made"), pd.concat([FRAME, PARTS[0]]))
    pd.testing.assert_frame_equal(store.get("made", version=1), FRAME)


def test_the_collection_stays_clustered_and_has_its_indexes(store: OmegaStore, source: Doc) -> None:
    write = filled(store, source, indexes=[[("a", 1)]])
    rows = store.storage.connection.collection_of(write.collection)
    assert "clusteredIndex" in rows.options()
    assert "a_1" in rows.index_information()


def test_rows_that_were_never_committed_are_not_copied(store: OmegaStore, source: Doc) -> None:
    rows = Rows(store.storage.connection, source["payload"])
    rows.collection.insert_one({"_id": 7 << 32, "a": 9})
    filled(store, source)
    pd.testing.assert_frame_equal(store.get("made"), FRAME)


def test_a_source_that_is_gone_is_an_error_and_leaves_nothing(store: OmegaStore, source: Doc) -> None:
    Rows(store.storage.connection, source["payload"]).collection.drop()
    with pytest.raises(Corrupt, match="removed"):
        filled(store, source)
    store.drop("source")
    store.gc(grace=0)
    assert not store.exists("made")
    assert store.storage.connection.database.list_collection_names(filter={"name": {"$regex": "datastore"}}) == []


def test_a_lease_that_was_lost_meanwhile_makes_nothing_visible(store: OmegaStore, source: Doc) -> None:
    stored = Rows(store.storage.connection, source["payload"])
    with begun(store) as write:
        write.hold()
        write.rows.fill(stored.collection, [{"$match": stored.visible}])
        store.storage.catalog.collection.update_one(
            {"name": "made"}, [{"$set": {"pending.at": {"$subtract": ["$$NOW", 3_600_000]}}}]
        )
        store.gc(grace=0)
        with pytest.raises(Aborted):
            write.commit(write.draft(Metadata.from_document(source), write.payload()))
    assert not store.exists("made")
    assert store.fsck() == []


def test_rows_that_are_written_when_gc_has_given_the_write_up_stay_away(store: OmegaStore, source: Doc) -> None:
    stored, database = Rows(store.storage.connection, source["payload"]), store.mongodb
    busy = {"$set": {"c": {"$size": {"$filter": {"input": {"$range": [0, 5_000_000]}, "cond": True}}}}}

    def give_up(collection: str) -> None:
        for _ in range(1000):
            if any(name.startswith("tmp.agg_out") for name in database.list_collection_names()):
                break
            time.sleep(0.002)
        database.drop_collection(collection)

    with begun(store) as write:
        write.hold()
        other = threading.Thread(target=give_up, args=(write.collection,))
        other.start()
        with pytest.raises(Aborted, match="given up"):
            write.rows.fill(stored.collection, [{"$match": stored.visible}, busy])
        other.join()
        assert write.collection not in database.list_collection_names()


def test_a_copy_that_the_disk_has_no_room_for_is_not_begun(
    store: OmegaStore, source: Doc, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(lambda: RESERVE)
    monkeypatch.setattr(store.storage.connection, "room", room)
    room.take(FIRST)
    with pytest.raises(StoreFullError):
        filled(store, source)
    assert not store.exists("made")
