"""Blobs: the GridFS files of one payload; small ones stay inline in Metadata.

A file is written once, and any GridFS client can read it. Its GridFS document goes out beside the last chunks:
nothing refers to it before the flip, so what a killed writer leaves of either is only removed. Size and SHA-256 are
taken while it is written and kept in Metadata, which is where a reader takes them from.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from bson.binary import Binary
from bson.max_key import MaxKey
from bson.min_key import MinKey
from pymongo.collection import Collection

from omegastore import chunks
from omegastore.chunks import Chunks, Piece, Source
from omegastore.errors import Corrupt
from omegastore.mongo import Connection
from omegastore.payload import Lease

INLINE = 256 * 1024
"""Bytes up to which all files of a payload together stay in Metadata."""
BUFFER = 1 << 20
"""Bytes that a reader of a file holds."""
REMOVED = 100
"""Payloads that one command removes the files of."""


class Blobs:
    """The files of one version of an object, each under the name of its part.

    Parameters
    ----------
    connection : Connection
        Where they are.
    space : str
        Prefix of the GridFS collections.
    payload : mapping, optional
        The stored payload that is read.
    lease : Lease, optional
        The write in progress.
    make_tmppath : callable, optional
        Makes the folder that `download` puts files in.
    """

    def __init__(
        self,
        connection: Connection,
        space: str,
        payload: Mapping[str, Any] | None = None,
        lease: Lease | None = None,
        make_tmppath: Callable[[], Path] | None = None,
    ) -> None:
        self._connection, self._space, self._lease, self._make_tmppath = (
            connection,
            space,
            lease,
            make_tmppath,
        )
        self._stored: dict[str, Mapping[str, Any]] = {part["part"]: part for part in (payload or {}).get("parts", ())}
        self.written: dict[str, dict[str, Any]] = {}
        """What Metadata is to say of each file that was written here."""
        self.is_started = False
        """Whether anything was sent to the server."""

    @property
    def parts(self) -> list[str]:
        """The names of the files."""
        return sorted(self._stored)

    def write(self, source: Source, part: str = "") -> int:
        """Write a file and return its size in bytes.

        Parameters
        ----------
        source : bytes-like, binary file or iterable of bytes
            A file is read from its position to its end.
        part : str
            The name of the file within the payload.
        """
        assert self._lease is not None, "files of a stored version are read only"
        assert part not in self.written, f"part {part!r} is written twice"
        digest, runs = hashlib.sha256(), chunks.cut(source)
        head = next(runs, [])
        size = sum(map(len, head))
        if size < chunks.CHUNK and size + self._inline_size() <= INLINE:
            data = b"".join(head)
            digest.update(data)
            record: dict[str, Any] = {"size": size, "data": Binary(data)}
        else:
            record = self._upload(part, chain([head] if head else [], runs), digest)
        if self._lease.stored is not None:  # so that the versions before are known not to have it
            record["b"] = self._lease.batch
        self.written[part] = {"part": part, **record, "sha256": digest.hexdigest()}
        return cast(int, record["size"])

    def read(self, part: str = "") -> bytes:
        """Return the whole file, size and checksum verified before.

        Raises
        ------
        Corrupt
            When it is not what was written.
        """
        return b"".join(self._verified(part))

    def read_into(self, buffer: memoryview, part: str = "") -> None:
        """Fill `buffer`, which has the size of the file, with its bytes; verified when this returns.

        Raises
        ------
        Corrupt
            When it is not what was written.
        """
        at, space = 0, np.frombuffer(buffer, np.uint8)
        for block in self._verified(part):
            if at + len(block) > len(buffer):
                raise Corrupt(f"file {part!r} has more than {len(buffer)} bytes")
            # by numpy, which lets the threads that fetch go on while memory is touched for the first time
            space[at : at + len(block)] = np.frombuffer(block, np.uint8)
            at += len(block)

    def size(self, part: str = "") -> int:
        """Return the bytes of the file, as Metadata says."""
        return int(self._record(part)["size"])

    def download(self, part: str = "") -> Path:
        """Copy the file into a temporary one, verified before it is returned; the caller may delete it."""
        folder = self._make_tmppath() if self._make_tmppath is not None else None
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            for block in self._verified(part):
                file.write(block)
        return Path(file.name)

    def open(self, part: str = "") -> BinaryIO:
        """Return a reader of the file that streams; size and checksum are verified at its end.

        Not for files whose loader can run code: such a loader must see no byte that is not verified.
        """
        return cast(BinaryIO, io.BufferedReader(_Reader(self._verified(part)), BUFFER))

    def _verified(self, part: str) -> Iterator[bytes]:
        """Yield the file's bytes and raise Corrupt at the end unless they are those that were written."""
        record = self._record(part)
        digest, size = hashlib.sha256(), 0
        for block in [record["data"]] if "data" in record else self._chunks(record["id"]).read(record["size"]):
            digest.update(block)
            size += len(block)
            yield block
        if size != record["size"] or digest.hexdigest() != record["sha256"]:
            raise Corrupt(f"file {part!r}: {size} bytes of {record['size']}, or other bytes (checksum)")

    def _record(self, part: str) -> Mapping[str, Any]:
        if part not in self._stored:
            raise Corrupt(f"the payload has no file {part!r}; it has {self.parts}")
        return self._stored[part]

    def _upload(self, part: str, runs: Iterator[list[Piece]], digest: Any) -> dict[str, Any]:
        assert self._lease is not None
        lease = self._lease
        lease.hold()
        self.is_started = True
        self._index()
        file = {"p": lease.pid, "part": part} if part else lease.pid
        if lease.stored is not None:  # so that a batch that is not committed can be told from those that are
            file = {"p": lease.pid, "part": part, "b": lease.batch}
        files = self._collection("files")

        def last(size: int) -> None:
            document = {
                "_id": file, "filename": lease.filename, "length": size, "chunkSize": chunks.CHUNK,
                "uploadDate": datetime.now(UTC), "metadata": {"sha256": digest.hexdigest()},
            }  # fmt: skip
            self._connection.retry(lambda: files.replace_one({"_id": file}, document, upsert=True))

        size = self._chunks(file).write(runs, digest, lease.hold, last)
        return {"size": size, "id": file}

    def _chunks(self, file: Any) -> Chunks:
        return Chunks(self._connection, self._collection("chunks"), file)

    def _index(self) -> None:
        """Make the indexes that GridFS clients expect, once in the life of a connection."""
        if self._space in self._connection.prepared:
            return
        parts, files = self._collection("chunks"), self._collection("files")
        self._connection.retry(lambda: parts.create_index([("files_id", 1), ("n", 1)], unique=True))
        self._connection.retry(lambda: files.create_index([("filename", 1), ("uploadDate", 1)]))
        self._connection.prepared.add(self._space)

    def _inline_size(self) -> int:
        return sum(part["size"] for part in self.written.values() if "data" in part)

    def _collection(self, name: str) -> Collection[Any]:
        return self._connection.durable(f"{self._space}.{name}")


