"""Position: rows by their place in the order of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy, first, last
from omegastore.mdataframe.plan import Plan, fresh_field, loose


class ILoc:
    """Rows, and columns, by position, as pandas' ``iloc``.

    Parameters
    ----------
    lazy : Lazy
        A frame or series.
    """

    def __init__(self, lazy: Lazy) -> None:
        self._lazy = lazy

    def __getitem__(self, key: Any) -> Any:
        """Return a row or a cell for an int, which is read, or lazily the rows of a slice, list or mask.

        Raises
        ------
        IndexError
            If there is no such position.
        """
        lazy: Any = self._lazy
        if isinstance(key, tuple):
            if len(key) > 2 or lazy.plan.schema.is_series:
                raise IndexError(f"too many indexers: {key!r}")
            rows, *columns = list(key)
            lazy = _columns(lazy, columns[0]) if columns else lazy
            return lazy if isinstance(rows, slice) and rows == slice(None) else ILoc(lazy)[rows]
        if isinstance(key, int | np.integer) and not isinstance(key, bool | np.bool_):
            return row_at(lazy.plan, int(key))
        if isinstance(key, slice):
            return type(lazy)(sliced(lazy.plan, key))
        return type(lazy)(taken(lazy.plan, positions_of(lazy.plan, key)))


def _columns(lazy: Any, key: Any) -> Any:
    plan: Plan = lazy.plan
    count = len(plan.schema.columns)
    if isinstance(key, int | np.integer):
        if not -count <= key < count:
            raise IndexError(f"column position {key} is out of bounds for {count} columns")
        return lazy.column_at(int(key) % count)
    places = np.arange(count)[key if isinstance(key, slice) else np.asarray(key)]
    return type(lazy)(plan.select([int(at) for at in places]))


def row_at(plan: Plan, at: int) -> Any:
    """Return one row as pandas has it: a Series, or of a series the value."""
    one = plan.part(at, 1) if at >= 0 else first(last(plan, -at), 1)
    if at < 0 and plan.rows is None and result.count(last(plan, -at)) < -at:
        raise IndexError(f"position {at} is out of bounds for {result.count(plan)} rows")
    if at < 0 and plan.rows is not None and plan.rows + at < 0:
        raise IndexError(f"position {at} is out of bounds for {plan.rows} rows")
    found = result.read(one)
    if not len(found):
        raise IndexError(f"position {at} is out of bounds for {result.count(plan)} rows")
    return found.iloc[0]


def sliced(plan: Plan, key: slice) -> Plan:
    """Return the plan of the rows that a slice of positions names."""
    step = 1 if key.step is None else int(key.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        if key.start is None and key.stop is None:
            return _every(plan.backwards(), -step)
        run = range(*key.indices(result.count(plan)))
        if not len(run):
            return plan.part(0, 0)
        return _every(plan.part(run[-1], run[0] - run[-1] + 1).backwards(), -step)
    return _every(_run(plan, key.start, key.stop), step)


def _run(plan: Plan, start: int | None, stop: int | None) -> Plan:
    low = 0 if start is None else int(start)
    if plan.rows is None and (low < 0 or (stop is not None and stop < 0)):
        if low < 0 and (stop is None or stop < 0):
            rest = last(plan, -low)
            return rest if stop is None else first(rest, int(stop))
        if low >= 0:
            assert stop is not None
            return first(plan.part(low), int(stop))
    if low < 0 or (stop is not None and stop < 0):
        run = range(*slice(start, stop).indices(result.count(plan)))
        return plan.part(run.start, len(run))
    return plan.part(low, None if stop is None else max(0, int(stop) - low))


def _every(plan: Plan, step: int) -> Plan:
    if step == 1:
        return plan
    index = plan.schema.index
    field = fresh_field()
    numbered = plan.numbered().with_position(field)
    rows = None if plan.rows is None else -(-plan.rows // step)
    kept = numbered.then([{"$match": {field: {"$mod": [step, 0]}}}], rows=rows, is_ordered=True)
    steps = None if index.steps is None else index.steps[::step]
    freq = None if index.freq is None else index.freq * step
    return kept.with_schema(
        replace(kept.schema, index=replace(kept.schema.index, steps=steps, freq=freq, edges=None))
    )


def positions_of(plan: Plan, key: Any) -> list[int]:
    """Return the positions, from 0, that a list of ints or a mask of booleans names.

    Raises
    ------
    IndexError
        If there is no such position, or a mask has another length than the rows.
    """
    places = np.asarray(key.to_numpy() if isinstance(key, pd.Series | pd.Index) else key)
    if places.ndim != 1 or (len(places) and places.dtype.kind not in "biu"):
        raise TypeError(f"positions are ints, slices, lists of ints or booleans, not {key!r}")
    count = result.count(plan)
    if places.dtype.kind == "b":
        if len(places) != count:
            raise IndexError(f"a mask of {len(places)} booleans for {count} rows")
        return [int(at) for at in np.flatnonzero(places)]
    wrong = [int(at) for at in places if not -count <= at < count]
    if wrong:
        raise IndexError(f"positions {wrong[:5]} are out of bounds for {count} rows")
    return [int(at) % count for at in places]


def taken(plan: Plan, positions: Sequence[int]) -> Plan:
    """Return the plan of the rows at positions, in their order."""
    plan = plan.numbered()
    if not positions:
        return plan.part(0, 0)
    low, high = min(positions), max(positions)
    field, place = fresh_field(), fresh_field()
    found = plan.part(low, high - low + 1).with_position(field)
    listed = [at - low for at in positions]
    found = found.then([{"$match": {field: {"$in": listed}}}], loose(plan.schema), is_ordered=True)
    if sorted(set(listed)) == listed:
        return replace(found, rows=len(listed))
    if len(set(listed)) == len(listed):
        found = found.computed({place: {"$indexOfArray": [listed, f"${field}"]}})
    else:
        each = {"$eq": [{"$arrayElemAt": [listed, "$$this"]}, f"${field}"]}
        places = {"$filter": {"input": {"$range": [0, len(listed)]}, "cond": each}}
        found = found.computed({place: places}).then([{"$unwind": f"${place}"}])
    return replace(found, rows=len(listed), order=((place, 1),), is_ordered=False)
