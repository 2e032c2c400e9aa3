"""Runtime: runs functions in worker processes, on this machine or on a Dask cluster.

Anything that is a `concurrent.futures.Executor` will do. Without one, one worker process is started on this machine
with the first work, by the loky that comes with joblib: it needs no main guard, takes functions and classes of
``__main__``, and is gone with the program. Work that is given up, by a timeout, by Ctrl-C or since another part of it
has failed, is cancelled: a worker of this machine is ended, one of a cluster goes on and cannot commit anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from typing import Any, TypeVar

from omegastore.engine import cluster, worker
from omegastore.errors import InvalidSetting, WorkerDied, WorkTimeout
from omegastore.mongo import Connection
from omegastore.progress import track

T = TypeVar("T")
TICK = 0.5
"""Seconds between two looks at whether work is done, its time is over or its cluster has no worker any more."""


class Runtime:
    """Where functions run.

    Parameters
    ----------
    place : str, int or Executor
        The address of a Dask scheduler, ``"tcp://host:8786"``; the number of worker processes on this machine; or an
        executor, which is left open at the end.
    environ : mapping, optional
        What workers of this machine get in their environment: the URL of the server and the signing key.

    Examples
    --------
    >>> with Runtime() as runtime:
    ...     runtime.run(divmod, 7, 3)
    (2, 1)
    """

    def __init__(self, place: str | int | Executor = 1, environ: Mapping[str, str] | None = None) -> None:
        if isinstance(place, bool) or not isinstance(place, (str, int, Executor)):
            raise TypeError(f"runtime={place!r} is an address such as 'tcp://host:8786', a number, or an Executor")
        if isinstance(place, int) and place < 1:
            raise ValueError(f"runtime={place}: at least one worker process does the work")
        self.place, self._environ = place, dict(environ or {})
        self._executor: Executor | None = place if isinstance(place, Executor) else None
        self._lock = threading.Lock()

    @property
    def is_remote(self) -> bool:
        """Whether the work runs on a cluster."""
        return isinstance(self.place, str)

    def check(self, connection: Connection) -> None:
        """Raise unless the workers can reach the server by themselves.

        Raises
        ------
        InvalidSetting
            For the private socket of this machine, where the workers are a cluster's.
        """
        if self.is_remote and cluster.is_private(connection.address):
            raise InvalidSetting(
                f"the workers of {self.place} cannot reach {connection.address}, which is a private socket of this "
                "machine; give engine.launch() and the environment of the workers the URL of a server on the network"
            )

    def run(self, work: Callable[..., T], *args: Any, timeout: float | None = None, label: str = "") -> T:
        """Return what `work` returns, run by a worker.

        Parameters
        ----------
        work : callable
            A function; it and its arguments can be pickled.
        *args
            Its arguments.
        timeout : float, optional
            Seconds that it may take, waiting for a worker included.
        label : str
            What is shown while it runs.

        Raises
        ------
        WorkTimeout, WorkerDied
            When it was not done.
        """
        return self.map(work, [args], timeout=timeout, label=label)[0]

    def map(
        self,
        work: Callable[..., T],
        arguments: Iterable[Sequence[Any]],
        timeout: float | None = None,
        label: str = "",
    ) -> list[T]:
        """Return what `work` returns for each of the arguments; the first that fails ends all of them.

        The parameters and errors are those of `run`.
        """
        futures: list[Future[T]] = []
        try:
            for args in arguments:
                futures.append(self.submit(work, *args))
            self._wait(futures, timeout, label or getattr(work, "__name__", "work"))
            return [future.result() for future in futures]
        except BrokenExecutor as error:
            raise WorkerDied(
                f"the worker of {label or work!r} ended before it was done; it was killed, or memory was short"
            ) from error
        except CancelledError as error:
            raise WorkerDied(f"{label or work!r} was cancelled, since its workers have ended") from error
        except cluster.deaths() as error:
            raise WorkerDied(
                f"{label or work!r} was given up, since each worker that began it ended: {error}"
            ) from error
        finally:
            self.cancel(futures)

    def submit(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """Return the future of what `work` returns; `cancel` ends it."""
        with self._lock:
            if self._executor is None:
                self._executor = self._open()
            try:
                return self._executor.submit(work, *args)
            except BrokenExecutor:  # a worker died while nobody was waiting for it
                if isinstance(self.place, Executor):
                    raise
                self._executor = self._open()
                return self._executor.submit(work, *args)

    def cancel(self, futures: Sequence[Future[Any]]) -> None:
        """Give up the work that is not done; workers of this machine that are at it are ended."""
        going = [future for future in futures if not future.done() and not future.cancel()]
        if (going and isinstance(self.place, int)) or any(_is_broken(future) for future in futures):
            self._discard()

    def close(self) -> None:
        """End the workers of this machine, or leave the cluster; the next work begins anew."""
        if not isinstance(self.place, Executor):
            self._discard()

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Runtime({self.place!r})"

    def _open(self) -> Executor:
        if isinstance(self.place, str):
            return cluster.executor(self.place)
        assert isinstance(self.place, int)
        return worker.local_executor(self.place, self._environ)

    def _discard(self) -> None:
        with self._lock:
            executor, self._executor = self._executor, self.place if isinstance(self.place, Executor) else None
        if executor is None or isinstance(self.place, Executor):
            return
        if self.is_remote:
            cluster.leave(executor)
        else:
            worker.end(executor)

    def _wait(self, futures: Sequence[Future[Any]], timeout: float | None, label: str) -> None:
        """Return when all is done or one has failed; who sits before a terminal sees how much is done."""
        for _ in track(self._looks(futures, timeout, label), label, len(futures), int):
            pass

    def _looks(self, futures: Sequence[Future[Any]], timeout: float | None, label: str) -> Iterator[int]:
        """Yield how many more are done at each look."""
        begin = seen = time.monotonic()
        known = 0
        while True:
            left = TICK if timeout is None else min(TICK, timeout - (time.monotonic() - begin))
            done, going = wait(futures, timeout=max(0.0, left), return_when="FIRST_EXCEPTION")
            yield len(done) - known
            known = len(done)
            if not going or any(not each.cancelled() and each.exception() for each in done):
                return
            if timeout is not None and time.monotonic() - begin >= timeout:
                raise WorkTimeout(f"{label} took longer than {timeout} s and was given up")
            if not self.is_remote or self._executor is None or cluster.has_workers(self._executor):
                seen = time.monotonic()
            elif time.monotonic() - seen > cluster.PATIENCE:
                raise WorkerDied(f"the cluster {self.place} has had no worker for {cluster.PATIENCE} s")


def _is_broken(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and isinstance(future.exception(), BrokenExecutor)
