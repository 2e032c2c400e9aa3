"""Waiting: a progress bar for work that runs elsewhere; quiet where nobody looks."""

from __future__ import annotations

import os
import sys
from typing import Any


class Waiting:
    """Shows how much of some work is done while it is used as a context manager.

    A bar appears after a second, on a terminal or in a notebook, unless ``OMEGASTORE_PROGRESS`` is ``0``.

    Parameters
    ----------
    label : str
        What the work is.
    total : int
        How many parts it has.
    """

    def __init__(self, label: str, total: int) -> None:
        self._label, self._total = label, total
        self._bar: Any = None
        self._task: Any = None
        self._looks = 0

    def done(self, parts: int) -> None:
        """Show that so many parts are done."""
        self._looks += 1
        if self._bar is None and self._looks > 2 and parts < self._total and _is_watched():
            self._open()
        if self._bar is not None:
            self._bar.update(self._task, completed=parts)

    def _open(self) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
        if self._total > 1:
            columns.insert(2, TextColumn("{task.completed} of {task.total}"))
        self._bar = Progress(*columns, transient=True)
        self._task = self._bar.add_task(self._label, total=self._total)
        self._bar.start()

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _is_watched() -> bool:
    if os.environ.get("OMEGASTORE_PROGRESS", "1").lower() in ("0", "false", "no"):
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules
