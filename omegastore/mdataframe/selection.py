"""Selecting: columns and rows of a lazy frame by ``[]`` and attribute access."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from omegastore.codecs.schema import series_labels
from omegastore.mdataframe.labels import with_column
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.locate import Loc
from omegastore.mdataframe.mask import masked
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.position import ILoc, positions_of, sliced, taken

if TYPE_CHECKING:
    from omegastore.mdataframe.frame import MDataFrame
    from omegastore.mdataframe.series import MSeries


class Locating(Lazy):
    """Rows by position and by label."""

    @property
    def iloc(self) -> ILoc:
        """Rows by position."""
        return ILoc(self)

    @property
    def loc(self) -> Loc:
        """Rows by label."""
        return Loc(self)

    @property
    def iat(self) -> ILoc:
        """A cell by position."""
        return ILoc(self)

    @property
    def at(self) -> Loc:
        """A cell by label."""
        return Loc(self)

    def _rows_of(self, key: Any) -> Any:
        """Return the rows of a mask or a slice."""
        if isinstance(key, Lazy):
            return self._like(masked(self.plan, key))
        if isinstance(key, slice):
            bounds = (key.start, key.stop)
            is_place = all(bound is None or isinstance(bound, int | np.integer) for bound in bounds)
            return self._like(sliced(self.plan, key)) if is_place else Loc(self)[key]
        return self._like(taken(self.plan, positions_of(self.plan, key)))


class SeriesSelecting(Locating):
    """Rows of a series by ``[]``: masks, slices and labels."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Lazy | slice) or _is_mask(key):
            return self._rows_of(key)
        return Loc(self)[key]


class Selecting(Locating):
    """Columns and rows by ``[]``, and columns as attributes."""

    def __getitem__(self, key: Any) -> Any:
        """Return a column as a series, the frame of a list of columns, or the rows of a mask or slice.

        A mask that is a frame leaves all rows, and the values where it is true.

        Raises
        ------
        KeyError
            Naming the columns that there are not.
        """
        if isinstance(key, Lazy) and not key.plan.schema.is_series:
            frame: Any = self
            return frame.where(key)
        if isinstance(key, Lazy | slice) or _is_mask(key):
            return self._rows_of(key)
        return self._columns(list(key)) if isinstance(key, list | np.ndarray | pd.Index) else self._column(key)

    def __setitem__(self, label: Hashable, value: Any) -> None:
        """Set a column in this object, as `assign` returns it; frames made from it before stay as they are."""
        self._plan = with_column(self._plan, label, value)

    def __getattr__(self, name: str) -> MSeries:
        if name.startswith("_") or name not in self._plan.schema.labels:
            raise AttributeError(f"{type(self).__name__!r} has no attribute or column {name!r}")
        column: MSeries = self._column(name)
        return column

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.plan.schema.labels)

    def __contains__(self, label: Hashable) -> bool:
        return label in self.plan.schema.labels

    def keys(self) -> Any:
        """Return the labels of the columns."""
        return self.plan.schema.labels

    def column_at(self, at: int) -> MSeries:
        """Return the column at a position."""
        return self._series(series_of(self.plan, at))

    def _columns(self, labels: list[Any]) -> MDataFrame:
        return self._frame(self.plan.select(columns_at(self.plan, labels)))

    def _column(self, label: Hashable) -> Any:
        positions = columns_at(self.plan, [label])
        if len(positions) > 1:
            return self._frame(self.plan.select(positions))
        return self._series(series_of(self.plan, positions[0]))


def series_of(plan: Plan, at: int) -> Plan:
    """Return the plan of the column at a position as a series."""
    chosen = plan.select([at])
    return chosen.with_schema(replace(chosen.schema, is_series=True, labels=series_labels(plan.schema.labels[at])))


def _is_mask(key: Any) -> bool:
    """Return whether `key` is a list of booleans."""
    values = key.tolist() if isinstance(key, np.ndarray | pd.Series) else key
    return isinstance(values, list) and bool(values) and all(isinstance(each, bool | np.bool_) for each in values)
