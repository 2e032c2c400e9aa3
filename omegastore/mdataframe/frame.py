"""MDataFrame: a frame that stays in MongoDB until its value is asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.query import Q


class FrameSource(Protocol):
    """Where the rows of a lazy frame come from."""

    @property
    def labels(self) -> Sequence[Hashable]:
        """The labels of the columns; none for a series."""
        ...

    def read(self, selection: Selection) -> pd.DataFrame | pd.Series[Any]:
        """Return the rows and columns of `selection`."""
        ...

    def chunks(self, selection: Selection, chunksize: int) -> Iterator[pd.DataFrame | pd.Series[Any]]:
        """Yield the rows of `selection`, `chunksize` at a time."""
        ...

    def count(self, selection: Selection) -> int:
        """Return how many rows meet the conditions of `selection`, whatever its `skip` and `limit`."""
        ...

    def check(self, selection: Selection) -> None:
        """Raise for a column or condition that the rows do not have."""
        ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows and columns of a stored frame are meant."""

    columns: tuple[Hashable, ...] | None = None
    """Labels, None for all."""
    conditions: tuple[tuple[Mapping[str, object], Q | None], ...] = ()
    """``column__op=value`` pairs, each with a Q; all of them hold."""
    skip: int = 0
    limit: int | None = None


class MDataFrame:
    """A lazy frame over stored rows; every method returns a new one and reads nothing.

    Parameters
    ----------
    source : FrameSource
        The stored rows.
    selection : Selection
        Which of them.
    """

    def __init__(self, source: FrameSource, selection: Selection | None = None) -> None:
        self._source, self._selection = source, selection or Selection()
        source.check(self._selection)

    @property
    def columns(self) -> list[Hashable]:
        """The labels of the columns, as Metadata tells them."""
        chosen = self._selection.columns
        return list(self._source.labels if chosen is None else chosen)

    @property
    def value(self) -> Any:
        """The rows as a pandas DataFrame or Series; this reads them."""
        return self._source.read(self._selection)

    def __len__(self) -> int:
        total = max(0, self._source.count(self._selection) - self._selection.skip)
        return total if self._selection.limit is None else min(total, self._selection.limit)

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns; of a series rows alone."""
        return (len(self), len(self.columns)) if self._source.labels else (len(self),)

    def __getitem__(self, columns: Hashable | list[Any]) -> MDataFrame:
        """Return the frame of some columns; KeyError names the unknown ones."""
        chosen = tuple(columns) if isinstance(columns, list) else (columns,)
        missing = [label for label in chosen if label not in self.columns]
        if missing:
            raise KeyError(f"{missing} not in columns {self.columns}")
        return self._with(columns=chosen)

    def query(self, q: Q | None = None, /, **conditions: object) -> MDataFrame:
        """Return the rows that meet the conditions too.

        Parameters
        ----------
        q : Q, optional
            Conditions that are composed.
        **conditions
            ``column__op=value``.
        """
        if self._selection.limit is not None or self._selection.skip:
            raise ValueError("conditions after head() or rows() would select other rows; call query() first")
        return self._with(conditions=(*self._selection.conditions, (conditions, q)))

    def head(self, n: int = 5) -> MDataFrame:
        """Return the first `n` rows; all but the last ``-n`` for a negative one."""
        return self.rows(0, n if n >= 0 else max(0, len(self) + n))

    def rows(self, start: int = 0, end: int | None = None) -> MDataFrame:
        """Return the rows from `start` to before `end`, counted from 0."""
        if start < 0 or (end is not None and end < 0):
            raise ValueError(f"rows({start}, {end}): positions count from 0")
        before = self._selection
        most = [before.limit - start] if before.limit is not None else []
        most += [end - start] if end is not None else []
        return self._with(skip=before.skip + start, limit=max(0, min(most)) if most else None)

    def iterchunks(self, chunksize: int = 10_000) -> Iterator[Any]:
        """Yield the rows as frames of `chunksize` rows, in one pass over the cursor."""
        if chunksize < 1:
            raise ValueError(f"chunksize={chunksize} is not positive")
        return self._source.chunks(self._selection, chunksize)

    def _with(self, **changes: Any) -> MDataFrame:
        return MDataFrame(self._source, replace(self._selection, **changes))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} columns={self.columns}>"
