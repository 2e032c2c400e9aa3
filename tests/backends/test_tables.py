"""Parquet and CSV files as frames, and frames as other libraries have them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest

from omegastore import OmegaStore
from omegastore.backends import streams, tables
from omegastore.backends.parted import Reader
from omegastore.backends.rowquery import RowsGetOptions
from omegastore.errors import InvalidOption, SchemaMismatch, UnsupportedObject, UnsupportedValue
from omegastore.testing.frame_identity import assert_identical

KIND = "pandas.dfrows"
FRAME = pd.DataFrame(
    {
        "number": np.arange(10) / 4,
        "integer": np.arange(10),
        "text": [f"text {n}" if n % 3 else None for n in range(10)],
        "when": pd.date_range("2020-01-01", periods=10, tz="Europe/Berlin"),
        "flag": np.arange(10) % 2 == 0,
        "class": pd.Categorical(list("abcabcabca")),
    }
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 4)
    monkeypatch.setattr(streams, "BATCH_ROWS", 4)


@pytest.mark.parametrize(
    "index", [pd.RangeIndex(10), pd.RangeIndex(5, 25, 2, name="n"), pd.Index(list("abcdefghij"), name="key")], ids=str
)
@pytest.mark.parametrize("as_text", [True, False])
def test_a_parquet_file_is_stored_as_the_frame_that_pandas_wrote(
    store: OmegaStore, tmp_path: Path, index: pd.Index[Any], as_text: bool
) -> None:
    path = tmp_path / "frame.parquet"
    FRAME.set_index(index).to_parquet(path)
    store.put(str(path) if as_text else path, "n", kind=KIND)
    got = store.get("n")
    want = pd.read_parquet(path, dtype_backend="pyarrow")
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in got.dtypes)
    assert got.index.equals(want.index)
    assert got.index.names == want.index.names
    assert [got[name].tolist() for name in got] == [want[name].astype(got[name].dtype).tolist() for name in want]


def test_a_bare_path_stays_a_file(store: OmegaStore, tmp_path: Path) -> None:
    path = tmp_path / "frame.csv"
    FRAME.to_csv(path)
    assert store.put(path, "n").kind == "python.file"
    assert store.put(str(path), "m").kind == "python.object"


@pytest.mark.parametrize(
    "cells",
    [
        list(range(10)), [*range(5), 5.5, *range(4)], [*range(4), "", *range(5)], [*range(8), "x", 9], [""] * 10,
        [""] * 5 + ["x"] * 5, ["True"] * 6 + ["False"] * 4, ["True"] * 6 + [""] * 4, ["True"] * 6 + ["x"] * 4,
        ["x"] * 5 + [""] * 5, ["1e3"] * 5 + ["7"] * 5, ["a,b", 'c"d', "e\nf", *"ghijklm"], [*range(9), 2**63],
    ],
    ids=lambda cells: str(cells)[:24],
)  # fmt: skip
def test_a_csv_file_is_stored_as_pandas_reads_it_whole(store: OmegaStore, tmp_path: Path, cells: list[Any]) -> None:
    path = tmp_path / "frame.csv"
    pd.DataFrame({"a": pd.Series(cells, dtype=object), "row": range(10)}).to_csv(path, index=False)
    want = pd.read_csv(path, low_memory=False)
    if want["a"].dtype.kind == "u":
        with pytest.raises(UnsupportedValue, match="column 'a' has integers"):
            store.put(path, "n", kind=KIND)
        assert not store.exists("n")
        return
    store.put(path, "n", kind=KIND)
    assert_identical(store.get("n"), want)


def test_a_file_that_is_not_there_or_no_table_is_refused_before_a_byte_is_written(
    store: OmegaStore, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "none.parquet", "n", kind=KIND)
    wrong = tmp_path / "wrong.parquet"
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(UnsupportedValue, match="cannot be read as a parquet file"):
        store.put(wrong, "n", kind=KIND)
    with pytest.raises(UnsupportedObject):
        store.put("some text", "n", kind=KIND)
    assert not store.exists("n")


def test_frames_that_do_not_go_together_leave_nothing(store: OmegaStore) -> None:
    with pytest.raises(SchemaMismatch):
        store.put(iter([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}, index=["x"])]), "n")
    assert not store.exists("n")


@pytest.mark.filterwarnings("ignore:Series.values")  # pandas to pyarrow
def test_arrow_and_polars_get_what_pandas_makes_of_them(store: OmegaStore) -> None:
    for name, frame in (("plain", FRAME), ("keyed", FRAME.set_index("text"))):
        store.put(frame, name, append=False)
        assert store.get(name, as_="arrow").equals(pa.Table.from_pandas(frame))
        assert store.get(name, as_="pandas").equals(frame)
        got = store.get(name, as_="polars")
        assert isinstance(got, polars.DataFrame)
        flat = frame.reset_index() if name == "keyed" else frame
        assert set(got.columns) == set(flat.columns)
        for label in flat:
            assert got[str(label)].to_list() == flat[label].astype(object).where(flat[label].notna(), None).tolist()
    part = store.get("plain", as_="arrow", columns=["integer"], integer__gte=7)
    assert part.column("integer").to_pylist() == [7, 8, 9]
    assert [each.num_rows for each in store.get("plain", as_="arrow", chunksize=4)] == [4, 4, 2]
    store.put(FRAME["number"], "series")
    assert store.get("series", as_="arrow").to_pylist() == FRAME["number"].tolist()
    assert store.get("series", as_="polars").to_list() == FRAME["number"].tolist()


def test_what_another_library_cannot_keep_is_refused(store: OmegaStore) -> None:
    store.put(pd.DataFrame({0: [1], "a": [2]}), "labels")
    store.put(pd.DataFrame({"a": [1, "x"]}), "mixed")
    store.put(pd.DataFrame([[1, 2]], columns=["a", "a"]), "twice")
    for name in ("labels", "mixed", "twice"):
        for form in ("arrow", "polars"):
            with pytest.raises(UnsupportedValue, match=form):
                store.get(name, as_=form)
    with pytest.raises(InvalidOption, match="as_='numpy'"):
        store.get("labels", as_="numpy")


def plain(store: OmegaStore) -> pd.DataFrame:
    store.put(FRAME, "n")
    return FRAME


def appended(store: OmegaStore) -> pd.DataFrame:
    store.put(FRAME, "n")
    for _ in range(3):
        store.put(FRAME, "n", append=True)
    return pd.concat([FRAME] * 4)


def continued(store: OmegaStore) -> pd.DataFrame:
    store.put((FRAME.set_index(pd.RangeIndex(n * 10, n * 10 + 10)) for n in range(3)), "n")
    return pd.concat([FRAME] * 3, ignore_index=True)


def stepped(store: OmegaStore) -> pd.DataFrame:
    frame = FRAME.set_index(pd.RangeIndex(100, 80, -2, name="n"))
    store.put(frame, "n")
    return frame


def labelled(store: OmegaStore) -> pd.DataFrame:
    frame = FRAME.set_index(["text", "integer"])
    store.put(frame, "n")
    return frame


def empty(store: OmegaStore) -> pd.DataFrame:
    store.put(FRAME.iloc[:0], "n")
    return FRAME.iloc[:0]


@pytest.mark.parametrize("make", [plain, appended, continued, stepped, labelled, empty])
def test_a_dask_frame_reads_the_same_rows_by_partitions(
    store: OmegaStore, make: Callable[[OmegaStore], pd.DataFrame]
) -> None:
    want = make(store)
    got = store.get("n", as_="dask", chunksize=4)
    if len(want):
        assert got.npartitions >= len(want) / 4
    pd.testing.assert_frame_equal(got.compute(scheduler="synchronous"), want, check_freq=False)
    some = store.get("n", as_="dask", chunksize=4, columns=["number"], number__gt=1)
    peer = want.loc[want["number"] > 1, ["number"]]
    pd.testing.assert_frame_equal(some.compute(scheduler="synchronous"), peer, check_freq=False)
    pd.testing.assert_frame_equal(some._meta, peer.iloc[:0], check_index_type=False)


def test_partitions_are_pickled_without_credentials_and_read_elsewhere(store: OmegaStore, store_url: str) -> None:
    meta = store.put(FRAME, "n")
    secret = OmegaStore(store_url.replace("mongodb://", "mongodb://user:hunter2@"), bucket=store.bucket)
    context = secret.storage.stored({"payload": meta.payload, "kind_meta": meta.kind_meta})
    data = pickle.dumps(Reader(context.rows, meta.kind_meta, RowsGetOptions()))
    assert b"hunter2" not in data
    lazy = store.get("n", as_="dask", chunksize=3)
    again = pickle.loads(pickle.dumps(lazy))
    assert again.compute(scheduler="synchronous")["integer"].tolist() == list(range(10))
