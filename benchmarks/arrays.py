"""Arrays: put and get of a float64 array, beside GridFS with the same bytes.

The others take no checksum, so the goals ask for ours without one; ours as it is stands beside.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar
from unittest import mock

import bson
import gridfs
import numpy as np
from bson.binary import Binary
from pymongo import ASCENDING
from pymongo.write_concern import WriteConcern

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import timed
from benchmarks.wire import DURABLE, Wire

CHECKED, CEILING, GRIDFS = "ours with SHA-256, as it is", "bare wire, 1 MiB chunks", "GridFS"
CHUNK = 1 << 20
T = TypeVar("T")


def cases(setting: Setting) -> list[Case]:
    """Return the cases of an array of `setting.megabytes` MB."""
    store, database, wire = setting.store(), setting.database(), Wire(setting.url)
    durable = database.client.get_database(database.name, write_concern=WriteConcern(**DURABLE))
    array = np.random.default_rng(0).standard_normal(setting.megabytes * 125_000)
    view = memoryview(array).cast("B")
    content = bytes(view)
    blocks = [bytes(view[at : at + CHUNK]) for at in range(0, len(view), CHUNK)]
    messages = [
        b"".join(bson.encode({"_id": at + n, "files_id": 1, "n": at + n, "data": Binary(block)})
                 for n, block in enumerate(blocks[at : at + 16]))
        for at in range(0, len(blocks), 16)
    ]  # fmt: skip

    def put() -> float:
        start = time.perf_counter()
        store.put(array, "array")
        spent = time.perf_counter() - start
        store.drop("array")
        return spent

    def put_bare() -> float:
        database.drop_collection("bare.chunks")
        database["bare.chunks"].create_index([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)
        return timed(lambda: [wire.insert("bare.chunks", message) for message in messages])

    def put_gridfs() -> float:
        for name in ("peer.files", "peer.chunks"):
            database.drop_collection(name)
        files = gridfs.GridFS(durable, "peer")
        files.put(b"warm")
        return timed(lambda: files.put(content, _id=1))

    put_bare()
    put_gridfs()
    unchecked(lambda: store.put(array, "unchecked"))
    store.put(array, "stored")

    def get(name: str) -> float:
        return timed(lambda: store.get(name))

    def get_bare() -> float:
        return timed(lambda: wire.drain("bare.chunks", {"files_id": 1}, {"n": 1}))

    def get_gridfs() -> float:
        return timed(lambda: np.frombuffer(gridfs.GridFS(database, "peer").get(1).read()))

    is_large = setting.megabytes >= 400
    most = 1.5 if 40 <= setting.megabytes < 400 else 1.3
    return [
        Case(
            f"arrays: put {setting.megabytes} MB",
            {OURS: lambda: unchecked(put), CHECKED: put, CEILING: put_bare, GRIDFS: put_gridfs},
            (Goal(CEILING, most), Goal(GRIDFS, 1 / 1.7)),
        ),
        Case(
            f"arrays: get {setting.megabytes} MB",
            {OURS: lambda: unchecked(lambda: get("unchecked")), CHECKED: lambda: get("stored"), CEILING: get_bare,
             GRIDFS: get_gridfs},
            (Goal(CEILING, 1.7), Goal(GRIDFS, 1 / (2.2 if is_large else 1.7))),
            close=wire.close,
        ),
    ]  # fmt: skip


def unchecked(step: Callable[[], T]) -> T:
    """Do a step with a checksum that costs nothing: the same for all bytes."""

    class Same:
        def update(self, data: object) -> None: ...

        def hexdigest(self) -> str:
            return hashlib.sha256().hexdigest()

    with mock.patch("omegastore.blobs.hashlib", SimpleNamespace(sha256=Same)):
        return step()
