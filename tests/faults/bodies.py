"""Bodies: objects that are a function of a name and a counter, so that a whole one can be told from a torn one."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

KINDS = {
    "inline": "python.object",
    "blob": "python.object",
    "frame": "pandas.dfrows",
    "data": "python.data",
    "large": "python.data",
    "array": "ndarray.hdf",
}
"""What is put: each name stands for a way in which a payload is stored."""
APPENDABLE = ("frame", "data", "large")
ROWS = 250
"""Rows of a frame, at least; written by 100."""


def make(body: str, name: str, counter: int) -> Any:
    """Return the object number `counter` of `name`; sizes differ from one to the next."""
    text, growth = _digest(name, counter), counter % 7
    if body == "inline":
        return f"{counter}:{text}".encode()
    if body == "blob":
        return f"{counter}:".encode() + text.encode() * (6000 + growth * 1500)
    if body == "frame":
        count = ROWS + growth * 10
        words = [f"{text}{at}" for at in range(count)]
        return pd.DataFrame({"counter": [counter] * count, "at": range(count), "word": words})
    if body == "array":
        return np.arange(40_000 + growth * 1000, dtype="f8") * (counter + 1) + int(text[:8], 16)
    return {"counter": counter, "word": text * (5000 if body == "large" else 1)}


def put(store: Any, name: str, body: str, counter: int, **options: Any) -> Any:
    """Put the object number `counter` of `name` and return its Metadata."""
    if body == "frame":
        options["chunksize"] = 100
    if body in APPENDABLE and not options.get("append"):
        options["replace"] = True
    return store.put(make(body, name, counter), name, kind=KINDS[body], **options)


def counters(value: Any, name: str) -> tuple[int, ...]:
    """Return the counters of what was read, in order; raise AssertionError unless it is whole."""
    if isinstance(value, list):
        found = tuple(_one(each, name) for each in value)
        assert found, "no object"
        return found
    if isinstance(value, pd.DataFrame):
        whole = value.reset_index(drop=True)
        starts = np.flatnonzero(whole["at"] == 0).tolist()
        assert starts[:1] == [0], "the first row is missing"
        parts = [whole.iloc[start:stop] for start, stop in zip(starts, [*starts[1:], len(whole)], strict=True)]
        return tuple(_one(part.reset_index(drop=True), name) for part in parts)
    return (_one(value, name),)


def _one(value: Any, name: str) -> int:
    if isinstance(value, bytes):
        counter = int(value.partition(b":")[0])
        assert value in (make("inline", name, counter), make("blob", name, counter)), f"torn: {counter}"
    elif isinstance(value, pd.DataFrame):
        counter = int(value["counter"].iloc[0])
        pd.testing.assert_frame_equal(value, make("frame", name, counter))
    elif isinstance(value, np.ndarray):
        counter = int(value[1] - value[0]) - 1
        np.testing.assert_array_equal(value, make("array", name, counter))
    else:
        counter = value["counter"]
        assert value in (make("data", name, counter), make("large", name, counter)), f"torn: {counter}"
    return counter


def _digest(name: str, counter: int) -> str:
    return hashlib.sha256(f"{name} {counter}".encode()).hexdigest()
