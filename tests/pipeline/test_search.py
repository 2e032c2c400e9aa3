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
from omegastore.pipeline import Pipeline, Place, Population, cross_validation, hyperopt
from omegastore.pipeline.hyperopt import GridSearch, RandomSearch
from omegastore.pipeline.searches import Hyperopts
from tests.pipeline.conftest import ROLES, loans

SIMPLE = {"numerical": ["amount"], "target": ["default"]}
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
    kept = hyperopt.load_hyperopt(search.id)
    assert (kept.type, kept.score, kept.best_pipeline.id) == ("GridSearch", "rmse", best.id)
    assert kept.evaluations == search.evaluations
    assert kept.best == search.best
    table = kept.to_pandas()
    assert table["rmse"].tolist() == sorted(each.value for each in search.evaluations)
    assert table.loc[0, "predictors.0.max_depth"] == search.best.parameters["predictors.0.max_depth"]
    assert search.id in repr(Hyperopts())
    assert hyperopt.list_hyperopts() == Hyperopts().filter(lambda each: each.score == "rmse").ids == [search.id]
    hyperopt.delete(search.id)
    hyperopt.delete(search.id)
    assert not hyperopt.exists(search.id)
    assert pipeline.exists(best.id)
    with pytest.raises(OSError, match=search.id):
        hyperopt.load_hyperopt(search.id)


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


def test_what_cannot_be_searched_for_is_refused_before_anything_is_fitted(project: Place, train: Population) -> None:
    pipe = Pipeline(predictors=[LogisticRegression()])
    searches = {
        "has the scores": GridSearch({}, pipe, score="rmse"),
        "no candidates": RandomSearch({"predictors": [{"C": [1.0]}]}, pipe, score="auc", n_iter=0),
        "was loaded": GridSearch({}, pipeline.load(pipe.fit(Population("train", SIMPLE)).id), score="auc"),
    }
    for message, search in searches.items():
        with pytest.raises(ValueError, match=message):
            search.fit(train)
    assert len(pipeline.list_pipelines()) == 1
