"""The mongod process: started on a socket as a replica set of one, and ended."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from omegastore.server import endpoint
from omegastore.server.lock import is_held, wait_until_free

_START = 120.0  # seconds; recovery after a crash replays the journal
_STOP = 30.0
_NOT_INITIATED, _ALREADY_INITIATED = 94, 23
_LOG_BYTES = 10_000_000
_FLAGS = (
    "--nounixsocket",
    *("--filePermissions", "0600"),
    *("--replSet", "omega"),
    *("--oplogSize", "128"),
    *("--wiredTigerCacheSizeGB", "0.25"),
    *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # that of a client that was killed holds up whoever needs the whole database, such as $out
    *("--setParameter", "transactionLifetimeLimitSeconds=15"),
    *("--networkMessageCompressors", "disabled"),
    *("--noscripting", "--logappend", "--quiet"),
)


class StartError(Exception):
    """A mongod that ended or did not become ready; the message holds the end of its log."""


@dataclass(slots=True)
class Mongod:
    """One mongod on one data folder, started as often as it takes."""

    binary: Path
    data: Path
    socket: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Start the process, wait until it takes writes, and return its id.

        Raises
        ------
        StartError
            If it ends before, or takes longer than two minutes.
        """
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        paths: list[str | Path] = ["--dbpath", self.data, "--bind_ip", self.socket, "--logpath", self.log]
        with self.log.open("ab") as log:
            mark = log.tell()
            self.process = subprocess.Popen(  # noqa: S603  # the mongod that was looked up
                [self.binary, *paths, *_FLAGS],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                preexec_fn=_end_with_parent(),  # no other thread runs while it forks
            )
        try:
            self._make_primary(self.process)
        except (StartError, ConnectionFailure, OperationFailure) as error:
            self.stop()
            raise StartError(f"{error}; the end of {self.log}:\n{_tail(self.log, mark)}") from error
        return self.process.pid

    def is_running(self) -> bool:
        """Return whether the process lives and its socket is still there to be found."""
        return self.process is not None and self.process.poll() is None and self.socket.exists()

    def stop(self) -> None:
        """End the process, in order if it does so in time, and remove its socket."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(_STOP)
            except subprocess.TimeoutExpired:
                self.kill()
        self.socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the process at once."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def end_orphan(self) -> None:
        """End a mongod that outlived its supervisor.

        It is one if it holds the lock of the data folder. On Linux the kernel has told it to end; its id
        is in that lock file.
        """
        lock = self.data / "mongod.lock"
        for number, seconds in (None, 3.0), (signal.SIGTERM, _STOP), (signal.SIGKILL, 5.0):
            if number and is_held(lock):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(lock.read_text()), number)
            if wait_until_free(lock, seconds):
                return

    def _make_primary(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _START
        self._wait_for(process, end, lambda: endpoint.answers(self.socket))
        self._wait_for(process, end, self._is_primary)

    def _wait_for(self, process: subprocess.Popen[bytes], end: float, condition: Callable[[], bool]) -> None:
        while not condition():
            if process.poll() is not None:
                raise StartError(f"{self.binary} ended with code {process.returncode}")
            if time.monotonic() > end:
                raise StartError(f"{self.binary} was not ready after {_START:.0f} seconds")
            time.sleep(0.01)

    def _is_primary(self) -> bool:
        """Return whether the server takes writes, after telling it what it lacks for that."""
        # a client for each look: one that met the server without a replica set keeps that picture
        with MongoClient[dict[str, Any]](endpoint.url(self.socket), serverSelectionTimeoutMS=5000) as client:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return True
                self._configure(client)
            except ConnectionFailure:  # mongod cuts connections when its state changes
                pass
        return False

    def _configure(self, client: MongoClient[dict[str, Any]]) -> None:
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != _NOT_INITIATED:
                raise
            self._initiate(client)
            return
        if config["members"][0]["host"] != str(self.socket):  # the runtime folder is another one this time
            config["members"][0]["host"] = str(self.socket)
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def _initiate(self, client: MongoClient[dict[str, Any]]) -> None:
        config = {"_id": "omega", "members": [{"_id": 0, "host": str(self.socket)}]}
        try:
            client.admin.command("replSetInitiate", config)
        except OperationFailure as error:
            if error.code != _ALREADY_INITIATED:  # else it is still reading its configuration
                raise


def _end_with_parent() -> Callable[[], None] | None:
    """Return what makes the kernel end a child with its parent, where the kernel can."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _tail(log: Path, start: int) -> str:
    """Return what matters of the log from byte `start` on: the errors, else the last lines."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    errors = [line for line in map(_message, lines) if line.startswith(("E ", "F "))]
    return "\n".join((errors or list(map(_message, lines)))[-8:])[-2000:]


def _message(line: str) -> str:
    try:
        entry = json.loads(line)
        return f"{entry['s']} {entry['msg']} {json.dumps(entry.get('attr', {}))}"
    except (ValueError, KeyError, TypeError):  # printed before the log was open
        return line
