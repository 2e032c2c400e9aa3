"""Scalars of pandas come back from BSON equal and of the same types."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import bson
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omegastore.codecs.value import OPTIONS, decode, encode
from omegastore.errors import UnsupportedValue

UNITS: st.SearchStrategy[Any] = st.sampled_from(["s", "ms", "us", "ns"])
COUNTS = st.integers(-(2**63) + 1, 2**63 - 1)
ZONES = st.one_of(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu"]).map(zoneinfo.ZoneInfo),
    st.just(dt.timezone(dt.timedelta(minutes=-90))),
)


def through_bson(value: object) -> Any:
    natural, extra = encode(value, "obj")
    document = bson.decode(bson.encode({"v": natural, "x": extra}), OPTIONS)
    return decode(document["v"], document["x"])


@settings(max_examples=150, deadline=None)
@given(COUNTS, UNITS)
def test_a_naive_timestamp_of_every_unit_comes_back(count: int, unit: Any) -> None:
    value: Any = pd.Timestamp(np.datetime64(count, unit))
    got = through_bson(value)
    assert type(got) is pd.Timestamp
    assert got.asm8 == value.asm8
    assert got.unit == value.unit == unit
    assert got.tzinfo is None


@settings(max_examples=150, deadline=None)
@given(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)), st.integers(0, 999), UNITS, ZONES)
def test_a_timestamp_with_a_zone_comes_back(moment: dt.datetime, nanoseconds: int, unit: Any, zone: Any) -> None:
    exact = pd.Timestamp(moment).as_unit("ns") + pd.Timedelta(nanoseconds, "ns")
    value = exact.as_unit(unit).tz_localize("UTC").tz_convert(zone)
    got = through_bson(value)
    assert type(got) is pd.Timestamp
    assert (got, got.unit, got.tz, got.fold) == (value, value.unit, value.tz, value.fold)
    assert type(got.tz) is type(value.tz)


@settings(max_examples=150, deadline=None)
@given(COUNTS, UNITS)
def test_a_timedelta_of_every_unit_comes_back(count: int, unit: Any) -> None:
    value = pd.Timedelta(np.timedelta64(count, unit)) if unit == "ns" else _timedelta(count, unit)
    got = through_bson(value)
    assert type(got) is pd.Timedelta
    assert (got.asm8, got.unit) == (value.asm8, value.unit)


def _timedelta(count: int, unit: Any) -> pd.Timedelta:
    return pd.Timedelta(np.timedelta64(count // 10**6, unit))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(-3000, 3000),
    st.sampled_from(["Y", "Q-NOV", "M", "W-WED", "D", "h", "min", "s", "ms", "ns", "2D"]),
)
def test_a_period_of_every_frequency_comes_back(ordinal: int, freq: str) -> None:
    value = pd.Period(ordinal=ordinal, freq=freq)
    got = through_bson(value)
    assert type(got) is pd.Period
    assert (got.ordinal, got.freq, got.freqstr) == (value.ordinal, value.freq, value.freqstr)


@pytest.mark.parametrize("closed", ["left", "right", "both", "neither"])
def test_an_interval_of_any_ends_comes_back(closed: Any) -> None:
    ends: list[tuple[Any, Any]] = [
        (1, 2),
        (0.5, 1.5),
        (np.int8(1), np.int8(2)),
        (pd.Timestamp("2020-01-01", tz="Europe/Berlin"), pd.Timestamp("2020-01-02", tz="Europe/Berlin")),
        (pd.Timedelta("1h"), pd.Timedelta("2h")),
    ]
    for left, right in ends:
        value: Any = pd.Interval(left, right, closed)
        got = through_bson(value)
        assert type(got) is pd.Interval
        assert (got, got.closed) == (value, closed)
        assert (type(got.left), type(got.right)) == (type(value.left), type(value.right))


def test_the_kinds_of_missing_are_kept_apart() -> None:
    value = [None, pd.NaT, pd.NA, float("nan"), np.datetime64("NaT"), np.float32("nan")]
    got = through_bson(value)
    assert got[:3] == [None, pd.NaT, pd.NA] or all(a is b for a, b in zip(got[:3], value[:3], strict=True))
    assert [type(item) for item in got] == [type(item) for item in value]


def test_a_naive_timestamp_keeps_its_fold() -> None:
    value = pd.Timestamp("2020-10-25 02:30:00.000000001").replace(fold=1)
    got = through_bson(value)
    assert (got, got.fold) == (value, 1)


@pytest.mark.parametrize(
    ("value", "natural"),
    [
        (pd.Timestamp("2020-01-02 03:04:05.123456789"), dt.datetime(2020, 1, 2, 3, 4, 5, 123000)),
        (pd.Timestamp("2020-07-01 12:00", tz="Europe/Berlin"), dt.datetime(2020, 7, 1, 10)),
        (pd.Timedelta(1500, "ns"), 1),
        (pd.Period("2020-02"), dt.datetime(2020, 2, 1)),
        (pd.Period("3020-02"), dt.datetime(3020, 2, 1)),
        (pd.Period(ordinal=9000, freq="Y"), "10970"),
        (pd.Interval(1, 2), {"left": 1, "right": 2, "closed": "right"}),
        (pd.NaT, None),
        (pd.NA, None),
    ],
)
def test_the_natural_value_is_what_a_client_expects(value: object, natural: object) -> None:
    assert encode(value, "obj")[0] == natural


@pytest.mark.parametrize(
    "value", [pd.DataFrame({"a": [1]}), pd.Series([1]), pd.Categorical(["a"]), pd.offsets.Day(1)]
)
def test_what_is_no_scalar_is_refused_with_a_remedy(value: object) -> None:
    with pytest.raises(UnsupportedValue, match=r"^obj\[0\]: .*under a name of its own"):
        encode([value], "obj")
