"""Kind python.object: one plain value per version, equal and of the same type."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import re
import uuid
import zoneinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

import bson
import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.errors import UnsupportedObject, UnsupportedValue

VALUES: list[Any] = [
    None,
    True,
    0,
    -(2**63),
    2**100,
    1.5,
    float("inf"),
    2 + 1j,
    "",
    "text\0é\ud800",
    b"\0bytes",
    bytearray(b"x"),
    {1, (2, 3), "a"},
    frozenset({1}),
    range(1, 10, 2),
    slice(1, None),
    dt.datetime(2020, 1, 2, 3, 4, 5, 678901),
    dt.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
    dt.date(2020, 1, 2),
    dt.time(1, 2, 3, 4),
    dt.timedelta(days=-1, microseconds=1),
    Decimal("1.10"),
    Fraction(1, 3),
    uuid.UUID(int=5),
    re.compile("a+", re.IGNORECASE),
    bson.ObjectId("0123456789ab0123456789ab"),
    np.int8(5),
    np.float32(0.1),
    np.float64(0.1),
    np.bool_(True),
    np.str_("a"),
    np.datetime64("2020-01-01T00:00:00.000000001"),
    np.timedelta64(5, "D"),
    pd.Timestamp("2020-01-01 00:00:00.000000001", tz="UTC"),
    pd.Timedelta("1ns"),
    pd.Period("2020-01"),
    pd.Interval(1, 2),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__qualname__)
def test_a_value_is_kept_as_object_and_comes_back(store: OmegaStore, value: Any) -> None:
    meta = store.put(value, "obj")
    got = store.get("obj")
    assert meta.kind == "python.object"
    assert type(got) is type(value)
    assert got == value


@pytest.mark.parametrize("value", [pd.NaT, pd.NA], ids=str)
def test_the_missing_values_of_pandas_come_back(store: OmegaStore, value: Any) -> None:
    store.put(value, "obj")
    assert store.get("obj") is value


@pytest.mark.parametrize(
    "value",
    [{"a": (1, {2}), 3: [dt.date(2020, 1, 1)], "_id": 1}, [1, (2,)], (1, [2]), {"array": np.arange(3)}],
    ids=lambda value: type(value).__name__,
)
def test_a_container_is_one_value_when_asked_for_by_kind(store: OmegaStore, value: Any) -> None:
    store.put([0], "obj", kind="python.object")
    store.put(value, "obj", kind="python.object")
    got = store.get("obj")
    assert type(got) is type(value)
    assert repr(got) == repr(value)
    assert list(got) == list(value)
    assert store.get("obj", version=-2) == [0]


def test_each_put_makes_a_version(store: OmegaStore) -> None:
    for value in (1, "two", 3.0):
        store.put(value, "obj")
    assert store.get("obj") == 3.0
    assert store.get("obj", version=-2) == "two"
    assert store.get("obj", version=1) == 1


def test_a_small_value_is_inline_and_a_large_one_is_a_file_that_no_pickle_reads(store: OmegaStore) -> None:
    assert store.put("x" * 1000, "obj").payload["where"] == "inline"
    large = "x" * (40 << 20)
    meta = store.put(large, "obj")
    assert store.get("obj") == large
    assert meta.payload["where"] == "gridfs"


class Number(int):
    pass


class Colour(enum.Enum):
    RED = 1


class Thing:
    pass


@pytest.mark.parametrize("value", [Number(1), Colour.RED, Thing(), collections.OrderedDict(a=1), len])
def test_a_type_that_cannot_be_restored_is_refused(store: OmegaStore, value: Any) -> None:
    store.put("old", "obj")
    for kind in ("python.object", None):
        with pytest.raises(UnsupportedObject):
            store.put(value, "obj", kind=kind)
    assert store.get("obj") == "old"


def test_a_value_within_that_cannot_be_kept_is_refused_with_its_place(store: OmegaStore) -> None:
    with pytest.raises(UnsupportedValue, match=r"^the object\['a'\]\[0\]: cannot keep .*Thing"):
        store.put({"a": [Thing()]}, "obj", kind="python.object")
    assert not store.exists("obj")
