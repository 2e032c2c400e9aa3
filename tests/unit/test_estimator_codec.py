"""Estimators as joblib files compressed by zstd."""

from __future__ import annotations

import io
from typing import Any

import joblib
import numpy as np
import pytest
import zstandard
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from omegastore.codecs.estimator import dump, load
from omegastore.codecs.probe import looks_like_estimator, looks_like_file


def dumped(obj: object) -> io.BytesIO:
    file = io.BytesIO()
    dump(obj, file)
    file.seek(0)
    return file


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


def test_arrays_larger_than_joblibs_buffer_come_back() -> None:
    put = {
        "a": np.random.default_rng(0).random((3000, 1000)),
        "b": np.arange(5),
        "c": np.asfortranarray([[1, 2], [3, 4]]),
    }
    got = load(dumped(put))
    assert all(np.array_equal(got[name], put[name]) for name in put)
    assert got["c"].flags.f_contiguous


def test_the_file_stays_open_at_its_end() -> None:
    file = io.BytesIO(b"before")
    file.seek(6)
    dump([1, 2], file)
    assert file.tell() == len(file.getvalue())
    assert file.getvalue().startswith(b"before")


def test_a_damaged_file_is_not_read_as_something_else() -> None:
    content = dumped(np.arange(100_000)).getvalue()
    with pytest.raises((zstandard.ZstdError, EOFError, ValueError, OSError)):
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
