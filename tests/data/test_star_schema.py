"""Joins of tables with aggregations and bounds in time, held against loops over the rows in pandas."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.data import StarSchema, TimeSeries, relationship
from omegastore.errors import UnknownColumn

HORIZON, MEMORY = timedelta(days=20), timedelta(days=100)
HOW = ["avg", "count", "count_distinct", "first", "last", "max", "median", "min", "stddev", "sum", "var"]
ASKED: dict[str, Any] = {"n": "count", **{f"amount_{how}": ("amount", how) for how in HOW}}
PROPERTY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
KEYS = st.sampled_from([1.0, 2.0, 3.0, np.nan])
DAYS = st.none() | st.integers(0, 20)
ROWS = st.lists(st.tuples(KEYS, KEYS, DAYS, st.none() | st.integers(-3, 3)), min_size=1, max_size=14)
BOUNDS = st.fixed_dictionaries(
    {"horizon": st.integers(0, 4).map(lambda days: timedelta(days=10 * days))},
    optional={"memory": st.integers(5, 12).map(lambda days: timedelta(days=10 * days))},
)


def days(numbers: Any) -> Any:
    return pd.Timestamp("2024-01-01") + pd.to_timedelta(pd.Series(numbers, dtype="float64") * 10, "D").dt.as_unit(
        "us"
    )


def table(rows: list[Any], amount: str = "amount") -> pd.DataFrame:
    """Return keys, a time, and an amount; each of them is missing here and there."""
    key, more, when, amounts = zip(*rows, strict=True)
    frame = pd.DataFrame({"key": key, "more": more, "at": days(list(when))})
    frame[amount] = pd.Series(amounts, dtype="float64")
    return frame


def lazily(store: OmegaStore, **frames: pd.DataFrame) -> list[Any]:
    for name, frame in frames.items():
        store.put(frame, name, append=False)
    return [store.getl(name) for name in frames]


def aggregated(rows: pd.DataFrame) -> dict[str, Any]:
    values = rows["amount"].dropna()
    by_time = rows.sort_values("at", kind="stable")["amount"].dropna()
    return {
        "n": len(rows), "amount_avg": values.mean(), "amount_count": len(values),
        "amount_count_distinct": values.nunique(), "amount_first": by_time.iloc[0] if len(values) else np.nan,
        "amount_last": by_time.iloc[-1] if len(values) else np.nan, "amount_max": values.max(),
        "amount_median": values.median(), "amount_min": values.min(), "amount_stddev": values.std(),
        "amount_sum": values.sum(), "amount_var": values.var(),
    }  # fmt: skip


def model(left: pd.DataFrame, right: pd.DataFrame, on: list[str], bounds: dict[str, Any] | None) -> pd.DataFrame:
    """Return `left` with the aggregations, by loops over its rows."""
    wanted = []
    for row in left.to_dict("records"):
        rows = right
        for name in on:
            rows = rows[rows[name] == row[name]]
        if bounds is not None:
            rows = rows[rows["at"] <= row["at"] - bounds["horizon"]]
            if "memory" in bounds:
                rows = rows[rows["at"] > row["at"] - bounds["memory"]]
        wanted.append(aggregated(rows if bounds is not None else rows.assign(at=0)))
    return pd.concat([left, pd.DataFrame(wanted, index=left.index)], axis=1)


@PROPERTY
@given(ROWS, ROWS, st.sampled_from([["key"], ["key", "more"]]), st.none() | BOUNDS, st.booleans())
def test_a_join_tells_of_the_rows_of_the_same_keys_within_the_bounds(
    store: OmegaStore, left: list[Any], right: list[Any], on: list[str], bounds: dict[str, Any] | None, part: bool
) -> None:
    ours, theirs = table(left, "own"), table(right)
    population, peripheral = lazily(store, population=ours, peripheral=theirs)
    if part:  # what is joined need not be stored as it is
        peripheral, theirs = peripheral.query(amount__ne=1), theirs[theirs["amount"] != 1]
    times: dict[str, Any] = {} if bounds is None else {"time_stamps": "at", **bounds}
    star = StarSchema(population).join(peripheral, on, ASKED, **times)
    found = pickle.loads(pickle.dumps(star)).full.lazy.value
    pd.testing.assert_frame_equal(found, model(ours, theirs, on, bounds))


@PROPERTY
@given(ROWS, BOUNDS, st.sampled_from([[], ["key"], ["key", "more"]]))
def test_a_time_series_tells_of_its_own_past(
    store: OmegaStore, rows: list[Any], bounds: dict[str, Any], on: list[str]
) -> None:
    frame, bounds = table(rows), {"memory": MEMORY, **bounds}
    (lazy,) = lazily(store, rows=frame)
    series = TimeSeries(lazy, "at", ASKED, on=on, **bounds)
    found = pickle.loads(pickle.dumps(series)).full.lazy.value
    pd.testing.assert_frame_equal(found, model(frame, frame, on, bounds))


@PROPERTY
@given(ROWS, ROWS, st.none() | BOUNDS)
def test_a_join_to_one_brings_its_columns_and_refuses_keys_that_repeat(
    store: OmegaStore, left: list[Any], right: list[Any], bounds: dict[str, Any] | None
) -> None:
    ours, theirs = table(left, "own"), table(right).assign(name=[f"<{at}>" for at in range(len(right))])
    theirs["count"] = np.arange(len(right))
    population, one = lazily(store, population=ours, one=theirs)
    times: dict[str, Any] = {} if bounds is None else {"time_stamps": "at", **bounds}
    star = StarSchema(population).join(one, "key", relationship=relationship.many_to_one, alias="one", **times)
    if theirs["key"].dropna().duplicated().any():
        with pytest.raises(ValueError, match="have the key"):
            _ = star.full.lazy
        return
    expected = ours.merge(
        theirs.dropna(subset="key").rename(columns=lambda name: name if name == "key" else f"one_{name}"),
        how="left", on="key",
    )  # fmt: skip
    if bounds is not None:
        late = ~(expected["one_at"] <= expected["at"] - bounds["horizon"])
        if "memory" in bounds:
            late |= ~(expected["one_at"] > expected["at"] - bounds["memory"])
        for name in ["one_more", "one_at", "one_amount", "one_name", "one_count"]:
            expected[name] = expected[name].where(~late)
    pd.testing.assert_frame_equal(star.full.lazy.value, expected, check_dtype=False)


def test_joins_follow_each_other_and_their_result_is_filtered_and_stored(store: OmegaStore) -> None:
    accounts = pd.DataFrame({"key": [1.0, 2.0, 3.0]})
    payments = pd.DataFrame({"id": [1.0, 1.0, 3.0, np.nan], "amount": [5.0, -1.0, -2.0, 3.0]})
    population, peripheral = lazily(store, accounts=accounts, payments=payments)
    star = StarSchema(population).join(peripheral, ("key", "id"), {"n": "count"})
    star.join(peripheral.query(amount__gt=0), ("key", "id"), {"large": "count"})
    assert star.data_model.names == ["table", "table_2"]
    store.put(star.full.lazy.query(n__gt=0), "joined")
    assert store.get("joined").to_dict("list") == {"key": [1.0, 3.0], "n": [2, 1], "large": [1, 0]}


def test_a_table_that_is_joined_can_have_joins_of_its_own(store: OmegaStore) -> None:
    from omegastore.data import DataModel, Placeholder

    people, accounts, payments = lazily(
        store,
        people=pd.DataFrame({"person": ["a", "b", "c"]}),
        accounts=pd.DataFrame({"person": ["a", "a", "b"], "account": [1, 2, 3]}),
        payments=pd.DataFrame({"account": [1, 1, 2, 3, 9], "amount": [1.0, 2.0, 4.0, 8.0, 16.0]}),
    )
    model = DataModel(Placeholder("people")).add(Placeholder("accounts"), Placeholder("payments"))
    model.accounts.join(model.payments, "account", {"paid": ("amount", "sum")})
    model.population.join(model.accounts, "person", {"total": ("paid", "sum"), "most": ("paid", "max")})
    found = model.joined(people, {"accounts": accounts, "payments": payments}).value
    assert found["total"].tolist() == [7.0, 8.0, 0.0]
    assert found["most"].tolist()[:2] == [4.0, 8.0]
    assert np.isnan(found["most"][2])


def test_values_keep_their_types_and_a_row_ends_at_its_upper_time(store: OmegaStore) -> None:
    big, at = 2**60 + 1, pd.Timestamp("2024-01-01 00:00:00.000001")
    right = pd.DataFrame({"key": ["a", "a"], "big": [big, 1], "at": [at, at], "word": ["x", "y"]})
    right["until"] = pd.Series([pd.NaT, pd.Timestamp("2024-02-01")], dtype="datetime64[us]")
    left = pd.DataFrame({"key": ["a", "a"], "now": pd.to_datetime(["2024-01-15", "2024-02-01"])})
    population, peripheral = lazily(store, left=left, right=right)
    asked: dict[str, Any] = {
        "n": "count", "total": ("big", "sum"), "most": ("big", "max"), "last": ("at", "max"), "word": ("word", "max")
    }  # fmt: skip
    star = StarSchema(population).join(peripheral, "key", asked, time_stamps=("now", "at"), upper_time_stamp="until")
    found = star.full.lazy.value
    assert found["n"].tolist() == [2, 1]
    assert found["total"].tolist() == [big + 1, big]
    assert found["most"].tolist() == [big, big]
    assert found["last"].tolist() == [at, at]
    assert found["word"].tolist() == ["y", "x"]


def test_the_key_of_a_stored_table_gets_an_index(store: OmegaStore) -> None:
    population, peripheral = lazily(
        store, accounts=pd.DataFrame({"key": [1]}), payments=pd.DataFrame({"id": [1], "amount": [1.0]})
    )
    star = StarSchema(population).join(peripheral.query(amount__gt=0), ("key", "id"), {"n": "count"})
    assert star.full.lazy.value["n"].tolist() == [1]
    indexes = peripheral.plan.source.collection.index_information()
    assert [each["key"] for name, each in indexes.items() if name != "_id_"] == [[("id", 1)]]
    stages = [stage["$lookup"] for stage in star.full.lazy.plan.stages if "$lookup" in stage]
    assert [each.get("foreignField") for each in stages] == ["id"]


def test_what_is_not_there_and_what_is_there_already_are_refused(store: OmegaStore) -> None:
    frame = table([(1.0, 1.0, 3, 1)]).assign(word="x")
    population, right = lazily(store, population=frame, right=frame)
    star = StarSchema(population)
    for on, asked in (("nothing", ASKED), ("key", {"n": ("price", "sum")})):
        with pytest.raises(UnknownColumn, match="no columns"):
            star.join(right, on, asked)
    refused: list[tuple[str, dict[str, Any]]] = [
        ("'at'", {"aggregations": {"at": "count"}}),
        ("time_stamps", {"aggregations": ASKED, "memory": MEMORY}),
        ("no row would count", {"aggregations": ASKED, "time_stamps": "at", "horizon": MEMORY, "memory": HORIZON}),
        ("not negative", {"aggregations": ASKED, "time_stamps": "at", "horizon": -HORIZON}),
        ("give aggregations", {}),
        ("not aggregated", {"aggregations": ASKED, "relationship": relationship.one_to_one}),
        ("is none of", {"aggregations": ASKED, "relationship": "some"}),
    ]
    for message, options in refused:
        with pytest.raises(ValueError, match=message):
            star.join(right, "key", **options)
    assert star.full.lazy.value.equals(frame)
    for asked, error, message in (
        ({"n": ("key", "mode")}, ValueError, "an aggregation is"),
        ({"n": ("word", "sum")}, TypeError, r"n=\('word', 'sum'\)"),
    ):
        with pytest.raises(error, match=message):
            _ = StarSchema(population).join(right, "key", asked).full.lazy
    with pytest.raises(TypeError, match="time stamp 'word'"):
        _ = StarSchema(population).join(right, "key", {"n": "count"}, time_stamps="word").full.lazy
    (zoned,) = lazily(store, zoned=frame.assign(at=frame["at"].dt.tz_localize("Europe/Rome")))
    with pytest.raises(TypeError, match="one has a time zone, one has none"):
        _ = StarSchema(population).join(zoned, "key", {"n": "count"}, time_stamps="at").full.lazy
    with pytest.raises(TypeError, match="put it there first"):
        _ = StarSchema(population).join(frame, "key", {"n": "count"}, alias="local").full.lazy
