"""Widening: the schema of a stored frame and of one that is appended, as pandas' concat of both would have it.

The dtypes, labels and index of the result are asked of pandas itself, with a frame of one row in the place of each.
Rows stay as they were written: if the dtypes of the new rows differ from those of all rows before them, a new era
begins, and the reader decodes the rows of each era by their own dtypes before it casts them to the result's.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import bson
import numpy as np
import pandas as pd

from omegastore.codecs.column import Cells, Column, column_document, column_of, missing, values_of
from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_text import Objects
from omegastore.codecs.frame import Prepared, check_schema
from omegastore.codecs.label import column_fields, index_of, name_document
from omegastore.codecs.schema import BSON, Entry, FrameSchema, IndexSchema, kinds_of
from omegastore.errors import SchemaMismatch

_REMEDY = "convert the frame first, or put it with append=False, which begins a new version"


def widen(stored: FrameSchema, new: Prepared) -> tuple[FrameSchema, Prepared]:
    """Return the schema of the stored rows and the new ones, and the new ones prepared to be written after them.

    Parameters
    ----------
    stored : FrameSchema
        What is stored.
    new : Prepared
        The frame to append.

    Returns
    -------
    FrameSchema
        That of ``pd.concat([stored, new])``.
    Prepared
        The new frame, with the stored fields.

    Raises
    ------
    SchemaMismatch
        Naming the column or the index level whose values or labels do not go together.
    """
    # concat leaves out frames that have neither rows nor columns, unless all are so
    if stored.is_series == new.schema.is_series and _is_void(stored) != _is_void(new.schema):
        return (new.schema if _is_void(stored) else stored), new
    _check_kinds(stored, new.schema)
    index = _widen_index(stored, new.schema)
    labels, places = _widen_labels(stored, new.schema)
    columns = _columns(stored, new.schema, labels, places)
    entries: list[tuple[Entry, Entry | None]] = [*zip(index.levels, new.schema.index.levels, strict=True)]
    entries += [
        (entry, new.schema.columns[at] if at >= 0 else None) for entry, (_, at) in zip(columns, places, strict=True)
    ]
    codecs = [None if own is None else own.result for _, own in entries]
    era = _era([entry for entry, _ in entries], codecs, stored.era)
    begun = [_begin(entry, codec, era) for (entry, _), codec in zip(entries, codecs, strict=True)]
    count = len(index.levels)
    schema = replace(
        stored,
        labels=labels,
        columns=tuple(begun[count:]),
        index=replace(index, levels=tuple(begun[:count])),
        rows=stored.rows + new.schema.rows,
        attrs=stored.attrs if _same(stored.attrs, new.schema.attrs) else ({}, None),
        era=max(era, stored.era),
    )
    check_schema(schema)
    return schema, _renamed(new, schema, places, era)


def _is_void(schema: FrameSchema) -> bool:
    return not (schema.is_series or schema.rows or schema.columns)


def _same(a: Any, b: Any) -> bool:
    return bson.encode({"": a}, codec_options=BSON) == bson.encode({"": b}, codec_options=BSON)


def _same_codec(a: Column | None, b: Column | None) -> bool:
    if a is None or b is None:
        return a is b
    return type(a) is type(b) and _same(column_document(a), column_document(b))


def _check_kinds(stored: FrameSchema, new: FrameSchema) -> None:
    if stored.is_series != new.is_series:
        kinds = ("a Series", "a DataFrame") if stored.is_series else ("a DataFrame", "a Series")
        raise SchemaMismatch(f"{kinds[0]} is stored, {kinds[1]} cannot be appended to it; {_REMEDY}")
    if stored.unique_labels or new.unique_labels:
        raise SchemaMismatch(
            "a frame that allows no duplicate labels cannot be appended to, since the labels of the stored rows "
            f"are not at hand; set_flags(allows_duplicate_labels=True) or {_REMEDY}"
        )
    if stored.is_series and not _same(_names(stored.labels), _names(new.labels)):
        raise SchemaMismatch(
            f"the stored Series has the name {stored.labels[0]!r}, not {new.labels[0]!r}; rename it, or {_REMEDY}"
        )
    old, own = stored.index, new.index
    if old.is_multi != own.is_multi or len(old.levels) != len(own.levels):
        raise SchemaMismatch(
            f"the stored index has the levels {list(old.names)}, not {list(own.names)}; use set_index() or "
            f"reset_index(), or {_REMEDY}"
        )
    if not _same(_names(old.names), _names(own.names)):
        raise SchemaMismatch(
            f"the stored index has the names {list(old.names)}, not {list(own.names)}; rename them, or {_REMEDY}"
        )


def _names(labels: Sequence[Any] | pd.Index[Any]) -> list[Any]:
    return [name_document(label, "name") for label in labels]


def _widen_labels(stored: FrameSchema, new: FrameSchema) -> tuple[pd.Index[Any], list[tuple[int, int]]]:
    """Return the labels of both, and for each its position in the stored frame and in the new one, or -1."""
    old, own = stored.labels, new.labels
    if stored.is_series:
        return old, [(0, 0)]
    if len(old) and len(own) and (old.nlevels != own.nlevels or _kind(old) != _kind(own)):
        raise SchemaMismatch(
            f"the stored column labels are {_kind(old)} with {old.nlevels} level(s), the new ones {_kind(own)} with "
            f"{own.nlevels}: {list(own[:5])}; rename the columns, or {_REMEDY}"
        )
    # with no columns at all, the type of the labels follows from which frames have rows
    rows = (1, 1) if len(old) or len(own) else (min(stored.rows, 1), min(new.rows, 1))
    empty = [pd.DataFrame(index=range(count), columns=each) for count, each in zip(rows, (old, own), strict=True)]
    try:
        labels = pd.concat(empty).columns
    except (pd.errors.InvalidIndexError, ValueError, AssertionError) as error:
        raise SchemaMismatch(
            f"columns {list(own[own.duplicated()])} are there more than once and the columns differ from the stored "
            f"{list(old)}; make them the same, or {_REMEDY}"
        ) from error
    if not len(old) or not len(own):
        places = range(len(labels))
        return labels, [(at if len(old) else -1, at if len(own) else -1) for at in places]
    if len(labels) == len(old) == len(own) and not labels.is_unique:
        return labels, [(at, at) for at in range(len(labels))]
    return labels, list(zip(old.get_indexer(labels).tolist(), own.get_indexer(labels).tolist(), strict=True))


def _kind(labels: pd.Index[Any]) -> str:
    return "MultiIndex" if isinstance(labels, pd.MultiIndex) else labels.inferred_type


def _columns(
    stored: FrameSchema, new: FrameSchema, labels: pd.Index[Any], places: list[tuple[int, int]]
) -> list[Entry]:
    """Return the entry of each column of the result, not yet with the era of the new rows."""
    entries: list[Entry] = []
    taken = {entry.field for entry in stored.columns}
    fresh = iter(column_fields([labels[at] for at, (old, _) in enumerate(places) if old < 0], taken))
    for label, (old_at, own_at) in zip(labels, places, strict=True):
        old = stored.columns[old_at] if old_at >= 0 else None
        own = new.columns[own_at] if own_at >= 0 else None
        result = _result(old, stored.rows, own, new.rows, f"column {label!r}")
        field, codecs = (old.field, old.codecs) if old is not None else (next(fresh), ((0, None),))
        na = _na(old, stored.rows, own, new.rows)
        entries.append(Entry(field, codecs, result, na, _is_text(result, old, own)))
    return entries


def _result(old: Entry | None, old_rows: int, own: Entry | None, own_rows: int, where: str) -> Column:
    """Return the codec of the column that pandas' concat makes of both."""
    if old is not None and own is not None:
        if _same_codec(old.result, own.result):
            return old.result
        families = {entry.family for entry, rows in ((old, old_rows), (own, own_rows)) if rows and entry.na != "all"}
        if len(families) == 2 and "object" not in families:
            raise SchemaMismatch(
                f"{where} is stored as {old.result.dtype!s}, the new one is {own.result.dtype!s}; use "
                f"astype(), or {_REMEDY}"
            )
    joined = _concat([_prototype(old, old_rows), _prototype(own, own_rows)])
    return column_of(values_of(joined["x"]), where)


