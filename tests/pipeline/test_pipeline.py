"""Pipelines: fitted by a worker, kept by the project, never in the handle."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from omegastore import pipeline, preprocessors
from omegastore.errors import Aborted, MissingExtra, SchemaMismatch, WorkerDied, WorkTimeout
from omegastore.pipeline import Pipeline, Pipelines, Place, Population, cross_validation
from tests.pipeline.conftest import ROLES, loans


def baseline(**changes: Any) -> Pipeline:
    given = dict[str, Any](preprocessors=[preprocessors.Imputation()], tags=["baseline"])
    given["predictors"] = [LogisticRegression()]
    return Pipeline(**(given | changes))


class Refusing(LogisticRegression):  # type: ignore[misc]  # sklearn has no types
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise ArithmeticError("it cannot be fitted")


class Dying(LogisticRegression):  # type: ignore[misc]  # sklearn has no types
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)


class Endless(LogisticRegression):  # type: ignore[misc]  # sklearn has no types
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        import time

        time.sleep(60)


def test_a_pipeline_is_fitted_scored_found_again_and_predicts(
    project: Place, train: Population, test: Population
) -> None:
    pipe = baseline().fit(train)
    score = pipe.score(test)
    again = pipeline.load(pipe.id)
    predicted, probability = again.predict(test), again.predict_proba(test)
    truth = loans(80, seed=8)["default"]
    assert score.auc == pytest.approx(roc_auc_score(truth, probability[:, 1]))
    assert score.accuracy == pytest.approx((predicted == truth).mean())
    assert score.auc > 0.9
    assert [each.population for each in again.scores] == ["train", "test"]
    assert again.auc == score.auc
    assert again.scores.auc == score.auc
    assert [each.rows for each in again.scores.sort(descending=True)] == [80, 200]
    assert again.scores.filter(lambda each: each.population == "test")[0] == score
    assert len(again.scores[1:]) == 1
    table = again.scores.to_pandas()
    assert table["population"].tolist() == ["train", "test"]
    assert table["auc"].tolist() == [each.auc for each in again.scores]
    assert "<td>test</td>" in again.scores._repr_html_()
    assert f"<th>id</th><td>{again.id}</td>" in again._repr_html_()
    assert "Pipeline(" in baseline()._repr_html_()
    assert again.scores[-1] == score
    assert (again.tags, again.targets, again.is_classification) == (["baseline"], ["default"], True)
    assert again.parameters["predictors"][0]["class"] == "LogisticRegression"


def test_the_numbers_are_those_of_scikit_learn(project: Place, train: Population, test: Population) -> None:
    roles = {"numerical": ["amount"], "target": ["loss"]}
    pipe = Pipeline(predictors=[LinearRegression()]).fit(Population("train", roles))
    known, new = loans(), loans(80, seed=8)
    expected = LinearRegression().fit(known[["amount"]], known["loss"]).predict(new[["amount"]])
    np.testing.assert_array_equal(pipe.predict(Population("test", roles)), expected)
    score = pipe.score(Population("test", roles))
    assert score.rsquared == pytest.approx(r2_score(new["loss"], expected))
    assert score.mae == pytest.approx(mean_absolute_error(new["loss"], expected))
    assert score.auc is None
    assert pipe.is_regression


def test_several_predictors_are_averaged_and_several_targets_predicted_at_once(
    project: Place, train: Population, test: Population
) -> None:
    roles = {"numerical": ["amount"], "target": ["loss", "id"]}
    parts = [LinearRegression(), RandomForestRegressor(5, random_state=0)]
    pipe = Pipeline(predictors=parts).fit(Population("train", roles))
    found = pipe.predict(Population("test", roles))
    singles = [
        Pipeline(predictors=[each]).fit(Population("train", {**roles, "target": [target]}))
        for each in parts
        for target in roles["target"]
    ]
    columns = [each.predict(Population("test", roles)) for each in singles]
    np.testing.assert_allclose(found[:, 0], (columns[0] + columns[2]) / 2)
    np.testing.assert_allclose(found[:, 1], (columns[1] + columns[3]) / 2)
    assert len(pipe.scores[0].mae) == 2
    trees = [DecisionTreeClassifier(max_depth=2, random_state=0), LogisticRegression()]
    voted = baseline(predictors=trees).fit(train)
    assert set(voted.predict(test)) == {0, 1}
    np.testing.assert_array_equal(voted.predict(test), voted.predict_proba(test).argmax(axis=1))


def test_a_handle_holds_no_weights_and_the_client_reads_no_model(
    project: Place, train: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omegastore.backends.estimator import EstimatorBackend

    def refuse(*args: object) -> None:
        raise AssertionError("the client reads a model")

    monkeypatch.setattr(EstimatorBackend, "get", refuse)
    pipe = baseline(predictors=[LogisticRegression().fit([[0.0], [1.0]], [0, 1])]).fit(train)
    pickled = pickle.dumps(pipe)
    assert b"coef_" not in pickled
    assert len(pickled) < 20_000
    again = pickle.loads(pickled)
    assert (again.id, again.tags) == (pipe.id, ["baseline"])
    np.testing.assert_array_equal(again.predict(train), pipe.predict(train))
    assert pipe.score(train).auc > 0.9
    assert len(pipe.transform(train)) == 200
    assert pipeline.load(pipe.id).fit(train).id != pipe.id


class Telling(LogisticRegression):  # type: ignore[misc]  # sklearn has no types
    """Notes in a file which processes unpickle it once it is fitted."""

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self.path = path

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "coef_"):
            with Path(self.path).open("a") as file:
                file.write(f"{os.getpid()}\n")


def test_workers_unpickle_what_was_fitted_and_the_client_never_does(
    project: Place, train: Population, test: Population, tmp_path: Path
) -> None:
    path = tmp_path / "processes"
    pipe = baseline(predictors=[Telling(str(path))]).fit(train)
    pipe.score(test)
    pipeline.load(pipe.id).predict(test)
    assert pipe.id in repr(Pipelines())
    pickle.loads(pickle.dumps(pipe)).refresh().transform(test)
    cross_validation(pipe, train, folds=2)
    found = set(path.read_text().split())
    assert found
    assert str(os.getpid()) not in found


def test_each_fit_makes_a_new_pipeline_and_all_of_them_stay(project: Place, train: Population) -> None:
    pipe = baseline()
    ids = [pipe.fit(train).id for _ in range(3)]
    assert pipeline.list_pipelines() == ids
    assert len(set(ids)) == 3
    assert pipeline.exists(ids[0])
    pipeline.delete(ids[0])
    pipeline.delete(ids[0])
    assert not pipeline.exists(ids[0])
    with pytest.raises(OSError, match=ids[0]):
        pipeline.load(ids[0])
    pipe.delete()
    assert Pipelines().ids == [ids[1]]


def test_tags_are_saved_at_once_by_two_who_change_the_same_pipeline(project: Place, train: Population) -> None:
    pipe = baseline().fit(train)
    other = pipeline.load(pipe.id)
    other.deploy()
    pipe.tags = ["first", "second"]
    assert pipeline.load(pipe.id).tags == ["first", "second"]
    assert pipe.is_deployed
    assert other.tags == ["baseline"]
    assert other.refresh().tags == ["first", "second"]
    with pytest.raises(TypeError, match="tags"):
        pipe.tags = "first"


def test_a_pipeline_that_is_not_fitted_says_so(project: Place, train: Population) -> None:
    uses: list[Any] = [lambda each: each.predict(train), lambda each: each.score(train), lambda each: each.id]
    for use in uses:
        with pytest.raises(ValueError, match="not fitted"):
            use(baseline())


def test_without_a_project_nothing_is_done() -> None:
    with pytest.raises(ConnectionRefusedError, match="launch"):
        baseline().fit(Population("train", ROLES))
    with pytest.raises(ConnectionRefusedError):
        pipeline.list_pipelines()


@pytest.mark.parametrize(
    ("predictor", "error"), [(Refusing(), ArithmeticError), (Dying(), WorkerDied), (Endless(), WorkTimeout)]
)
def test_a_fit_that_fails_leaves_no_pipeline_and_no_file(
    project: Place, train: Population, image: Any, predictor: Any, error: type[Exception]
) -> None:
    project.store.storage.catalog.identity()
    project.runtime.run(pow, 2, 3)
    before = {name: rows for name, rows in image().items() if rows}
    pipe = baseline(predictors=[predictor])
    with pytest.raises(error):
        pipe.fit(train, timeout=5 if error is WorkTimeout else None)
    assert {name: rows for name, rows in image().items() if rows} == before
    assert not pipe.is_fitted


def test_a_fit_that_is_interrupted_leaves_no_pipeline_and_no_file(
    project: Place, train: Population, image: Any
) -> None:
    project.store.storage.catalog.identity()
    project.runtime.run(pow, 2, 3)
    before = {name: rows for name, rows in image().items() if rows}
    timer = threading.Timer(3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        baseline(predictors=[Endless()]).fit(train)
    timer.join()
    assert {name: rows for name, rows in image().items() if rows} == before
    assert baseline().fit(train).is_fitted


def test_a_fit_whose_lease_was_taken_cannot_commit(project: Place, train: Population) -> None:
    from omegastore.pipeline import work
    from omegastore.reservation import Reservation

    with Reservation(project.store.storage, "pipelines/late", work.KIND) as ticket:
        order = work.Order(baseline().order, [], ticket)
    with pytest.raises(Aborted):
        project.runtime.run(work.fit, project.store, order, train)
    assert pipeline.list_pipelines() == []


def test_rows_that_do_not_fit_are_refused_by_the_name_of_the_column(project: Place, train: Population) -> None:
    pipe = baseline().fit(train)
    wrong = loans(10)
    project.store.put(wrong.drop(columns="city"), "short")
    project.store.put(wrong.assign(amount="much"), "text")
    with pytest.raises(SchemaMismatch, match=r"'city'.*missing"):
        pipe.predict(Population("short", {}))
    with pytest.raises(SchemaMismatch, match=r"'amount' holds 'text'"):
        pipe.score(Population("text", {}))
    with pytest.raises(SchemaMismatch, match=r"'city'.*'numerical'"):
        baseline().fit(Population("train", {"numerical": ["city"], "target": ["default"]}))
    assert [each["name"] for each in pipe.metadata] == ["amount", "duration", "city", "at"]


def test_check_tells_what_speaks_against_a_fit(project: Place, train: Population) -> None:
    assert baseline().check(train) == []
    project.store.put(loans().assign(amount=1.0, default=pd.array([None, *[1] * 199], dtype="Int64")), "bad")
    found = [str(each) for each in baseline().check(Population("bad", ROLES))]
    assert [each.split(":")[0] for each in found] == ["error", "warning"]
    assert "'default' is missing in 1 of 200" in found[0]
    with pytest.raises(ValueError, match="'default' is missing"):
        baseline().fit(Population("bad", ROLES))
    with pytest.raises(ValueError, match="no predictor"):
        Pipeline().fit(train)
    with pytest.raises(ValueError, match="role 'target'"):
        baseline().fit(Population("train", {"numerical": ["amount"]}))


def test_pandas_frames_with_roles_in_their_attrs_will_do(project: Place) -> None:
    frame = loans()
    frame.attrs["roles"] = ROLES
    pipe = baseline().fit(frame)
    assert pipe.predict(frame).shape == (200,)
    with pytest.raises(TypeError, match="roles"):
        pipe.predict(loans())
    with pytest.raises(ValueError, match="two roles"):
        Population("train", {"numerical": ["a"], "target": ["a"]})
    with pytest.raises(ValueError, match="nothing"):
        Population("train", {"nothing": ["a"]})


def test_features_have_names_and_importances(project: Place, train: Population) -> None:
    steps = {"preprocessors": [preprocessors.Imputation(), preprocessors.Seasonal()]}
    pipe = baseline(
        **steps, feature_learners=[StandardScaler()], feature_selectors=[SelectKBest(f_classif, k=3)]
    ).fit(train)
    names, importances = pipe.features.importances()
    assert {"city=Rome", "city=Bari", "amount", "at_month"} <= set(names)
    assert sum(importances) == pytest.approx(1)
    assert sum(each > 0 for each in importances) == 3
    assert names[0] == "amount"
    assert pipe.features["amount"].importances[0] == importances[0]
    made = pipe.transform(train)
    assert list(made.columns) == pipe.features.names
    told, correlations = pipe.features.correlations()
    expected = np.corrcoef(made.to_numpy().T, loans()["default"])[-1, :-1]
    np.testing.assert_allclose(correlations, expected)
    assert told == pipe.features.names
    assert pipe.features.filter(lambda each: each.name.startswith("city")).names == [
        "city=Bari",
        "city=Pisa",
        "city=Rome",
    ]
    columns = pipe.columns
    assert sorted(columns.names) == ["amount", "at", "city", "duration"]
    assert columns["city"].importances[0] == sum(each.importances[0] for each in pipe.features if "=" in each.name)
    assert columns["at"].importances[0] == pipe.features["at_month"].importances[0] + sum(
        each.importances[0] for each in pipe.features if each.name in ("at_weekday", "at_year")
    )
    assert "correlation with default" in pipe.features.to_pandas()
    assert "correlation with default" not in columns.to_pandas()
    assert made["amount"].mean() == pytest.approx(0, abs=1e-9)


def test_curves_are_those_of_scikit_learn(project: Place, train: Population, monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.metrics import auc, roc_curve

    pipe = baseline().fit(train)
    truth, probability = loans()["default"], pipe.predict_proba(train)[:, 1]
    false, true, _ = roc_curve(truth, probability)
    np.testing.assert_allclose(pipe.plots.roc_curve(), (false, true))
    assert auc(*pipe.plots.roc_curve()) == pytest.approx(pipe.auc)
    share, lift = pipe.plots.lift_curve()
    assert (share[-1], lift[-1]) == (1.0, 1.0)
    assert lift[0] == pytest.approx(1 / truth.mean())
    recall, precision = pipe.plots.precision_recall_curve()
    assert (recall[0], recall[-1], precision[0]) == (0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="target_num=1"):
        pipe.plots.roc_curve(1)
    drawing = MagicMock()
    monkeypatch.setitem(sys.modules, "matplotlib", drawing)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", drawing.figure)
    assert pipe.plots.figure("lift") is drawing.figure.Figure.return_value
    axes = drawing.figure.Figure.return_value.subplots.return_value
    np.testing.assert_array_equal(axes.plot.call_args.args, pipe.plots.lift_curve())
    assert axes.set.call_args.kwargs["ylabel"] == "lift"
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match="matplotlib"):
        pipe.plots.figure("lift")


def test_the_container_sorts_filters_and_finds(project: Place, train: Population, test: Population) -> None:
    tuned = baseline(tags=["tuned"]).fit(train)
    weak = baseline(predictors=[DecisionTreeClassifier(max_depth=1)], tags=["<weak>"]).fit(train)
    for pipe in (tuned, weak):
        pipe.score(test)
    every = Pipelines()
    best = every.sort(key=lambda each: each.auc, descending=True)
    assert best.ids == sorted([tuned.id, weak.id], key=lambda id: -every[id].auc)
    assert every.filter(lambda each: "tuned" in each.tags).ids == [tuned.id]
    assert (every[0].id, every[-1].id, every[1:].ids) == (tuned.id, weak.id, [weak.id])
    assert tuned.id in every
    assert len(every) == 2
    assert tuned.id in repr(every)
    assert "&lt;weak&gt;" in every._repr_html_()
    with pytest.raises(KeyError, match="unknown"):
        every["unknown"]
    weak.delete()
    assert len(every) == 1


def test_large_results_go_through_the_store_and_do_not_stay(
    project: Place, train: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = baseline().fit(train)
    rows = 600_000
    frame = pd.DataFrame({"amount": np.arange(rows) / rows, "duration": 1, "city": "Rome", "at": pd.Timestamp(0)})
    frame.attrs["roles"] = {}
    seen: list[str] = []
    get = project.store.get

    def noting(name: str) -> Any:
        seen.append(name)
        return get(name)

    monkeypatch.setattr(project.store, "get", noting)
    found = pipe.predict(frame)
    assert found.shape == (rows,)
    assert found.dtype == np.int64
    assert [name.split("/")[0] for name in seen] == ["_results"]
    assert project.store.list("_results/*", include_temp=True) == []
