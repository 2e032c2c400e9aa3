"""The column or index level that pandas' concat makes of two: asked of pandas with one row in the place of each."""

from __future__ import annotations

import warnings
from typing import Any

import bson
import pandas as pd

from omegastore.codecs.column import Cells, Column, column_document, column_of, missing, values_of
from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_text import Objects
from omegastore.codecs.schema import BSON, Entry
from omegastore.errors import SchemaMismatch

REMEDY = "convert the frame first, or put it with append=False, which begins a new version"


def same_document(a: Any, b: Any) -> bool:
    """Return whether two values are one document in BSON, types included."""
    return bson.encode({"": a}, codec_options=BSON) == bson.encode({"": b}, codec_options=BSON)


def same_column(a: Column | None, b: Column | None) -> bool:
    """Return whether two columns are of one codec with the same parameters."""
    if a is None or b is None:
        return a is b
    return type(a) is type(b) and same_document(column_document(a), column_document(b))


def widened_column(old: Entry | None, old_rows: int, own: Entry | None, own_rows: int, where: str) -> Column:
    """Return the codec of the column that pandas' concat makes of both."""
    if old is not None and own is not None:
        if same_column(old.result, own.result):
            return old.result
        families = {entry.family for entry, rows in ((old, old_rows), (own, own_rows)) if rows and entry.na != "all"}
        if len(families) == 2 and "object" not in families:
            raise SchemaMismatch(
                f"{where} is stored as {old.result.dtype!s}, the new one is {own.result.dtype!s}; use "
                f"astype(), or {REMEDY}"
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
    values = sample_of(entry, count)
    return pd.DataFrame({"x": pd.Series(values, dtype=entry.result.dtype)})


def sample_of(entry: Entry, count: int) -> Any:
    """Return `count` values, 0 or 1, that a column may hold."""
    if count and entry.na == "all":
        return missing(entry.result.dtype, 1)
    if not count:
        return entry.result.array(Cells([]))
    # where categories go by their code, the first of them
    extras = {0: 0} if isinstance(entry.result, Categories) else {}
    return entry.result.array(Cells([entry.result.sample], extras))


def gaps_of(old: Entry | None, old_rows: int, own: Entry | None, own_rows: int) -> str:
    """Return whether values are missing in both together."""
    pairs = ((old, old_rows), (own, own_rows))
    states = {"all" if entry is None else entry.na for entry, rows in pairs if rows}
    return states.pop() if len(states) == 1 else "some" if states else "none"


def is_text(result: Column, old: Entry | None, own: Entry | None) -> bool:
    """Return whether a column of objects holds texts alone."""
    known = [entry for entry in (old, own) if entry is not None]
    return isinstance(result, Objects) and all(entry.family == "string" or entry.na == "all" for entry in known)
