"""Wire: OP_MSG over a bare socket, the least client there can be; what it takes is the ceiling."""

from __future__ import annotations

import socket
import struct
from typing import Any

import bson
from pymongo.uri_parser import parse_uri

DATABASE = "bench_peers"
_HEADER = struct.Struct("<iiiiI")
DURABLE = {"w": "majority", "j": True}
"""The write concern that the store has."""


class Wire:
    """One connection."""

    def __init__(self, url: str) -> None:
        host, port = parse_uri(url)["nodelist"][0]
        if host.endswith(".sock"):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(host)
        else:
            self._socket = socket.create_connection((host, port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def command(self, command: dict[str, Any]) -> bytearray:
        """Send a command and return the undecoded reply."""
        body = bson.encode({**command, "$db": DATABASE})
        self._socket.sendall(_HEADER.pack(21 + len(body), 1, 0, 2013, 0) + b"\0" + body)
        return self._reply()

    def insert(self, collection: str, documents: bytes) -> None:
        """Insert encoded documents as one message."""
        body = bson.encode({"insert": collection, "ordered": False, "writeConcern": DURABLE, "$db": DATABASE})
        size = 21 + len(body) + 15 + len(documents)
        head = _HEADER.pack(size, 1, 0, 2013, 0) + b"\0" + body
        self._socket.sendall(head + b"\1" + struct.pack("<i", 14 + len(documents)) + b"documents\0")
        self._socket.sendall(documents)
        reply = bson.decode(self._reply()[17:])
        if reply["ok"] != 1 or "writeErrors" in reply or "writeConcernError" in reply:
            raise RuntimeError(str(reply)[:300])

    def drain(self, collection: str, filter: dict[str, Any] | None = None, sort: dict[str, int] | None = None) -> int:
        """Read a whole cursor, looking at nothing but its id, and return its bytes."""
        command: dict[str, Any] = {"find": collection, "filter": filter or {}, "batchSize": 10**6}
        if sort:
            command["sort"] = sort
        total = 0
        while True:
            reply = self.command(command)
            total += len(reply)
            at = reply.find(b"\x12id\0", max(0, len(reply) - 400))
            (cursor,) = struct.unpack_from("<q", reply, at + 4)
            if not cursor:
                return total
            command = {"getMore": bson.Int64(cursor), "collection": collection, "batchSize": 10**6}

    def _reply(self) -> bytearray:
        (size,) = struct.unpack("<i", self._receive(4))
        return self._receive(size - 4)

    def _receive(self, size: int) -> bytearray:
        buffer = bytearray(size)
        view, got = memoryview(buffer), 0
        while got < size:
            count = self._socket.recv_into(view[got:])
            if not count:
                raise ConnectionError("the server closed the connection")
            got += count
        return buffer
