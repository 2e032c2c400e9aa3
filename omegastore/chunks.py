"""Chunks: the GridFS chunks of one file, written and read by two connections at a time.

A range of chunks is one command in either direction, so each may be repeated by itself when a connection is lost, and
no cursor stays open.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO, cast

import bson
import numpy as np
from bson.objectid import ObjectId
from pymongo.collection import Collection

from omegastore import wire
from omegastore.ahead import ahead
from omegastore.codecs.documents import Documents
from omegastore.errors import Corrupt
from omegastore.mongo import Connection
from omegastore.progress import track

CHUNK = 1 << 20
"""Bytes of a chunk: larger ones are slower to write, smaller ones cost more messages."""
PER_MESSAGE = 4
"""Chunks of one command; with several commands for most files, the connections share the work."""

Piece = bytes | bytearray | memoryview
Source = Piece | BinaryIO | Iterable[Piece]
_SIZE = struct.Struct("<i")
_BINARY = struct.Struct("<ib")


def cut(source: Source) -> Iterator[list[Piece]]:
    """Cut `source` into runs of pieces, together CHUNK bytes each; only the last may be shorter."""
    run, missing = list[Piece](), CHUNK
    for piece in _pieces(source):
        view = memoryview(piece).cast("B")
        while len(view) >= missing:
            yield [*run, view[:missing]]
            view, run, missing = view[missing:], [], CHUNK
        if view:
            run.append(view)
            missing -= len(view)
    if run:
        yield run


class Chunks:
    """The chunks of one file.

    Parameters
    ----------
    connection : Connection
        The way to the server.
    collection : Collection
        The collection of chunks.
    file : Any
        The id of the file.
    """

    def __init__(self, connection: Connection, collection: Collection[Any], file: Any) -> None:
        self._connection, self._collection, self._file = connection, collection, file

    def write(
        self, runs: Iterator[list[Piece]], digest: Any, hold: Callable[[], None], last: Callable[[int], None]
    ) -> int:
        """Write the file and return its size.

        Parameters
        ----------
        runs : iterator of lists of bytes
            The bytes of one chunk each.
        digest : hash
            Is updated with the bytes while they are under way.
        hold : callable
            Called before each message; renews the lease.
        last : callable
            Called with the size once the digest has all bytes, while the last chunks are under way.
        """
        size = first = 0

        def messages() -> Iterator[Callable[[], int | None]]:
            nonlocal size, first
            while some := list(islice(runs, PER_MESSAGE)):
                documents = self._encoded(first, some)
                hold()
                yield partial(self._send, first, documents)
                for pieces, end in zip(some, documents.offsets[1:], strict=True):
                    length = sum(map(len, pieces))
                    digest.update(memoryview(documents.buffer)[end - 1 - length : end - 1])
                    size += length
                first += len(some)
            yield partial(last, size)

        for _ in track(ahead(messages()), "writing a file", size=lambda sent: sent or 0):
            pass
        return size

    def read(self, size: int) -> Iterator[bytes]:
        """Yield the data of all chunks in order.

        Parameters
        ----------
        size : int
            Bytes that the file should have.

        Raises
        ------
        Corrupt
            When a chunk is missing.
        """
        number = got = 0
        starts = range(0, max(1, -(-size // CHUNK)), PER_MESSAGE)
        # of the last range one more, so that what does not belong to the file is seen
        planned = (partial(self._fetch, at, PER_MESSAGE + (at == starts[-1])) for at in starts)

        def smaller() -> Iterator[list[dict[str, Any]]]:
            """Yield what is left of a file with more and smaller chunks than are written here."""
            while got < size and (found := self._fetch(number, PER_MESSAGE)):
                yield found

        found = chain(ahead(planned), smaller())
        for chunks in track(found, "reading a file", size, lambda some: sum(len(each["data"]) for each in some)):
            for chunk in chunks:
                if chunk["n"] != number:
                    raise Corrupt(f"chunk {number} of a file is missing")
                number, got = number + 1, got + len(chunk["data"])
                yield chunk["data"]

    def _fetch(self, start: int, count: int) -> list[dict[str, Any]]:
        query = {"files_id": self._file, "n": {"$gte": start}}
        return self._connection.retry(
            lambda: list(self._collection.find(query, sort=[("n", 1)], limit=count, batch_size=count))
        )

    def _encoded(self, first: int, runs: list[list[Piece]]) -> Documents:
        """Return the documents of chunks; the one copy that is made of their data."""
        parts, ends = list[Piece](), [0]
        for number, run in enumerate(runs, first):
            head = bson.encode({"_id": ObjectId(), "files_id": self._file, "n": number})[4:-1] + b"\x05data\0"
            length = sum(map(len, run))
            size = 4 + len(head) + _BINARY.size + length + 1
            parts += [_SIZE.pack(size), head, _BINARY.pack(length, 0), *run, b"\0"]
            ends.append(ends[-1] + size)
        return Documents(b"".join(parts), np.array(ends, np.int64))

    def _send(self, first: int, documents: Documents) -> int:
        """Insert chunks and return their bytes."""
        self._connection.room.take(len(documents.buffer))
        attempt = 0

        def insert() -> None:
            nonlocal attempt
            attempt += 1
            if attempt > 1:  # what a lost connection left
                numbers = {"$gte": first, "$lt": first + len(documents)}
                self._collection.delete_many({"files_id": self._file, "n": numbers})
            wire.insert(self._collection, documents)

        self._connection.retry(insert)
        return len(documents.buffer)


def _pieces(source: Source) -> Iterator[Piece]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return iter(cast(list[Piece], [source]))
    if hasattr(source, "read"):
        reader = cast(BinaryIO, source)
        return iter(lambda: reader.read(CHUNK), b"")
    return iter(source)
