"""Kind ``pandas.hdf`` in a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.errors import InvalidOption, UnsupportedObject, UnsupportedValue, UntrustedError

FRAME = pd.DataFrame(
    {"number": [1.5, 2.5, None], "text": ["a", "b", "c"], "time": pd.date_range("2020", periods=3, tz="UTC")},
    index=pd.date_range("2021", periods=3, freq="D"),
)


def test_a_frame_and_a_series_come_back_identical(store: OmegaStore) -> None:
    meta = store.put(FRAME, "frame", kind="pandas.hdf")
    assert (meta.kind, meta.kind_meta["pandas"]) == ("pandas.hdf", pd.__version__)
    pd.testing.assert_frame_equal(store.get("frame"), FRAME, check_exact=True, check_freq=True)
    store.put(FRAME["text"], "series", kind="pandas.hdf")
    pd.testing.assert_series_equal(store.get("series"), FRAME["text"], check_exact=True, check_freq=True)


def test_the_table_format_keeps_categories(store: OmegaStore) -> None:
    put = pd.DataFrame({"a": pd.Categorical(["x", "y"])})
    store.put(put, "frame", kind="pandas.hdf", format="table")
    pd.testing.assert_frame_equal(store.get("frame"), put)


def test_the_stored_file_is_one_that_pandas_reads(store: OmegaStore, tmp_path: Path) -> None:
    store.put(FRAME, "frame", kind="pandas.hdf")
    meta = store.metadata("frame")
    assert meta is not None
    path = tmp_path / "frame.h5"
    path.write_bytes(meta.gridfile.read())
    got: Any = pd.read_hdf(path, "data")
    assert got["text"].tolist() == ["a", "b", "c"]


def test_what_hdf_cannot_hold_is_refused_by_column_and_the_old_frame_stays(store: OmegaStore) -> None:
    store.put(FRAME, "frame", kind="pandas.hdf")
    refused = pd.DataFrame({"ok": [1, 2], "bad": pd.array([1, None], "Int64")})
    with pytest.raises(UnsupportedValue, match=r"column 'bad'.*document form"):
        store.put(refused, "frame", kind="pandas.hdf")
    pd.testing.assert_frame_equal(store.get("frame"), FRAME, check_freq=True)


class Own(pd.DataFrame):
    """A frame with a class of its own."""


@pytest.mark.parametrize("refused", [Own({"a": [1]}), {"a": [1]}, [1]], ids=["subclass", "dict", "list"])
def test_what_is_no_frame_is_refused(refused: Any, store: OmegaStore) -> None:
    with pytest.raises(UnsupportedObject, match="neither a DataFrame nor a Series"):
        store.put(refused, "frame", kind="pandas.hdf")


def test_an_unknown_format_is_refused(store: OmegaStore) -> None:
    with pytest.raises(InvalidOption, match="'fixed' or 'table'"):
        store.put(FRAME, "frame", kind="pandas.hdf", format="parquet")


def test_a_frame_of_pandas_3_is_refused_under_pandas_2(store: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pd, "__version__", "3.0.1")
        store.put(FRAME, "frame", kind="pandas.hdf")
    with monkeypatch.context() as patch:
        patch.setattr(pd, "__version__", "2.3.3")
        with pytest.raises(UnsupportedObject, match=r"3\.0\.1.*2\.3\.3.*document form"):
            store.get("frame")
        store.put(FRAME, "old", kind="pandas.hdf")
    pd.testing.assert_frame_equal(store.get("old"), FRAME, check_freq=True)


def test_a_file_signed_by_somebody_else_is_not_opened(store: OmegaStore, store_url: str) -> None:
    store.put(FRAME, "frame", kind="pandas.hdf")
    with pytest.raises(UntrustedError):
        OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": "another key"}).get("frame")


def test_the_callers_frame_is_unchanged(store: OmegaStore) -> None:
    put = FRAME.copy(deep=True)
    store.put(put, "frame", kind="pandas.hdf")
    pd.testing.assert_frame_equal(put, FRAME, check_freq=True)
