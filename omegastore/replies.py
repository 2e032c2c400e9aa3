"""Replies: the batches of a cursor as the server sends them, without an object for each document.

`find`, `aggregate` and `getMore` are sent as commands whose reply is not decoded; while one batch is being used, a
thread fetches the next. Reading with a preference for secondaries, or by several mongos, needs the driver's own
cursor, which knows the server that holds it.
"""

from __future__ import annotations

import contextlib
import contextvars
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, cast

import bson
import numpy as np
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from numpy.typing import NDArray
from pymongo import ReadPreference
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from omegastore.codecs.documents import Documents
from omegastore.mongo import CODEC, Connection

_ARRAY, _INT64 = 0x04, 0x12
_KEY = 3
"""Bytes in front of the first documents of an array: the type, a digit and a zero."""
_CURSOR = b"\x03cursor\0"
_AHEAD = 2
"""Batches that are fetched or kept while another is in use."""
_PATIENCE = 1.0
"""Seconds to wait for an abandoned cursor to be closed; after that it is closed behind the caller's back."""
Batch = Callable[[], Documents]
"""Takes the documents out of a reply: in the reader's thread the server would have to wait for it."""
_RAW = CODEC.with_options(document_class=RawBSONDocument)
_SIZE = struct.Struct("<i")


def replies(
    connection: Connection, collection: Collection[Any], command: Mapping[str, Any], batch_size: int
) -> Iterator[Documents]:
    """Yield the documents that `command` returns, one batch after another; none of them is empty.

    Parameters
    ----------
    connection : Connection
        Its way to retry.
    collection : Collection
        Where to read, with which preference and concern.
    command : mapping
        A ``find`` or ``aggregate`` on it.
    batch_size : int
        The most documents of a batch.
    """
    sized = {"cursor": {"batchSize": batch_size}} if "aggregate" in command else {"batchSize": batch_size}
    command = {**command, **sized}
    if collection.read_concern.level:
        command["readConcern"] = collection.read_concern.document
    if not is_one_server(collection):
        yield from _by_driver(connection, collection, command, batch_size)
        return
    cursor = _Cursor(collection, batch_size)
    try:
        yield from cursor.batches(connection, command)
    finally:
        cursor.close()


def is_one_server(collection: Collection[Any]) -> bool:
    """Whether all commands of a cursor come to the server that has it, without care."""
    kind: str = collection.database.client.topology_description.topology_type_name
    return kind == "Single" or (
        kind == "ReplicaSetWithPrimary" and collection.read_preference == ReadPreference.PRIMARY
    )


class _Cursor:
    """A cursor on the server, in a session of its own."""

    def __init__(self, collection: Collection[Any], batch_size: int) -> None:
        self._collection, self._batch_size = collection, batch_size
        self._session: ClientSession = collection.database.client.start_session(causal_consistency=False)
        self._number = Int64(0)
        self._pool: ThreadPoolExecutor | None = None

    def batches(self, connection: Connection, command: Mapping[str, Any]) -> Iterator[Documents]:
        """Yield the batches; from the second on they are fetched while the one before is in use."""
        batch: Batch | None = connection.retry(lambda: self._run(command))
        coming = deque[Future[Batch | None]]()
        while batch is not None:
            while self._number and len(coming) < _AHEAD:
                self._pool = self._pool or ThreadPoolExecutor(1, "omegastore-reader")
                # a deadline that the caller set for the driver holds in the thread too
                coming.append(self._pool.submit(contextvars.copy_context().run, self._more))
            documents = batch()
            if len(documents):
                yield documents
            batch = coming.popleft().result() if coming else None

    def close(self) -> None:
        """Close the cursor if it is open, after what is under way."""
        if self._pool is None:
            self._end()
            return
        ending = self._pool.submit(self._end)
        self._pool.shutdown(wait=False)
        wait([ending], _PATIENCE)

    def _end(self) -> None:
        if self._number:
            with contextlib.suppress(PyMongoError):  # the server closes it in time
                command = {"killCursors": self._collection.name, "cursors": [self._number]}
                self._collection.database.command(command, session=self._session)
        self._session.end_session()

    def _more(self) -> Batch | None:
        if not self._number:  # the batch before was the last
            return None
        command = {"getMore": self._number, "collection": self._collection.name, "batchSize": self._batch_size}
        return self._run(command)

    def _run(self, command: Mapping[str, Any]) -> Batch:
        database = self._collection.database
        reply: Any = database.command(
            dict(command),
            read_preference=self._collection.read_preference,
            codec_options=_RAW,
            session=self._session,
        )
        batch, self._number = _opened(reply)
        return batch


