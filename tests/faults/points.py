"""Points: where a process that writes is struck; our own functions are wrapped in that process alone.

A point is reached before a verb starts, after each step on the server, and before the flip. It is named by the
functions of the protocol that are running.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, cast

from omegastore import chunks, flip
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog
from omegastore.chunks import Chunks
from omegastore.codecs import pydocument
from omegastore.mongo import Connection
from omegastore.rows import Rows
from omegastore.write import Write

TRACED = {
    (Write, "hold"): "begin",
    (flip, "_attempt"): "flip",
    (Write, "_change"): "change",
    (Catalog, "change"): "swap",
    (Catalog, "update"): "update",
    (Rows, "_create"): "create",
    (Rows, "_insert"): "insert",
    (Rows, "fill"): "fill",
    (Blobs, "_upload"): "upload",
    (Chunks, "_send"): "send",
}
FLIPPED = ("after flip/update", "after swap/update")
"""Points behind which the new state is the one that counts."""


class Striker:
    """Sends a signal to its own process at one of the points.

    Parameters
    ----------
    path : str
        Where the points are noted that were passed.
    place : int
        The number of the point, from 1; 0 strikes at none.
    number : int
        The signal.
    """

    def __init__(self, path: str, place: int, number: int = signal.SIGKILL) -> None:
        self._log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._place, self._signal, self._passed = place, number, 0
        self._here, self._counting = threading.local(), threading.Lock()  # files are sent by several threads

    def install(self) -> None:
        """Wrap the functions of the protocol in this process."""
        for (owner, attribute), label in TRACED.items():
            setattr(owner, attribute, self._traced(getattr(owner, attribute), label))
        retry = Connection.retry
        striker = self

        def counted(connection: Connection, step: Callable[[], Any]) -> Any:
            done = retry(connection, step)
            striker.reach(f"after {'/'.join(striker._running()) or 'step'}")
            return done

        setattr(Connection, "retry", counted)  # noqa: B010  # an assignment would need an ignore

    def reach(self, label: str) -> None:
        """Note a point, and strike if it is the one."""
        with self._counting:
            self._passed += 1
            os.write(self._log, f"{label}\n".encode())
            if self._passed == self._place:
                os.kill(os.getpid(), self._signal)

    def _running(self) -> list[str]:
        return cast(list[str], self._here.__dict__.setdefault("running", []))

    def _traced(self, function: Callable[..., Any], label: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def traced(*arguments: Any, **keywords: Any) -> Any:
            if label == "flip":
                self.reach("before flip")
            self._running().append(label)
            try:
                return function(*arguments, **keywords)
            finally:
                self._running().pop()

        return traced


def make_small_chunks(change: Callable[[object, str, object], None] | None = None) -> None:
    """Let a file be many messages, and a large object one of 64 KB, so that there are points between them.

    Parameters
    ----------
    change : callable, optional
        Sets an attribute; default: for the life of the process.
    """
    for module, name, value in (
        (chunks, "CHUNK", 1 << 16),
        (chunks, "PER_MESSAGE", 3),
        (pydocument, "LARGEST", 1 << 16),
    ):
        assert hasattr(module, name)
        (change or setattr)(module, name, value)
