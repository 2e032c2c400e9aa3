"""Kinds pandas.dfrows and pandas.serows: frames as natural documents that come back identical."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from typing import Any

import dask.dataframe
import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest

from omegastore import OmegaStore
from omegastore.errors import (
    DoesNotExist,
    InvalidOption,
    SchemaMismatch,
    UnknownColumn,
    UnsupportedObject,
    UnsupportedValue,
)
from omegastore.query import Q
from omegastore.testing.frame_cases import CASES
from omegastore.testing.frame_identity import assert_identical


def sample() -> pd.DataFrame:
    """Return a frame of several dtypes, with labels that are not in order."""
    frame = pd.DataFrame(
        {
            "n": [3, 1, 2, 5],
            "f": [0.5, np.nan, -0.0, np.inf],
            "s": ["a", None, "b", "a"],
            "at": np.array(["2024-01-01T00:00:00.000000001", "2024-01-01", "NaT", "2023-01-01"], "M8[ns]"),
            "a.b": [1, 2, 3, 4],
            "tags": pd.Series([{"k": 1}, {"k": 2}, {}, {"k": 1}], dtype=object),
        }
    )
    return frame.set_axis(pd.Index(["w", "x", "y", "x"], name="key"))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with its labels as they are; what is selected by a condition is no range."""
    return frame.set_axis(pd.Index(frame.index.to_numpy()))


@pytest.mark.parametrize("name", CASES)
def test_a_frame_comes_back_identical_from_the_store(store: OmegaStore, name: str) -> None:
    frame = CASES[name]()
    meta = store.put(frame, "frame")
    assert meta.kind == ("pandas.serows" if isinstance(frame, pd.Series) else "pandas.dfrows")
    assert_identical(store.get("frame"), frame)
    assert_identical(frame, CASES[name]())


def test_rows_are_natural_documents(store: OmegaStore) -> None:
    store.put(sample(), "frame")
    row = store.collection("frame").find_one({"_idx#0_key": "w"})
    assert row is not None
    assert (row["n"], row["f"], row["s"], row["tags"]) == (3, 0.5, "a", {"k": 1})
    assert row["at"].replace(tzinfo=None) == dt.datetime(2024, 1, 1)


def test_conditions_select_what_a_mask_selects(store: OmegaStore) -> None:
    frame = sample()
    store.put(frame, "frame")
    assert_identical(store.get("frame", n__gte=2), frame[frame.n >= 2])
    assert_identical(store.get("frame", s="a", n__gt=3), frame[(frame.s == "a") & (frame.n > 3)])
    assert_identical(store.get("frame", key="x"), frame.loc[["x"]])
    assert_identical(store.get("frame", f__isnull=True), frame[frame.f.isna()])
    assert_identical(store.get("frame", filter={"a.b__in": np.array([1, 4])}), frame[frame["a.b"].isin([1, 4])])
    assert_identical(store.get("frame", tags__k=1), frame.iloc[[0, 3]])
    assert_identical(store.get("frame", q=Q(n=1) | Q(n=5)), frame[frame.n.isin([1, 5])])
    assert_identical(store.get("frame", n__gt=99), frame[frame.n > 99])
    assert_identical(store.get("frame", at__gt=pd.Timestamp("2024-01-01")), frame[frame["at"] > "2024-01-01"])
    assert_identical(store.get("frame", at=frame["at"].iloc[0]), frame.iloc[[0]])


def test_a_filtered_read_of_a_frame_with_freq_invents_no_rows(store: OmegaStore) -> None:
    frame = pd.DataFrame({"x": range(10)}, index=pd.date_range("2024", periods=10, freq="D"))
    store.put(frame, "frame")
    got = store.get("frame", x__in=[1, 5])
    assert list(got.index) == [frame.index[1], frame.index[5]]
    assert got.index.freq is None


def test_columns_come_in_the_order_that_is_asked_for(store: OmegaStore) -> None:
    frame = sample()
    store.put(frame, "frame")
    assert_identical(store.get("frame", columns=["s", "a.b", "n"]), frame[["s", "a.b", "n"]])
    assert_identical(store.get("frame", columns=["at"], n=3), frame.loc[frame.n == 3, ["at"]])
    assert_identical(store.get("frame[n,s]"), frame[["n", "s"]])
    assert_identical(store.get("frame", columns=["s"], is_series=True), frame["s"])
    assert_identical(store.get("frame", columns=[]), frame[[]])


@pytest.mark.parametrize(
    "options",
    [{"columns": ["nope"]}, {"nope": 1}, {"n__nope": 1}, {"columns": "n"}, {"is_series": True}, {"chunksize": 0}],
)
def test_what_cannot_be_read_is_refused(store: OmegaStore, options: dict[str, Any]) -> None:
    store.put(sample(), "frame")
    with pytest.raises((UnknownColumn, InvalidOption, ValueError)):
        store.get("frame", **options)


