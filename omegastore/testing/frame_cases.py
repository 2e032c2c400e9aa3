"""Frames of every kind that store.md 5 lists, by name; imported by the tests that put and get them."""

from __future__ import annotations

import datetime as dt
import decimal
import importlib
import importlib.util
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from dateutil import tz  # type: ignore[import-untyped]  # no types are installed

from omegastore.testing.frame_shapes import INDEXES, LABELS, SERIES, SHAPES

Case: TypeAlias = "Callable[[], pd.DataFrame | pd.Series[Any]]"
NAT = pd.NaT
T0 = pd.Timestamp("2024-01-31 10:11:12.123456789")


def column(values: Any, dtype: Any = None) -> Case:
    """Return a frame of one column and two rows or more."""
    return lambda: pd.DataFrame({"x": pd.Series(values, dtype=dtype)})


def dates(unit: str, values: Any, zone: Any = None) -> Case:
    """Return a frame of datetime64[unit, zone]."""

    def make() -> pd.DataFrame:
        naive: Any = pd.Series(np.array(values, f"M8[{unit}]"))
        return pd.DataFrame({"x": naive if zone is None else naive.dt.tz_localize("UTC").dt.tz_convert(zone)})

    return make


_ints = {
    f"{kind}{bits}": column([np.iinfo(f"{kind}{bits}").min, 0, np.iinfo(f"{kind}{bits}").max], f"{kind}{bits}")
    for kind in ("int", "uint")
    for bits in (8, 16, 32, 64)
}
_floats = {
    f"float{bits}": column([0.0, -0.0, np.nan, np.inf, -np.inf, 0.1, np.finfo(f"f{bits // 8}").max], f"float{bits}")
    for bits in (16, 32, 64)
}
NUMBERS: dict[str, Case] = {
    **_ints,
    **_floats,
    "bool": column([True, False]),
    "big endian": column(np.array([1.5, 2.5], ">f8")),
    "complex64": column([1 + 2j, complex(np.nan, -0.0), 0j], "complex64"),
    "complex128": column([1e300 + 0.1j, -1j, complex(np.inf, np.nan)], "complex128"),
    **{name: column([1, None, 3], name) for name in ("Int8", "Int16", "Int32", "UInt8", "UInt16", "UInt32")},
    "Int64": column([-(2**63), pd.NA, 2**63 - 1], "Int64"),
    "UInt64": column([2**64 - 1, pd.NA, 0], "UInt64"),
    "Float32": column([0.1, None, -0.0], "Float32"),
    "Float64": column([0.1, None, np.inf], "Float64"),
    "Float64 with NaN and NA": lambda: pd.DataFrame(
        {"x": pd.arrays.FloatingArray(np.array([np.nan, 1.0, 2.0]), np.array([False, True, False]))}
    ),
    "boolean": column([True, None, False], "boolean"),
    "boolean of NA only": column([None, None], "boolean"),
    "sparse float": column(pd.arrays.SparseArray([np.nan, 1.5, np.nan])),
    "sparse float, fill 0": column(pd.arrays.SparseArray([0.0, 1.5, np.nan], fill_value=0.0)),
    "sparse int, block": column(pd.arrays.SparseArray([0, 0, 7], kind="block")),
    "sparse int32": column(pd.arrays.SparseArray(np.array([5, 0, 7], np.int32), fill_value=5)),
    "sparse bool": column(pd.arrays.SparseArray([True, False, False])),
}

TEXT: dict[str, Case] = {
    "object str": column(["a", "", "ü€😀", "nul\0in text", "$where", "a.b"], object),
    "object str and None": column(["a", None], object),
    "object str and NaN": column(["a", np.nan, None], object),
    "object of None only": column([None, None], object),
    "string[python]": column(["a", None, "ü"], pd.StringDtype("python")),
    "string[pyarrow]": column(["a", None, "ü"], pd.StringDtype("pyarrow")),
    "str, python": column(["a", np.nan, "ü"], pd.StringDtype("python", na_value=np.nan)),
    "str, pyarrow": column(["a", np.nan, "ü"], pd.StringDtype("pyarrow", na_value=np.nan)),
    "str, inferred": lambda: pd.DataFrame({"x": ["a", None, "b"]}),
    "large str": column(["x" * 100_000, "y"], object),
}

