"""Ahead: steps done by a few threads, in bounded number, their results in order."""

from __future__ import annotations

import contextvars
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

THREADS = 2
"""Connections that are used at a time; more gain nothing, since the server is busy with two."""


def ahead(steps: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Yield the results of `steps`, in order, while the next ones are running.

    At most one step more than there are threads is begun and not yet yielded. When one fails, those that wait are
    not begun and those that run are waited for before the error is raised.

    Examples
    --------
    >>> list(ahead(lambda n=n: n * n for n in range(5)))
    [0, 1, 4, 9, 16]
    """
    begun: deque[Future[T]] = deque()
    with ThreadPoolExecutor(THREADS, "omegastore") as pool:
        try:
            for step in steps:
                # a deadline that the caller set for the driver holds in the threads too
                begun.append(pool.submit(contextvars.copy_context().run, step))
                if len(begun) > THREADS:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
