"""Rows of frames changed, added and deleted: what comes back is what pandas makes of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore, Q
from omegastore.errors import (
    Conflict,
    InvalidOption,
    SchemaMismatch,
    UnknownColumn,
    UnsupportedObject,
    UnsupportedValue,
)
from omegastore.testing.frames import assert_identical

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "price": [0.5, np.nan, 2.5, 1.0],
        "name": ["a", "b", None, "d"],
        "when": np.array(["2020-01-01T00:00:00.123456789", "2021-01-01", "NaT", "2022-01-01"], "datetime64[ns]"),
        "sort": pd.Categorical(["x", "y", "x", "x"]),
        "any": pd.Series([(1, 2), {"k": 1}, None, "text"], dtype=object),
    },
)


@pytest.fixture
def frames(store: OmegaStore) -> OmegaStore:
    store.put(FRAME.iloc[:3], "f", append=True)
    store.put(FRAME.iloc[3:], "f", append=True)
    return store


def test_update_by_key_changes_the_columns_of_these_rows_alone(frames: OmegaStore) -> None:
    changes = pd.DataFrame({"id": [4, 1], "price": [7, 8], "name": ["D", None]})
    assert frames.update("f", changes, on="id").version == 3
    want = FRAME.copy()
    want["price"] = [8.0, np.nan, 2.5, 7.0]
    want["name"] = [None, "b", None, "D"]
    assert_identical(frames.get("f"), want)
    assert_identical(frames.get("f", version=2), FRAME)
    assert frames.fsck() == []


def test_update_by_condition_gives_one_value(frames: OmegaStore) -> None:
    frames.update("f", {"price": 3, "sort": "y", "when": None}, id__gte=3)
    want = FRAME.copy()
    want.loc[want["id"] >= 3, "price"] = 3.0
    want.loc[want["id"] >= 3, "sort"] = "y"
    want.loc[want["id"] >= 3, "when"] = pd.NaT
    assert_identical(frames.get("f"), want)


def test_upsert_changes_and_adds_and_continues_the_range(frames: OmegaStore) -> None:
    frames.upsert("f", pd.DataFrame({"id": [9, 2], "price": [1.5, 2.5], "name": ["n", "B"]}), on="id")
    want = FRAME.copy()
    want.loc[1, "price"], want.loc[1, "name"] = 2.5, "B"
    want = pd.concat([want, pd.DataFrame({"id": [9], "price": [1.5], "name": ["n"]}, index=[4])])
    want.index = pd.RangeIndex(5)
    assert_identical(frames.get("f"), want)
    frames.put(FRAME, "f", append=True)
    assert len(frames.get("f")) == 9


def test_delete_rows_leaves_the_others(frames: OmegaStore) -> None:
    frames.delete_rows("f", price__gt=0.7)
    want = FRAME[~(FRAME["price"] > 0.7)]
    assert_identical(frames.get("f"), want.set_axis(pd.Index(list(want.index), dtype="int64")))
    frames.delete_rows("f", q=Q(id=1) | Q(id=2))
    got = frames.get("f")
    assert got.shape == (0, 6)
    assert list(got.dtypes) == list(FRAME.dtypes)


def test_a_series_loses_rows_too(store: OmegaStore) -> None:
    store.put(pd.Series([1, 2, 3], index=["a", "b", "c"], name="s"), "s")
    store.delete_rows("s", s__lt=3)
    assert_identical(store.get("s"), pd.Series([3], index=["c"], name="s"))


def test_keys_may_be_levels_of_the_index_and_several(store: OmegaStore) -> None:
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1)], names=["k", "n"])
    store.put(pd.DataFrame({"v": [1, 2, 3], "w": list("abc")}, index=index), "f")
    store.upsert("f", pd.DataFrame({"k": ["y", "x"], "n": [7, 2], "v": [70, 20], "w": ["g", "B"]}), on=["k", "n"])
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1), ("y", 7)], names=["k", "n"])
    assert_identical(store.get("f"), pd.DataFrame({"v": [1, 20, 3, 70], "w": list("aBcg")}, index=index))


def test_values_that_do_not_fit_widen_as_an_append_does(frames: OmegaStore) -> None:
    frames.update("f", pd.DataFrame({"id": [2], "any": [1.5]}), on="id")
    frames.update("f", {"id": 2.5}, id=2)
    got = frames.get("f")
    assert got["id"].tolist() == [1.0, 2.5, 3.0, 4.0]
    assert got["any"].tolist()[:2] == [(1, 2), 1.5]
    frames.update("f", {"name": "later"}, id=2.5)
    assert frames.get("f")["name"].tolist()[1] == "later"


def test_what_cannot_be_kept_is_refused_and_nothing_is_written(frames: OmegaStore, image: Any) -> None:
    before = repr(image())  # NaN is not equal to itself
    one = pd.DataFrame({"id": [1], "price": [1.0]})
    refused: list[tuple[type[Exception], str, Callable[[], object]]] = [
        (SchemaMismatch, "price", lambda: frames.update("f", {"price": "dear"}, id=1)),
        (SchemaMismatch, "when", lambda: frames.upsert("f", pd.DataFrame({"id": [1, 9], "when": True}), on="id")),
        (UnsupportedValue, "more than once", lambda: frames.update("f", pd.concat([one, one]), on="id")),
        (UnsupportedValue, "missing in row 0", lambda: frames.update("f", one.assign(id=float("nan")), on="id")),
        (UnsupportedValue, "upsert", lambda: frames.update("f", one.assign(id=[17]), on="id")),
        (UnknownColumn, "prize", lambda: frames.update("f", one.assign(prize=1), on="id")),
        (UnknownColumn, "key", lambda: frames.update("f", one, on="key")),
        (UnsupportedValue, "any", lambda: frames.update("f", {"any": object()}, id=1)),
        (InvalidOption, "condition", lambda: frames.delete_rows("f")),
        (InvalidOption, "condition", lambda: frames.update("f", {"price": 1})),
        (InvalidOption, "on=", lambda: frames.update("f", one)),
        (Conflict, "version 2", lambda: frames.delete_rows("f", id=1, expect=1)),
    ]  # fmt: skip
    for error, says, step in refused:
        with pytest.raises(error, match=says):
            step()
    assert repr(image()) == before
    frames.put([1], "list")
    with pytest.raises(UnsupportedObject):
        frames.delete_rows("list", a=1)


def test_edits_that_touch_no_row_make_no_version(frames: OmegaStore) -> None:
    assert frames.delete_rows("f", id=99).version == 2
    assert frames.update("f", {"price": 1.0}, id=99).version == 2
    assert frames.upsert("f", FRAME[:0], on="id").version == 2


def test_indexes_stay(store: OmegaStore) -> None:
    store.put(FRAME, "f", index=["id"])
    meta = store.delete_rows("f", id=1)
    assert "id_1" in store.collection("f").index_information()
    assert meta.rows == 3


@pytest.mark.parametrize("listed", [0, 50_000])
def test_many_rows_are_replaced_whichever_way_they_are_told(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr("omegastore.edit.LISTED", listed)
    frame = pd.DataFrame({"k": np.arange(30_000)[::-1], "v": 0.5})
    store.put(frame, "f")
    store.update("f", pd.DataFrame({"k": np.arange(0, 30_000, 2), "v": 1.5}), on="k")
    assert_identical(store.get("f"), frame.assign(v=np.where(frame["k"] % 2 == 0, 1.5, 0.5)))


def test_an_edit_and_appends_of_others_all_stay(store: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(FRAME, "f")
    from omegastore.write import Write

    hold, others = Write.hold, [1, 2]

    def held(self: Write) -> None:
        if others:
            others.pop()
            monkeypatch.setattr(Write, "hold", hold)
            store.put(FRAME, "f", append=True)
            monkeypatch.setattr(Write, "hold", held)
        hold(self)

    monkeypatch.setattr(Write, "hold", held)
    store.delete_rows("f", id=1)
    assert store.get("f")["id"].tolist() == [2, 3, 4] * 3


def test_compact_makes_one_batch_of_many_and_changes_nothing(store: OmegaStore) -> None:
    for at in range(5):
        store.put(FRAME.assign(id=FRAME["id"] * (1.5 if at == 3 else 1)), "f", append=True)
    before = store.get("f")
    meta = store.compact("f")
    assert len(meta.payload["rows"]["batches"]) == 1
    assert_identical(store.get("f"), before)
    assert_identical(store.get("f", version=2), before.iloc[:8].astype({"id": "int64"}))
    assert store.compact("f").version == meta.version
    store.put(FRAME, "f", append=True)
    assert len(store.get("f")) == 24
    assert store.fsck() == []
