"""Worker: the processes of this machine that do the work, and what each of them does first.

A worker gets the server's URL and the signing key in its environment, over the pipe by which it is started, so
that neither is seen in a list of processes. It ends with the process that has started it, even if that is killed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

LOOK = 1.0
"""Seconds between two looks of a worker at whether its starter is still there."""


def local_executor(workers: int, environ: Mapping[str, str]) -> Executor:
    """Return an executor of worker processes on this machine, which are started with the first work.

    Parameters
    ----------
    workers : int
        How many.
    environ : mapping
        What the workers get in their environment beside that of this process.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    arguments = (os.getpid(), dict(environ))
    executor: Executor = ProcessPoolExecutor(max_workers=workers, initializer=prepare, initargs=arguments)
    return executor


def end(executor: Executor) -> None:
    """End the workers of an executor of this machine at once, whatever they do."""
    shutdown: Any = executor.shutdown
    shutdown(wait=True, kill_workers=True)


def prepare(parent: int, environ: Mapping[str, str]) -> None:
    """Make this process a worker of the process `parent`."""
    os.environ.update(environ)
    if os.name == "posix":
        threading.Thread(target=_follow, args=(parent,), name="omegastore-follow", daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)  # nobody waits for the work, and what it has written is gc's
