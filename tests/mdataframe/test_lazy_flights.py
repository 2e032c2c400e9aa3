"""Lazy frames over the 336,776 flights of the demo give what pandas gives, row by row."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from examples.flights import new_york
from omegastore import OmegaStore
from omegastore.mdataframe import concat
from tests.mdataframe.lazy_frames import assert_like

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def frames(store: OmegaStore) -> dict[str, pd.DataFrame]:
    """Return the frames of the demo by name; they are stored."""
    found: dict[str, pd.DataFrame] = {}
    for name, frame, index in new_york():
        store.put(frame, name, index=index)
        found[name] = frame
    return found


def test_every_row_of_the_flights_is_that_of_pandas(store: OmegaStore, frames: dict[str, pd.DataFrame]) -> None:
    flights, planes = frames["nyc/flights"], frames["nyc/planes"]
    lazy: Any = store.getl("nyc/flights")
    late = flights[flights.arr_delay > flights.dep_delay]
    assert_like(lazy[lazy.arr_delay > lazy.dep_delay].value, late)
    by: Any = ["carrier", "dep_delay"]
    expected = flights.sort_values(by, ascending=[True, False], kind="stable")
    assert_like(lazy.sort_values(by, ascending=[True, False]).value, expected)
    assert_like(lazy.drop_duplicates(["origin", "dest"]).value, flights.drop_duplicates(["origin", "dest"]))
    assert_like(lazy.dropna().value, flights.dropna())
    assert_like(lazy.iloc[-5:1000:-7].value, flights.iloc[-5:1000:-7])
    assert_like(lazy.sample(500, random_state=1).value, flights.sample(500, random_state=1))
    known = flights[flights.tailnum.notna()].reset_index(drop=True)
    joined = known.merge(planes, on="tailnum", how="left", suffixes=("", "_built"))
    merged = lazy.query(tailnum__isnull=False).merge("nyc/planes", how="left", on="tailnum", suffixes=("", "_built"))
    assert_like(merged.value, joined)
    assert_like(pd.concat(lazy.iterchunks(100_000)), flights)
    assert_like(lazy.query(origin="JFK").persist("nyc/jfk").value, flights[flights.origin == "JFK"])


STATISTICS = ["count", "sum", "mean", "min", "max", "std", "var", "median", "first", "last", "nunique"]
EXACT: dict[str, Any] = {
    "arithmetic": lambda m: (m.arr_delay - m.dep_delay) / 60,
    "comparison": lambda m: (m.arr_delay > m.dep_delay) & ~(m.origin == "JFK") | m.dest.isin(["LAX", "SFO"]),
    "texts": lambda m: m.tailnum.str.slice(0, 2),
    "dates": lambda m: m.time_hour.dt.hour,
    "where": lambda m: m.dep_delay.where(m.dep_delay > 0),
    "where of ints": lambda m: m.distance.where(m.distance > 500, 0),
    "clip": lambda m: m.arr_delay.clip(-10, 60),
    "round": lambda m: (m.air_time / 7).round(2),
    "replace": lambda m: m.origin.replace({"JFK": "Kennedy", "EWR": "Newark"}),
    "map": lambda m: m.carrier.map({"UA": 1, "AA": 2, "B6": 3}),
    "astype": lambda m: m.distance.astype("float64"),
    "fillna": lambda m: m.arr_delay.fillna(0.0),
    "shift": lambda m: m.tailnum.shift(3),
    "diff": lambda m: m.arr_delay.diff(),
    "cummax": lambda m: m.distance.cummax(),
    "cumsum": lambda m: m.distance.cumsum(),
    "rank": lambda m: m.dep_delay.rank(method="min"),
    "shift of groups": lambda m: m.groupby("origin").arr_delay.shift(),
    "sum of groups": lambda m: m.groupby("carrier").distance.cumsum(),
    "count of groups": lambda m: m.groupby("dest").cumcount(),
    "maximum of groups": lambda m: m.groupby("month").dep_delay.transform("max"),
}  # fmt: skip
CLOSE: dict[str, Any] = {
    "groups": lambda m: m.groupby(["origin", "month"])[["dep_delay", "distance"]].agg(STATISTICS),
    "means of groups": lambda m: m.groupby("carrier").dep_delay.transform("mean"),
    "rows": lambda m: m.arr_delay.rolling(5, min_periods=1).mean(),
    "time": lambda m: m.rolling("6h", on="time_hour").distance.sum(),
    "all rows": lambda m: m.distance.expanding().mean(),
}
NUMBERS = ["dep_delay", "arr_delay", "distance"]


def test_values_and_windows_of_the_flights_are_those_of_pandas(
    store: OmegaStore, frames: dict[str, pd.DataFrame]
) -> None:
    flights, lazy = frames["nyc/flights"], store.getl("nyc/flights")
    for of in EXACT.values():
        assert_like(of(lazy).value, of(flights))
    stable = flights.sort_values("time_hour", kind="stable")
    for name, of in CLOSE.items():
        is_by_time = name == "time"
        got = of(lazy.sort_values("time_hour") if is_by_time else lazy).value
        expected = of(stable if is_by_time else flights)
        frame = expected if isinstance(expected, pd.DataFrame) else expected.to_frame()
        got = got if isinstance(got, pd.DataFrame) else got.to_frame()
        pd.testing.assert_frame_equal(got, frame, check_exact=False, rtol=1e-9, check_freq=False)


def test_statistics_of_the_flights_are_those_of_pandas(store: OmegaStore, frames: dict[str, pd.DataFrame]) -> None:
    flights, lazy = frames["nyc/flights"], store.getl("nyc/flights")
    for name in ["sum", "mean", "min", "max", "std", "var", "median", "count", "nunique"]:
        pd.testing.assert_series_equal(
            getattr(lazy[NUMBERS], name)(), getattr(flights[NUMBERS], name)(), check_exact=False, rtol=1e-9
        )
    pd.testing.assert_frame_equal(lazy[NUMBERS].corr(), flights[NUMBERS].corr(), check_exact=False, rtol=1e-9)
    pd.testing.assert_frame_equal(lazy[NUMBERS].cov(), flights[NUMBERS].cov(), check_exact=False, rtol=1e-9)
    pd.testing.assert_frame_equal(lazy[NUMBERS].describe(), flights[NUMBERS].describe(), rtol=1e-9)
    assert lazy.arr_delay.quantile(0.9) == flights.arr_delay.quantile(0.9)
    assert lazy.arr_delay.idxmax() == flights.arr_delay.idxmax()
    assert_like(lazy.dest.mode(), flights.dest.mode())
    got, expected = lazy.carrier.value_counts(), flights.carrier.value_counts()
    assert got.to_dict() == expected.to_dict()
    assert list(lazy.origin.unique()) == list(flights.origin.unique())


def test_joins_and_labels_of_the_flights_are_those_of_pandas(
    store: OmegaStore, frames: dict[str, pd.DataFrame]
) -> None:
    flights, lazy = frames["nyc/flights"], store.getl("nyc/flights")
    airlines, planes = frames["nyc/airlines"], frames["nyc/planes"]
    assert_like(lazy.merge(airlines, on="carrier").value, flights.merge(airlines, on="carrier"))
    indexed = planes.set_index("tailnum").drop(columns="year")
    other = store.getl("nyc/planes").set_index("tailnum").drop(columns="year")
    known = flights[flights.tailnum.notna()]
    assert_like(lazy[lazy.tailnum.notna()].join(other, on="tailnum").value, known.join(indexed, on="tailnum"))
    by_day = flights.sort_values(["month", "day"], kind="stable").set_index(["month", "day"])
    lazy_days = lazy.sort_values(["month", "day"]).set_index(["month", "day"])
    assert_like(lazy_days.loc[(2, 3) : (2, 10)].value, by_day.loc[(2, 3) : (2, 10)])
    few = lazy[["origin", "dest"]]
    assert_like(
        concat([few.head(1000), few]).value,
        pd.concat([flights[["origin", "dest"]].head(1000), flights[["origin", "dest"]]]),
    )