OBJECTS: dict[str, Case] = {
    "mixed": column([1, 1.5, "a", True, None, np.nan, 2**62, -0.0, float("inf")], object),
    "missing of every kind": column([None, np.nan, pd.NA, pd.NaT], object),
    "bytes": column([b"", b"a\0b", None], object),
    "lists": column([[1, 2], [], ["a", None, [1.5]]], object),
    "tuples": column([(1, 2), (), ("a", (None,))], object),
    "lists of one length": column([[1, 2], [3, 4]], object),
    "dicts": column([{"a": 1}, {}, {"b": {"c": [1]}, "$x": 1, "a.b": 2, 3: 4}], object),
    "sets": column([{1, 2}, frozenset("ab")], object),
    "decimals": column([decimal.Decimal("1.10"), decimal.Decimal("NaN"), decimal.Decimal("1E+400")], object),
    "dates": column([dt.date(2024, 2, 29), dt.date(1, 1, 1)], object),
    "times": column([dt.time(1, 2, 3, 4), dt.time(0)], object),
    "datetimes": column([dt.datetime(2024, 1, 1, 0, 0, 0, 123456), dt.datetime(9999, 12, 31)], object),
    "aware datetimes": column([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)], object),
    "timedeltas": column([dt.timedelta(days=1, microseconds=7)], object),
    "timestamps": column([pd.Timestamp("2024-01-01 00:00:00.123456789"), pd.Timestamp("2024", tz="UTC")], object),
    "periods": column([pd.Period("2024-01", "M"), pd.Period("2024Q1", "Q")], object),
    "UUID": column([uuid.UUID(int=1), None], object),
    "big ints": column([2**64, -(2**200), 2**63], object),
    "numpy scalars": column([np.int8(1), np.float32(0.1), np.bool_(True), np.datetime64("2024")], object),
    "complex numbers": column([1 + 2j], object),
}


def _arrays() -> pd.DataFrame:
    cells = np.empty(2, object)
    cells[0], cells[1] = np.arange(3), np.zeros((2, 2), np.float32)
    return pd.DataFrame({"x": pd.Series(cells, dtype=object)})


OBJECTS["ndarrays"] = _arrays

CATEGORIES: dict[str, Case] = {
    "category": column(pd.Categorical(["a", "b", None, "a"])),
    "category, ordered, unused": column(pd.Categorical(["b"], ["c", "b", "unused"], ordered=True)),
    "category of ints": column(pd.Categorical([3, 1, 3, None])),
    "category of int8": column(pd.Categorical.from_codes([0, 1], pd.Index([5, 6], dtype="int8"))),
    "category of floats": column(pd.Categorical([0.5, np.inf])),
    "category of bools": column(pd.Categorical([True, False])),
    "category of datetimes": column(pd.Categorical([pd.Timestamp("2024"), T0])),
    "category of aware datetimes": column(pd.Categorical([pd.Timestamp("2024", tz="Europe/Berlin")])),
    "category of timedeltas": column(pd.Categorical([pd.Timedelta(1), pd.Timedelta("1D")])),
    "category of periods": column(pd.Categorical(pd.period_range("2024", periods=2, freq="M"))),
    "category of intervals": lambda: pd.DataFrame({"x": pd.cut([1, 5, 9], [0, 2, 6, 10])}),
    "category of mixed objects": column(pd.Categorical([1, "a", (1, 2)], [1, "a", (1, 2)])),
    "category of dates": column(pd.Categorical([dt.date(2024, 1, 1), dt.date(2023, 1, 1)])),
    "category of strings": column(pd.Categorical(pd.array(["a", "b"], dtype="string"))),
    "category of Int64": column(pd.Categorical(pd.array([1, 2], dtype="Int64"))),
    "category without categories": column(pd.Categorical([None, None])),
    "category with named categories": column(pd.Categorical(["a"], pd.Index(["a"], name="n"))),
}

_days = ["1677-09-22", "NaT", "2024-01-31T10:11:12", "2262-04-11"]
TIMES: dict[str, Case] = {
    **{f"datetime64[{unit}]": dates(unit, _days) for unit in ("s", "ms", "us", "ns")},
    "datetime64[ns] with digits": dates(
        "ns", ["2024-01-31T10:11:12.123456789", "1969-12-31T23:59:59.999999999", "NaT"]
    ),
    "datetime64[us] with digits": dates("us", ["2024-01-31T10:11:12.123456", "1969-12-31T23:59:59.999999"]),
    "datetime64[s] far": dates("s", ["20240-01-01", "-5000-01-01", "0001-01-01"]),
    "datetime64[ms] far": dates("ms", ["20240-01-01T00:00:00.001", "-5000-01-01"]),
    "datetime64 of NaT only": dates("ns", ["NaT", "NaT"]),
    "zone by name": dates("ns", _days, "Europe/Berlin"),
    "zone by name, us": dates("us", _days, "America/New_York"),
    "zone of zoneinfo": dates("ns", _days, zoneinfo.ZoneInfo("Asia/Kolkata")),
    "UTC": dates("ns", _days, "UTC"),
    "UTC of datetime": dates("ns", _days, dt.UTC),
    "UTC of dateutil": dates("ns", _days, tz.UTC),
    "fixed offset": dates("ms", _days, dt.timezone(dt.timedelta(hours=5, minutes=30))),
    "fixed offset with name": dates("ms", _days, dt.timezone(dt.timedelta(hours=-3), "X")),
    **{
        f"timedelta64[{unit}]": column(np.array([1, -5, "NaT", 10**9], f"m8[{unit}]"))
        for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"period {freq}": column(pd.PeriodIndex(["2024-05-06", None, "1815-01-01"], freq=freq))
        for freq in ("Y", "Y-MAR", "Q-NOV", "M", "2M", "W-TUE", "D", "h", "min", "s", "ms", "us")
    },
    "period ns": column(pd.PeriodIndex([pd.Period(T0, freq="ns"), None], freq="ns")),
    "period far": column(pd.PeriodIndex(["9999-12", "0001-01"], freq="M")),
}

