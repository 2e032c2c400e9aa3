"""Progress: a bar on what takes longer than a second, for who sits before a terminal or a notebook.

Scripts show none. ``OMEGASTORE_PROGRESS=1`` shows them everywhere, ``0`` nowhere.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, TypeVar

T = TypeVar("T")

VARIABLE = "OMEGASTORE_PROGRESS"
DELAY = 1.0
"""Seconds before a bar is shown."""

_shown = threading.Lock()
"""Held by the one bar there is: work that is part of other work has none."""


def track(
    items: Iterable[T], what: str, total: int | None = None, size: Callable[[T], int] = lambda item: 1
) -> Iterator[T]:
    """Yield `items`, with a bar that advances with each.

    Parameters
    ----------
    items : iterable
        What is worked on.
    what : str
        Says what is done, in front of the bar.
    total : int, optional
        The size of all items together; default: how many there are, if that is known.
    size : callable
        Returns the size of an item; by default each counts as one.

    Examples
    --------
    >>> list(track([1, 2, 3], "counting"))
    [1, 2, 3]
    """
    if not is_wanted() or not _shown.acquire(blocking=False):
        yield from items
        return
    bar = _Bar(what, total if total is not None else len(items) if isinstance(items, Sized) else None)
    try:
        for item in items:
            yield item
            bar.advance(size(item))
    finally:
        bar.close()
        _shown.release()


def is_wanted() -> bool:
    """Return whether somebody looks: an interactive Python on a terminal, a notebook, or who says so."""
    said = os.environ.get(VARIABLE, "")
    if said in ("0", "1"):
        return said == "1"
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        return True
    is_interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
    return is_interactive and sys.stderr is not None and sys.stderr.isatty()


class _Bar:
    """A bar that appears when its work has taken a while."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what, self._total, self._done = what, total, 0
        self._start = time.monotonic()
        self._update: Callable[[int], Any] | None = None
        self._close: Callable[[], Any] = lambda: None

    def advance(self, count: int) -> None:
        """Note that `count` more are done."""
        self._done += count
        if self._update is not None:
            self._update(count)
        elif time.monotonic() - self._start >= DELAY:
            self._open()

    def close(self) -> None:
        """Remove the bar."""
        self._close()

    def _open(self) -> None:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
        except ImportError:
            self._open_plain()
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        bar = Progress(*columns, console=Console(stderr=True), transient=True)
        task = bar.add_task(self._what, total=self._total, completed=self._done)
        bar.start()
        self._update, self._close = (lambda count: bar.advance(task, count)), bar.stop

    def _open_plain(self) -> None:
        try:
            import tqdm
        except ImportError:  # nothing to show it with
            self._update = lambda count: None
            return
        bar: Any = tqdm.tqdm(desc=self._what, total=self._total, initial=self._done, leave=False, file=sys.stderr)
        self._update, self._close = bar.update, bar.close
