"""Rows: frames as documents, written, read, filtered and grouped."""

from __future__ import annotations

import io
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import pandas as pd
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from benchmarks.arctic import Arctic
from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.sample import frame
from benchmarks.wire import DURABLE, Wire
from omegastore.codecs.frame import describe

CEILING, ARROW, INSERT, FIND = "bare wire", "pymongoarrow", "pymongo insert_many", "DataFrame(list(find()))"
TWO, AGGREGATE, PARQUET = "pymongo insert_many in 2 processes", "bare aggregate", "parquet in memory, for orientation"
ARCTIC = "ArcticDB on LMDB, for orientation"
CLUSTERED = {"key": {"_id": 1}, "unique": True}
PIPELINE = [{"$group": {"_id": "$i1", "f0": {"$avg": "$f0"}}}]


def cases(setting: Setting) -> list[Case]:
    """Return the cases of frames of `setting.rows` rows."""
    data, store, database = frame(setting.rows), setting.store(), setting.database()
    prepared, wire = describe(data), Wire(setting.url)
    messages = [prepared.encode(start, stop, start).buffer for start, stop in prepared.chunks(100_000)]

    def fresh(name: str, clustered: bool = False) -> Any:
        database.drop_collection(name)
        options: dict[str, Any] = {"clusteredIndex": CLUSTERED} if clustered else {}
        return database.create_collection(name, write_concern=WriteConcern(**DURABLE), **options)

    def put() -> float:
        start = time.perf_counter()
        store.put(data, "written", append=False)
        spent = time.perf_counter() - start
        store.drop("written")
        return spent

    def put_bare(name: str = "bare") -> float:
        fresh(name, clustered=True)
        return timed(lambda: [wire.insert(name, message) for message in messages])

    def put_arrow() -> float:
        from pymongoarrow.api import write

        collection = fresh("arrow")
        return timed(lambda: write(collection, data))

    def put_documents() -> float:
        collection = fresh("documents")
        return timed(lambda: collection.insert_many(data.to_dict("records"), ordered=False))

    parquet, arctic = data.to_parquet(), Arctic(data)
    pool = ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))
    list(pool.map(partial(insert, setting.url, "warm"), [data[:1], data[1:2]]))
    halves = [data[: len(data) // 2], data[len(data) // 2 :]]

    def put_by_two() -> float:
        fresh("two")
        return timed(lambda: list(pool.map(partial(insert, setting.url, "two"), halves)))

    put_bare("kept")
    store.put(data, "stored", append=False, index=["i1"])
    database["kept"].create_index("i1")

    def get_arrow(query: dict[str, Any]) -> None:
        from pymongoarrow.api import Schema, find_pandas_all

        types: dict[str, Any] = {name: kind(column) for name, column in data.items()}
        find_pandas_all(database["kept"], query, schema=Schema(types))

    def group_means() -> None:
        means: Any = store.getl("stored").groupby("i1")["f0"].mean()
        assert len(means.value) == data["i1"].nunique()

    meta = store.metadata("stored")
    stored = store.mongodb[meta.payload["rows"]["collection"]]
    group = Case(
        f"rows: group mean of {setting.rows}",
        {OURS: group_means, AGGREGATE: nothing(lambda: list(stored.aggregate(PIPELINE)))},
        (Goal(AGGREGATE, 1.05),),
    )
    one_percent = {"i1": 7}
    by_id = {"_id": 1}
    return [
        Case(
            f"rows: write {setting.rows}",
            {
                OURS: put,
                CEILING: put_bare,
                ARROW: put_arrow,
                INSERT: put_documents,
                TWO: put_by_two,
                PARQUET: nothing(data.to_parquet),
                ARCTIC: arctic.write,
            },
            (Goal(CEILING, 1.2), Goal(ARROW, 1 / 3.5), Goal("cpu", 0.5 * setting.rows / 1e6)),
            close=pool.shutdown,
        ),
        Case(
            f"rows: read {setting.rows}",
            {
                OURS: nothing(lambda: store.get("stored")),
                CEILING: nothing(lambda: wire.drain("kept", sort=by_id)),
                ARROW: lambda: get_arrow({}),
                FIND: nothing(lambda: pd.DataFrame(list(database["kept"].find()))),
                PARQUET: nothing(lambda: pd.read_parquet(io.BytesIO(parquet))),
                ARCTIC: arctic.read,
            },
            (Goal(CEILING, 2), Goal(ARROW, 1 / 3.5), Goal(FIND, 1 / 10)),
            close=arctic.close,
        ),
        Case(
            f"rows: 1 % filter of {setting.rows}",
            {
                OURS: nothing(lambda: store.get("stored", i1=7)),
                CEILING: nothing(lambda: wire.drain("kept", one_percent)),
                ARROW: lambda: get_arrow(one_percent),
            },
            (Goal(CEILING, 1.2),),
        ),
        group,
    ]


def insert(url: str, name: str, part: pd.DataFrame) -> None:
    """Insert a part of a frame, in a process of its own."""
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    collection = client["bench_peers"].get_collection(name, write_concern=WriteConcern(**DURABLE))
    collection.insert_many(part.to_dict("records"), ordered=False)
    client.close()


def timed(step: Callable[[], object]) -> float:
    """Return the seconds that `step` takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def nothing(step: Callable[[], object]) -> Callable[[], None]:
    """Return `step` without its result, so that its time is taken as a whole."""

    def run() -> None:
        step()

    return run


def kind(column: pd.Series[Any]) -> Any:
    """Return the type that pymongoarrow knows a column by."""
    import pyarrow as pa

    return {"f": pa.float64(), "i": pa.int64(), "b": pa.bool_(), "M": pa.timestamp("ms")}.get(
        column.dtype.kind, pa.string()
    )
