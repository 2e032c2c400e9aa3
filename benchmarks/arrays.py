"""Arrays: put and get of a float64 array, beside GridFS with the same bytes."""

from __future__ import annotations

import time

import bson
import gridfs
import numpy as np
from bson.binary import Binary
from pymongo import ASCENDING
from pymongo.write_concern import WriteConcern

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import timed
from benchmarks.wire import DURABLE, Wire

CEILING, GRIDFS = "bare wire, 1 MiB chunks", "GridFS"
CHUNK = 1 << 20


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
    store.put(array, "stored")

    def get() -> float:
        return timed(lambda: store.get("stored"))

    def get_bare() -> float:
        return timed(lambda: wire.drain("bare.chunks", {"files_id": 1}, {"n": 1}))

    def get_gridfs() -> float:
        return timed(lambda: np.frombuffer(gridfs.GridFS(database, "peer").get(1).read()))

    is_large = setting.megabytes >= 400
    most = 1.5 if 40 <= setting.megabytes < 400 else 1.3
    return [
        Case(
            f"arrays: put {setting.megabytes} MB",
            {OURS: put, CEILING: put_bare, GRIDFS: put_gridfs},
            (Goal(CEILING, most), Goal(GRIDFS, 1 / 1.7)),
        ),
        Case(
            f"arrays: get {setting.megabytes} MB",
            {OURS: get, CEILING: get_bare, GRIDFS: get_gridfs},
            (Goal(CEILING, 1.7), Goal(GRIDFS, 1 / (2.2 if is_large else 1.7))),
            close=wire.close,
        ),
    ]
