"""Rowquery: what is asked of stored rows, and the lazy frame that answers it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegastore.backend import Options
from omegastore.errors import InvalidOption
from omegastore.mdataframe import MDataFrame, MSeries
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.selection import series_of
from omegastore.query import Q


@dataclass(frozen=True, slots=True)
class RowsGetOptions(Options):
    """Keywords of get for rows of frames and series; others are conditions ``column__op=value``."""

    columns: Sequence[Hashable] | None = None
    """The labels to read, in this order."""
    filter: Mapping[str, Any] | None = None
    """Conditions ``{"column__op": value}``."""
    q: Q | None = None
    """Further conditions, composed by ``& | ~``."""
    is_series: bool = False
    """Return the one column as a Series."""
    chunksize: int | None = None
    """Return an iterator of frames of so many rows; with ``as_="dask"``, a frame of partitions of so many."""
    as_: str | None = None
    """Return an ``"arrow"`` table, a ``"polars"`` or a ``"dask"`` frame instead of a ``"pandas"`` one."""


def lazy(plan: Plan, options: RowsGetOptions) -> Any:
    """Return the lazy frame or series of what the options select of the rows of `plan`."""
    if isinstance(options.columns, str):
        raise InvalidOption(f"columns={options.columns!r} is not a list; use columns=[{options.columns!r}]")
    frame = MDataFrame(plan, options.columns, options.filter or {})
    if options.q is not None:
        frame = frame.query(options.q)
    if not options.is_series:
        return MSeries(frame.plan) if plan.schema.is_series else frame
    if len(frame.columns) != 1:
        raise InvalidOption(f"is_series=True needs one column, not {list(frame.columns)}; use columns=")
    return MSeries(series_of(frame.plan, 0))
