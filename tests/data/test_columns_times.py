"""Column expressions of time stamps and durations, against pandas, before 1970 too."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omegastore as om
from omegastore import OmegaStore
from omegastore.data import Column
from omegastore.errors import InvalidOption
from tests.data.column_models import assert_same, computed, each, some

t, u = Column.named("t"), Column.named("u")
LAST = pd.Timestamp.max.value - 2 * 86_400 * 10**9  # local times have to be inside too
nanoseconds = st.one_of(st.sampled_from([0, -1, 10**9 - 1, -(10**9)]), st.integers(-LAST, LAST))
moments = st.one_of(st.none(), nanoseconds)
zones = st.sampled_from([None, "UTC", "Europe/Berlin", "America/St_Johns", "+05:30"])
PARTS = ("year", "month", "day", "hour", "minute", "second")


def stamps(ticks: list[int | None], unit: Any, zone: str | None) -> pd.Series[Any]:
    size = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[unit]
    naive: Any = np.array(["NaT" if each is None else each // size for each in ticks], f"M8[{unit}]")
    series: pd.Series[Any] = pd.Series(naive)
    return series if zone is None else series.dt.tz_localize("UTC").dt.tz_convert(zone)


@settings(some, max_examples=15)
@given(ticks=st.lists(moments, max_size=12), unit=st.sampled_from(["s", "ms", "us", "ns"]), zone=zones)
def test_parts_of_time_stamps_are_pandas_own(store: OmegaStore, ticks: Any, unit: Any, zone: Any) -> None:
    series = stamps(ticks, unit, zone)
    columns = {name: getattr(t, name)() for name in (*PARTS, "weekday", "yearday")} | {"seconds": t.as_num()}
    expected: dict[str, list[Any]] = {
        name: [None if x != x else int(x) for x in getattr(series.dt, name)] for name in PARTS
    }
    expected["weekday"] = [None if x != x else (int(x) + 1) % 7 for x in series.dt.day_of_week]  # Sunday is 0
    expected["yearday"] = [None if x != x else int(x) for x in series.dt.day_of_year]
    got = computed(store, pd.DataFrame({"t": series}), columns)
    assert_same(got, expected)
    assert_same(got, {"seconds": each(lambda x: float(Fraction(x.as_unit("ns").value, 10**9)), series.tolist())})


@some
@given(ticks=st.lists(moments, max_size=12), unit=st.sampled_from(["s", "ms", "us", "ns"]))
def test_time_stamps_are_written_as_numpy_writes_them(store: OmegaStore, ticks: Any, unit: Any) -> None:
    series = stamps(ticks, unit, None)
    expected = [None if x == "NaT" else x for x in np.datetime_as_string(series.to_numpy(), unit=unit).tolist()]
    assert_same(computed(store, pd.DataFrame({"t": series}), {"text": t.as_str()}), {"text": expected})


near = st.one_of(st.none(), st.integers(-LAST // 2, LAST // 2))
units = st.sampled_from(["s", "ms", "us", "ns"])


@some
@given(
    rows=st.lists(st.tuples(near, near), max_size=10),
    unit=units,
    other=units,
    zone=st.sampled_from([None, "Asia/Tokyo"]),
)
def test_time_stamps_and_durations_are_added_and_subtracted(
    store: OmegaStore, rows: Any, unit: str, other: str, zone: Any
) -> None:
    left, right = stamps([x for x, _ in rows], unit, zone), stamps([y for _, y in rows], other, zone)
    x, y = left.tolist(), right.tolist()
    columns = {"gap": t - u, "later": t > u, "back": u + (t - u), "on": t - (u - t), "twice": (t - u) + (t - u)}
    columns |= {
        "seconds": (t - u).as_num(),
        "early": t < "1970-01-01" if zone is None else t < pd.Timestamp(0, tz="UTC"),
    }
    epoch = pd.Timestamp(0) if zone is None else pd.Timestamp(0, tz="UTC")
    expected = {
        "gap": each(lambda v, w: v - w, x, y),
        "later": [bool(told) for told in each(lambda v, w: v > w, x, y)],
        "back": each(lambda v, w: v, x, y),
        "early": [bool(told) for told in each(lambda v: v < epoch, x)],
    }
    got = computed(store, pd.DataFrame({"t": left, "u": right}), columns)
    assert_same(got, expected)
    assert_same(got, {"seconds": each(lambda v, w: float(Fraction((v - w).as_unit("ns").value, 10**9)), x, y)})
    for value, v, w in zip(got["on"], x, y, strict=True):
        assert value is None or value - v == v - w


@some
@given(
    ticks=st.lists(moments, max_size=10),
    unit=st.sampled_from(["us", "ns"]),
    microseconds=st.integers(-(10**16), 10**16),
)
def test_a_duration_moves_time_stamps_to_null_where_the_dtype_ends(
    store: OmegaStore, ticks: Any, unit: Any, microseconds: int
) -> None:
    series = stamps(ticks, unit, None)
    span = om.data.time.microseconds(microseconds)
    per = 1 if unit == "us" else 1000

    def moved(tick: int, by: int) -> Any:
        found = tick + by * per
        if not -(2**63) < found < 2**63:
            return None
        return pd.Timestamp(np.datetime64(found, unit))

    counts = [None if x is None else x // (1 if unit == "ns" else 1000) for x in ticks]
    got = computed(store, pd.DataFrame({"t": series}), {"plus": t + span, "minus": t - span})
    for name, by in (("plus", microseconds), ("minus", -microseconds)):
        for value, tick in zip(got[name], counts, strict=True):
            expected = None if tick is None else moved(tick, by)
            is_edge = tick is not None and abs(tick + by * per) > 2**63 - 2000 * per  # less than two milliseconds
            assert value == expected or (is_edge and value is None), (name, tick, by)


@some
@given(
    parts=st.lists(
        st.one_of(
            st.none(), st.tuples(st.integers(0, 35), st.integers(0, 14), st.integers(0, 10_100)), st.text(max_size=12)
        ),
        max_size=10,
    ),
    is_padded=st.booleans(),
)
def test_texts_are_time_stamps_by_their_format_or_null(store: OmegaStore, parts: Any, is_padded: bool) -> None:
    def written(value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        day, month, year = value
        return f"{day:02}/{month:02}/{year:04}" if is_padded else f"{day}/{month}/{year:04}"

    texts = [written(each) for each in parts]

    def parsed(text: str) -> Any:
        if not text.isascii() or " " in text:
            raise ValueError
        return pd.Timestamp(datetime.strptime(text, "%d/%m/%Y"))

    frame = pd.DataFrame({"t": pd.Series(texts, dtype="str")})
    got = computed(store, frame, {"at": t.as_ts(["%d/%m/%Y"])})
    assert_same(got, {"at": each(parsed, texts)})


def test_zones_and_seconds_become_time_stamps_and_odd_formats_are_refused(store: OmegaStore) -> None:
    texts = ["2020-01-01T10:00:00+01:30", "2020-01-01T10:00:00Z", "2020-01-01", None]
    frame = pd.DataFrame({"t": pd.Series(texts, dtype="str"), "u": [1.5, -0.25, np.nan, np.inf]})
    got = computed(
        store, frame, {"at": t.as_ts(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]), "seconds": u.as_ts(), "usual": t.as_ts()}
    )
    expected = [
        datetime(2020, 1, 1, 8, 30, tzinfo=UTC),
        datetime(2020, 1, 1, 10, tzinfo=UTC),
        datetime(2020, 1, 1, tzinfo=UTC),
    ]
    assert got["at"] == [*expected, None]
    assert got["seconds"] == [
        datetime(1970, 1, 1, 0, 0, 1, 500000),
        datetime(1969, 12, 31, 23, 59, 59, 750000),
        None,
        None,
    ]
    assert got["usual"] == [None, None, datetime(2020, 1, 1), None]
    zoned = pd.DataFrame({"t": pd.to_datetime(["2020-01-01"]).tz_localize("Asia/Tokyo")})
    got = computed(store, zoned, {"same": t == "2020-01-01", "utc": t == "2019-12-31T15:00Z"})
    assert got == {"same": [True], "utc": [True]}
    for wrong, message in (
        (t == "today or so", "'today or so' is no time"),
        (t < pd.Timestamp("2020"), "without a zone"),
    ):
        with pytest.raises(InvalidOption, match=message):
            wrong.over(store.getl("rows"))
    store.put(frame, "rows", append=False)
    rows = store.getl("rows")
    with pytest.raises(InvalidOption, match=r"does not parse '%d %b %Y'.*pandas.to_datetime"):
        t.as_ts(["%d %b %Y"]).over(rows)
    with pytest.raises(InvalidOption, match="use as_ts"):
        t.year().over(rows)
