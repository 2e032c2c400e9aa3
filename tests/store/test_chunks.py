"""Files in GridFS: any client reads them, files of any client are read; several connections share the work."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import gridfs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, OperationFailure

from omegastore import OmegaStore, chunks, wire
from omegastore.blobs import Blobs
from omegastore.chunks import Chunks, cut
from omegastore.codecs.documents import Documents
from omegastore.errors import Corrupt

SIZES = [256 * 1024 + 1, 1 << 20, (1 << 20) + 1, 4 << 20, (9 << 20) - 5]


def files(store: OmegaStore) -> gridfs.GridFS:
    return store.storage.connection.file_system(store.storage.catalog.space)


def noise(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_any_gridfs_client_reads_a_file_of_the_store(store: OmegaStore, size: int) -> None:
    meta = store.put(io.BytesIO(noise(size)), "n")
    file = files(store).get(meta.gridfile_id)
    assert file.read() == noise(size) == store.get("n").read()
    assert file.length == size
    assert file.chunk_size == chunks.CHUNK
    assert file.filename


@pytest.mark.parametrize("width", [1000, 261_120, 1 << 20, 3 << 20])
def test_a_file_of_any_gridfs_client_is_read_whatever_its_chunks(store: OmegaStore, width: int) -> None:
    data = noise(5_000_000 if width > 1000 else 50_000)
    file = files(store).put(data, chunk_size=width)
    collection = store.storage.connection.database[f"{store.storage.catalog.space}.chunks"]
    assert b"".join(Chunks(store.storage.connection, collection, file).read(len(data))) == data


@given(st.lists(st.binary(max_size=7), max_size=20), st.integers(1, 9))
def test_a_source_is_cut_into_chunks_of_one_size(pieces: list[bytes], width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "CHUNK", width)
        made = [b"".join(run) for run in cut(pieces)]
    assert b"".join(made) == b"".join(pieces)
    assert all(len(each) == width for each in made[:-1])
    assert all(0 < len(each) <= width for each in made[-1:])


@pytest.mark.parametrize("harm", ["missing", "more", "twice", "longer", "shorter"])
def test_a_file_with_other_chunks_than_were_written_is_corrupt(store: OmegaStore, harm: str) -> None:
    meta = store.put(np.arange(1_300_000), "n")
    collection = store.storage.connection.database[f"{store.storage.catalog.space}.chunks"]
    last = collection.find_one({"files_id": meta.gridfile_id}, sort=[("n", -1)])
    assert last is not None
    if harm == "missing":
        collection.delete_one({"files_id": meta.gridfile_id, "n": 5})
    elif harm in ("more", "twice"):
        step = 1 if harm == "more" else 0.5
        collection.insert_one({"files_id": meta.gridfile_id, "n": last["n"] + step, "data": b"more"})
    else:
        data = last["data"] + b"x" if harm == "longer" else last["data"][:-1]
        collection.update_one({"_id": last["_id"]}, {"$set": {"data": data}})
    with pytest.raises(Corrupt):
        store.get("n")


def test_chunks_are_sent_again_after_a_lost_connection_and_none_is_there_twice(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, lock, calls = wire.insert, threading.Lock(), list[int]()

    def losing(collection: Collection[Any], documents: Documents) -> None:
        with lock:
            calls.append(len(documents))
            number = len(calls)
        insert(collection, documents)
        if number in (1, 2):  # both had worked, and only the answers were lost
            raise AutoReconnect("the connection was closed")

    monkeypatch.setattr(wire, "insert", losing)
    put = np.arange(2_000_000)
    store.put(put, "n")
    assert len(calls) == 6
    assert (store.get("n") == put).all()


def test_when_one_message_fails_the_others_are_waited_for_and_nothing_remains(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(np.arange(100_000), "warm")
    before = store.storage.connection.database[f"{store.storage.catalog.space}.chunks"].count_documents({})
    send = Chunks._send

    def failing(self: Chunks, first: int, documents: Any) -> None:
        if first:
            raise OperationFailure("no")
        send(self, first, documents)

    monkeypatch.setattr(Chunks, "_send", failing)
    with pytest.raises(OperationFailure):
        store.put(np.arange(10_000_000), "n")
    assert not [each for each in threading.enumerate() if each.name.startswith("omegastore_")]
    database = store.storage.connection.database
    assert database[f"{store.storage.catalog.space}.chunks"].count_documents({}) == before
    assert not store.exists("n")


def test_a_source_that_fails_leaves_nothing(store: OmegaStore, tmp_path: Any) -> None:
    class Failing:
        def __init__(self) -> None:
            self.left = 20

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not size:
                return b""
            self.left -= 1
            if not self.left:
                raise OSError("the disk is gone")
            return bytes(1 << 20)

    with pytest.raises(OSError, match="the disk is gone"):
        store.put(Failing(), "n", kind="python.file")
    database = store.storage.connection.database
    assert database[f"{store.storage.catalog.space}.chunks"].count_documents({}) == 0


def test_a_reader_that_is_left_half_way_leaves_no_threads(store: OmegaStore) -> None:
    meta = store.put(np.zeros(4_000_000), "n")
    blobs = Blobs(store.storage.connection, store.storage.catalog.space, meta.payload)
    blocks: Iterator[bytes] = blobs._verified("")
    assert next(blocks)
    del blocks
    assert not [each for each in threading.enumerate() if each.name.startswith("omegastore_")]
