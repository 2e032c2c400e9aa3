"""Lazy: what lazy frames and lazy series share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from omegastore.codecs.fields import fields
from omegastore.errors import UnknownColumn
from omegastore.mdataframe import result
from omegastore.mdataframe.plan import Plan, Stage
from omegastore.query import compile_filter

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.mdataframe.frame import MDataFrame
    from omegastore.mdataframe.mask import Mask
    from omegastore.mdataframe.series import MSeries
    from omegastore.query import Q


class Lazy:
    """Rows that stay in MongoDB until their value is asked for; every method returns a new object.

    Parameters
    ----------
    plan : Plan
        Where the rows come from and what the server does with them.
    """

    frame_type: ClassVar[type[MDataFrame]]
    """The class of frames that are made from this; set by its module."""
    series_type: ClassVar[type[MSeries]]
    """The class of series that are made from this; set by its module."""
    as_mask: Mask | None = None
    """Of a series of booleans that compares with values: the rows for which it is true, as a filter."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @property
    def plan(self) -> Plan:
        """What the server does when the value is asked for."""
        return self._plan

    @property
    def value(self) -> Any:
        """The rows as a pandas DataFrame or Series; this reads them."""
        return result.read(self.plan)

    def __len__(self) -> int:
        return result.count(self.plan)

    @property
    def empty(self) -> bool:
        """Whether there are no rows or no columns; this asks the server for one row at most."""
        plan = self.plan
        return not plan.schema.columns or result.count(plan.part(0, 1)) == 0

    @property
    def index(self) -> pd.Index[Any]:
        """The row labels as pandas has them; this reads them, and no column."""
        index: pd.Index[Any] = result.read(_without_columns(self.plan)).index
        return index

    def head(self, n: int = 5) -> Self:
        """Return the first `n` rows; all but the last ``-n`` for a negative one."""
        return self._like(first(self.plan, n))

    def tail(self, n: int = 5) -> Self:
        """Return the last `n` rows; all but the first ``-n`` for a negative one."""
        return self._like(last(self.plan, n))

    def skip(self, n: int) -> Self:
        """Return all but the first `n` rows."""
        return self._like(self.plan.part(n))

    def rows(self, start: int = 0, end: int | None = None, chunksize: int | None = None) -> Any:
        """Return the rows from `start` to before `end`, counted from 0.

        Parameters
        ----------
        start, end : int, optional
            Positions of the first row and of the one after the last.
        chunksize : int, optional
            Return an iterator of pandas frames of so many rows.
        """
        if start < 0 or (end is not None and end < 0):
            raise ValueError(f"rows({start}, {end}): positions count from 0")
        part = self._like(self.plan.part(start, None if end is None else max(0, end - start)))
        return part if chunksize is None else part.iterchunks(chunksize)

    def iterchunks(self, chunksize: int = 10_000) -> Iterator[Any]:
        """Yield the rows as pandas frames of `chunksize` rows, read page by page in the order of their key."""
        if chunksize < 1:
            raise ValueError(f"chunksize={chunksize} is not positive")
        return result.chunks(self.plan, chunksize)

    def query(self, q: Q | None = None, /, **conditions: object) -> Self:
        """Return the rows that meet the conditions too.

        Parameters
        ----------
        q : Q, optional
            Conditions that are composed.
        **conditions
            ``column__op=value``, as for `OmegaStore.get`.
        """
        return self._like(matching(self.plan, conditions, q))

    def _like(self, plan: Plan) -> Self:
        return type(self)(plan)

    def _frame(self, plan: Plan) -> MDataFrame:
        return self.frame_type(plan)

    def _series(self, plan: Plan) -> MSeries:
        return self.series_type(plan)


def matching(plan: Plan, conditions: Any, q: Q | None) -> Plan:
    """Return the plan of the rows that meet ``column__op=value`` conditions and a Q."""
    return plan.where(compile_filter(conditions, q, fields(plan.schema)))


def first(plan: Plan, n: int) -> Plan:
    """Return the plan of the first `n` rows, or of all but the last ``-n``."""
    if n >= 0:
        return plan.part(0, n)
    if plan.rows is not None:
        return plan.part(0, max(0, plan.rows + n))
    return _turned(plan, [{"$skip": -n}])


def last(plan: Plan, n: int) -> Plan:
    """Return the plan of the last `n` rows, or of all but the first ``-n``."""
    if n <= 0:
        return plan.part(-n) if n else plan.part(0, 0)
    if plan.rows is not None:
        return plan.part(max(0, plan.rows - n))
    return _turned(plan, [{"$limit": n}])


def columns_at(plan: Plan, labels: list[Any]) -> list[int]:
    """Return the positions of the columns of these labels; of a label that several have, all.

    Raises
    ------
    UnknownColumn
        Naming the labels that no column has.
    """
    places: dict[Hashable, list[int]] = {}
    for at, label in enumerate(plan.schema.labels):
        places.setdefault(label, []).append(at)
    unknown = [label for label in labels if label not in places]
    if unknown:
        raise UnknownColumn(f"unknown columns {unknown}; known are {list(plan.schema.labels)}")
    return [at for label in labels for at in places[label]]


def _turned(plan: Plan, stages: list[Stage]) -> Plan:
    """Return the plan of what stages leave of the rows when they come in reverse order."""
    turned = plan.backwards().in_order()
    kept = turned.then(stages, is_ordered=False)
    return replace(kept, order=tuple((field, -way) for field, way in turned.order))


def _without_columns(plan: Plan) -> Plan:
    schema = replace(plan.schema, is_series=False, labels=plan.schema.labels[:0], columns=())
    return plan.with_schema(schema)
