"""What gc tells, and what it removes that no Metadata knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from bson.objectid import ObjectId

from omegastore import OmegaStore

OLD = ObjectId.from_datetime(datetime.now(UTC) - timedelta(days=2))
YOUNG = ObjectId()


def orphaned(store: OmegaStore, pid: ObjectId) -> None:
    """Put remains of the write `pid` into the database, as if its Metadata had been lost."""
    database, space = store.mongodb, store.storage.catalog.space
    database[f"{space}.frame.datastore@{pid}"].insert_one({"_id": 0, "a": "x" * 1000})
    database[f"{space}.files"].insert_one({"_id": {"p": pid, "part": "a"}, "length": 1000})
    database[f"{space}.chunks"].insert_many([{"files_id": pid, "n": n, "data": b"x" * 1000} for n in range(2)])
    database[f"{space}.versions"].insert_one({"_id": pid, "pid": pid, "kind_meta": {"a": "x" * 1000}})


def test_gc_tells_the_bytes_and_a_dry_run_removes_nothing(store: OmegaStore, image: Any) -> None:
    store.put(pd.DataFrame({"a": ["x" * 1000] * 50}), "frame")
    store.put(bytes(1_000_000), "blob")
    store.put("small", "inline")
    store.drop("frame")
    store.drop("blob")
    before = image()
    told = store.gc(grace=0, dry_run=True)
    assert image() == before
    assert (told.payloads, told.orphans) == (2, 0)
    assert 1_050_000 < told.bytes < 1_100_000
    assert store.gc(grace=0) == told
    assert store.gc(grace=0).bytes == 0
    assert store.get("inline") == "small"


def test_a_collection_that_another_gc_has_just_removed_counts_for_nothing(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"a": [1]}), "frame")
    store.collection("frame").drop()
    store.drop("frame")
    told = store.gc(grace=0)
    assert (told.payloads, told.bytes) == (1, 0)


def test_gc_removes_what_no_metadata_knows_when_it_is_older_than_a_day(store: OmegaStore, image: Any) -> None:
    store.put(pd.DataFrame({"a": [1]}), "frame")
    store.put(bytes(1_000_000), "blob")
    clean = image()
    orphaned(store, OLD)
    assert len(store.fsck()) == 4
    told = store.gc(dry_run=True)
    assert told.orphans == 4
    assert told.bytes > 4_000
    assert store.gc() == told
    assert {name: rows for name, rows in image().items() if rows} == clean
    orphaned(store, YOUNG)
    assert store.gc().orphans == 0
    assert len(store.fsck()) == 4


@pytest.mark.parametrize("state", ["versions", "trash", "pending", "snapshot"])
def test_what_metadata_knows_is_kept_however_old_it_is(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr("omegastore.trash.ORPHANED", timedelta(days=-1))  # all is old
    store.put(pd.DataFrame({"a": [1]}), "frame")
    store.put(bytes(1_000_000), "blob")
    if state == "snapshot":
        store.snapshot("then")
    if state in ("versions", "snapshot"):
        store.put(pd.DataFrame({f"b{'x' * 5000}": [2]}), "frame", append=False)
        store.put(bytes(2_000_000), "blob")
    if state in ("trash", "snapshot"):
        store.drop("frame")
        store.drop("blob")
    if state == "pending":
        from omegastore.write import Write

        with Write(store.storage.catalog, "blob", "python.file", "", store.defaults) as write:
            write.hold()
            write.blobs.write(bytes(1_000_000))
            assert store.gc().orphans == 0
    assert store.gc().orphans == 0
    assert store.fsck() == []
    if state == "snapshot":
        assert len(store.at("then").get("blob")) == 1_000_000
        assert store.at("then").get("frame")["a"].tolist() == [1]
