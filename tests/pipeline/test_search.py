"""Cross-validation and searches for parameters, whose candidates run on the runtime."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import loguniform
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.tree import DecisionTreeRegressor

from omegastore import pipeline, preprocessors
from omegastore.pipeline import Pipeline, Place, Population, cross_validation
from omegastore.pipeline.hyperopt import GridSearch, Hyperopts, RandomSearch
from tests.pipeline.conftest import ROLES, loans

LOSS = {"numerical": ["amount"], "target": ["loss"]}


def test_cross_validation_gives_the_scores_of_scikit_learn_and_stores_nothing(
    project: Place, train: Population
) -> None:
    found = cross_validation(Pipeline(predictors=[Ridge()]), Population("train", LOSS), folds=4, seed=3)
    frame = loans()
    folds = KFold(4, shuffle=True, random_state=3)
    expected = cross_val_score(Ridge(), frame[["amount"]], frame["loss"], cv=folds, scoring="r2")
    assert [each.rsquared for each in found] == pytest.approx(list(expected))
    assert found.mean("rsquared") == pytest.approx(expected.mean())
    assert pipeline.list_pipelines() == []
    with pytest.raises(ValueError, match="folds=1"):
        cross_validation(Pipeline(predictors=[Ridge()]), train, folds=1)


def test_a_grid_search_finds_the_best_and_keeps_it_with_all_that_was_tried(
    project: Place, train: Population, test: Population
) -> None:
    pipe = Pipeline(predictors=[DecisionTreeRegressor(random_state=0)])
    search = GridSearch({"predictors": [{"max_depth": [1, 4], "min_samples_leaf": [1, 5]}]}, pipe, score="rmse")
    best = search.fit(Population("train", LOSS), Population("test", LOSS))
    assert len(search.evaluations) == 4
    assert search.best.value == min(each.value for each in search.evaluations)
    assert best.score(Population("test", LOSS)).rmse == pytest.approx(search.best.value)
    assert pipeline.list_pipelines() == [best.id]
    kept = Hyperopts()[search.id]
    assert (kept["type"], kept["score"], kept["pipeline"]) == ("GridSearch", "rmse", best.id)
    assert [each["value"] for each in kept["evaluations"]] == [each.value for each in search.evaluations]
    Hyperopts().delete(search.id)
    assert len(Hyperopts()) == 0


def test_a_random_search_draws_from_distributions_and_the_same_seed_draws_the_same(
    project: Place, train: Population
) -> None:
    pipe = Pipeline(preprocessors=[preprocessors.Imputation()], predictors=[LogisticRegression()])
    space = {"predictors": [{"C": loguniform(0.01, 100)}]}
    search = RandomSearch(space, pipe, score="auc", n_iter=3, seed=5, folds=2)
    best = search.fit(Population("train", ROLES))
    assert best.parameters["predictors"][0]["parameters"]["C"] == search.best.parameters["predictors.0.C"]
    assert search.best.value == max(each.value for each in search.evaluations)
    assert RandomSearch(space, pipe, "auc", 3, 5).candidates() == search.candidates()


def test_a_space_that_the_pipeline_does_not_have_is_refused() -> None:
    pipe = Pipeline(predictors=[RandomForestRegressor()])
    spaces: list[tuple[dict[str, list[dict[str, Any]]], str]] = [
        ({"nothing": [{}]}, "no 'nothing'"),
        ({"predictors": [{"depth": [1]}]}, "depth"),
        ({"predictors": [{}, {}]}, "1 predictors, not 2"),
    ]
    for space, message in spaces:
        with pytest.raises(ValueError, match=message):
            GridSearch(space, pipe)
    with pytest.raises(ValueError, match="no score 'best'"):
        GridSearch({}, pipe, score="best")
