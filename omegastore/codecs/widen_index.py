"""The index of two frames together, as pandas' concat has it; what would hang on labels not at hand is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.column_text import Objects
from omegastore.codecs.label import index_of
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema, kinds_of
from omegastore.codecs.widen_entry import REMEDY, gaps_of, is_text, sample_of, widened_column
from omegastore.errors import SchemaMismatch


def widen_index(stored: FrameSchema, new: FrameSchema) -> IndexSchema:
    """Return the index of both, its levels not yet with the era of the new rows."""
    old, own = stored.index, new.index
    if old.steps is not None and own.steps is not None:
        return replace(old, steps=_steps(old.steps, own.steps))
    joined = _index(old, stored.rows, -1).append(_index(own, new.rows, 0))
    levels: list[Entry] = []
    for at, (left, right) in enumerate(zip(old.levels, own.levels, strict=True)):
        where = f"index level {at} ({old.names[at]!r})"
        plain = widened_column(left, stored.rows, right, new.rows, where)
        result = column_of(values_of(joined.get_level_values(at)), where)
        objects = [each for each in (left, right) if each.result.dtype == object and each.kinds is not None]
        if result.dtype != plain.dtype and not any(len(_kinds(each)) for each in objects):
            raise SchemaMismatch(  # pandas infers the dtype from all labels, which are not at hand
                f"{where} is stored as {left.result.dtype}, the new one is {right.result.dtype}; use astype(), "
                f"or {REMEDY}"
            )
        na = gaps_of(left, stored.rows, right, new.rows)
        kinds = kinds_of(_kinds(left).append(_kinds(right))) if isinstance(result, Objects) else None
        text = is_text(result, left, right)
        levels.append(replace(left, result=result, na=na, is_text=text, kinds=kinds))
    freq = joined.freq if isinstance(joined, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    edges = [part.edges for part in (old, own) if part.edges is not None and len(part.edges)]
    return replace(
        old,
        levels=tuple(levels),
        steps=None,
        freq=freq,
        edges=None if freq is None else edges[0][[0]].append(edges[-1][[-1]]) if edges else old.edges,
        lookup=_lookup(old, own, levels),
    )


def _lookup(stored: IndexSchema, new: IndexSchema, levels: list[Entry]) -> pd.MultiIndex | None:
    """Return the levels of both, where this pandas keeps those without rows."""
    old, own = stored.lookup, new.lookup
    if old is None or own is None:
        single = old if own is None else own
        for at, known in enumerate([] if single is None else single.levels):
            dtype, level = known.dtype, levels[at]
            if dtype != level.result.dtype:  # integers of which some are missing
                raise SchemaMismatch(
                    f"index level {at} ({stored.names[at]!r}) has labels of {dtype} that may be missing in one frame "
                    f"only, so together they would become {level.result.dtype}; use reset_index(), or {REMEDY}"
                )
        return None
    joined = old.append(own)
    has_all = isinstance(joined, pd.MultiIndex) and all(
        len(both) >= len(one) for both, one in zip(joined.levels, old.levels, strict=True)
    )
    return joined if has_all else None


def _kinds(level: Entry) -> pd.Index[Any]:
    return pd.Index([], dtype=object) if level.kinds is None else level.kinds


def _index(index: IndexSchema, rows: int, edge: int) -> pd.Index[Any]:
    """Return an index of one label at most, the first or the last of the frame if its freq matters."""
    count = min(rows, 1)
    if index.edges is not None:
        label = index.edges[[edge]] if count else index.edges
        label.freq = index.freq  # type: ignore[attr-defined]  # only indexes of dates have edges
        return label
    if index.steps is not None:
        return pd.Index(np.zeros(count, np.int64)) if count else pd.RangeIndex(0)
    values = [sample_of(level, count) if level.kinds is None else values_of(level.kinds) for level in index.levels]
    if not index.is_multi:
        return index_of(values[0], None)
    rows = max(map(len, values))
    # levels that hold objects show more than one label; the others repeat theirs
    return pd.MultiIndex.from_arrays(
        [index_of(value, None).take(np.arange(rows) % max(len(value), 1)) for value in values]
    )


def _steps(old: range, own: range) -> range | None:
    """Return the range of both, if they make one as pandas sees it."""
    # two labels of each decide; all of them might not fit into memory
    left, right = (old[-2:], own[:2]) if old and own else (old, own)
    joined = _range_index(left).append(_range_index(right))
    if not isinstance(joined, pd.RangeIndex):
        return None
    if not (old and own):
        return range(joined.start, joined.stop, joined.step)
    return range(old.start, old.start + joined.step * (len(old) + len(own)), joined.step)


def _range_index(steps: range) -> pd.RangeIndex:
    return pd.RangeIndex(steps.start, steps.stop, steps.step)
