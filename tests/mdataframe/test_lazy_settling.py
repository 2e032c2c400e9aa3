"""Rows of any collection that are stored come back as the lazy frame reads them, type by type."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from bson import Decimal128, Int64, ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pymongo.database import Database

from omegastore import MDataFrame, OmegaStore
from tests.mdataframe.lazy_frames import assert_like, few

VALUES: list[list[Any]] = [
    [1, 2], [Int64(3), 1], [1, 0.5], [1, None], [2**53 + 1, 0.5], [0.5, float("nan")], [True, False], [True, None],
    ["a", "ü"], ["a", None], [dt.datetime(2024, 1, 31, 10), dt.datetime(1900, 1, 1)],
    [dt.datetime(9999, 12, 31), None],
    [1, "a", dt.datetime(2024, 1, 1), None, 2.5, True], [Decimal128("1.5"), "a"], [None], [{"a": 1}, [1, 2]],
    [ObjectId(), b"x"],
]  # fmt: skip


@few
@given(data=st.data(), rows=st.integers(1, 5))
def test_a_collection_is_stored_as_its_value_is(
    store: OmegaStore, omegastore_database: Database[dict[str, Any]], data: st.DataObject, rows: int
) -> None:
    theirs = omegastore_database["theirs"]
    theirs.drop()
    columns = [data.draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows)) for values in VALUES]
    theirs.insert_many(
        [{"_id": at, **{f"c{n}": column[at] for n, column in enumerate(columns)}} for at in range(rows)]
    )
    lazy = MDataFrame(theirs)
    value = lazy.value
    store.put(lazy, "kept", append=False)
    kept = store.get("kept")
    assert_like(kept, value)
    for label in value.columns:
        assert list(map(type, kept[label])) == list(map(type, value[label]))


def test_dates_of_a_collection_are_dates_for_later_verbs(
    store: OmegaStore, omegastore_database: Database[dict[str, Any]]
) -> None:
    theirs = omegastore_database["theirs"]
    theirs.insert_many([{"_id": n, "when": dt.datetime(2024, n, 1)} for n in (1, 2, 3)])
    store.put(theirs, "theirs")
    kept = store.getl("theirs").query(when__gt=dt.datetime(2024, 1, 15)).persist("kept")
    assert kept.dtypes["when"] == pd.Series([dt.datetime(2024, 1, 1)]).dtype
    assert kept.when.dt.month.value.tolist() == [2, 3]
