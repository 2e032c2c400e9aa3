"""Selecting: columns and rows of a lazy frame by ``[]`` and attribute access."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.series import series_of

if TYPE_CHECKING:
    from omegastore.mdataframe.frame import MDataFrame
    from omegastore.mdataframe.series import MSeries


class Selecting(Lazy):
    """Columns and rows by ``[]``, and columns as attributes."""

    def __getitem__(self, key: Any) -> Any:
        """Return a column as a series, or the frame of a list of columns.

        Raises
        ------
        KeyError
            Naming the columns that there are not.
        """
        return self._columns(list(key)) if isinstance(key, list) else self._column(key)

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

    def _columns(self, labels: list[Any]) -> MDataFrame:
        return self._frame(self.plan.select(columns_at(self.plan, labels)))

    def _column(self, label: Hashable) -> Any:
        positions = columns_at(self.plan, [label])
        if len(positions) > 1:
            return self._frame(self.plan.select(positions))
        return self._series(series_of(self.plan, positions[0]))
