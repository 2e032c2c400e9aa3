"""Frames with every kind of index, column labels, shape and name, by name; `frame_cases` has those of values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

Case: TypeAlias = "Callable[[], pd.DataFrame | pd.Series[Any]]"
T0 = pd.Timestamp("2024-01-31 10:11:12.123456789")


def indexed(index: Callable[[], pd.Index[Any]]) -> Case:
    """Return a frame with this index."""

    def make() -> pd.DataFrame:
        labels = index()
        return pd.DataFrame({"x": range(len(labels))}, index=labels)

    return make


def labelled(labels: Callable[[], Any]) -> Case:
    """Return a frame with these column labels."""

    def make() -> pd.DataFrame:
        columns = labels()
        frame = pd.DataFrame(np.arange(2 * len(columns)).reshape(2, -1))
        frame.columns = columns
        return frame

    return make


def multi(count: int) -> pd.MultiIndex:
    """Return a MultiIndex of `count` levels and three rows."""
    return pd.MultiIndex.from_tuples(
        [tuple((row * (level + 1)) % 3 for level in range(count)) for row in range(3)],
        names=[f"level {level}" for level in range(count)],
    )


INDEXES: dict[str, Case] = {
    "RangeIndex": indexed(lambda: pd.RangeIndex(3)),
    "RangeIndex with step": indexed(lambda: pd.RangeIndex(10, -5, -3, name="r")),
    "RangeIndex, empty with step": indexed(lambda: pd.RangeIndex(5, 1, 2)),
    "int64": indexed(lambda: pd.Index([0, 1, 2])),
    "int8": indexed(lambda: pd.Index([3, 1], dtype="int8")),
    "uint64": indexed(lambda: pd.Index([2**64 - 1, 0], dtype="uint64")),
    "float": indexed(lambda: pd.Index([0.5, np.nan, -0.0])),
    "bool": indexed(lambda: pd.Index([True, False])),
    "complex": indexed(lambda: pd.Index([1j, 2.0])),
    "duplicates, unsorted": indexed(lambda: pd.Index([2, 1, 2, 0])),
    "str": indexed(lambda: pd.Index(["b", "a"], name="n")),
    "object with None": indexed(lambda: pd.Index(["b", None, np.nan], dtype=object)),
    "object mixed": indexed(
        lambda: pd.Index([1, "a", (1, 2), dt.date(2024, 1, 1)], dtype=object, tupleize_cols=False)
    ),
    "object of datetimes": indexed(lambda: pd.Index([dt.datetime(2024, 1, 1)], dtype=object)),
    "string": indexed(lambda: pd.Index(["a", None], dtype="string")),
    "Int64": indexed(lambda: pd.Index([1, None], dtype="Int64")),
    "arrow": indexed(lambda: pd.Index([1, None], dtype=pd.ArrowDtype(pa.int64()))),
    "categorical": indexed(lambda: pd.CategoricalIndex(["a", "b", None], ["b", "a", "c"], ordered=True, name="k")),
    "interval": indexed(lambda: pd.interval_range(0, 3, closed="both")),
    "interval with NaN": indexed(lambda: pd.IntervalIndex([pd.Interval(0, 1.5), None])),
    "period": indexed(lambda: pd.period_range("2024", periods=3, freq="Q-NOV", name="q")),
    "period with NaT": indexed(lambda: pd.PeriodIndex(["2024", None], freq="D")),
    "timedelta with freq": indexed(lambda: pd.timedelta_range("1D", periods=3, freq="6h")),
    "timedelta": indexed(lambda: pd.TimedeltaIndex(np.array([5, "NaT", 1], "m8[ns]"))),
    "datetime, no freq": indexed(lambda: pd.DatetimeIndex(["2024-01-03", "2024-01-01", None])),
    "datetime[s]": indexed(lambda: pd.DatetimeIndex(["2024-01-03"]).as_unit("s")),
    **{
        f"datetime, freq {freq}": indexed(partial(pd.date_range, "2024-03-29", periods=4, freq=freq))
        for freq in (
            "D",
            "h",
            "2h",
            "B",
            "ME",
            "MS",
            "QE-NOV",
            "W-TUE",
            "YE",
            "15min",
            "us",
            "C",
            "-1D",
            "SME",
            "BME",
            "WOM-2TUE",
        )
    },
    "datetime, freq DateOffset": indexed(
        lambda: pd.date_range("2024", periods=3, freq=pd.DateOffset(months=1, days=2))
    ),
    "datetime, one row with freq": indexed(lambda: pd.date_range("2024", periods=1, freq="D")),
    "datetime, no row with freq": indexed(lambda: pd.date_range("2024", periods=0, freq="D")),
    "aware datetime with freq over a change": indexed(
        lambda: pd.date_range("2024-03-30", periods=4, freq="D", tz="Europe/Berlin")
    ),
    "aware datetime, hours over a change": indexed(
        lambda: pd.date_range("2024-10-26 22:00", periods=8, freq="h", tz="Europe/Berlin", name="t")
    ),
    "MultiIndex": indexed(lambda: pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])),
    "MultiIndex of 12 levels": indexed(lambda: multi(12)),
    "MultiIndex of 1 level": indexed(lambda: pd.MultiIndex.from_arrays([[1, 2]], names=["only"])),
    "MultiIndex with unused levels": indexed(lambda: pd.MultiIndex.from_product([["b", "a"], [1, 2]])[[0, 1]]),
    "MultiIndex with NaN": indexed(lambda: pd.MultiIndex.from_tuples([(1, "a"), (np.nan, None)])),
    "MultiIndex with duplicates": indexed(lambda: pd.MultiIndex.from_tuples([(1, "a"), (0, "b"), (1, "a")])),
    "MultiIndex of dtypes": indexed(
        lambda: pd.MultiIndex.from_arrays(
            [
                pd.Categorical(["a", "b"]),
                pd.date_range(T0, periods=2, tz="UTC"),
                pd.period_range("2024", periods=2),
                pd.array([1, None], dtype="Int64"),
                pd.interval_range(0, 2),
                np.array([1, 2], "int8"),
            ]
        )
    ),
    "MultiIndex with levels of one name": indexed(lambda: pd.MultiIndex.from_arrays([[1], [2]], names=["a", "a"])),
    "MultiIndex, empty": indexed(lambda: pd.MultiIndex.from_arrays([[], []], names=["a", "b"])),
    "index name is a tuple": indexed(lambda: pd.Index([1, 2], name=("a", 1))),
    "index name is an int": indexed(lambda: pd.Index([1, 2], name=0)),
    "index name like a column": indexed(lambda: pd.Index([1, 2], name="x")),
    "index name odd": indexed(lambda: pd.Index([1, 2], name="$a.b")),
}

LABELS: dict[str, Case] = {
    "odd strings": labelled(
        lambda: [
            "a.b",
            "a_b",
            "$a",
            "a$",
            "_id",
            "_x",
            "_era",
            "",
            " ",
            "_idx#0_",
            "_idx#0_a",
            "_col#0_a_b",
            "ü",
            "id",
            "a.b.c",
            ".",
            "$",
            "a b",
            "0",
            "_created",
        ]
    ),
    "duplicates": labelled(lambda: ["a", "b", "a", "a.b", "a.b", "_col#2_a"]),
    "ints": labelled(lambda: [3, 1, 2]),
    "a range": labelled(lambda: pd.RangeIndex(3, name="cols")),
    "a range with step": labelled(lambda: pd.RangeIndex(1, 7, 3)),
    "int8": labelled(lambda: pd.Index([1, 2], dtype="int8")),
    "ints and strings": labelled(lambda: pd.Index([1, "1", 1.5, None, True], dtype=object)),
    "None": labelled(lambda: pd.Index([None, "a"], dtype=object)),
    "NaN": labelled(lambda: pd.Index([np.nan, 1.5])),
    "bools": labelled(lambda: [True, False]),
    "tuples": labelled(lambda: pd.Index([("a", 1), ("b", 2)], tupleize_cols=False)),
    "MultiIndex": labelled(lambda: pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["l", None])),
    "MultiIndex with unused levels": labelled(lambda: pd.MultiIndex.from_product([["b", "a"], [1, 2]])[1:3]),
    "MultiIndex with duplicates": labelled(lambda: pd.MultiIndex.from_tuples([("a", 1), ("a", 1)])),
    "datetimes": labelled(lambda: pd.date_range("2024", periods=2, freq="D", name="when")),
    "aware datetimes": labelled(lambda: pd.DatetimeIndex(["2024", None], tz="Asia/Tokyo")),
    "dates": labelled(lambda: pd.Index([dt.date(2024, 1, 1)], dtype=object)),
    "periods": labelled(lambda: pd.period_range("2024", periods=2, freq="M")),
    "timedeltas": labelled(lambda: pd.to_timedelta([1, 2])),
    "intervals": labelled(lambda: pd.interval_range(0, 2)),
    "categories": labelled(lambda: pd.CategoricalIndex(["a", "b"], ["b", "a", "c"], ordered=True, name="k")),
    "objects of str": labelled(lambda: pd.Index(["a", "b"], dtype=object)),
    "strings": labelled(lambda: pd.Index(["a", "b"], dtype="string", name="s")),
    "name is a tuple": labelled(lambda: pd.Index(["a"], name=("n", 1))),
}


def _attrs() -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"source": "x", 1: (1, [2.5]), "when": dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "$a.b": {"n": None}}
    return frame


def _strict() -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 2]}).set_flags(allows_duplicate_labels=False)


def _view() -> pd.DataFrame:
    wide = pd.DataFrame(np.arange(20.0).reshape(5, 4), columns=list("abcd"))
    return wide.loc[::2, ["d", "b"]]


SHAPES: dict[str, Case] = {
    "empty": pd.DataFrame,
    "no columns": lambda: pd.DataFrame(index=pd.Index(["a", "b"], name="n")),
    "no columns, range": lambda: pd.DataFrame(index=pd.RangeIndex(3)),
    "no rows": lambda: pd.DataFrame({"a": [1.5], "b": ["x"], "c": pd.Categorical(["k"]), "d": [T0]}).iloc[:0],
    "no rows, no dtype": lambda: pd.DataFrame({"a": [], "b": []}),
    "no rows, labels only": lambda: pd.DataFrame(columns=["a", "b"]),
    "attrs": _attrs,
    "no duplicate labels allowed": _strict,
    "a view": _view,
    "1000 columns": lambda: pd.DataFrame(np.arange(2000).reshape(2, 1000)),
}


def named(name: Any) -> Case:
    """Return a Series of that name."""
    return lambda: pd.Series([1.5, 2.5], index=["a", "b"], name=name)


SERIES: dict[str, Case] = {
    "named": named("x"),
    "without name": named(None),
    "named 0": named(0),
    "named by a tuple": named(("a", 1)),
    "named by a Timestamp": named(pd.Timestamp("2024", tz="UTC")),
    "named by a date": named(dt.date(2024, 1, 1)),
    "named by nothing": named(""),
    "named _id": named("_id"),
    "named a.b": named("a.b"),
    "named by a bool": named(True),
    "named by a float": named(1.5),
    "empty Series": lambda: pd.Series([], dtype=object),
    "categorical Series": lambda: pd.Series(["a", None], dtype="category", name="c"),
    "Series with freq": lambda: pd.Series(range(3), index=pd.date_range("2024", periods=3, freq="h")),
    "Series with a MultiIndex": lambda: pd.Series(range(3), index=multi(3), name="m"),
}
