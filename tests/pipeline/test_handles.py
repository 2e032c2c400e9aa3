"""Pipelines over handles of a project: frames, views and containers, whose rows the workers read by themselves."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import omegastore as om
from omegastore.engine.runtime import Runtime
from omegastore.errors import SchemaMismatch
from tests.pipeline.conftest import ROLES, loans

PAYMENTS = pd.DataFrame({"id": np.arange(400) % 200, "paid": np.arange(400) / 7})
PAYMENTS["when"] = pd.Timestamp("2023-12-01") + pd.to_timedelta(np.arange(400), "D").as_unit("us")
ASKED: dict[str, Any] = {"n": "count", "paid": ("paid", "sum")}


@pytest.fixture
def frame(store_url: str, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return loans as a frame of a project."""
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    monkeypatch.setattr(om.engine.session.launched(), "runtime", runtime)
    om.set_project("loans")
    rows = loans().assign(part=["train", "test"] * 100)
    yield om.DataFrame.from_pandas(rows, name="loans", roles=ROLES)
    om.engine.shutdown()


def baseline(**changes: Any) -> om.Pipeline:
    return om.Pipeline([om.preprocessors.Imputation()], predictors=[LogisticRegression()], **changes)


def test_views_of_a_frame_are_fitted_on_scored_and_predicted(frame: Any) -> None:
    train, test = frame[frame.part == "train"], frame[frame.part == "test"]
    assert len(pickle.dumps(train)) < 20_000
    pipe = baseline().fit(train)
    score = pipe.score(test)
    rows = loans().assign(part=["train", "test"] * 100)
    local = baseline().fit(pd_with_roles(rows[rows["part"] == "train"]))
    np.testing.assert_array_equal(pipe.predict(test), local.predict(pd_with_roles(rows[rows["part"] == "test"])))
    assert score.auc == pytest.approx(local.score(pd_with_roles(rows[rows["part"] == "test"])).auc)
    assert score.rows == 100


def test_another_process_predicts_by_the_handles_that_it_finds(frame: Any, store_url: str) -> None:
    pipe = baseline(tags=["baseline"]).fit(frame[frame.part == "train"])
    code = (
        f"import omegastore as om; om.engine.launch({store_url!r}); om.set_project('loans')\n"
        "frame = om.data.load_data_frame('loans')\n"
        "best = om.project.pipelines.sort(key=lambda each: each.auc, descending=True)[0]\n"
        "best.tags = ['seen']\n"
        "print(best.predict(frame[frame.part == 'test']).sum())"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.stdout.split() == [str(pipe.predict(frame[frame.part == "test"]).sum())], done.stderr
    assert pipe.refresh().tags == ["seen"]


def pd_with_roles(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.copy()
    rows.attrs["roles"] = ROLES
    return rows


def test_a_pipeline_with_a_data_model_joins_the_tables_of_a_container_itself(frame: Any) -> None:
    payments = om.DataFrame.from_pandas(PAYMENTS, name="payments", roles={"join_key": ["id"], "time_stamp": ["when"]})
    model = om.data.DataModel("loans").add(payments=payments)
    bounds: dict[str, Any] = {"time_stamps": ("at", "when"), "memory": timedelta(days=90)}
    model.population.join(model.payments, "id", ASKED, **bounds)
    container = om.data.Container(frame, split="part").add(payments=payments)
    pipe = baseline(data_model=model).fit(container.train)
    model.population.join(model.payments, "id", {"later": "count"})  # the pipeline has its own
    assert {"n", "paid"} <= set(pipe.features.names)
    assert "later" not in pipe.features.names
    again = om.pipeline.load(pipe.id)
    assert repr(again.data_model) == repr(pipe.data_model)
    star = om.data.StarSchema(frame, split="part").join(payments, "id", ASKED, **bounds)
    joined = baseline().fit(star.train)
    np.testing.assert_array_equal(again.predict_proba(container.test), joined.predict_proba(star.test))
    assert again.score(container.test).population == "test"
    with pytest.raises(TypeError, match="subset of a container"):
        pipe.predict(frame)
    search = om.hyperopt.GridSearch({"predictors": [{"C": [0.1, 1.0]}]}, baseline(data_model=model), "auc", folds=2)
    assert search.fit(container.train).data_model is not None


def test_what_is_wrong_with_a_frame_is_told_by_the_name_of_the_column(frame: Any) -> None:
    pipe = baseline().fit(frame)
    with pytest.raises(SchemaMismatch, match="'city'"):
        pipe.predict(frame.drop(["city"]))
    holes = loans().assign(default=pd.array([None, *[1, 0] * 99, 1], dtype="Int64"))
    roles = {role: names for role, names in ROLES.items() if role != "target"}
    broken = om.DataFrame.from_pandas(holes, name="broken", roles=roles)
    with pytest.raises(ValueError, match="'default' is missing in 1"):
        broken.set_role("default", om.data.roles.target)
    with pytest.raises(ValueError, match="role 'target'"):
        baseline().fit(broken)
    with pytest.raises(OSError, match="nothing"):
        om.pipeline.load("nothing")
    assert om.pipeline.list_pipelines() == [pipe.id]
