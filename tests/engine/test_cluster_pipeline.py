"""Pipelines on a Dask cluster: the same numbers as on this machine, and nothing left of a fit that fails."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from omegastore import OmegaStore, preprocessors
from omegastore.engine.runtime import Runtime
from omegastore.errors import InvalidSetting, WorkTimeout
from omegastore.pipeline import Pipeline, Pipelines, Place, Population, cross_validation
from omegastore.pipeline import place as places
from tests.pipeline.conftest import ROLES, loans
from tests.pipeline.test_pipeline import Endless

Cluster = tuple[str, list[subprocess.Popen[bytes]]]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def test_fit_and_predict_on_a_cluster_give_the_numbers_of_this_machine(
    cluster: Cluster, runtime: Runtime, network_store: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    network_store.put(loans(), "train")
    train, found = Population("train", ROLES), list[tuple[object, ...]]()
    forest = RandomForestClassifier(10, random_state=0)
    with Runtime(cluster[0]) as remote:
        for where in (runtime, remote):
            monkeypatch.setattr(places, "_current", lambda where=where: Place(network_store, where))
            pipe = Pipeline([preprocessors.Imputation(), preprocessors.Seasonal()], predictors=[forest]).fit(train)
            validation = cross_validation(pipe, train, folds=3)
            found.append((pipe.predict_proba(train), pipe.auc, pipe.features.importances(), validation.mean("auc")))
        np.testing.assert_array_equal(found[0][0], found[1][0])
        assert found[0][1:] == found[1][1:]
        assert len(Pipelines()) == 2
        with pytest.raises(WorkTimeout):
            Pipeline([preprocessors.Imputation()], predictors=[Endless(C=1.0)]).fit(train, timeout=1)
        assert len(Pipelines()) == 2
        assert len(network_store.list(include_temp=True, hidden=True)) == 3


def test_a_cluster_cannot_fit_what_stands_behind_a_private_socket(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "%2F" not in store.storage.connection.address:
        pytest.skip("the server of this run is on the network")
    place = Place(store, Runtime("tcp://127.0.0.1:1"))
    monkeypatch.setattr(places, "_current", lambda: place)
    with pytest.raises(InvalidSetting, match="private socket"):
        Pipeline(predictors=[LogisticRegression()]).fit(Population("train", ROLES))
    assert store.list() == []
