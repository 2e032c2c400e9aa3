"""Every built-in backend passes the conformance kit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from omegastore.backends.dfgroup import GroupBackend
from omegastore.backends.documents import FrameBackend, SeriesBackend
from omegastore.backends.estimator import EstimatorBackend
from omegastore.backends.hdf import HdfBackend
from omegastore.backends.ndarray import NdarrayBackend
from omegastore.backends.pydata import PyDataBackend
from omegastore.backends.pyhdf import PyHdfBackend
from omegastore.backends.pyobject import PyObjectBackend
from omegastore.backends.rawfile import RawFileBackend
from omegastore.backends.reference import ReferenceBackend
from omegastore.backends.skops import SkopsBackend
from omegastore.store import OmegaStore
from omegastore.testing import BackendTests
from omegastore.testing.frame_identity import assert_identical


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.flag,)


class Refused:
    """Something that no backend keeps."""


def identical(left: Any, right: Any) -> bool:
    """Return whether two frames or series are identical."""
    try:
        assert_identical(right, left)
    except AssertionError:
        return False
    return True


def frame(seed: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": ["a", "b", "a"],
            "number": [seed, -1, 2**62],
            "float": [seed / 3, float("nan"), -0.0],
            "at": pd.DatetimeIndex(["2020-01-01 00:00:00.000000001", "NaT", "1900-05-06 00:00:00"]),
        },
        index=pd.Index([3, 1, 2], name="row"),
    )


class FrameTests(BackendTests[pd.DataFrame]):
    def make(self, seed: int) -> pd.DataFrame:
        return frame(seed)

    def same(self, left: pd.DataFrame, right: pd.DataFrame) -> bool:
        return identical(left, right)


class TestFrames(FrameTests):
    backend = FrameBackend
    put_options = {"chunksize": 2}  # noqa: RUF012

    def appended(self, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([first, second])

    def refused(self) -> list[object]:
        return [Refused(), pd.DataFrame({"a": [Refused()]})]


class TestSeries(BackendTests["pd.Series[Any]"]):
    backend = SeriesBackend
    put_options = {"chunksize": 2}  # noqa: RUF012

    def make(self, seed: int) -> pd.Series[Any]:
        made: pd.Series[Any] = pd.Series([float(seed), None, 0.5], index=["a", "a", "b"], name=("two", "labels"))
        return made

    def same(self, left: pd.Series[Any], right: pd.Series[Any]) -> bool:
        return identical(left, right)

    def appended(self, first: pd.Series[Any], second: pd.Series[Any]) -> pd.Series[Any]:
        joined: pd.Series[Any] = pd.concat([first, second])
        return joined


class TestGroups(FrameTests):
    backend = GroupBackend
    put_options = {"groupby": "key"}  # noqa: RUF012


class TestFramesInHdf(FrameTests):
    backend = HdfBackend
    by_kind_only = True

    def refused(self) -> list[object]:
        return [Refused(), [1], pd.DataFrame({"a": [Refused()]})]


class TestSeriesInHdf(BackendTests["pd.Series[Any]"]):
    backend = HdfBackend
    by_kind_only = True

    def make(self, seed: int) -> pd.Series[Any]:
        return pd.Series([seed, 2, 3], name="numbers", dtype="int16")

    def same(self, left: pd.Series[Any], right: pd.Series[Any]) -> bool:
        return identical(left, right)


class TestArrays(BackendTests[Any]):
    backend = NdarrayBackend

    def make(self, seed: int) -> Any:
        return np.asfortranarray(np.arange(600, dtype=">f4").reshape(20, 30) + seed)

    def same(self, left: Any, right: Any) -> bool:
        alike = type(left) is type(right) and left.dtype.str == right.dtype.str and left.flags == right.flags
        return bool(alike and left.shape == right.shape and left.tobytes() == right.tobytes())


class TestArraysOfObjects(BackendTests[Any]):
    backend = NdarrayBackend
    needs_trust = True

    def make(self, seed: int) -> Any:
        return np.array([{"a": seed}, None, (1, "2")], object)

    def same(self, left: Any, right: Any) -> bool:
        return bool(left.dtype == right.dtype and repr(left.tolist()) == repr(right.tolist()))

    def trap(self, flag: Path) -> Any:
        return np.array([Trap(flag)], object)


class TestData(BackendTests[Any]):
    backend = PyDataBackend

    def make(self, seed: int) -> Any:
        return {"seed": seed, "_id": (1, {2.5}), "when": dt.date(2020, 1, 2), "a.b": [None, {"$c": b"1"}]}

    def same(self, left: Any, right: Any) -> bool:
        return repr(left) == repr(right)

    def returned(self, obj: Any) -> Any:
        return [obj]

    def appended(self, first: Any, second: Any) -> Any:
        return [first, second]

    def refused(self) -> list[object]:
        return [Refused(), "text", {"a": Refused()}]


class TestObjects(BackendTests[Any]):
    backend = PyObjectBackend

    def make(self, seed: int) -> Any:
        return frozenset({seed, (seed, "text"), 2.5, None, 2**80})

    def same(self, left: Any, right: Any) -> bool:
        return type(left) is type(right) and {(type(each), each) for each in left} == {
            (type(each), each) for each in right
        }


class TestDataInHdf(BackendTests[Any]):
    backend = PyHdfBackend
    by_kind_only = True

    def make(self, seed: int) -> Any:
        return {"a": [seed, 2, 3], "b": ["x", "y", "z"]}

    def same(self, left: Any, right: Any) -> bool:
        return repr(left) == repr(right)

    def refused(self) -> list[object]:
        return [Refused(), {1, 2}, [Refused()]]


class EstimatorTests(BackendTests[Any]):
    def make(self, seed: int) -> Any:
        x = np.arange(20.0).reshape(10, 2) ** 2
        return LinearRegression(positive=bool(seed % 2)).fit(x, x @ [seed, 1] + seed)

    def same(self, left: Any, right: Any) -> bool:
        alike = type(left) is type(right) and left.get_params() == right.get_params()
        return bool(alike and left.coef_.tobytes() == right.coef_.tobytes() and left.intercept_ == right.intercept_)

    def trap(self, flag: Path) -> Any:
        trap: Any = LinearRegression()
        trap.trap_ = Trap(flag)
        return trap


class TestEstimators(EstimatorTests):
    backend = EstimatorBackend


class TestEstimatorsWithoutPickle(EstimatorTests):
    backend = SkopsBackend
    by_kind_only = True


class TestFiles(BackendTests[Any]):
    backend = RawFileBackend

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    def make(self, seed: int) -> Any:
        path = self._folder / f"file {seed}"
        path.write_bytes(b"a,b\r\n%d,2\0" % seed * 1000)
        return path

    def same(self, left: Any, right: Any) -> bool:
        contents = [each.read_bytes() if isinstance(each, Path) else each.read() for each in (left, right)]
        return bool(contents[0] == contents[1])

    def refused(self) -> list[object]:
        return [Refused(), self._folder / "missing"]


class TestReferences(BackendTests[Any]):
    backend = ReferenceBackend
    has_payload = False

    @pytest.fixture(autouse=True)
    def database(self, store: OmegaStore) -> None:
        self._database = store.mongodb

    def make(self, seed: int) -> Any:
        collection = self._database[f"theirs {seed}"]
        collection.replace_one({"_id": 1}, {"_id": 1, "a": seed, "b": "text"}, upsert=True)
        return collection

    def returned(self, obj: Any) -> Any:
        return pd.DataFrame(list(obj.find()))

    def same(self, left: Any, right: Any) -> bool:
        if isinstance(left, pd.DataFrame):
            return identical(left, right)
        return bool(left == right)


def test_every_built_in_kind_is_tested_here(store: OmegaStore) -> None:
    tested = {each.backend.kind for each in globals().values() if _is_suite(each)}
    assert tested == {spec.kind for spec in store.storage.registry}


def _is_suite(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, BackendTests) and hasattr(thing, "backend")
