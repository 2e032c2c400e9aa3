"""Proxy: stands between a client and a mongod, and does harm to one message of their conversation."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import Literal

Harm = Literal["before", "between", "within request", "within reply", "delay", "refuse", "hole"]
HARMS: tuple[Harm, ...] = ("before", "between", "within request", "within reply", "delay", "refuse", "hole")
"""Cut before a request, between it and its reply, or within one; late; cut and refused for a while; swallowed."""
MONITORING = (b"\x10hello\x00", b"\x01hello\x00", b"hello\x00", b"isMaster", b"ismaster", b"endSessions")
PAUSE = 0.5
"""Seconds of a delay, and of no connections."""


class Proxy:
    """Forwards to a port of loopback; messages of the driver's monitoring pass unharmed and are not counted.

    Parameters
    ----------
    port : int
        Where the server is.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._harm: Harm | None = None
        self._place = self._seen = 0
        self._is_lasting = False
        self._refused_until = 0.0
        self._sockets: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def plan(self, harm: Harm | None, place: int = 0, is_lasting: bool = False) -> None:
        """Harm the request number `place` from now on, counted from 1, or it and all after it."""
        with self._lock:
            self._harm, self._place, self._seen, self._is_lasting = harm, place, 0, is_lasting
            self._refused_until = 0.0

    @property
    def seen(self) -> int:
        """How many requests there were since `plan`."""
        return self._seen

    def close(self) -> None:
        """Cut all connections and end."""
        self._listener.close()
        for each in list(self._sockets):
            _close(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if time.monotonic() < self._refused_until:
                _close(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                _close(client)
                continue
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets |= {client, server}
            conversation = _Conversation(client, server, self._judge)
            threading.Thread(target=conversation.forward, daemon=True).start()
            threading.Thread(target=conversation.back, daemon=True).start()

    def _judge(self, message: bytes) -> Harm | None:
        """Return the harm that is to be done to a request."""
        if any(word in message[:200] for word in MONITORING):
            return None
        with self._lock:
            self._seen += 1
            is_due = self._seen >= self._place if self._is_lasting else self._seen == self._place
            if self._harm is None or not is_due:
                return None
            if self._harm == "refuse":
                self._refused_until = math.inf if self._is_lasting else time.monotonic() + PAUSE
            return self._harm


class _Conversation:
    """One connection."""

    def __init__(self, client: socket.socket, server: socket.socket, judge: Callable[[bytes], Harm | None]) -> None:
        self._client, self._server, self._judge = client, server, judge
        self._reply: Harm | None = None

    def forward(self) -> None:
        """Take requests to the server until one side ends."""
        with contextlib.suppress(OSError):
            while (message := _message(self._client)) is not None:
                harm = self._judge(message)
                if harm in ("before", "refuse"):
                    break
                if harm == "hole":
                    continue
                if harm == "within request":
                    self._server.sendall(message[: len(message) // 2])
                    break
                if harm == "delay":
                    time.sleep(PAUSE)
                elif harm is not None:
                    self._reply = harm
                self._server.sendall(message)
        self._end()

    def back(self) -> None:
        """Take replies to the client until one side ends."""
        with contextlib.suppress(OSError):
            while (message := _message(self._server)) is not None:
                if self._reply == "within reply":
                    self._client.sendall(message[: len(message) // 2])
                if self._reply is not None:
                    break
                self._client.sendall(message)
        self._end()

    def _end(self) -> None:
        _close(self._client)
        _close(self._server)


def _close(found: socket.socket) -> None:
    with contextlib.suppress(OSError):
        found.shutdown(socket.SHUT_RDWR)
    found.close()


def _message(found: socket.socket) -> bytes | None:
    """Return the next whole message of MongoDB's protocol, None at the end."""
    head = _exactly(found, 4)
    if head is None:
        return None
    rest = _exactly(found, int.from_bytes(head, "little") - 4)
    return None if rest is None else head + rest


def _exactly(found: socket.socket, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = found.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
