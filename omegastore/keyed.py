"""Keyed: new values of some rows, matched with the stored rows by key columns, fitted to the stored dtypes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs.column import missing
from omegastore.codecs.schema import FrameSchema
from omegastore.edit import Either, Frame, Part, deletion, replacement, touched_at, touched_by
from omegastore.errors import InvalidOption, UnknownColumn, UnsupportedValue
from omegastore.metadata import Metadata
from omegastore.query import Q
from omegastore.rewrite import Rewritten, rewrite
from omegastore.storage import Storage


def set_values(
    storage: Storage, name: str, values: dict[Any, Any], filter: Mapping[str, object], q: Q | None, expect: int | None
) -> Metadata:
    """Give columns of the rows that meet the conditions one value each; as `omegastore.mixins.edits` says."""
    return rewrite(storage, name, Frame, lambda stored: constant(stored, values, stored.condition(filter, q)), expect)


def set_rows(storage: Storage, name: str, changes: object, on: Any, expect: int | None, *, inserts: bool) -> Metadata:
    """Give the rows of the same key the values of a frame; as `omegastore.mixins.edits` says."""
    frame, key = _checked(changes, on)
    return rewrite(storage, name, Frame, lambda stored: keyed(stored, frame, key, inserts), expect)


def delete_rows(
    storage: Storage, name: str, filter: Mapping[str, object], q: Q | None, expect: int | None
) -> Metadata:
    """Delete the rows that meet the conditions; as `omegastore.mixins.edits` says."""
    return rewrite(storage, name, Either, lambda stored: deletion(stored, stored.condition(filter, q)), expect)


def constant(stored: Frame, values: Mapping[Any, Any], condition: dict[str, Any]) -> Rewritten | None:
    """Return how columns of the rows that meet `condition` get one value each; None if there are no such rows."""
    dtypes = _dtypes(stored.schema, list(values))
    single = {label: fitted(_single(value, dtypes[label]), dtypes[label]) for label, value in values.items()}
    touched = touched_by(stored, condition)

    def change(part: Part) -> pd.DataFrame:
        zeros = np.zeros(len(part.frame), np.intp)
        return _assigned(part.frame, {label: column.take(zeros) for label, column in single.items()})

    return replacement(stored, touched, change) if touched.count else None


def keyed(stored: Frame, changes: pd.DataFrame, on: Sequence[Any], inserts: bool) -> Rewritten | None:
    """Return how the rows of the same key get the values of `changes`; None if it has no rows.

    Parameters
    ----------
    stored : Frame
        What is edited.
    changes : DataFrame
        Key columns and new values.
    on : sequence of labels
        The key: columns, or names of index levels.
    inserts : bool
        Whether rows whose key is not stored are added; else they are refused.
    """
    if not len(changes):
        return None
    labels = [label for label in changes.columns if label not in on]
    dtypes = _dtypes(stored.schema, [*changes.columns])
    given = _keys(changes, on, "changes")
    _check_keys(given, on)
    numbers, places = _matched(stored, given, on)
    lost = np.setdiff1d(np.arange(len(changes)), places)
    if len(lost) and not inserts:
        key = dict(zip(on, given.take(lost[:1])[0] if len(on) > 1 else given[lost[:1]], strict=True))
        raise UnsupportedValue(
            f"{len(lost)} row(s) of changes have a key that {stored.name!r} has not, the first {key}; use upsert()"
        )
    fitting = changes.copy(deep=False)
    for label in changes.columns:
        fitting[label] = fitted(changes[label], dtypes[label])

    def change(part: Part) -> pd.DataFrame:
        rows = places[np.searchsorted(numbers, part.ids)]
        return _assigned(part.frame, {label: fitting[label].take(rows) for label in labels})

    fresh = _fresh(stored.schema, fitting.take(lost), on) if len(lost) else None
    return replacement(stored, touched_at(numbers), change, fresh)


def _dtypes(schema: FrameSchema, labels: list[Any]) -> dict[Any, Any]:
    """Return the stored dtype of each of `labels`, that of an index level too."""
    known: dict[Any, Any] = {}
    for name, entry in zip(schema.index.names, schema.index.levels, strict=True):
        if name is not None:
            known[name] = entry.result.dtype
    known |= {label: entry.result.dtype for label, entry in zip(schema.labels, schema.columns, strict=True)}
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise UnknownColumn(f"unknown columns {unknown}; known are {list(schema.labels)}")
    twice = [label for label in labels if list(schema.labels).count(label) > 1 or labels.count(label) > 1]
    if twice:
        raise InvalidOption(f"columns {twice} are there more than once, and cannot be told apart")
    return known


def _keys(frame: pd.DataFrame, on: Sequence[Any], where: str) -> pd.Index[Any]:
    """Return the keys of the rows."""
    levels: list[Any] = []
    for label in on:
        if label in frame.columns:
            level: Any = pd.Index(frame[label])
        elif label in frame.index.names:
            level = frame.index.get_level_values(label)
        else:
            raise UnknownColumn(f"on={label!r} is neither a column nor an index level of {where}")
        levels.append(level.astype(level.categories.dtype) if isinstance(level, pd.CategoricalIndex) else level)
    return levels[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)


def _check_keys(given: pd.Index[Any], on: Sequence[Any]) -> None:
    levels = [given] if len(on) == 1 else [given.get_level_values(at) for at in range(len(on))]
    for label, level in zip(on, levels, strict=True):
        if level.isna().any():
            raise UnsupportedValue(f"key {label!r} is missing in row {int(level.isna().argmax())} of changes")
    try:
        twice = given.duplicated()
    except TypeError as error:
        raise UnsupportedValue(f"the values of key {list(on)} cannot be compared: {error}") from error
    if twice.any():
        raise UnsupportedValue(f"changes has the key {given[twice][0]!r} of {list(on)} more than once")


def _matched(stored: Frame, given: pd.Index[Any], on: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the `_id` of the stored rows whose key is given, and the places of these in `given`."""
    columns = [at for at, label in enumerate(stored.schema.labels) if label in on]
    numbers: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    places: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
    for part in stored.read(None, columns):
        found = given.get_indexer_for(_keys(part.frame, on, repr(stored.name)))
        numbers.append(part.ids[found >= 0])
        places.append(found[found >= 0])
    return np.concatenate(numbers), np.concatenate(places)


