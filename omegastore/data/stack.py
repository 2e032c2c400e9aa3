"""Stack: rows of several frames and views one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegastore.data.step import Step
from omegastore.data.table import Table, Tabular
from omegastore.mdataframe.stacking import concat as stacked

if TYPE_CHECKING:
    from omegastore.data.frame import DataFrame
    from omegastore.data.viewing import Viewing


@dataclass(frozen=True)
class Stack(Step):
    """The rows, then those of others with the same columns."""

    others: tuple[Tabular, ...]

    @property
    def sources(self) -> tuple[Tabular, ...]:
        """The others."""
        return self.others

    def over(self, table: Table) -> Table:
        """Return all rows; what is known of columns is what the first knows."""
        tables = [table, *(other.table for other in self.others)]
        changes = {name: when for each in tables for name, when in each.changes.items()}
        return Table(stacked([each.rows for each in tables], ignore_index=True), table.notes, changes)


def concat(name: str, data_frames: Sequence[Viewing]) -> DataFrame:
    """Store the rows of frames and views one after another as a frame; no row comes to this process.

    Parameters
    ----------
    name : str
        The name of the frame; one that is there is replaced.
    data_frames : sequence of DataFrame or View
        With the same columns, in any order. Those of the first, with their roles and units, are the columns.

    Raises
    ------
    ValueError
        For none.
    InvalidOption
        For columns that differ in names or dtypes.
    """
    if not data_frames:
        raise ValueError("concat() takes one frame or view at least")
    first, *others = data_frames
    return first.view(Stack(tuple(others))).to_df(name)
