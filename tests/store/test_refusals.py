"""Bad input is refused by name, and nothing is written."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from omegastore import OmegaStore, errors


class Frame(pd.DataFrame):
    """A frame of the caller's own type."""


class Number(int):
    """An int of the caller's own type."""


DUPLICATES = pd.DataFrame([[1]], index=pd.MultiIndex.from_tuples([(1, 2)], names=["a", "a"]), columns=["x"])
ODD: Any = {5: 1}
CASES: dict[str, tuple[type[Exception], str, Callable[[OmegaStore], object]]] = {
    "unknown kind": (errors.UnknownKind, "python.data", lambda s: s.put(1, "n", kind="python.date")),
    "kind of another type": (errors.UnsupportedObject, "python.data", lambda s: s.put(1, "n", kind="python.data")),
    "object": (errors.UnsupportedObject, "builtins.object", lambda s: s.put(object(), "n")),
    "a function": (errors.UnsupportedObject, "function", lambda s: s.put(lambda: 1, "n")),
    "a class": (errors.UnsupportedObject, "type", lambda s: s.put(int, "n")),
    "dict subclass": (errors.UnsupportedObject, "OrderedDict", lambda s: s.put(OrderedDict(a=1), "n")),
    "int subclass": (errors.UnsupportedObject, "Number", lambda s: s.put(Number(1), "n")),
    "frame subclass": (errors.UnsupportedObject, "Frame", lambda s: s.put(Frame({"a": [1]}), "n")),
    "value within": (errors.UnsupportedValue, r"\['a'\]\[1\]", lambda s: s.put({"a": [1, object()]}, "n")),
    "value within, appended": (errors.UnsupportedValue, "'b'", lambda s: s.put({"b": object()}, "n", append=True)),
    "value in a frame": (errors.UnsupportedValue, "col", lambda s: s.put(pd.DataFrame({"col": [object()]}), "n")),
    "unknown option": (
        errors.InvalidOption, r"kind 'python.data' takes \['append'\], not 'replcae'",
        lambda s: s.put({}, "n", replcae=True),
    ),
    "unknown option of get": (errors.InvalidOption, "colour", lambda s: s.get("value", colour=1)),
    "unknown option of a frame": (errors.InvalidOption, "apend", lambda s: s.put(pd.DataFrame(), "n", apend=1)),
    "attribute": (errors.UnsupportedValue, "'x'", lambda s: s.put(1, "n", attributes={"x": object()})),
    "attribute name": (errors.UnsupportedValue, "5", lambda s: s.put(1, "n", attributes=ODD)),
    "nested attribute name": (errors.UnsupportedValue, "'x'", lambda s: s.put(1, "n", attributes={"x": {5: 1}})),
    "attribute name with NUL": (errors.UnsupportedValue, "NUL", lambda s: s.put(1, "n", attributes={"a\0": 1})),
    "attribute beyond 64 bit": (errors.UnsupportedValue, "'x'", lambda s: s.put(1, "n", attributes={"x": 2**70})),
    "attributes": (errors.UnsupportedValue, "dict", lambda s: s.put(1, "n", attributes=[1])),  # type: ignore[arg-type]
    "unknown column": (errors.UnknownColumn, "b", lambda s: s.get("frame", b=1)),
    "unknown columns": (errors.UnknownColumn, "b", lambda s: s.get("frame", columns=["b"])),
    "unknown operator": (errors.InvalidFilter, "gtt", lambda s: s.get("frame", a__gtt=1)),
    "operator in a value": (errors.UnsafeFilter, "where", lambda s: s.get("frame", a={"$where": "1"})),
    "operator in a document": (errors.UnsafeFilter, "where", lambda s: s.get("n", a={"$where": "1"})),
    "raw operator": (errors.UnsafeFilter, "where", lambda s: s.get_python_data("n", filter={"$where": "1"})),
    "duplicate index names": (
        errors.OmegaStoreError, "a", lambda s: s.put(DUPLICATES, "n", index=["a"]),
    ),
    "schema": (
        errors.SchemaMismatch, "index", lambda s: s.put(DUPLICATES, "frame", append=True),
    ),
    "missing file": (FileNotFoundError, "nowhere", lambda s: s.put("/nowhere", "n", kind="python.file")),
    "expect": (errors.Conflict, "1", lambda s: s.put(1, "n", expect=7)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_by_name_and_writes_nothing(store: OmegaStore, image: Any, case: str) -> None:
    error, says, step = CASES[case]
    store.put({"a": 1}, "n")
    store.put("x", "value")
    store.put(pd.DataFrame({"a": [1, 2]}), "frame")
    before = image()
    with pytest.raises(error, match=says):
        step(store)
    after = image()
    for heads in (before["omegaml.metadata"], after["omegaml.metadata"]):
        for head in heads:  # the number of a batch that was given up is not given again
            head.get("payload", {}).get("rows", {}).pop("next", None)
            head.pop("etag", None)
    assert after == before
    assert store.get("n") == [{"a": 1}]


def test_saving_attributes_that_cannot_be_held_is_refused(store: OmegaStore, image: Any) -> None:
    meta = store.put(1, "n")
    before = image()
    meta.attributes["x"] = object()
    with pytest.raises(errors.UnsupportedValue, match="'x'"):
        meta.save()
    assert image() == before


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://h/x", "mongodb://", "mongodb://me:se:cret@h", "mongodb://h:p"]
)
def test_a_wrong_url_is_named_on_first_use(url: str) -> None:
    with pytest.raises(errors.InvalidSetting) as caught:
        OmegaStore(url).list()
    assert "cret" not in str(caught.value)


def test_a_server_that_is_down_is_named_soon() -> None:
    steps: list[Callable[[OmegaStore], object]] = [
        lambda s: s.put({"a": 1}, "n"), lambda s: s.get("n"), lambda s: s.list(), lambda s: s.buckets,
    ]  # fmt: skip
    for step in steps:
        start = time.monotonic()
        with pytest.raises(errors.ServerUnavailable) as caught:
            step(OmegaStore("mongodb://me:sesame@127.0.0.1:1/x?serverSelectionTimeoutMS=300"))
        assert "127.0.0.1:1" in str(caught.value)
        assert "sesame" not in str(caught.value)
        assert time.monotonic() - start < 5