def _fresh(schema: FrameSchema, rows: pd.DataFrame, on: Sequence[Any]) -> pd.DataFrame:
    """Return rows to add, with the index that they get."""
    names = list(schema.index.names)
    if schema.index.steps is not None and names == list(rows.index.names):
        if isinstance(rows.index, pd.RangeIndex) or rows.index.dtype == np.dtype(np.int64):
            steps = schema.index.steps
            rows.index = pd.RangeIndex(steps.stop, steps.stop + len(rows) * steps.step, steps.step, name=names[0])
    elif None not in names and names != list(rows.index.names) and all(name in rows.columns for name in names):
        rows = rows.set_index(names)
    return rows


def _assigned(frame: pd.DataFrame, columns: Mapping[Any, pd.Series[Any]]) -> pd.DataFrame:
    """Return the frame with some columns replaced, dtypes and all; labels may be of any type."""
    labels = list(frame.columns)
    made = {at: frame.iloc[:, at] for at in range(len(labels))}
    for label, values in columns.items():
        made[labels.index(label)] = pd.Series(values.array, index=frame.index, dtype=values.dtype, copy=False)
    result = pd.DataFrame(made, index=frame.index, copy=False)
    result.columns = frame.columns
    result.attrs = frame.attrs
    return result


def _single(value: Any, dtype: Any) -> pd.Series[Any]:
    """Return the value as a Series of one; a missing one as that of `dtype`."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        is_plain = isinstance(dtype, np.dtype) and dtype.kind in "iu"
        return pd.Series(missing(np.dtype(float) if is_plain else dtype, 1))
    return pd.Series([value], dtype=object if dtype == np.dtype(object) else None)


def fitted(values: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Return `values` in the stored dtype where that keeps each of them exactly; else as they are.

    Only values of the same sort are converted: numbers, text, times of one zone, categories.
    """
    if values.dtype == dtype or not _is_sort(values, dtype):
        return values
    try:
        cast = values.astype(dtype)
        back = cast.astype(values.dtype)
    except (TypeError, ValueError, OverflowError):
        return values
    is_same = cast.isna().equals(values.isna()) and back.equals(values)
    return cast if is_same else values


def _is_sort(values: pd.Series[Any], dtype: Any) -> bool:
    types = pd.api.types
    sample = pd.Series([], dtype=dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        return bool((values.isin(dtype.categories) | values.isna()).all())
    for test in (types.is_datetime64_dtype, types.is_timedelta64_dtype):
        if test(sample):
            return bool(test(values))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return isinstance(values.dtype, pd.DatetimeTZDtype) and str(values.dtype.tz) == str(dtype.tz)
    if types.is_numeric_dtype(sample) and not types.is_bool_dtype(sample):
        return bool(types.is_numeric_dtype(values) and not types.is_bool_dtype(values))
    is_text = types.is_string_dtype(sample) and not types.is_object_dtype(sample)
    return is_text and types.infer_dtype(values, skipna=True) == "string"


def _checked(changes: object, on: Any) -> tuple[pd.DataFrame, list[Any]]:
    """Return the frame and the list of keys that a caller gave; raise for anything else."""
    if not isinstance(changes, pd.DataFrame):
        raise InvalidOption(f"changes are a DataFrame or a dict, not {type(changes).__qualname__}")
    key: list[Any] = list(on) if isinstance(on, list) else [on]
    if on is None or not key:
        raise InvalidOption("a DataFrame needs on=, the columns or index levels that tell the rows apart")
    _keys(changes.iloc[:0], key, "changes")
    return changes, key
