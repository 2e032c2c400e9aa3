"""Kernel locks on files: they end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class FileLock:
    """A lock file that this process has open.

    The lock belongs to the open file: a forked child shares it, and it ends when both have closed it or have
    ended themselves. So it is never unlocked for others, only closed.

    Parameters
    ----------
    path : Path
        The file; it is made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def share(self, *, wait: bool = True) -> bool:
        """Hold the lock together with others; return False if somebody holds it alone and `wait` is False."""
        return self._lock(fcntl.LOCK_SH, wait)

    def hold(self, *, wait: bool = True) -> bool:
        """Hold the lock alone; return False if somebody holds it and `wait` is False."""
        return self._lock(fcntl.LOCK_EX, wait)

    def unlock(self) -> None:
        """Let others have the lock, keeping the file open."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, which gives up the lock."""
        os.close(self._fd)

    def is_current(self) -> bool:
        """Return whether the file is still the one that others would open under its path."""
        try:
            return os.path.samestat(os.fstat(self._fd), self.path.stat())
        except OSError:
            return False

    def _lock(self, kind: int, wait: bool) -> bool:
        try:
            fcntl.flock(self._fd, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock at `path` alone."""
    if not path.exists():
        return False
    with FileLock(path) as lock:
        return not lock.share(wait=False)


def wait_until_free(path: Path, seconds: float) -> bool:
    """Wait until nobody holds the lock at `path` alone; return whether that came true within `seconds`."""
    end = time.monotonic() + seconds
    while is_held(path):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
