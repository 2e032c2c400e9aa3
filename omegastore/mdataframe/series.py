"""MSeries: one column that stays in MongoDB until its value is asked for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from omegastore.codecs.schema import series_labels
from omegastore.mdataframe.accessors import SeriesAccessors
from omegastore.mdataframe.applying import Applying
from omegastore.mdataframe.casting import SeriesCasting
from omegastore.mdataframe.choosing import SeriesChoosing
from omegastore.mdataframe.comparing import SeriesComparing
from omegastore.mdataframe.correlation import SeriesCorrelation
from omegastore.mdataframe.distribution import SeriesDistribution
from omegastore.mdataframe.duplicates import SeriesDuplicates
from omegastore.mdataframe.export import Exporting
from omegastore.mdataframe.extremes import SeriesExtremes
from omegastore.mdataframe.inspection import Inspecting
from omegastore.mdataframe.keeping import Keeping
from omegastore.mdataframe.missing import SeriesMissing
from omegastore.mdataframe.operators import SeriesOperators
from omegastore.mdataframe.ordering import SeriesOrdering
from omegastore.mdataframe.reducing import SeriesReducing
from omegastore.mdataframe.selection import SeriesSelecting
from omegastore.mdataframe.sliding import SeriesWindows


class MSeries(
    SeriesComparing,
    SeriesOperators,
    SeriesChoosing,
    SeriesCasting,
    SeriesReducing,
    SeriesDistribution,
    SeriesExtremes,
    Applying,
    SeriesCorrelation,
    SeriesWindows,
    SeriesAccessors,
    SeriesSelecting,
    SeriesOrdering,
    SeriesMissing,
    SeriesDuplicates,
    Keeping,
    Exporting,
    Inspecting,
):
    """A lazy Series: one column of a plan.

    Parameters
    ----------
    plan : Plan
        Its schema has one column and is that of a series.
    """

    @property
    def name(self) -> Hashable:
        """The label."""
        name: Hashable = self.plan.schema.labels[0]
        return name

    @property
    def dtype(self) -> Any:
        """The dtype that the value will have."""
        return self.plan.schema.columns[0].result.dtype

    @property
    def shape(self) -> tuple[int]:
        """How many rows there are."""
        return (len(self),)

    @property
    def ndim(self) -> int:
        """One."""
        return 1

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self)

    @property
    def columns(self) -> list[Hashable]:
        """No columns: a series has a name."""
        return []

    def to_frame(self) -> Any:
        """Return the lazy frame of this one column."""
        plan = self.plan
        return self._frame(plan.with_schema(replace(plan.schema, is_series=False)))

    def rename(self, name: Hashable) -> Any:
        """Return the series under another name."""
        plan = self.plan
        return self._series(plan.with_schema(replace(plan.schema, labels=series_labels(name))))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name!r} dtype={self.dtype}>"
