"""Faults that stores of this kind are known for do not return; each is a test of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pymongo import MongoClient
from sklearn.linear_model import LinearRegression

from omegastore import OmegaStore
from omegastore.errors import InvalidOption, UnsupportedValue
from tests.conftest import Image
from tests.mdataframe.lazy_frames import Pulled

FRAME = pd.DataFrame({"a": range(6), "b": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "c": list("xyzxyz")})


def test_a_replacement_that_is_refused_leaves_the_old_object(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    with pytest.raises(UnsupportedValue):
        store.put(pd.DataFrame({"a": [object()]}), "frame", append=False)
    pd.testing.assert_frame_equal(store.get("frame"), FRAME)


def test_a_reader_sees_the_old_or_the_new_object_while_it_is_replaced(store: OmegaStore) -> None:
    frames = [FRAME, FRAME.assign(a=FRAME.a + 100)]
    store.put(frames[0], "frame")
    is_done = threading.Event()

    def read() -> set[tuple[int, ...]]:
        seen: set[tuple[int, ...]] = set()
        while not is_done.is_set():
            seen.add(tuple(store.get("frame").a))
        return seen

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for number in range(20):
            store.put(frames[number % 2], "frame", append=False)
        is_done.set()
    assert reading.result() <= {tuple(frame.a) for frame in frames}


def test_two_appenders_lose_no_rows(store: OmegaStore) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: store.put(FRAME.assign(a=number), "frame", append=True), range(6)))
    assert store.get("frame").a.value_counts().to_dict() == dict.fromkeys(range(6), 6)
    meta: Any = store.metadata("frame")
    rows = store.mongodb[meta.payload["rows"]["collection"]]
    assert len(rows.distinct("_id")) == 36


def test_alternatives_of_masks_are_alternatives(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    lazy = store.getl("frame")
    assert lazy[((lazy.a > 0) & (lazy.a < 2)) | (lazy.c == "z")].value.a.tolist() == [1, 2, 5]


def test_two_spans_both_hold(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    assert store.get("frame", a__between=(1, 4), b__between=(1, 3)).a.tolist() == [1, 2]


def test_two_conditions_on_a_column_both_hold(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    assert store.get("frame", a__gt=1, a__lt=4).a.tolist() == [2, 3]


def test_a_grouped_frame_has_each_row_once(store: OmegaStore) -> None:
    store.put(FRAME, "frame", groupby=["c"])
    assert sorted(store.get("frame").a) == list(range(6))


def test_a_series_with_an_int_as_name_keeps_its_values(store: OmegaStore) -> None:
    series = pd.Series([1.5, 2.5], name=7)
    store.put(series, "series")
    pd.testing.assert_series_equal(store.get("series"), series)


def test_columns_of_the_same_and_of_odd_labels_stay(store: OmegaStore) -> None:
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", "_id", "a.b", "a_b"])
    store.put(frame, "frame")
    pd.testing.assert_frame_equal(store.get("frame"), frame)


def test_a_filtered_read_of_regular_dates_invents_no_rows(store: OmegaStore) -> None:
    frame = pd.DataFrame({"a": range(4)}, index=pd.date_range("2024-01-01", periods=4, freq="D"))
    store.put(frame, "frame")
    pd.testing.assert_frame_equal(store.get("frame", a__in=[0, 3]), frame.iloc[[0, 3]], check_freq=False)


def test_lazy_reads_keep_time_zones(store: OmegaStore) -> None:
    frame = pd.DataFrame({"t": pd.date_range("2024-03-30 22:00", periods=3, freq="h", tz="Europe/Berlin")})
    store.put(frame, "frame")
    assert store.getl("frame").value.t.dtype == frame.t.dtype
    pd.testing.assert_frame_equal(store.getl("frame").tail(2).value, frame.tail(2))


def test_the_last_rows_are_read_lazily(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    pd.testing.assert_frame_equal(store.getl("frame").tail(2).value, FRAME.tail(2))


def test_the_first_no_rows_are_none(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    pd.testing.assert_frame_equal(store.getl("frame").head(0).value, FRAME.head(0))


def test_the_length_of_a_lazy_frame_pulls_no_row_and_its_chunks_skip_none(store_url: str) -> None:
    pulled = Pulled()
    with MongoClient[dict[str, Any]](store_url, event_listeners=[pulled]) as client:
        store = OmegaStore(client)
        store.put(FRAME, "frame")
        lazy = store.getl("frame")
        pulled.clear()
        assert len(lazy.query(a__gt=1)) == 4
        assert pulled.documents == 1
        assert [len(chunk) for chunk in lazy.iterchunks(4)] == [4, 2]
        assert not any(command.get("skip") for command in pulled.sent)


def test_nothing_of_an_object_stays_after_drop(store: OmegaStore, image: Callable[[], Image]) -> None:
    for _ in range(3):
        store.put(np.arange(10), "thing")
        store.put(FRAME, "thing", append=False)
        store.put(LinearRegression(), "thing")
    assert store.drop("thing")
    assert not store.exists("thing", hidden=True)
    store.gc(grace=0)  # readers that have begun may go on for a while
    stored = {name for name, documents in image().items() if documents}
    assert stored <= {"omegaml.metadata"}  # which number the next version of the name has
    assert not any("datastore" in name for name in store.mongodb.list_collection_names())


def test_no_temporary_file_stays(store: OmegaStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(3 << 20))
    things = {"array": np.arange(400_000), "model": LinearRegression(), "file": file}
    for name, thing in things.items():
        store.put(thing, name)
    store.put(FRAME, "hdf", kind="pandas.hdf")
    for name in ("array", "model", "hdf"):
        store.get(name)
    store.drop("*")
    assert list(Path(store.tmppath).rglob("*")) == []


def test_an_object_with_parentheses_in_its_name_exists(store: OmegaStore) -> None:
    store.put([1], "foo(1)")
    assert store.exists("foo(1)")


def test_dropping_a_pattern_drops_what_it_matches_alone(store: OmegaStore) -> None:
    for name in ("a.b1", "a.b2", "axb"):
        store.put([1], name)
    store.drop("a.b*")
    assert store.list() == ["axb"]


def test_an_unknown_option_is_refused_by_name(store: OmegaStore) -> None:
    with pytest.raises(InvalidOption, match="indx"):
        store.put(FRAME, "frame", indx=["a"])
    assert store.list() == []


def test_scalars_of_numpy_are_values_of_filters(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    assert store.get("frame", a=np.int64(3)).a.tolist() == [3]
    assert store.get("frame", b__lt=np.float32(2)).a.tolist() == [0]


def test_times_of_metadata_are_in_utc_and_say_so(store: OmegaStore) -> None:
    before = pd.Timestamp.now("UTC")
    meta: Any = store.put([1], "thing")
    assert meta.created.utcoffset().total_seconds() == 0
    assert before - pd.Timedelta(1, "s") <= pd.Timestamp(meta.created) <= pd.Timestamp.now("UTC")


def test_the_options_of_a_url_reach_the_driver() -> None:
    store = OmegaStore("mongodb://one,two/db?appName=mine&retryWrites=false&connect=false&maxPoolSize=7&replicaSet=r")
    options = store.mongodb.client.options
    assert (options.pool_options.max_pool_size, options.retry_writes, options.replica_set_name) == (7, False, "r")
    assert options.pool_options.appname == "mine"


def test_a_large_put_needs_no_authentication_and_changes_nothing_of_the_callers(store: OmegaStore) -> None:
    frame = pd.DataFrame({"a": np.arange(30_000), "b": "x"}, index=pd.RangeIndex(5, 30_005, name="k"))
    copy = frame.copy()
    store.put(frame, "frame")
    pd.testing.assert_frame_equal(frame, copy)
    pd.testing.assert_frame_equal(store.get("frame"), copy)


def test_a_put_starts_no_process(store: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("a process pool was started")

    monkeypatch.setattr(ProcessPoolExecutor, "__init__", refuse)
    monkeypatch.setattr("multiprocessing.pool.Pool.__init__", refuse)
    monkeypatch.setattr("subprocess.Popen.__init__", refuse)
    store.put(FRAME, "frame")
    assert len(store.get("frame")) == 6


def test_a_model_is_stored_once(store: OmegaStore, image: Callable[[], Image]) -> None:
    model = LinearRegression().fit(np.arange(100_000.0).reshape(50, 2000), np.arange(50))
    size = len(model.coef_.tobytes())
    store.put(model, "model")
    stored = sum(len(each["data"]) for name, chunks in image().items() if name.endswith("chunks") for each in chunks)
    inline = sum(len(str(each)) for name, found in image().items() if "metadata" in name for each in found)
    assert stored + inline < 2 * size
    np.testing.assert_array_equal(store.get("model").coef_, model.coef_)