def _concat(frames: list[pd.DataFrame]) -> pd.DataFrame:
    with warnings.catch_warnings():
        # pandas 2 announces what pandas 3 does with columns of missing values: each does it its way
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        return pd.concat(frames, ignore_index=True)


def _prototype(entry: Entry | None, rows: int) -> pd.DataFrame:
    """Return a frame of one row at most, with the dtype of a column."""
    count = min(rows, 1)
    if entry is None:
        return pd.DataFrame(index=range(count))
    values = _values(entry, count)
    return pd.DataFrame({"x": pd.Series(values, dtype=entry.result.dtype)})


def _values(entry: Entry, count: int) -> Any:
    if count and entry.na == "all":
        return missing(entry.result.dtype, 1)
    if not count:
        return entry.result.array(Cells([]))
    # where categories go by their code, the first of them
    extras = {0: 0} if isinstance(entry.result, Categories) else {}
    return entry.result.array(Cells([entry.result.sample], extras))


def _na(old: Entry | None, old_rows: int, own: Entry | None, own_rows: int) -> str:
    """Return whether values are missing in both together."""
    pairs = ((old, old_rows), (own, own_rows))
    states = {"all" if entry is None else entry.na for entry, rows in pairs if rows}
    return states.pop() if len(states) == 1 else "some" if states else "none"


