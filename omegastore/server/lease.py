"""Leases: the client's side of the embedded server; it runs while somebody holds one.

1. A client shares the lock ``lease.lock``; this waits only while a server is being stopped.
2. It reads ``server.json`` and asks whether the server answers.
3. If not, it takes ``start.lock``, so that one client at a time starts a supervisor, and looks again.
4. It keeps the lease until `Lease.close` or until its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

from omegastore.errors import EmbeddedServerError, InvalidSetting
from omegastore.server import endpoint
from omegastore.server.home import Home
from omegastore.server.launch import launch
from omegastore.server.lock import FileLock, is_held

_IDLE = 30.0
_PATIENCE = 150.0  # seconds; longer than a supervisor waits for a mongod that recovers

_leases: dict[Path, Lease] = {}
_guard = threading.RLock()


class Lease:
    """The right to a running server of one home.

    A forked child shares the lease of its parent and gets its own with the next `ensure`.

    Parameters
    ----------
    home : path, optional
        Folder of the server. Default: ``OMEGASTORE_HOME``, else the user's data folder.
    idle : float, optional
        Seconds that a server started by this lease runs on after the last one. Default: ``OMEGASTORE_IDLE``,
        else 30.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as home:
    ...     with Lease(home) as lease:
    ...         lease.ensure().startswith("mongodb://")
    ...     stop(home)
    True
    """

    def __init__(self, home: str | os.PathLike[str] | None = None, *, idle: float | None = None) -> None:
        self.home = Home.open(home)
        """The folder of the server."""
        self.idle = _idle() if idle is None else float(idle)
        """Seconds that the server runs on after the last lease."""
        self._lock: FileLock | None = None
        self._pid = 0
        self._served = False

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def ensure(self) -> str:
        """Return the URL of the server, started if it does not run.

        Returns
        -------
        str
            ``mongodb://<socket>/?directConnection=true``

        Raises
        ------
        EmbeddedServerError
            If no mongod is found or it does not start, or if the server of this lease ended too often.
        """
        self._take()
        url = self._answering()
        if not url:
            self._check_given_up()
            with FileLock(self.home.start) as start:
                start.hold()
                url = self._start()
        self._served = True
        return url

    def close(self) -> None:
        """Give up the right; the server stops when nobody has one any more."""
        with _guard:
            if self._lock:
                self._lock.close()
            self._lock = None
            self._served = False

    def _take(self) -> None:
        with _guard:
            old = self._lock
            if old and self._pid == os.getpid() and old.is_current():
                return
            self.home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock, self._pid = FileLock(self.home.lease), os.getpid()
            self._lock.share()
            if old:  # what was shared with the parent, closed only now so that the server never looks unused
                old.close()

    def _answering(self) -> str | None:
        state = self.home.read_state()
        if not state or not state.socket or not is_held(self.home.server) or not _is_alive(state.supervisor):
            return None
        socket = Path(state.socket)
        return endpoint.url(socket) if endpoint.answers(socket) else None

    def _check_given_up(self) -> None:
        state = self.home.read_state()
        if self._served and state and state.error:
            raise EmbeddedServerError(
                f"the embedded server of {self.home.path} was given up: {state.error}; "
                f"remove the cause, then restart this process or call omegastore.server.release()"
            )

    def _start(self) -> str:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            url = self._answering()
            if url:
                return url
            if is_held(self.home.server):  # it starts, stops, or starts mongod again
                time.sleep(0.02)
            else:
                launch(self.home, self.idle)
        raise EmbeddedServerError(
            f"the embedded server of {self.home.path} has not answered for {_PATIENCE:.0f} seconds; "
            f"see {self.home.log} and {self.home.supervisor_log}"
        )


def ensure(home: str | os.PathLike[str] | None = None) -> str:
    """Return the URL of the embedded server, started if it does not run, kept until this process ends.

    Cheap when the server runs, so it may be called before every connection.

    Parameters
    ----------
    home : path, optional
        Folder of the server. Default: ``OMEGASTORE_HOME``, else the user's data folder.

    Returns
    -------
    str
        ``mongodb://<socket>/?directConnection=true``

    Raises
    ------
    EmbeddedServerError
        If no mongod is found or it does not start; the message names the remedy.
    """
    path = Home.open(home).path
    with _guard:
        lease = _leases.get(path) or _leases.setdefault(path, Lease(path))
    return lease.ensure()


def release(home: str | os.PathLike[str] | None = None) -> None:
    """Give up this process's right that `ensure` took; without one, do nothing."""
    with _guard:
        lease = _leases.pop(Home.open(home).path, None)
    if lease:
        lease.close()


@contextlib.contextmanager
def embedded(home: str | os.PathLike[str] | None = None, *, idle: float | None = None) -> Generator[str]:
    """Run the embedded server for a while.

    Parameters
    ----------
    home : path, optional
        Folder of the server. Default: ``OMEGASTORE_HOME``, else the user's data folder.
    idle : float, optional
        Seconds that it runs on after the last user. Default: ``OMEGASTORE_IDLE``, else 30.

    Yields
    ------
    str
        The server's URL.
    """
    with Lease(home, idle=idle) as lease:
        yield lease.ensure()


def stop(home: str | os.PathLike[str] | None = None) -> None:
    """Stop the server of `home` now, whoever uses it, and wait until it has ended."""
    place = Home.open(home)
    state = place.read_state()
    if state and not state.error and is_held(place.server):
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor, signal.SIGTERM)
        with FileLock(place.server) as lock:
            lock.hold()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _idle() -> float:
    text = os.environ.get("OMEGASTORE_IDLE", str(_IDLE))
    try:
        return float(text)
    except ValueError as error:
        raise InvalidSetting(f"OMEGASTORE_IDLE={text} is not a number of seconds") from error


def _renew_guard() -> None:
    global _guard  # a thread that does not exist in the child may have held it
    _guard = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_guard)
