"""View: rows of a frame after some steps, which MongoDB takes when they are read; it stores nothing."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from omegastore.data.step import Step
from omegastore.data.table import Table
from omegastore.data.viewing import Viewing

if TYPE_CHECKING:
    from omegastore.data.frame import DataFrame


class View(Viewing):
    """Rows of a frame or view after some steps.

    It is never changed: its verbs return other views. It shows what the frame is when it is read, and warns once when
    that has other rows than when the view was made.

    Parameters
    ----------
    rows : DataFrame or View
        What it is a view of.
    steps : sequence of Step
        What is done with the rows, in this order.
    name : str, optional
        Default: the name of `rows`.
    """

    def __init__(self, rows: Viewing, steps: Sequence[Step] = (), name: str | None = None) -> None:
        self.name = rows.name if name is None else name
        self._base = rows.base
        self._steps = (*rows.steps, *steps)
        # what cannot be is refused now
        self._compiled: tuple[tuple[str, ...], Table] | None = self.state, _taken(rows, steps)
        self._seen = self._compiled[1].changes

    @property
    def base(self) -> DataFrame:
        """The frame that the rows come from."""
        return self._base

    @property
    def project(self) -> str:
        """The name of the project that the frame belongs to."""
        return self._base.project

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is done with the rows of the frame."""
        return self._steps

    @property
    def state(self) -> tuple[str, ...]:
        """The versions of all frames that the rows come from."""
        sources = [source for step in self._steps for source in step.sources]
        return sum((source.state for source in sources), self._base.state)

    @property
    def table(self) -> Table:
        """The rows as they are now, and what is known of their columns."""
        state = self.state
        if self._compiled is None or self._compiled[0] != state:
            self._compiled = state, _taken(self._base, self._steps)
        table = self._compiled[1]
        changed = sorted(name for name, when in table.changes.items() if self._seen.get(name) != when)
        if changed:
            self._seen = table.changes
            warnings.warn(
                f"the rows of {', '.join(map(repr, changed))} were changed since the view {self.name!r} was made; it "
                "shows them as they are now",
                stacklevel=3,
            )
        return table

    def refresh(self) -> Self:
        """Take note of the frames as they are now; a warning tells of later changes only."""
        self._seen = _taken(self._base, self._steps).changes
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled": None}


def _taken(rows: Viewing, steps: Sequence[Step]) -> Table:
    table = rows.table
    for step in steps:
        table = step.over(table)
    return table


Viewing.view_type = View