@pytest.mark.parametrize("chunksize", [1, 3, 4, 100])
def test_chunks_are_slices_of_the_frame(store: OmegaStore, chunksize: int) -> None:
    frame = pd.DataFrame({"x": np.arange(10)}, index=pd.RangeIndex(5, 25, 2))
    store.put(frame, "frame", chunksize=4)
    chunks = list(store.get("frame", chunksize=chunksize))
    assert [len(chunk) for chunk in chunks] == [min(chunksize, 10 - at) for at in range(0, 10, chunksize)]
    for number, chunk in enumerate(chunks):
        assert_identical(chunk, frame.iloc[number * chunksize : (number + 1) * chunksize])


def test_a_lazy_frame_reads_parts(store: OmegaStore) -> None:
    frame = pd.DataFrame({"x": np.arange(10), "y": list("abcdefghij")})
    store.put(frame, "frame")
    lazy = store.getl("frame")
    assert (list(lazy.columns), len(lazy), lazy.shape) == (["x", "y"], 10, (10, 2))
    assert_identical(lazy.value, frame)
    assert_identical(lazy.head(3).value, frame.head(3))
    assert_identical(lazy.rows(4, 8).value, frame.iloc[4:8])
    assert_identical(lazy.head(0).value, frame.head(0))
    expected = plain(frame.loc[(frame.x >= 4) & (frame.y < "g"), ["y"]])
    assert_identical(lazy.query(x__gte=4).query(y__lt="g")[["y"]].value, expected)
    assert len(lazy.query(x__lt=4)) == 4


def test_appended_rows_read_like_concat(store: OmegaStore) -> None:
    first, second = sample(), sample().assign(n=[0.5, 1, 2, 3], more=pd.Categorical(["p", "q", "p", None]))
    store.put(first, "frame")
    store.put(second, "frame", append=True)
    store.put(first, "frame", append=True)
    assert_identical(store.get("frame"), pd.concat([pd.concat([first, second]), first]))
    assert_identical(store.get("frame", n=0.5), second[second.n == 0.5].reindex(columns=second.columns))


def test_a_put_without_append_warns_and_appends(store: OmegaStore) -> None:
    store.put(sample(), "frame")
    with pytest.warns(UserWarning, match="append"):
        store.put(sample(), "frame")
    assert len(store.get("frame")) == 8
    store.put(sample(), "frame", append=False)
    assert_identical(store.get("frame"), sample())


def test_rows_that_do_not_fit_leave_the_stored_ones(store: OmegaStore) -> None:
    store.put(sample(), "frame")
    with pytest.raises(SchemaMismatch, match="'n'"):
        store.put(sample().assign(n=pd.Timestamp("2024")), "frame", append=True)
    assert_identical(store.get("frame"), sample())


class Odd:
    """Of no type that is kept."""


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": pd.Series([1, Odd()], dtype=object)}), r"column 'x', row 1.*Odd"),
        (pd.DataFrame({"a\0b": [1]}), "NUL"),
        (pd.DataFrame({"x": [1]}, index=pd.Index([1], name="a\0b")), "NUL"),
        (pd.DataFrame({"x": ["a" * 2**24, "b"], "y": 1}), "row 0 .*column 'x'"),
        (pd.DataFrame({"x": ["\ud800"]}, dtype=object), "surrogate"),
        (pd.DataFrame({"x": np.array([1.5], np.longdouble)}), "column 'x'.*float128"),
        (pd.Series([1], name=Odd()), "name"),
        (pd.DataFrame({"x": np.array([2**58], "M8[s]")}), "column 'x', row 0.*date"),
    ],
    ids=range(8),
)
def test_what_cannot_be_kept_is_refused_and_the_old_stays(store: OmegaStore, frame: Any, message: str) -> None:
    store.put(sample(), "frame")
    with pytest.raises(UnsupportedValue, match=message):
        store.put(frame, "frame", append=False)
    assert_identical(store.get("frame"), sample())


def test_a_subclass_of_dataframe_is_refused(store: OmegaStore) -> None:
    class Mine(pd.DataFrame):
        pass

    with pytest.raises(UnsupportedObject):
        store.put(Mine({"a": [1]}), "frame")
    with pytest.raises(DoesNotExist):
        store.get("frame")


def test_indexes_are_made_on_the_named_fields(store: OmegaStore) -> None:
    points = pd.Series([{"type": "Point", "coordinates": [8.5, 47.4]}, None], dtype=object)
    places = pd.DataFrame({"at": points, "n": [1, 2], "a.b": [3, 4]}).set_axis(pd.Index([1, 2], name="key"))
    store.put(places, "frame", index=["+n", "-a.b", "@at", "key"])
    keys = [index["key"] for index in store.collection("frame").list_indexes()]
    assert {"n": 1} in keys
    assert {"_idx#0_key": 1} in keys
    assert {"at": "2dsphere"} in keys
    assert [list(key.values()) for key in keys if str(next(iter(key))).startswith("_col#")] == [[-1]]
    assert_identical(store.get("frame", at__near=(8.5, 47.4)), places.iloc[[0]])
    assert_identical(store.get("frame"), places)


