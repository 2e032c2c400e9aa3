"""Kind ``sklearn.joblib`` in a real store."""

from __future__ import annotations

import platform
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from pymongo.database import Database
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from omegastore import OmegaStore
from omegastore.errors import UnsupportedObject, UntrustedError

X, Y = load_iris(return_X_y=True)


def test_a_fitted_pipeline_comes_back_and_predicts_the_same(store: OmegaStore) -> None:
    put = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    meta = store.put(put, "model")
    assert meta.kind == "sklearn.joblib"
    assert meta.kind_meta["class"] == "sklearn.pipeline.Pipeline"
    got = store.get("model")
    assert type(got) is type(put)
    assert got.predict_proba(X).tolist() == put.predict_proba(X).tolist()


def test_an_estimator_that_is_not_fitted_comes_back_with_its_parameters(store: OmegaStore) -> None:
    store.put(RandomForestClassifier(7, max_depth=3), "model")
    assert store.get("model").get_params() == RandomForestClassifier(7, max_depth=3).get_params()


def test_metadata_records_the_versions(store: OmegaStore) -> None:
    versions = store.put(LogisticRegression(), "model").kind_meta["versions"]
    assert versions["sklearn"] == sklearn.__version__
    assert versions["joblib"] == joblib.__version__
    assert versions["python"] == platform.python_version()
    assert {"numpy", "scipy"} < set(versions)


def test_the_stored_file_is_one_that_joblib_loads(store: OmegaStore, tmp_path: Path) -> None:
    store.put(LogisticRegression(C=3), "model")
    meta = store.metadata("model")
    assert meta is not None
    path = tmp_path / "model"
    path.write_bytes(meta.gridfile.read())
    assert joblib.load(path).C == 3


class Duck:
    """Looks like an estimator without being one of scikit-learn's."""

    def __init__(self, size: int = 0) -> None:
        self.size = size

    def fit(self, X: Any) -> Duck:
        return self

    def get_params(self) -> dict[str, Any]:
        return {"size": self.size}


class Fits:
    """Has fit alone."""

    def fit(self, X: Any) -> Fits:
        return self


def test_what_looks_like_an_estimator_is_kept(store: OmegaStore) -> None:
    assert store.put(Duck(5), "duck").kind == "sklearn.joblib"
    got = store.get("duck")
    assert type(got) is Duck
    assert got.size == 5


@pytest.mark.parametrize("refused", [LogisticRegression, Fits(), Duck], ids=["class", "fit alone", "duck's class"])
@pytest.mark.parametrize("kind", [None, "sklearn.joblib"])
def test_classes_and_what_only_fits_are_refused(refused: Any, kind: str | None, store: OmegaStore) -> None:
    with pytest.raises(UnsupportedObject):
        store.put(refused, "model", kind=kind)
    assert not store.exists("model")


def test_an_estimator_that_cannot_be_pickled_leaves_the_old_one(store: OmegaStore) -> None:
    store.put(LogisticRegression(C=3), "model")
    with pytest.raises(UnsupportedObject, match="lambda"):
        store.put(make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression()), "model")
    assert store.get("model").C == 3


def test_a_large_model_comes_back(store: OmegaStore) -> None:
    put = LogisticRegression()
    put.coef_ = np.random.default_rng(0).random((2000, 1500))
    meta = store.put(put, "model")
    assert meta.kind_meta["size"] > 16 << 20
    assert (store.get("model").coef_ == put.coef_).all()


@pytest.mark.parametrize(("stored", "warns"), [("0.24.2", True), (None, False)])
def test_another_major_version_of_scikit_learn_warns_with_both(
    stored: str | None, warns: bool, store: OmegaStore, omegastore_database: Database[dict[str, Any]]
) -> None:
    store.put(LogisticRegression(), "model")
    if stored:
        for name in omegastore_database.list_collection_names():
            omegastore_database[name].update_one({"name": "model"}, {"$set": {"kind_meta.versions.sklearn": stored}})
        with pytest.warns(UserWarning, match=rf"0\.24\.2.*{sklearn.__version__}"):
            store.get("model")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            store.get("model")


def test_a_model_signed_by_somebody_else_is_not_loaded(store: OmegaStore, store_url: str) -> None:
    store.put(LogisticRegression(), "model")
    with pytest.raises(UntrustedError):
        OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": "another key"}).get("model")