def _is_text(result: Column, old: Entry | None, own: Entry | None) -> bool:
    known = [entry for entry in (old, own) if entry is not None]
    return isinstance(result, Objects) and all(entry.family == "string" or entry.na == "all" for entry in known)


def _era(entries: list[Entry], codecs: list[Column | None], last: int) -> int:
    """Return the era whose codecs are `codecs`; one more than the last if there is none."""
    for era in range(last, -1, -1):
        if all(_same_codec(entry.codec(era), codec) for entry, codec in zip(entries, codecs, strict=True)):
            return era
    return last + 1


def _begin(entry: Entry, codec: Column | None, era: int) -> Entry:
    """Return `entry` with the codec of `era`, if that differs from the era before."""
    if _same_codec(entry.codec(era), codec):
        return entry
    return replace(entry, codecs=(*entry.codecs, (era, codec)))


def _renamed(new: Prepared, schema: FrameSchema, places: list[tuple[int, int]], era: int) -> Prepared:
    """Return the new frame with the fields of the stored one."""
    fields = {at: entry.field for entry, (_, at) in zip(schema.columns, places, strict=True) if at >= 0}
    columns = tuple(replace(entry, field=fields[at]) for at, entry in enumerate(new.schema.columns))
    levels = zip(new.schema.index.levels, schema.index.levels, strict=True)
    index = replace(new.schema.index, levels=tuple(replace(own, field=old.field) for own, old in levels))
    return replace(new, schema=replace(new.schema, columns=columns, index=index), era=era)


def _widen_index(stored: FrameSchema, new: FrameSchema) -> IndexSchema:
    """Return the index of both, its levels not yet with the era of the new rows."""
    old, own = stored.index, new.index
    if old.steps is not None and own.steps is not None:
        return replace(old, steps=_steps(old.steps, own.steps))
    joined = _index(old, stored.rows, -1).append(_index(own, new.rows, 0))
    levels: list[Entry] = []
    for at, (left, right) in enumerate(zip(old.levels, own.levels, strict=True)):
        where = f"index level {at} ({old.names[at]!r})"
        _result(left, stored.rows, right, new.rows, where)
        result = column_of(values_of(joined.get_level_values(at)), where)
        na = _na(left, stored.rows, right, new.rows)
        kinds = kinds_of(_kinds(left).append(_kinds(right))) if isinstance(result, Objects) else None
        text = _is_text(result, left, right)
        levels.append(replace(left, result=result, na=na, is_text=text, kinds=kinds))
    freq = joined.freq if isinstance(joined, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    edges = [part.edges for part in (old, own) if part.edges is not None and len(part.edges)]
    return replace(
        old,
        levels=tuple(levels),
        steps=None,
        freq=freq,
        edges=None if freq is None else edges[0][[0]].append(edges[-1][[-1]]) if edges else old.edges,
        lookup=_lookup(old.lookup, own.lookup),
    )


def _lookup(old: pd.MultiIndex | None, own: pd.MultiIndex | None) -> pd.MultiIndex | None:
    """Return the levels of both, where this pandas keeps those without rows."""
    if old is None or own is None:
        return None
    joined = old.append(own)
    known = isinstance(joined, pd.MultiIndex) and all(
        len(both) >= len(one) for both, one in zip(joined.levels, old.levels, strict=True)
    )
    return joined if known else None


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
    values = [_values(level, count) if level.kinds is None else values_of(level.kinds) for level in index.levels]
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
