"""Fill: rows that the server writes by itself, from an aggregation into a fresh collection that nobody reads yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from omegastore.errors import Aborted, Corrupt
from omegastore.heartbeat import Heartbeat
from omegastore.mongo import Connection
from omegastore.payload import BATCH_BITS, Batch, Lease

Order = Sequence[tuple[str, int]]

ROW_ORDER: Order = (("_id", 1),)
"""The order of the rows of one stored payload."""
NAMESPACE_NOT_FOUND = 26


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows that the server has written."""

    batch: Batch
    """The batches that it shows as one, counted and without a checksum."""
    size: int
    """Bytes of the documents."""


def fill(
    connection: Connection,
    target: Collection[Any],
    source: Collection[Any],
    stages: Sequence[Mapping[str, Any]],
    order: Order,
    lease: Lease,
) -> Filled:
    """Let the server write what `stages` make of `source` to `target`, and tell what is there then.

    ``$out`` writes elsewhere and then renames, within the options and indexes that `target` was made with. So
    repeating it after a lost connection is safe, and one that comes too late, when gc has removed `target`, fails.

    Parameters
    ----------
    connection : Connection
        Where `target` is.
    target : Collection
        An empty one, or one that the stages read too; it is replaced.
    source : Collection
        Rows that are written already, and never changed.
    stages : sequence of mappings
        Of an aggregation; they must return the same rows whenever they run.
    order : sequence of (path, 1 or -1)
        The rows get new `_id`, counted from 0 in this order; rows that are alike in it stay in the order of `_id`.
        If it is empty their `_id` stays, which then is the order and has to be an int64.
    lease : Lease
        The write in progress; it is renewed meanwhile.

    Raises
    ------
    Aborted
        When gc has given the write up and removed `target`.
    Corrupt
        When the source was removed meanwhile, or the rows that are there are not those that were numbered.
    StoreFullError
        When the server's disk has no room for a copy of the source.
    """
    out = {"$out": {"db": target.database.name, "coll": target.name}}
    pipeline = [*stages, *(_numbering(order) if order else ()), out]
    connection.room.take(bytes_of(connection, source))
    with Heartbeat(lease.pause, [lease]):
        try:
            connection.retry(lambda: source.aggregate(pipeline, allowDiskUse=True))
        except OperationFailure as error:
            if _is_there(connection, target):
                raise
            raise Aborted("the write was given up while the server copied rows; nothing of it is visible") from error
        if not _is_there(connection, source):
            raise Corrupt("the rows were removed while the server copied them")
        count = connection.retry(lambda: target.count_documents({}))
        last = connection.retry(lambda: target.find_one({}, {"_id": 1}, sort=[("_id", -1)]))
        size = bytes_of(connection, target)
    end = -1 if last is None else int(last["_id"])
    if order and end != count - 1:
        raise Corrupt(f"the server wrote {count} rows, and the last one has the number {end}")
    return Filled(Batch(0, max(end, 0) >> BATCH_BITS, count, None, 0), size)


def bytes_of(connection: Connection, collection: Collection[Any]) -> int:
    """Return the bytes of the documents of a collection, 0 if it is not there."""
    try:
        told = connection.retry(lambda: list(collection.aggregate([{"$collStats": {"storageStats": {}}}])))
    except OperationFailure as error:
        if error.code == NAMESPACE_NOT_FOUND:
            return 0
        raise
    return sum(int(each["storageStats"]["size"]) for each in told)  # one for each shard of a cluster


def _is_there(connection: Connection, collection: Collection[Any]) -> bool:
    named = {"name": collection.name}
    return bool(connection.retry(lambda: collection.database.list_collection_names(filter=named)))


def _numbering(order: Order) -> list[dict[str, Any]]:
    """Return the stages that give rows the `_id` of their place, as an int64."""
    by = dict(order) | {"_id": dict(order).get("_id", 1)}
    # $documentNumber would take one key only
    place = {"$sum": 1, "window": {"documents": ["unbounded", "current"]}}
    number = {"$setWindowFields": {"sortBy": by, "output": {"_id": place}}}
    return [number, {"$set": {"_id": {"$toLong": {"$subtract": ["$_id", 1]}}}}]
