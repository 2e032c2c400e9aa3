"""Rows: the documents of one payload, in a collection of their own.

The collection is clustered by `_id` where the server can: batch number * 2^32 + position, so that order,
identity and batch are one key. Rows are written once. A batch is visible when Metadata lists it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from omegastore.ahead import ahead
from omegastore.audit import Audit, ids
from omegastore.codecs.documents import Documents
from omegastore.errors import Corrupt, UnsupportedValue
from omegastore.fill import ROW_ORDER, Order, fill
from omegastore.hint import FEWEST_ROWS, hint
from omegastore.mongo import Connection
from omegastore.payload import BATCH_BITS, Batch, Lease, batches, leading_rows, scan, visible_rows
from omegastore.progress import track
from omegastore.replies import replies
from omegastore.wire import insert as insert_documents

MAX_TIME = 600_000
"""Milliseconds that a read with a condition may take on the server."""
PLAN_KILLED = 175
NAMESPACE_EXISTS = 48
NO_CONVERSION = 241

Index = Sequence[tuple[str, int | str]]
Raw = Mapping[str, Any]


class Rows:
    """The rows of one version of an object.

    Parameters
    ----------
    connection : Connection
        Where they are.
    payload : mapping, optional
        The stored payload that is read.
    lease : Lease, optional
        The write in progress.
    """

    def __init__(
        self, connection: Connection, payload: Mapping[str, Any] | None = None, lease: Lease | None = None
    ) -> None:
        self._connection, self._payload, self._lease = connection, payload or {}, lease
        self.written: Batch | None = None
        """The batch that was written here, once it was."""
        self.size = 0
        """Bytes written here."""
        self.is_started = False
        """Whether anything was sent to the server."""

    @property
    def is_append(self) -> bool:
        """Whether this write appends to rows that are stored."""
        return self._lease is not None and self._lease.stored is not None

    @property
    def batches(self) -> list[tuple[int, int]]:
        """First `_id` and number of rows of each committed batch."""
        return [(batch.first << BATCH_BITS, batch.rows) for batch in batches(self._payload)]

    @property
    def collection(self) -> Collection[Any]:
        """The collection of the stored rows, for lazy frames."""
        return self._open(self._payload["rows"]["collection"])

    @property
    def visible(self) -> dict[str, Any]:
        """The filter that hides rows that are not committed."""
        return visible_rows(batches(self._payload))

    @property
    def is_clustered(self) -> bool:
        """Whether the server keeps rows in the order of their `_id`."""
        return self._connection.is_clustered

    def write(self, chunks: Iterable[Callable[[int], Documents]], *, indexes: Sequence[Index] = ()) -> None:
        """Write `chunks` as one batch.

        Parameters
        ----------
        chunks : iterable of callables
            Each is called with the `_id` of its first row and returns its documents, `_id` first.
        indexes : sequence of sequences of (path, direction)
            Secondary indexes; they are made with the collection, before the rows.
        """
        assert self._lease is not None, "rows of a stored version are read only"
        assert self.written is None, "rows are written once"
        lease, digest, count = self._lease, hashlib.sha256(), 0
        lease.hold()
        self.is_started = True
        collection = self._create(lease.collection, indexes)

        def steps() -> Iterator[Callable[[], None]]:
            nonlocal count
            for chunk in chunks:
                documents = chunk((lease.batch << BATCH_BITS) + count)
                self._connection.room.take(len(documents.buffer))
                lease.hold()
                digest.update(documents.buffer)  # while those before it are under way
                count += len(documents)
                self.size += len(documents.buffer)
                yield partial(self._insert, collection, documents)

        for _ in ahead(steps()):
            pass
        self.written = Batch(lease.batch, lease.batch, count, digest.digest(), 0)

    def fill(
        self,
        source: Collection[Any],
        stages: Sequence[Mapping[str, Any]],
        *,
        order: Order = ROW_ORDER,
        indexes: Sequence[Index] = (),
        start: Iterable[Callable[[int], Documents]] = (),
    ) -> int:
        """Let the server write the rows of this version, and return how many there are.

        Parameters
        ----------
        source : Collection
            Stored rows, such as `collection` of another payload.
        stages : sequence of mappings
            An aggregation over `source`, which returns the same whenever it runs. It has to begin with a match of
            what is `visible` there.
        order : sequence of (path, 1 or -1)
            What the rows are numbered by; empty when the stages return them with the int64 `_id` that they keep.
        indexes : sequence of sequences of (path, direction)
            Secondary indexes.
        start : iterable of callables
            As for `write`: rows that are in `collection` of this write before the stages run, so that they can be
            united with it. Only what the stages return stays.

        Raises
        ------
        Corrupt
            When `source` was removed meanwhile.
        """
        assert self._lease is not None, "rows of a stored version are read only"
        assert not self.is_append, "the server fills fresh collections only"
        assert self.written is None, "rows are written once"
        self._lease.hold()
        self.is_started = True
        target = self._create(self._lease.collection, indexes)
        for chunk in start:
            self._lease.hold()
            self._insert(target, chunk(0))
        filled = fill(self._connection, target, source, stages, order, self._lease)
        self.written, self.size = filled.batch, filled.size
        return filled.batch.rows

    def read(
        self,
        filter: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
        batch_size: int = 20_000,
    ) -> Iterator[Documents]:
        """Yield the committed rows in the order of their `_id`.

        Parameters
        ----------
        filter : mapping, optional
            A compiled MongoDB filter.
        fields : sequence of str, optional
            Paths to read; `_id` is always there.
        skip, limit : int, optional
            Rows to leave out at the start, and the most to read.
        batch_size : int
            Rows in each run of documents.

        Raises
        ------
        Corrupt
            When the whole is read and its count or checksum is not the one that was committed.
        """
        visible = batches(self._payload)
        if limit == 0 or not visible:
            return
        whole = not (filter or fields or skip or limit)
        audit = Audit(visible) if whole else None
        command: dict[str, Any] = {
            "find": self.collection.name, **self._sought(filter, limit),
            "sort": {"_id": 1}, "skip": skip, "allowDiskUse": True, "maxTimeMS": MAX_TIME,
        }  # fmt: skip
        if fields is not None:
            command["projection"] = dict.fromkeys(fields, 1)
        if limit is not None:
            command["limit"] = limit
        total = sum(batch.rows for batch in visible) if whole else None
        for documents in track(self._replies(command, batch_size), "reading rows", total, len):
            if audit is not None:
                audit.add(documents)
            yield documents
        if audit is not None:
            audit.close()

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]], *, batch_size: int = 20_000) -> Iterator[Documents]:
        """Yield what an aggregation over the committed rows returns; stages that write are not for here."""
        command = {
            "aggregate": self.collection.name, "pipeline": self.committed(pipeline), "allowDiskUse": True,
            "maxTimeMS": MAX_TIME,
        }  # fmt: skip
        yield from self._replies(command, batch_size)

    def committed(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return `pipeline` with stages in front that leave the committed rows.

        Where all rows are needed, a limit does it: a condition on every row would take a fifth of a group's time.
        """
        count = leading_rows(batches(self._payload))
        first = next((stage for stage in pipeline if "$set" not in stage), {})
        if count and self.is_clustered and "$group" in first:
            return [{"$sort": {"_id": 1}}, {"$limit": count}, *pipeline]
        return [{"$match": self.visible}, *pipeline]

    def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """Return how many committed rows meet `filter`; without one, Metadata knows."""
        if not filter:
            return sum(batch.rows for batch in batches(self._payload))
        query = {"$and": [self.visible, filter]}
        return self._connection.retry(lambda: self.collection.count_documents(query, maxTimeMS=MAX_TIME))

    def indexes(self) -> list[Index]:
        """Return the secondary indexes of the stored rows, but for text indexes."""
        found = self._connection.retry(lambda: list(self.collection.list_indexes()))
        keys = [
            [(path, way if isinstance(way, str) else int(way)) for path, way in each["key"].items()] for each in found
        ]
        return [key for key in keys if key != [("_id", 1)] and "_fts" not in dict(key)]

    def _open(self, name: str) -> Collection[Any]:
        return self._connection.database.get_collection(
            name, read_concern=ReadConcern("majority"), write_concern=WriteConcern("majority", j=True)
        )

    def _sought(self, filter: Mapping[str, Any] | None, limit: int | None) -> dict[str, Any]:
        """Return the parts of a ``find`` that say which rows are read, and by which index."""
        visible = batches(self._payload)
        if not filter:
            return scan(visible)
        found: dict[str, Any] = {"filter": {"$and": [self.visible, filter]}}
        if limit is not None or (rows := sum(batch.rows for batch in visible)) < FEWEST_ROWS:
            return found
        index = self._connection.retry(lambda: hint(self.collection, filter, rows))
        return scan(visible, filter) if index == {"_id": 1} else found if index is None else {**found, "hint": index}

    def _replies(self, command: Mapping[str, Any], batch_size: int) -> Iterator[Documents]:
        """Yield what `command` returns; a dropped collection is a corrupt payload here."""
        try:
            yield from replies(self._connection, self.collection, command, batch_size)
        except OperationFailure as error:
            if error.code == PLAN_KILLED:
                raise Corrupt("the rows were removed while they were read") from error
            if error.code == NO_CONVERSION:
                raise UnsupportedValue(f"a value cannot be computed as pandas does it: {_said(error)}") from error
            raise
        except ConnectionFailure as error:
            raise self._connection.unavailable(error) from error

    def _create(self, name: str, indexes: Sequence[Index]) -> Collection[Any]:
        collection = self._open(name)
        if not self.is_append:
            options: dict[str, Any] = {}
            if self.is_clustered:
                options["clusteredIndex"] = {"key": {"_id": 1}, "unique": True}
            try:
                self._connection.retry(lambda: self._connection.database.command("create", name, **options))
            except OperationFailure as error:
                # the answer to an earlier attempt was lost: the name is this write's own
                if error.code != NAMESPACE_EXISTS:
                    raise
        if indexes:
            models = [IndexModel(list(index)) for index in indexes]
            self._connection.retry(lambda: collection.create_indexes(models))
        return collection

    def _insert(self, collection: Collection[Any], documents: Documents) -> None:
        if not len(documents):
            return
        numbers = ids(documents)
        remains = {"_id": {"$gte": int(numbers[0]), "$lte": int(numbers[-1])}}
        attempt = 0

        def insert() -> None:
            nonlocal attempt
            attempt += 1
            if attempt > 1:  # what a lost connection left
                collection.delete_many(remains)
            insert_documents(collection, documents)

        self._connection.retry(insert)


def remove(connection: Connection, collection: str) -> None:
    """Drop a row collection whose payload is no longer referenced."""
    connection.retry(lambda: connection.database.drop_collection(collection))


def remove_batch(connection: Connection, collection: str, batch: int) -> None:
    """Delete the rows of a batch that was never committed."""
    rows = connection.database.get_collection(collection, write_concern=WriteConcern("majority", j=True))
    span = {"_id": {"$gte": batch << BATCH_BITS, "$lt": (batch + 1) << BATCH_BITS}}
    connection.retry(lambda: rows.delete_many(span))


def _said(error: OperationFailure) -> str:
    """Return what the server said of a value, without where it was when it did."""
    return str(error).partition(" :: caused by :: ")[2].partition(" in $convert")[0].partition(", full error")[0]
