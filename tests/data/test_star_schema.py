"""Joins of tables with aggregations and bounds in time, held against loops over the rows in pandas."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.data import StarSchema, TimeSeries
from omegastore.errors import UnknownColumn

HORIZON, MEMORY = timedelta(days=2), timedelta(days=10)
ASKED: dict[str, Any] = {
    "n": "count",
    "total": ("amount", "sum"),
    "mean": ("amount", "avg"),
    "least": ("amount", "min"),
    "most": ("amount", "max"),
}


def days(numbers: Any) -> Any:
    return pd.Timestamp("2024-01-01") + pd.to_timedelta(numbers, "D").as_unit("us")


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return accounts and payments; keys, times and amounts are missing here and there."""
    chance = np.random.default_rng(3)
    accounts = pd.DataFrame({"key": [1.0, 2.0, 3.0, np.nan, 2.0, 9.0], "at": days(np.array([5, 12, 20, 9, 3, 9]))})
    payments = pd.DataFrame(
        {"id": chance.choice([1.0, 2.0, 3.0, np.nan], 60), "when": days(chance.integers(0, 25, 60))}
    )
    payments["amount"] = chance.normal(size=60).round(2)
    payments.loc[::7, "amount"] = np.nan
    return accounts, payments


def records(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def expected(rows: pd.DataFrame) -> dict[str, Any]:
    amounts = rows["amount"].dropna()
    return {
        "n": len(rows), "total": amounts.sum(), "mean": amounts.mean(), "least": amounts.min(), "most": amounts.max(),
    }  # fmt: skip


TIMES: dict[str, Any] = {"time_stamps": ("at", "when")}


@pytest.mark.parametrize(
    "given", [{}, TIMES, {**TIMES, "horizon": HORIZON}, {**TIMES, "horizon": HORIZON, "memory": MEMORY}], ids=len
)
def test_a_join_tells_of_the_rows_of_the_same_key_within_the_bounds(store: OmegaStore, given: dict[str, Any]) -> None:
    accounts, payments = tables()
    store.put(accounts, "accounts")
    store.put(payments, "payments")
    star = StarSchema(store.getl("accounts")).join(store.getl("payments"), ("key", "id"), ASKED, **given)
    wanted = []
    for account in records(accounts):
        rows = payments[payments["id"] == account.key]
        if given:
            rows = rows[rows["when"] <= account.at - given.get("horizon", timedelta(0))]
        if "memory" in given:
            rows = rows[rows["when"] > account.at - MEMORY]
        wanted.append(expected(rows))
    result = pd.concat([accounts, pd.DataFrame(wanted)], axis=1)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(star.full)).value, result)


def test_joins_follow_each_other_and_their_result_is_filtered_and_stored(store: OmegaStore) -> None:
    accounts, payments = tables()
    store.put(accounts, "accounts")
    store.put(payments, "payments")
    large = store.getl("payments").query(amount__gt=0)
    star = StarSchema(store.getl("accounts")).join(store.getl("payments"), ("key", "id"), {"n": "count"})
    full = star.join(large, ("key", "id"), {"large": "count"}).full
    store.put(full.query(n__gt=0), "joined")
    found = store.get("joined")
    assert found["n"].tolist() == [(payments["id"] == key).sum() for key in [1, 2, 3, 2]]
    assert found["large"].tolist() == [
        ((payments["id"] == key) & (payments["amount"] > 0)).sum() for key in [1, 2, 3, 2]
    ]


@pytest.mark.parametrize("on", [None, "id"])
def test_a_time_series_tells_of_its_own_past(store: OmegaStore, on: str | None) -> None:
    _, payments = tables()
    payments["id"] = payments["id"].fillna(0)
    store.put(payments, "payments")
    series = TimeSeries(store.getl("payments"), "when", ASKED, MEMORY, HORIZON, on)
    wanted = []
    for row in records(payments):
        past = payments[(payments["when"] <= row.when - HORIZON) & (payments["when"] > row.when - MEMORY)]
        wanted.append(expected(past if on is None else past[past["id"] == row.id]))
    pd.testing.assert_frame_equal(series.full.value, pd.concat([payments, pd.DataFrame(wanted)], axis=1))


def test_the_key_of_a_stored_table_gets_an_index(store: OmegaStore) -> None:
    accounts, payments = tables()
    store.put(accounts, "accounts")
    store.put(payments, "payments")
    right = store.getl("payments")
    StarSchema(store.getl("accounts")).join(right, ("key", "id"), {"n": "count"})
    indexes = right.plan.source.collection.index_information()
    assert [each["key"] for name, each in indexes.items() if name != "_id_"] == [[("id", 1)]]


def test_what_is_not_there_and_what_is_there_already_are_refused(store: OmegaStore) -> None:
    accounts, payments = tables()
    store.put(accounts, "accounts")
    store.put(payments, "payments")
    star, right = StarSchema(store.getl("accounts")), store.getl("payments")
    with pytest.raises(UnknownColumn, match="'nothing'"):
        star.join(right, "nothing", ASKED)
    with pytest.raises(UnknownColumn, match="'price'"):
        star.join(right, ("key", "id"), {"n": ("price", "sum")})
    with pytest.raises(ValueError, match="median"):
        star.join(right, ("key", "id"), {"n": ("amount", "median")})
    with pytest.raises(ValueError, match="'at'"):
        star.join(right, ("key", "id"), {"at": "count"})
    with pytest.raises(ValueError, match="time_stamps"):
        star.join(right, ("key", "id"), ASKED, memory=MEMORY)
