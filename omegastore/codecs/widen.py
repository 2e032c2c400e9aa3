"""Widening: the schema of a stored frame and of one that is appended, as pandas' concat of both would have it.

The dtypes, labels and index of the result are asked of pandas itself, with a frame of one row in the place of each.
Rows stay as they were written: if the dtypes of the new rows differ from those of all rows before them, a new era
begins, and the reader decodes the rows of each era by their own dtypes before it casts them to the result's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.column import Column
from omegastore.codecs.frame import Prepared, check_schema
from omegastore.codecs.label import column_fields, name_document
from omegastore.codecs.schema import Entry, FrameSchema
from omegastore.codecs.widen_entry import REMEDY, gaps_of, is_text, same_column, same_document, widened_column
from omegastore.codecs.widen_index import widen_index
from omegastore.errors import SchemaMismatch


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
    try:
        index = widen_index(stored, new.schema)
    except (AttributeError, TypeError) as error:  # an index of objects beside one with a freq; NA as a number
        raise SchemaMismatch(
            f"pandas cannot append the new index to the stored one ({error}); convert it, or {REMEDY}"
        ) from error
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
        attrs=stored.attrs if same_document(stored.attrs, new.schema.attrs) else ({}, None),
        era=max(era, stored.era),
    )
    check_schema(schema)
    return schema, _renamed(new, schema, places, era)


def _is_void(schema: FrameSchema) -> bool:
    return not (schema.is_series or schema.rows or schema.columns)


def _check_kinds(stored: FrameSchema, new: FrameSchema) -> None:
    if stored.is_series != new.is_series:
        kinds = ("a Series", "a DataFrame") if stored.is_series else ("a DataFrame", "a Series")
        raise SchemaMismatch(f"{kinds[0]} is stored, {kinds[1]} cannot be appended to it; {REMEDY}")
    if stored.unique_labels or new.unique_labels:
        raise SchemaMismatch(
            "a frame that allows no duplicate labels cannot be appended to, since the labels of the stored rows "
            f"are not at hand; set_flags(allows_duplicate_labels=True) or {REMEDY}"
        )
    if stored.is_series and not same_document(_names(stored.labels), _names(new.labels)):
        raise SchemaMismatch(
            f"the stored Series has the name {stored.labels[0]!r}, not {new.labels[0]!r}; rename it, or {REMEDY}"
        )
    old, own = stored.index, new.index
    if old.is_multi != own.is_multi or len(old.levels) != len(own.levels):
        raise SchemaMismatch(
            f"the stored index has the levels {list(old.names)}, not {list(own.names)}; use set_index() or "
            f"reset_index(), or {REMEDY}"
        )
    if not same_document(_names(old.names), _names(own.names)):
        raise SchemaMismatch(
            f"the stored index has the names {list(old.names)}, not {list(own.names)}; rename them, or {REMEDY}"
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
            f"{own.nlevels}: {list(own[:5])}; rename the columns, or {REMEDY}"
        )
    # with no columns at all, the type of the labels follows from which frames have rows
    rows = (1, 1) if len(old) or len(own) else (min(stored.rows, 1), min(new.rows, 1))
    empty = [pd.DataFrame(index=range(count), columns=each) for count, each in zip(rows, (old, own), strict=True)]
    try:
        labels = pd.concat(empty).columns
    except (pd.errors.InvalidIndexError, ValueError, AssertionError) as error:
        raise SchemaMismatch(
            f"columns {list(own[own.duplicated()])} are there more than once and the columns differ from the stored "
            f"{list(old)}; make them the same, or {REMEDY}"
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
        result = widened_column(old, stored.rows, own, new.rows, f"column {label!r}")
        field, codecs = (old.field, old.codecs) if old is not None else (next(fresh), ((0, None),))
        na = gaps_of(old, stored.rows, own, new.rows)
        entries.append(Entry(field, codecs, result, na, is_text(result, old, own)))
    return entries


def _era(entries: list[Entry], codecs: list[Column | None], last: int) -> int:
    """Return the era whose codecs are `codecs`; one more than the last if there is none."""
    for era in range(last, -1, -1):
        if all(same_column(entry.codec(era), codec) for entry, codec in zip(entries, codecs, strict=True)):
            return era
    return last + 1


def _begin(entry: Entry, codec: Column | None, era: int) -> Entry:
    """Return `entry` with the codec of `era`, if that differs from the era before."""
    if same_column(entry.codec(era), codec):
        return entry
    return replace(entry, codecs=(*entry.codecs, (era, codec)))


def _renamed(new: Prepared, schema: FrameSchema, places: list[tuple[int, int]], era: int) -> Prepared:
    """Return the new frame with the fields of the stored one."""
    fields = {at: entry.field for entry, (_, at) in zip(schema.columns, places, strict=True) if at >= 0}
    columns = tuple(replace(entry, field=fields[at]) for at, entry in enumerate(new.schema.columns))
    levels = zip(new.schema.index.levels, schema.index.levels, strict=True)
    index = replace(new.schema.index, levels=tuple(replace(own, field=old.field) for own, old in levels))
    return replace(new, schema=replace(new.schema, columns=columns, index=index), era=era)