if pd.__version__ >= "3":  # pandas 2 cannot show a date in a zone of the latest dateutil
    TIMES["zone of dateutil"] = dates("ns", _days, tz.gettz("Europe/Paris"))
if importlib.util.find_spec("pytz"):  # pandas 2 brings it, pandas 3 does not
    pytz = importlib.import_module("pytz")
    TIMES["zone of pytz"] = dates("s", _days, pytz.timezone("Asia/Kolkata"))
    TIMES["UTC of pytz"] = dates("ns", _days, pytz.UTC)
    TIMES["fixed offset of pytz"] = dates("ns", _days, pytz.FixedOffset(90))

INTERVALS: dict[str, Case] = {
    **{
        f"interval {closed}": column(pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 5)], closed=closed))
        for closed in ("left", "right", "both", "neither")
    },
    "interval of floats": column([pd.Interval(0.5, 1.0), None, pd.Interval(1.0, np.inf)], "interval[float64, right]"),
    "interval of datetimes": column(pd.arrays.IntervalArray.from_breaks(pd.date_range(T0, periods=3))),
    "interval of aware datetimes": column(
        pd.arrays.IntervalArray.from_breaks(pd.date_range(T0, periods=3, tz="Asia/Tokyo"))
    ),
    "interval of timedeltas": column(pd.arrays.IntervalArray.from_breaks(pd.timedelta_range("1D", periods=3))),
}


def arrow(values: Any, kind: pa.DataType) -> Case:
    """Return a frame of one Arrow column."""
    return lambda: pd.DataFrame({"x": pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(values, kind)]))})


ARROW: dict[str, Case] = {
    str(kind): arrow(values, kind)
    for values, kind in [
        ([1, None, -128], pa.int8()), ([2**63 - 1, None], pa.int64()), ([2**64 - 1, None], pa.uint64()),
        ([0.5, None, float("nan")], pa.float64()), ([0.5, None], pa.float32()),
        ([np.float16(0.1), None], pa.float16()), ([True, None], pa.bool_()), (["a", None, "ü"], pa.string()),
        (["a", None], pa.large_string()), ([b"a\0", None], pa.binary()), ([b"abc", None], pa.binary(3)),
        ([dt.date(2024, 1, 1), None, dt.date(1, 1, 1)], pa.date32()), ([dt.date(2024, 1, 1), None], pa.date64()),
        ([dt.datetime(2024, 1, 1), None], pa.timestamp("s")), ([T0.value, None, -1], pa.timestamp("ns")),
        ([T0.value // 1000, None], pa.timestamp("us", "Europe/Berlin")), ([T0.value], pa.timestamp("ns", "UTC")),
        ([dt.time(1, 2, 3), None], pa.time32("s")), ([5, None], pa.time64("ns")), ([7, None], pa.duration("ns")),
        ([-7, None], pa.duration("s")), ([decimal.Decimal("1.10"), None], pa.decimal128(10, 2)),
        ([decimal.Decimal("1.1234567890"), None], pa.decimal256(60, 10)),
        ([[1, None], None, []], pa.list_(pa.int32())),
        ([[1.5, 2.5], None], pa.list_(pa.float32(), 2)),
        ([{"a": 1, "b": None}, None], pa.struct({"a": pa.int8(), "b": pa.string()})),
        ([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), ([None, None], pa.null()),
        ([[{"t": dt.datetime(2024, 1, 1, 0, 0, 0, 5)}], None], pa.list_(pa.struct({"t": pa.timestamp("us")}))),
        (["a", "b", None, "a"], pa.dictionary(pa.int32(), pa.string())),
    ]
}  # fmt: skip


GROUPS = {
    "numbers": NUMBERS, "text": TEXT, "objects": OBJECTS, "categories": CATEGORIES, "times": TIMES,
    "intervals": INTERVALS, "arrow": ARROW, "index": INDEXES, "labels": LABELS, "shapes": SHAPES, "series": SERIES,
}  # fmt: skip
CASES: dict[str, Case] = {f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()}
