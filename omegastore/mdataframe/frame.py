"""MDataFrame: a frame that stays in MongoDB until its value is asked for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omegastore.mdataframe.applying import Applying
from omegastore.mdataframe.cells import FrameCells, FrameOperators
from omegastore.mdataframe.correlation import FrameCorrelation
from omegastore.mdataframe.distribution import FrameDistribution
from omegastore.mdataframe.duplicates import FrameDuplicates
from omegastore.mdataframe.export import Exporting, Iterating
from omegastore.mdataframe.extremes import FrameExtremes
from omegastore.mdataframe.groups import Grouping
from omegastore.mdataframe.inspection import Inspecting
from omegastore.mdataframe.joining import Joining
from omegastore.mdataframe.keeping import Keeping
from omegastore.mdataframe.labels import Labelling
from omegastore.mdataframe.lazy import Lazy, columns_at, matching
from omegastore.mdataframe.missing import FrameMissing
from omegastore.mdataframe.ordering import FrameOrdering
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.reducing import FrameReducing
from omegastore.mdataframe.sampled import sampled
from omegastore.mdataframe.selection import Selecting
from omegastore.mdataframe.series import MSeries
from omegastore.mdataframe.sliding import FrameWindows
from omegastore.mdataframe.stacking import Stacking

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.query import Q


class MDataFrame(
    Grouping,
    FrameReducing,
    FrameDistribution,
    FrameWindows,
    FrameExtremes,
    Applying,
    FrameCorrelation,
    FrameOperators,
    FrameCells,
    Selecting,
    Labelling,
    FrameOrdering,
    FrameMissing,
    FrameDuplicates,
    Joining,
    Stacking,
    Keeping,
    Exporting,
    Iterating,
    Inspecting,
):
    """A lazy frame; every method returns a new one, and nothing is read before a value is asked for.

    Parameters
    ----------
    source : Plan or pymongo Collection
        The rows. Of a collection that the store did not write, the first thousand documents tell the columns; it is
        only read.
    columns : sequence of hashables, optional
        The labels of the columns to take, in this order.
    query : mapping, optional
        Conditions ``{"column__op": value}``.
    """

    def __init__(
        self,
        source: Any,
        columns: Sequence[Hashable] | None = None,
        query: Mapping[str, object] | Q | None = None,
    ) -> None:
        plan = source if isinstance(source, Plan) else sampled(source)
        if query is not None:
            conditions, q = (query, None) if isinstance(query, Mapping) else ({}, query)
            plan = matching(plan, conditions, q)
        super().__init__(plan if columns is None else plan.select(columns_at(plan, list(columns))))

    @property
    def columns(self) -> pd.Index[Any]:
        """The labels of the columns."""
        return self.plan.schema.labels

    @property
    def dtypes(self) -> pd.Series[Any]:
        """The dtype of each column, by its label."""
        import pandas as pd

        found = [entry.result.dtype for entry in self.plan.schema.columns]
        return pd.Series(found, index=self.columns, dtype=object)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns; the server counts the rows, and sends none."""
        return len(self), len(self.columns)

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self) * len(self.columns)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} columns={list(self.columns)}>"


Lazy.frame_type = MDataFrame
Lazy.series_type = MSeries