def _by_driver(
    connection: Connection, collection: Collection[Any], command: Mapping[str, Any], batch_size: int
) -> Iterator[Documents]:
    database, preference = collection.database.with_options(codec_options=_RAW), collection.read_preference
    cursor: Any = connection.retry(
        lambda: database.cursor_command(dict(command), read_preference=preference, codec_options=_RAW)
    )
    with cursor.batch_size(batch_size):
        run: list[bytes] = []
        for document in cursor:
            run.append(document.raw)
            if len(run) == batch_size:
                yield Documents.join(run)
                run = []
        if run:
            yield Documents.join(run)


def _opened(reply: RawBSONDocument) -> tuple[Batch, Int64]:
    """Return what takes the documents out of a reply, and the number of its cursor."""
    raw, at = bytes(reply.raw), 4 + len(_CURSOR)
    if not raw.startswith(_CURSOR, 4) or raw[at + 4] != _ARRAY:  # a server that orders its replies otherwise
        cursor: Any = reply["cursor"]
        batch = cursor["firstBatch"] if "firstBatch" in cursor else cursor["nextBatch"]
        return partial(Documents.join, [bytes(document.raw) for document in batch]), Int64(cursor["id"])
    end = at + cast(int, _SIZE.unpack_from(raw, at)[0])
    start = raw.index(b"\0", at + 5) + 1
    stop = start + cast(int, _SIZE.unpack_from(raw, start)[0])
    number = bson.decode(_SIZE.pack(end - stop + 4) + raw[stop:end])["id"]
    return partial(_joined, raw, start, stop), Int64(number)


def _joined(raw: bytes, start: int, stop: int) -> Documents:
    """Return the documents of an array, which stands from `start` to `stop`, without the keys between them."""
    first, last = start + 4, stop - 1
    starts = _numbered(raw, first, last)
    if starts is None:
        starts = _walked(raw, first, last)
    sizes = _int32(raw)[starts].astype(np.int64)
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    if not len(starts):
        return Documents(b"", offsets)
    # runs by turns: a key, a document, a key, ...
    edges = np.empty(2 * len(starts) + 1, np.int64)
    edges[0], edges[1::2], edges[2::2] = first, starts, starts + sizes
    is_document = np.arange(2 * len(starts)) % 2 == 1
    if (arrow := sys.modules.get("pyarrow")) is not None:  # not worth an import, but six times as fast
        buffers = [None, arrow.py_buffer(edges.astype(np.int32)), arrow.py_buffer(raw)]
        kept: Any = arrow.Array.from_buffers(arrow.binary(), len(is_document), buffers).filter(is_document)
        return Documents(kept.buffers()[2].to_pybytes()[: offsets[-1]], offsets)
    is_kept = np.repeat(is_document, np.diff(edges))
    return Documents(np.frombuffer(raw, np.uint8)[first:last][is_kept].tobytes(), offsets)


def _int32(raw: bytes) -> NDArray[np.int32]:
    """Return the integers that begin at every byte."""
    return np.ndarray((max(0, len(raw) - 3),), "<i4", raw, 0, (1,))


def _numbered(raw: bytes, at: int, stop: int) -> NDArray[np.int64] | None:
    """Return where the documents of an array start, if each begins with an int64 ``_id``; None if some do not.

    All places that look like such a start are found at once. They are the starts if each document ends where the key
    in front of the next begins, from the first to the last.
    """
    found = np.flatnonzero(np.frombuffer(raw, np.uint8)[: stop - 3] == ord("_"))
    found = found[found > at + 5]
    integers = _int32(raw)
    found = found[integers[found] == int.from_bytes(b"_id\0", "little")]
    starts = found[np.frombuffer(raw, np.uint8)[found - 1] == _INT64] - 5
    keys = np.full(len(starts), _KEY, np.int64)
    width = 10
    while width < len(starts):
        keys[width:] += 1
        width *= 10
    ends = starts + integers[starts]
    is_chain = len(starts) > 0 and starts[0] == at + _KEY and ends[-1] == stop
    return starts if is_chain and bool(np.all(starts[1:] == ends[:-1] + keys[1:])) else None


def _walked(raw: bytes, at: int, stop: int) -> NDArray[np.int64]:
    """Return where the documents of an array start, from one to the next."""
    starts = list[int]()
    size_at, add = _SIZE.unpack_from, starts.append
    key, top = _KEY, 10
    while at < stop:
        for _ in range(top - len(starts)):
            at += key
            add(at)
            at += size_at(raw, at)[0]
            if at >= stop:
                break
        key, top = key + 1, top * 10
    return np.array(starts, np.int64)