def remove_files(connection: Connection, space: str, pids: Sequence[Any]) -> None:
    """Delete all files of the payloads `pids`, complete or not, by a few commands."""
    for start in range(0, len(pids), REMOVED):
        some = pids[start : start + REMOVED]
        for name, path in (("files", "_id"), ("chunks", "files_id")):
            collection = connection.durable(f"{space}.{name}")
            whole = {"$or": [{path: {"$in": some}}, *({path: _parts_of(pid)} for pid in some)]}
            connection.retry(lambda c=collection, q=whole: c.delete_many(q))  # type: ignore[misc]


def remove_batch_files(connection: Connection, space: str, pid: Any, batch: int) -> None:
    """Delete the files that were written with a batch of rows that was never committed."""
    for name, path in (("files", "_id"), ("chunks", "files_id")):
        collection = connection.durable(f"{space}.{name}")
        found = connection.retry(lambda c=collection, p=path: list(c.distinct(p, {p: _parts_of(pid)})))  # type: ignore[misc]
        gone = {"$in": [file for file in found if file.get("b") == batch]}
        connection.retry(lambda c=collection, p=path, q=gone: c.delete_many({p: q}))  # type: ignore[misc]


def _parts_of(pid: Any) -> dict[str, Any]:
    """Return the condition for the ids of the files of a payload of several."""
    return {"$gte": {"p": pid, "part": MinKey()}, "$lte": {"p": pid, "part": MaxKey()}}


class _Reader(io.RawIOBase):
    """Makes a file of an iterator of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
