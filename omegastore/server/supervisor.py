"""The supervisor: the process beside mongod that starts it, restarts it, and stops it when nobody needs it.

It holds ``server.lock`` while it lives, so that there is one per home. When it can hold ``lease.lock`` alone,
no client is left; after `idle` seconds of that it stops mongod and only then lets go of the locks.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

from omegastore.server.home import Home, State
from omegastore.server.lock import FileLock
from omegastore.server.mongod import Mongod, StartError

_log = logging.getLogger("omegastore.server")
_POLL = 0.1  # seconds
_RESTARTS = 5
_WITHIN = 60.0  # seconds; a mongod that ran longer than that counts as one that works


class GivenUp(Exception):
    """A mongod that ends again and again."""


class Supervisor:
    """Keeps one mongod running while leases are held.

    Parameters
    ----------
    home : Home
        The folder whose locks it obeys.
    mongod : Mongod
        The process to run.
    idle : float
        Seconds without a lease after which it stops.
    """

    def __init__(self, home: Home, mongod: Mongod, idle: float) -> None:
        self.home = home
        self.mongod = mongod
        self.idle = idle
        self._server = FileLock(home.server)
        self._lease = FileLock(home.lease)
        self._deaths: list[float] = []
        self._unused_since: float | None = None
        self._is_asked_to_stop = False

    def run(self) -> None:
        """Run until the server is not needed any more."""
        if not self._is_only_one():
            _report("busy")
            return
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        self.home.write_state(None)
        self.mongod.end_orphan()
        try:
            self._start()
        except StartError as error:
            _report(str(error))
            return
        _report("ready")
        try:
            self._watch()
        except GivenUp as error:
            _log.exception("given up")
            self.home.write_state(State(os.getpid(), error=str(error)))

    def _is_only_one(self) -> bool:
        # clients look at this lock for moments, which is not a reason to go
        for _ in range(100):
            if self._server.hold(wait=False):
                return True
            time.sleep(0.01)
        return False

    def _ask_to_stop(self, *_: object) -> None:
        self._is_asked_to_stop = True

    def _start(self) -> None:
        pid = self.mongod.start()
        self.home.write_state(State(os.getpid(), pid, str(self.mongod.socket)))
        _log.info("mongod %d runs", pid)

    def _watch(self) -> None:
        while self._lease.is_current():
            if self._is_asked_to_stop or self._is_unused():
                self._stop()
                return
            if not self.mongod.is_running():
                self._restart()
            time.sleep(_POLL)
        # An orderly end would remove the socket, which may be that of a new server by now.
        _log.warning("%s was removed", self.home.path)
        self.mongod.kill()

    def _stop(self) -> None:
        self.home.write_state(None)
        self.mongod.stop()
        with contextlib.suppress(OSError):  # somebody put another file there
            self.mongod.socket.parent.rmdir()
        _log.info("stopped")

    def _is_unused(self) -> bool:
        if not self._lease.hold(wait=False):
            self._unused_since = None
            return False
        now = time.monotonic()
        if self._unused_since is None:
            self._unused_since = now
        if now - self._unused_since >= self.idle:
            return True  # and keep the lock: new clients wait until the server is gone
        self._lease.unlock()
        return False

    def _restart(self) -> None:
        self.home.write_state(None)
        self.mongod.stop()
        code = self.mongod.process.returncode if self.mongod.process else None
        _log.warning("mongod ended with code %s", code)
        now = time.monotonic()
        self._deaths = [*(then for then in self._deaths if now - then < _WITHIN), now]
        reason = f"mongod ended with code {code}"
        try:
            if len(self._deaths) <= _RESTARTS:
                self._start()
                return
        except StartError as error:
            reason = str(error)
            _log.warning("mongod did not start again: %s", reason)
        if len(self._deaths) > _RESTARTS:
            raise GivenUp(f"mongod ended {len(self._deaths)} times within a minute, at last so: {reason}")


def _report(text: str) -> None:
    """Tell the client that waits, and hang up."""
    sys.stdout.write(text)
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def main() -> None:
    """Run as a process of its own, which is nobody's child."""
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    for number in signal.SIGINT, signal.SIGHUP:
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    path, binary, data, socket, idle = sys.argv[1:]
    home = Home(Path(path))
    Supervisor(home, Mongod(Path(binary), Path(data), Path(socket), home.log), float(idle)).run()


if __name__ == "__main__":
    main()
