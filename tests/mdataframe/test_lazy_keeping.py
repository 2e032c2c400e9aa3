"""Lazy frames are stored by the server, exported chunk by chunk, and tell what they do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from pymongo.database import Database

from omegastore import MDataFrame, OmegaStore
from tests.mdataframe.lazy_frames import Pulled, assert_like, few, frames


@few
@given(frame=frames())
def test_a_lazy_frame_is_stored_as_its_value_is(store: OmegaStore, frame: pd.DataFrame) -> None:
    store.put(frame, "frame", append=False)
    lazy = store.getl("frame")
    cases: list[tuple[Any, pd.DataFrame]] = [
        (lazy, frame),
        (lazy.query(i__gte=0), frame[frame["i"] >= 0]),
        (lazy.sort_values(["kind", "f"]).head(4), frame.sort_values(["kind", "f"], kind="stable").head(4)),
        (lazy.rename(columns={"f": "a.b?"}).iloc[::-1], frame.rename(columns={"f": "a.b?"}).iloc[::-1]),
        (lazy.reset_index(drop=True).drop(columns="text"), frame.reset_index(drop=True).drop(columns="text")),
    ]
    for made, expected in cases:
        assert_like(made.persist("made").value, expected)
        assert_like(store.get("made"), expected)
    assert_like(lazy["when"].persist("one").value, frame["when"])


def test_the_server_writes_the_rows_and_sends_none(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"a": range(100)}), "frame")
    lazy = watched.getl("frame").query(a__gte=10)
    pulled.clear()
    meta = watched.put(lazy, "part", append=False)
    assert meta.rows == 90
    assert "insert" not in [each for each in pulled.names if each == "insert" and pulled.documents > 20]
    assert pulled.documents < 20
    watched.put(lazy.head(1), "part", append=True)
    assert watched.get("part")["a"].tolist() == [*range(10, 100), 10]
    assert lazy.value["a"].tolist() == list(range(10, 100))


def test_a_version_that_the_server_reads_stays_while_it_is_replaced(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"a": [3, 1, 2]}), "frame")
    store.getl("frame").sort_values("a").put("frame")
    assert store.get("frame")["a"].tolist() == [1, 2, 3]
    assert store.get("frame", version=-2)["a"].tolist() == [3, 1, 2]


@few
@given(frame=frames())
def test_exports_have_what_pandas_writes(
    store: OmegaStore, tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame
) -> None:
    frame = frame.drop(columns=[label for label in frame.columns if not isinstance(label, str)])
    store.put(frame, "frame", append=False)
    lazy = store.getl("frame")
    text, expected = io.StringIO(), io.StringIO()
    lazy.to_csv(text)
    frame.to_csv(expected)
    assert text.getvalue() == expected.getvalue()
    path = Path(tmp_path_factory.mktemp("parquet"), "frame.parquet")
    lazy.to_parquet(path)
    if len(frame):  # Arrow has no categories without a value
        assert_like(pd.read_parquet(path), frame)
        assert_like(lazy.to_arrow().to_pandas(), frame)
    plain = ["i", "f", "text", "when", "n", "maybe", "s"]
    assert pl.DataFrame(lazy[plain]).equals(pl.from_pandas(frame[plain].reset_index(drop=True)))
    for (label, row), (expected_label, expected_row) in zip(lazy.iterrows(), frame.iterrows(), strict=True):
        assert repr(label) == repr(expected_label)
        assert_like(row, expected_row)
    assert [row[1] for row in lazy.itertuples()] == frame["i"].tolist()
    doubled = lazy.transform(lambda part: part.assign(i=part["i"] * 2), chunksize=3)
    assert_like(doubled, frame.assign(i=frame["i"] * 2))


def test_inspect_tells_the_pipeline_and_whether_an_index_is_used(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"a": range(50), "b": range(50)}), "frame")
    lazy = store.getl("frame")
    assert lazy.query(a=3).inspect()["pipeline"][-1] == {"$sort": {"_id": 1}}
    assert "a_1" not in lazy.query(a=3).inspect(explain=True)["indexes"]
    assert lazy.create_index("+a") == "a_1"
    assert lazy.query(a=3).inspect(explain=True)["indexes"] == ["a_1"]
    assert {"name": "a_1", "key": {"a": 1}} in lazy.list_indexes()
    with pytest.raises(ValueError, match="computed"):
        lazy.assign(c=1).create_index("c")


def test_a_notebook_shows_the_first_rows_by_one_small_query(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"a": range(1000), "<b>": 1}), "frame")
    lazy = watched.getl("frame").query(a__gte=5)
    pulled.clear()
    html = lazy._repr_html_()
    assert "995 rows x 2 columns" in html
    assert "&lt;b&gt;" in html
    assert pulled.documents <= 11
    assert repr(lazy) == "<MDataFrame columns=['a', '<b>']>"


def test_any_collection_is_a_lazy_frame_and_is_only_read(
    store: OmegaStore, omegastore_database: Database[dict[str, Any]]
) -> None:
    theirs = omegastore_database["theirs"]
    theirs.insert_many([{"_id": n, "a": n % 3, "b": None if n % 2 else "x", "c": n / 2} for n in range(6)])
    before = list(theirs.find())
    lazy = MDataFrame(theirs, columns=["a", "b", "c"], query={"a__gte": 1})
    expected = pd.DataFrame({"a": [1, 2, 1, 2], "b": [None, "x", "x", None], "c": [0.5, 1.0, 2.0, 2.5]})
    expected["b"] = expected["b"].astype("str")
    assert_like(lazy.value, expected)
    assert_like(
        lazy.sort_values(["a", "c"], ascending=False).head(2).value.reset_index(drop=True),
        expected.iloc[[3, 1]].reset_index(drop=True),
    )
    assert (len(lazy), lazy.shape) == (4, (4, 3))
    assert_like(pd.concat(lazy.iterchunks(3)), expected)
    store.put(lazy, "kept")
    assert_like(store.get("kept"), expected)
    store.put(theirs, "theirs")
    assert_like(
        store.getl("theirs").query(a=0).value,
        pd.DataFrame({"_id": [0, 3], "a": 0, "b": ["x", None], "c": [0.0, 1.5]}),
    )
    store.drop("theirs")
    assert list(theirs.find()) == before


def test_the_layout_of_stored_rows_is_recognised_in_a_collection(store: OmegaStore) -> None:
    moments = [pd.Timestamp("2024-01-01 00:00:00.000000007"), pd.Timestamp("2024").as_unit("ns")]
    frame = pd.DataFrame({"a": [1.5, np.nan], "t": moments})
    frame.index = pd.Index(["p", "q"], name="key")
    store.put(frame, "frame")
    lazy = MDataFrame(store.collection("frame"))
    assert_like(lazy.value, frame)
    assert_like(lazy.loc[["q"]].value, frame.loc[["q"]])
