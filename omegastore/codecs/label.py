"""Labels: indexes as documents of the schema, names as values, and the field names of columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs import value as value_codec
from omegastore.codecs.column import Cells, column_document, column_from, column_of, values_of
from omegastore.codecs.frequency import frequency_document, frequency_from
from omegastore.errors import UnsupportedValue

EXTRAS = "_x"
"""The field of a row that holds the extras of its cells."""
ERA = "_era"
"""Beside the extras: which of the frames that were appended to each other the row came with, if dtypes differ."""
_RESERVED = re.compile(r"_id|_x|_era|_idx#.*|_col#.*|\$.*|.*\..*|", re.DOTALL)
_ODD = re.compile(r"[.$\s]")


def name_document(name: Any, where: str) -> list[Any]:
    """Return any label or name as a BSON array."""
    if isinstance(name, str) and type(name) is str:
        check_text(name, where)
        return [name]
    natural, extra = value_codec.encode(name, where)
    _check_nul(name, where)
    return [natural] if extra is None else [natural, extra]


def name_from(document: list[Any]) -> Any:
    """Return the name that `document` holds."""
    natural, extra = document if len(document) == 2 else (document[0], None)
    return value_codec.decode(natural, extra)


def check_text(text: str, where: str) -> None:
    """Raise UnsupportedValue for a label that cannot be the name of a field."""
    if "\0" in text:
        raise UnsupportedValue(f"{where} {text!r} has a NUL character; rename it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnsupportedValue(f"{where} {text!r} has a lone surrogate; rename it") from error


def _check_nul(label: Any, where: str) -> None:
    for part in label if isinstance(label, tuple) else ():
        if isinstance(part, str):
            check_text(part, where)


def index_document(index: pd.Index[Any], where: str) -> dict[str, Any]:
    """Return an index with all its values as a BSON document.

    Raises
    ------
    UnsupportedValue
        Naming `where` and the label that cannot be kept.
    """
    if isinstance(index, pd.MultiIndex):
        levels = [index_document(level, where) for level in index.levels]
        codes: list[Any] = [np.asarray(code).tolist() for code in index.codes]
        return {"type": "multi", "levels": levels, "codes": codes}
    name = name_document(index.name, f"{where}, name")
    if isinstance(index, pd.RangeIndex):
        return {"type": "range", "range": [index.start, index.stop, index.step], "name": name}
    values = values_of(index)
    if values.dtype.kind in "OUT" or isinstance(values.dtype, pd.StringDtype):
        for label in index:
            if isinstance(label, str):
                check_text(label, where)
            _check_nul(label, where)
    column = column_of(values, where)
    column.check(values, where)
    cells = column.cells(values)
    document: dict[str, Any] = {
        "type": "index",
        "column": column_document(column),
        "values": cells.naturals,
        "name": name,
    }
    if cells.extras:
        document["extras"] = [[at, extra] for at, extra in cells.extras.items()]
    freq = getattr(index, "freq", None)
    if freq is not None and not isinstance(index, pd.PeriodIndex):
        document["freq"] = frequency_document(freq, where)
    return document


def index_from(document: Mapping[str, Any]) -> pd.Index[Any]:
    """Return the index that `document` describes."""
    if document["type"] == "multi":
        levels: Any = [index_from(level) for level in document["levels"]]
        names = [level.name for level in levels]
        return pd.MultiIndex(levels=levels, codes=document["codes"], names=names, verify_integrity=False)
    name = name_from(document["name"])
    if document["type"] == "range":
        start, stop, step = map(int, document["range"])
        return pd.RangeIndex(start, stop, step, name=name)
    column = column_from(document["column"])
    extras = {int(row): extra for row, extra in document.get("extras", ())}
    index = index_of(column.array(Cells(document["values"], extras)), name)
    if "freq" in document:
        dated: Any = index
        dated.freq = frequency_from(document["freq"])
    return index


def index_of(values: Any, name: Any) -> pd.Index[Any]:
    """Return the index with exactly the dtype of `values`."""
    index: pd.Index[Any] = pd.Index(values, dtype=values.dtype, name=name, tupleize_cols=False)
    return index


def column_fields(labels: list[Any], taken: set[str]) -> list[str]:
    """Return a field name for each label: the label itself if MongoDB allows it, else one that is made up.

    Parameters
    ----------
    labels : list
        The labels of columns, in order; any hashables, duplicates too.
    taken : set of str
        Field names that other columns have; it grows.
    """
    fields: list[str] = []
    for at, label in enumerate(labels):
        field = label if type(label) is str and not _RESERVED.fullmatch(label) else None
        if field is None or field in taken:
            field = _made_up(label, at, taken)
        taken.add(field)
        fields.append(field)
    return fields


def _made_up(label: Any, at: int, taken: set[str]) -> str:
    text = "" if label is None else _ODD.sub("_", str(label))[:100]
    field = f"_col#{at}_{text}"
    while field in taken:
        at += 1
        field = f"_col#{at}_{text}"
    return field


def level_field(level: int, name: Any) -> str:
    """Return the field name of an index level."""
    text = "" if name is None else _ODD.sub("_", str(name))[:100]
    return f"_idx#{level}_{text}"
