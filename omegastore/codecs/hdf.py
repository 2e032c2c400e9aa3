"""Frames and series to and from PyTables HDF files in memory.

HDF drops the steps of a RangeIndex and the frequency of times: these are facts, kept beside the file.
"""

from __future__ import annotations

import pickle
import threading
import uuid
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import pandas as pd
import tables

Frame: TypeAlias = "pd.DataFrame | pd.Series[Any]"
Format = Literal["fixed", "table"]
KEY = "data"
HDF_ERRORS = (
    AssertionError,
    TypeError,
    ValueError,
    AttributeError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    pickle.PicklingError,
    tables.HDF5ExtError,
    tables.NodeError,
)
"""What pandas and PyTables raise for values that HDF cannot hold."""

_LOCK = threading.Lock()  # PyTables is not safe for threads


def write(frame: Frame, form: Format = "fixed") -> bytes:
    """Return an HDF file that holds `frame` under the key ``data``; `frame` need not come back equal.

    Raises
    ------
    One of HDF_ERRORS
        For values that HDF cannot hold.
    """
    with _opened("w") as store:
        store.put(KEY, frame, format=form)
        handle: Any = store._handle  # pyright: ignore[reportPrivateUsage]  # pandas gives no other way to the file
        return cast(bytes, handle.get_file_image())


def read(image: bytes, facts: Mapping[str, Any]) -> Frame:
    """Return the frame of an HDF file.

    This runs code that the file chooses: its bytes must have been trusted before.

    Parameters
    ----------
    image : bytes
        The file.
    facts : mapping
        What `facts_of` said of the frame.
    """
    with _opened("r", driver_core_image=image) as store:
        frame = store.get(KEY)
    frame.index = _restored(frame.index, facts["index"])
    if isinstance(frame, pd.DataFrame):
        frame.columns = _restored(frame.columns, facts["columns"])
    else:
        frame.name = _plain(frame.name)
    return frame


def facts_of(frame: Frame) -> dict[str, Any]:
    """Return what HDF would not keep of the axes, as values that BSON can hold."""
    columns = _axis_facts(frame.columns) if isinstance(frame, pd.DataFrame) else None
    return {"index": _axis_facts(frame.index), "columns": columns}


def _axis_facts(axis: pd.Index[Any]) -> dict[str, Any] | None:
    if isinstance(axis, pd.RangeIndex):
        return {"range": [axis.start, axis.stop, axis.step]}
    freq = getattr(axis, "freq", None)
    if isinstance(axis, (pd.DatetimeIndex, pd.TimedeltaIndex)) and freq is not None:
        return {"freq": freq.freqstr}
    return None


def _restored(axis: pd.Index[Any], facts: Mapping[str, Any] | None) -> pd.Index[Any]:
    axis = axis.set_names([_plain(name) for name in axis.names])
    if facts is None:
        return axis
    if "range" in facts:
        return pd.RangeIndex(range(*facts["range"]), name=axis.name)
    cast(Any, axis).freq = facts["freq"]
    return axis


def _plain(name: Any) -> Any:
    # HDF gives attributes as numpy scalars
    return name.item() if isinstance(name, np.generic) else name


@contextmanager
def _opened(mode: Literal["r", "w"], **driver: object) -> Generator[pd.HDFStore, None, None]:
    """Open a store that lives in memory, under a name that nothing else uses."""
    with _LOCK, warnings.catch_warnings():
        # they warn of slow or inexact forms; that the frame comes back exactly is checked
        warnings.simplefilter("ignore")
        name = uuid.uuid4().hex
        core: dict[str, Any] = {"driver": "H5FD_CORE", "driver_core_backing_store": 0, **driver}
        with pd.HDFStore(name, mode=mode, **core) as store:
            yield store