@pytest.mark.parametrize(
    ("index", "error"),
    [(["n", "+n"], InvalidOption), (["nope"], InvalidOption), ("n", InvalidOption), (["@n"], UnsupportedValue)],
)
def test_a_wrong_index_is_refused_before_anything_is_written(store: OmegaStore, index: Any, error: type) -> None:
    with pytest.raises(error):
        store.put(sample(), "frame", index=index)
    assert not store.exists("frame")


def test_a_timestamp_is_one_more_column_of_naive_utc(store: OmegaStore) -> None:
    frame = sample()
    moment = dt.datetime(2024, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    for name, option, column in [("a", True, "_created"), ("b", "when", "when")]:
        store.put(frame, name, timestamp=option)
        got = store.get(name)
        assert before <= got[column].iloc[0] <= dt.datetime.now(dt.UTC).replace(tzinfo=None)
        assert_identical(got.drop(columns=column), frame)
    store.put(frame, "c", timestamp=moment)
    assert set(store.get("c")["_created"]) == {pd.Timestamp("2024-05-06 05:00")}
    store.put(frame, "d", timestamp=("day", dt.datetime(2024, 1, 1)))
    assert set(store.get("d")["day"]) == {pd.Timestamp("2024-01-01")}
    assert_identical(frame, sample())
    for option in (5, "n", ("a", "b")):
        with pytest.raises(InvalidOption):
            store.put(frame, "e", timestamp=option)


def parts() -> Iterator[pd.DataFrame]:
    """Yield frames whose dtypes widen, with a RangeIndex that goes on."""
    for at in range(3):
        values: Any = [at, at + 1] if at < 2 else [0.5, None]
        yield pd.DataFrame({"x": values, "y": ["a", None]}, index=pd.RangeIndex(2 * at, 2 * at + 2))


def test_an_iterator_of_frames_reads_like_their_concat(store: OmegaStore) -> None:
    store.put(parts(), "frame", kind="pandas.dfrows")
    assert_identical(store.get("frame"), pd.concat(list(parts())))


def test_a_stream_that_breaks_leaves_the_old(store: OmegaStore) -> None:
    def broken() -> Iterator[pd.DataFrame]:
        yield from parts()
        yield pd.DataFrame({"x": ["text"]})

    store.put(sample(), "frame")
    with pytest.raises(SchemaMismatch, match="'x'"):
        store.put(broken(), "frame", kind="pandas.dfrows", append=False)
    with pytest.raises(UnsupportedObject, match="item 0"):
        store.put(iter([1]), "frame", kind="pandas.dfrows", append=False)
    with pytest.raises(UnsupportedValue, match="no frames"):
        store.put(iter([]), "frame", kind="pandas.dfrows", append=False)
    assert_identical(store.get("frame"), sample())


def table_of(frame: pd.DataFrame) -> Any:
    """Return a frame as an Arrow table."""
    make: Any = pa.Table.from_pandas
    return make(frame, preserve_index=False)


def test_a_polars_frame_comes_back_with_the_same_values(store: OmegaStore) -> None:
    frame = polars.DataFrame(
        {"n": [1, None, 2**62], "s": ["a", None, "ü"], "t": [dt.datetime(2024, 1, 1, 1, 2, 3, 4)] * 3,
         "l": [[1], [], None], "d": [{"a": 1, "b": "x"}] * 3, "day": [dt.date(2024, 1, 1)] * 3}
    )  # fmt: skip
    store.put(frame, "frame", kind="pandas.dfrows")
    got = store.get("frame")
    assert table_of(got).to_pylist() == frame.to_dicts()
    store.put(frame["n"], "series", kind="pandas.serows")
    assert store.get("series").tolist() == [1, pd.NA, 2**62]
    assert store.get("series").name == "n"


def test_arrow_tables_and_streams_are_kept(store: OmegaStore) -> None:
    table = pa.table({"x": [1, None], "y": ["a", "b"]})
    for name, source in [("table", table), ("stream", table.to_reader()), ("empty", table.slice(0, 0))]:
        store.put(source, name, kind="pandas.dfrows")
    for name, expected in [("table", table), ("stream", table), ("empty", table.slice(0, 0))]:
        assert table_of(store.get(name)).cast(table.schema).equals(expected)


def test_a_dask_frame_is_stored_by_partitions(store: OmegaStore) -> None:
    frame = pd.DataFrame({"x": range(6), "f": np.arange(6) / 4})
    parted = dask.dataframe.from_pandas(frame, npartitions=3)  # type: ignore[no-untyped-call]  # dask has no types
    store.put(parted, "frame", kind="pandas.dfrows")
    assert_identical(store.get("frame"), frame)


def test_a_large_frame_goes_in_runs(store: OmegaStore) -> None:
    frame = pd.DataFrame({"x": np.arange(50_001), "s": ["text"] * 50_001})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.put(frame, "frame")
    assert_identical(store.get("frame"), frame)
    assert_identical(store.get("frame", x__gte=49_999), plain(frame[frame.x >= 49_999]))


def test_long_cells_go_in_smaller_runs(store: OmegaStore) -> None:
    frame = pd.DataFrame({"x": ["a" * 3_000_000] * 12})
    store.put(frame, "frame")
    assert_identical(store.get("frame"), frame)
