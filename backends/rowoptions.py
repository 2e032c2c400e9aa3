"""Options of rows: the indexes and the timestamp that put() takes, checked and told as the rows need them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.frame import Prepared
from omegastore.codecs.geojson import check_geojson
from omegastore.codecs.schema import Entry, FrameSchema
from omegastore.errors import InvalidOption

CREATED = "_created"
"""The column that holds the time of a put, unless another name is given."""
_ORDERS: dict[str, int | str] = {"+": 1, "-": -1, "@": "2dsphere"}

Index = list[tuple[str, int | str]]


def stamp_of(timestamp: object) -> tuple[str, datetime] | None:
    """Return the name of the column and the time, in naive UTC, that the option `timestamp` asks for.

    Raises
    ------
    InvalidOption
        If it is not a bool, a name, a datetime, or a pair of both.
    """
    if timestamp is None or timestamp is False:
        return None
    name: object = CREATED
    moment: object = datetime.now(UTC)
    if isinstance(timestamp, tuple) and len(timestamp) == 2:
        name, moment = timestamp
    elif isinstance(timestamp, datetime):
        moment = timestamp
    elif timestamp is not True:
        name = timestamp
    if not isinstance(name, str) or not isinstance(moment, datetime) or pd.isna(moment):
        raise InvalidOption(
            f"timestamp={timestamp!r} is not True, the name of a column, a datetime, or (name, datetime)"
        )
    return name, moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def stamped(frame: pd.DataFrame | pd.Series[Any], name: str, moment: datetime) -> pd.DataFrame:
    """Return `frame`, which stays as it is, with one more column that holds `moment`.

    Raises
    ------
    InvalidOption
        If it has a column of that name, or is a Series.
    """
    if isinstance(frame, pd.Series):
        raise InvalidOption("timestamp= adds a column, which a Series cannot have; put series.to_frame()")
    if name in frame.columns:
        raise InvalidOption(f"timestamp={name!r} is a column already; choose another name")
    wider = frame.copy(deep=False)
    wider[name] = np.full(len(frame), np.datetime64(moment, "us"))
    return wider


def indexes_of(
    index: Sequence[Hashable] | None, schema: FrameSchema, prepared: Prepared | None = None
) -> list[Index]:
    """Return the indexes that the option `index` asks for, as field and order.

    Parameters
    ----------
    index : sequence of labels, optional
        Columns or names of index levels, with ``+``, ``-`` or ``@`` in front.
    schema : FrameSchema
        The frame that they belong to.
    prepared : Prepared, optional
        The values, to check that those of ``@`` columns are GeoJSON.

    Raises
    ------
    InvalidOption
        For a column that is not there, is there twice, or is named twice.
    UnsupportedValue
        Naming the row whose value is no GeoJSON.
    """
    if isinstance(index, str):
        raise InvalidOption(f"index={index!r} is not a list; use index=[{index!r}]")
    found: dict[str, Index] = {}
    for given in index or ():
        label, order = _parsed(given, schema)
        entry = _entry(label, schema)
        if entry.field in found:
            raise InvalidOption(f"index={list(index or ())} names {label!r} more than once")
        found[entry.field] = [(entry.field, order)]
        if order == "2dsphere" and prepared is not None:
            place = next(at for at, each in enumerate(schema.entries) if each is entry)
            source = prepared.sources[place]
            for row, value in enumerate(np.asarray(source, object)):
                check_geojson(value, f"column {label!r}, row {row}")
    return list(found.values())


def _parsed(given: Hashable, schema: FrameSchema) -> tuple[Hashable, int | str]:
    is_label = given in _labels(schema)
    if isinstance(given, str) and not is_label and given[:1] in _ORDERS:
        return given[1:], _ORDERS[given[0]]
    return given, 1


def _labels(schema: FrameSchema) -> list[Any]:
    return [*schema.labels, *schema.index.names]


def _entry(label: Hashable, schema: FrameSchema) -> Entry:
    """Return the column of that label, else the index level of that name or field."""
    columns = [entry for known, entry in zip(schema.labels, schema.columns, strict=True) if known == label]
    levels = [
        entry
        for name, entry in zip(schema.index.names, schema.index.levels, strict=True)
        if (name is not None and name == label) or entry.field == label
    ]
    entries = columns or levels
    if len(entries) != 1:
        what = "is there more than once" if entries else "is neither a column nor an index level"
        known = [*schema.labels, *(name for name in schema.index.names if name is not None)]
        raise InvalidOption(f"index={label!r} {what}; known are {known}")
    return entries[0]
