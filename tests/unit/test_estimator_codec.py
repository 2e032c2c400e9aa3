"""Estimators as pickles compressed by zstd, which joblib loads too."""

from __future__ import annotations

import io
import pickle
from typing import Any

import joblib
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from omegastore.codecs.estimator import LARGE, compressed, dump, load
from omegastore.codecs.probe import looks_like_estimator, looks_like_file


def dumped(obj: object) -> io.BytesIO:
    return io.BytesIO(b"".join(compressed(dump(obj))))


def test_a_fitted_pipeline_comes_back_with_its_predictions() -> None:
    X, y = load_iris(return_X_y=True)
    put = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(X, y)
    got = load(dumped(put))
    assert repr(got) == repr(put)
    assert got.predict_proba(X).tolist() == put.predict_proba(X).tolist()


def test_the_file_is_a_zstd_file_that_joblib_opens_by_itself(tmp_path: Any) -> None:
    path = tmp_path / "model.joblib"
    path.write_bytes(dumped(LogisticRegression(C=3)).getvalue())
    assert path.read_bytes().startswith(zstandard.FRAME_HEADER)
    assert joblib.load(path).C == 3


def test_it_is_no_larger_than_joblibs_own_compression() -> None:
    X, y = make_classification(2000, random_state=0)
    forest = RandomForestClassifier(20, random_state=0).fit(X, y)
    own = io.BytesIO()
    joblib.dump(forest, own, compress=True)
    assert len(dumped(forest).getvalue()) <= len(own.getvalue())


def test_arrays_come_back_in_their_order_whether_they_are_large_small_or_parts_of_others() -> None:
    large = np.random.default_rng(0).random((2 * LARGE // 8000, 1000))
    put: dict[str, Any] = {
        "large": large, "part": large[::2, ::3], "fortran": np.asfortranarray(large[:300]), "small": np.arange(5),
        "read only": np.broadcast_to(large[0], (3, 1000)), "records": np.zeros(9000, "i1,f8"), "text": "x" * 100_000,
        "objects": np.array([None, "a"]), "bytes": b"x" * 100_000, "changing": bytearray(b"x" * 100_000),
    }  # fmt: skip
    for got in (load(dumped(put)), joblib.load(dumped(put))):
        assert all(np.array_equal(got[name], put[name]) for name in put)
        assert got["fortran"].flags.f_contiguous
        assert all(type(got[name]) is type(put[name]) for name in put)


def test_large_arrays_are_not_copied_before_they_are_compressed() -> None:
    array = np.random.default_rng(0).random(100_000)
    assert any(np.shares_memory(np.frombuffer(piece, np.uint8), array) for piece in dump({"a": array}))


@given(st.recursive(st.one_of(st.integers(), st.text(), st.binary(), st.floats(allow_nan=False)), st.lists))
def test_whatever_can_be_pickled_is_what_pickle_makes_of_it(put: object) -> None:
    assert load(dumped(put)) == joblib.load(dumped(put)) == pickle.loads(pickle.dumps(put))


def test_a_damaged_file_is_not_read_as_something_else() -> None:
    content = dumped(np.arange(100_000)).getvalue()
    with pytest.raises((zstandard.ZstdError, EOFError, pickle.UnpicklingError)):
        load(io.BytesIO(content[: len(content) // 2]))


class Duck:
    """Looks like an estimator without being one of scikit-learn's."""

    def fit(self, X: Any) -> Duck:
        return self

    def get_params(self) -> dict[str, Any]:
        return {}


class Fits:
    """Has fit alone."""

    def fit(self, X: Any) -> Fits:
        return self


class Answers:
    """Has every attribute that it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


def test_estimators_are_told_by_the_methods_of_their_class() -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [1]})
    assert all(map(looks_like_estimator, [LogisticRegression(), make_pipeline(StandardScaler()), search, Duck()]))
    assert not any(map(looks_like_estimator, [LogisticRegression, Duck, Fits(), Answers(), "fit", 1, None, [Duck()]]))


def test_files_are_told_by_the_methods_of_their_class() -> None:
    assert looks_like_file(io.BytesIO())
    assert looks_like_file(io.StringIO())
    assert not any(map(looks_like_file, [io.BytesIO, Answers(), b"read", iter([b"a"])]))
