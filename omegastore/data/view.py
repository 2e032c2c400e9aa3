"""View: rows of a frame after some steps, which MongoDB takes when they are read; it stores nothing."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from omegastore.data.step import Step
from omegastore.data.table import Table
from omegastore.data.viewing import Viewing

if TYPE_CHECKING:
    from omegastore.data.frame import DataFrame


class View(Viewing):
    """Rows of a frame after some steps.

    It is never changed: its verbs return other views. It shows what the frame is when it is read, and warns once when
    that has other rows than when the view was made.

    Parameters
    ----------
    base : DataFrame
        The frame.
    steps : sequence of Step
        What is done with its rows, in this order.
    name : str, optional
        Default: the name of the frame.
    """

    def __init__(self, base: DataFrame, steps: Sequence[Step] = (), name: str | None = None) -> None:
        self._base = base
        self.name = base.name if name is None else name
        self._steps = tuple(steps)
        self._seen = self._taken().changes  # what cannot be is refused now

    @property
    def base(self) -> DataFrame:
        """The frame that the rows come from."""
        return self._base

    @property
    def table(self) -> Table:
        """The rows as they are now, and what is known of their columns."""
        table = self._taken()
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
        self._seen = self._taken().changes
        return self

    @property
    def _before(self) -> tuple[Step, ...]:
        return self._steps

    def _taken(self) -> Table:
        table = self._base.table
        for step in self._steps:
            table = step.over(table)
        return table

    def __repr__(self) -> str:
        return f"<View {self.name!r} of {self._base!r}>"


Viewing.view_type = View
