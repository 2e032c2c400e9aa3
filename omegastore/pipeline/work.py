"""Work: what a worker does for a pipeline: it reads rows and model by itself, and puts the model by a ticket."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from omegastore.engine.delivery import Delivered, deliver
from omegastore.errors import DoesNotExist
from omegastore.pipeline import schema
from omegastore.pipeline.issues import Issue, issues
from omegastore.pipeline.model import PARTS, Model, copied
from omegastore.pipeline.population import TARGET, Population
from omegastore.pipeline.scores import Score, measure

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.reservation import Ticket
    from omegastore.store import OmegaStore

KIND = "sklearn.joblib"
FOLDER = "pipelines/"
"""Pipelines are the objects of the project's store whose names begin so."""


def new_id() -> str:
    """Return an id that no pipeline has."""
    return secrets.token_hex(6)


@dataclass(frozen=True)
class Order:
    """A fit that is asked for."""

    model: Any
    """What is to be fitted, or the id of the pipeline whose parameters are used again."""
    tags: Sequence[str]
    ticket: Ticket
    data_model: Mapping[str, Any] | None = None
    """How the tables were joined, as a document; it is kept with the pipeline."""


def fit(store: OmegaStore, order: Order, training: Population) -> dict[str, Any]:
    """Fit a model, score the training set, store both as one object, and return the pipeline's document."""
    model: Model = copied(load(store, order.model) if isinstance(order.model, str) else order.model)
    X, y, described = _read(store, training)
    found = [each for each in issues(training, X, y, model) if each.is_error]
    if found:
        raise ValueError("; ".join(each.message for each in found))
    model.fit(X, y)
    score, curves = _measured(model, training, X, y)
    document = {
        "model": parameters(model),
        "tags": list(order.tags),
        "data_model": order.data_model,
        "targets": list(model.targets_),
        "schema": described,
        "scores": [score],
        "curves": curves,
        "features": list(model.features_),
        "importances": model.importances_.T.tolist(),
        "correlations": model.correlations_.T.tolist(),
        "is_classifier": model.is_classifier,
        "deployed": False,
    }
    order.ticket.redeem(store.storage, (store, store), model, {"pipeline": document})
    return document


def check(store: OmegaStore, model: Any, population: Population) -> list[Issue]:
    """Return what speaks against a fit."""
    X, y, _ = _read(store, population)
    return issues(population, X, y, load(store, model) if isinstance(model, str) else model)


def score(store: OmegaStore, id: str, described: Sequence[Mapping[str, str]], population: Population) -> Any:
    """Return the document of the scores and the curves."""
    model = load(store, id)
    frame = population.read(store)
    schema.check(described, frame)
    missing = [name for name in model.targets_ if name not in frame.columns]
    if missing:
        raise ValueError(f"the targets {missing} are not there to be compared; there are {list(frame.columns)}")
    return _measured(model, population, frame[[each["name"] for each in described]], frame[model.targets_])


def apply(
    store: OmegaStore,
    id: str,
    method: str,
    described: Sequence[Mapping[str, str]],
    population: Population,
    ticket: Ticket,
) -> Delivered:
    """Return what the model's `method` makes of the rows."""
    model, frame = load(store, id), population.read(store)
    schema.check(described, frame)
    return deliver(store, ticket, getattr(model, method)(frame[[each["name"] for each in described]]))


def attempt(
    store: OmegaStore,
    model: Any,
    changes: Mapping[str, Any],
    training: Population,
    tested: Population | Fold,
) -> dict[str, Any]:
    """Fit a model with other parameters, score it on other rows, and return the document of the score.

    Nothing is stored.

    Parameters
    ----------
    store : OmegaStore
        Of the project.
    model : Model or str
        Not fitted, or the id of a pipeline.
    changes : mapping
        Parameters by ``part.number.name``, such as ``"predictors.0.C"``.
    training : Population
        What to fit on.
    tested : Population or Fold
        What to score on; of a fold, the rows that are left out are scored and the others fitted on.
    """
    made: Model = copied(load(store, model) if isinstance(model, str) else model)
    set_parameters(made, changes)
    X, y, described = _read(store, training)
    found = [each for each in issues(training, X, y, made) if each.is_error]
    if found:
        raise ValueError("; ".join(each.message for each in found))
    if isinstance(tested, Fold):
        inside, outside = tested.split(made, X, y)
        made.fit(X.iloc[inside], y.iloc[inside])
        return _measured(made, training, X.iloc[outside], y.iloc[outside])[0]
    made.fit(X, y)
    frame = tested.read(store)
    schema.check(described, frame)
    return _measured(made, tested, frame[list(X.columns)], frame[list(y.columns)])[0]


@dataclass(frozen=True)
class Fold:
    """One part of rows that were shuffled; of classes, each fold has as many of each."""

    number: int
    of: int
    seed: int

    def split(self, model: Model, X: pd.DataFrame, y: pd.DataFrame) -> tuple[Any, Any]:
        """Return the positions of the rows to fit on, and of those to score."""
        from sklearn.model_selection import KFold, StratifiedKFold

        stratified = model.is_classifier and y.shape[1] == 1
        folds: Any = (StratifiedKFold if stratified else KFold)(self.of, shuffle=True, random_state=self.seed)
        found: list[tuple[Any, Any]] = list(folds.split(X, y.iloc[:, 0]))
        return found[self.number]


def load(store: OmegaStore, id: str) -> Model:
    """Return the model of a pipeline; in workers only.

    Raises
    ------
    OSError
        When there is no such pipeline.
    """
    try:
        model: Model = store.get(FOLDER + id)
    except DoesNotExist as error:
        raise OSError(f"there is no pipeline {id!r} in project {store.bucket!r}") from error
    return model


def parameters(model: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the hyperparameters of a model as plain values."""
    return {
        part: [{"class": type(each).__name__, "parameters": plain(_own(each))} for each in getattr(model, part)]
        for part in PARTS
    }


def set_parameters(model: Any, changes: Mapping[str, Any]) -> None:
    """Set parameters of a model that is not fitted, by ``part.number.name``."""
    for path, value in changes.items():
        part, number, name = path.split(".", 2)
        getattr(model, part)[int(number)].set_params(**{name: value})


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as MongoDB holds them: those that it does not know as text."""
    return {name: _plain(value) for name, value in values.items()}


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Return tags as a list.

    Raises
    ------
    TypeError
        When they are not texts.
    """
    if isinstance(tags, str) or not all(isinstance(each, str) for each in tags):
        raise TypeError(f"tags={tags!r} is not a list of texts")
    return list(tags)


def _own(estimator: Any) -> dict[str, Any]:
    found: dict[str, Any] = estimator.get_params(deep=False)
    return found


def _plain(value: Any) -> Any:
    is_plain = value is None or isinstance(value, (bool, float, str))
    return value if is_plain or (isinstance(value, int) and -(2**63) <= value < 2**63) else repr(value)


def _read(store: OmegaStore, population: Population) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, str]]]:
    frame = population.read(store)
    described = schema.describe(frame, population.roles)
    return frame[[each["name"] for each in described]], frame[list(population.roles.get(TARGET, ()))], described


def _measured(
    model: Model, population: Population, X: pd.DataFrame, y: pd.DataFrame
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    values, curves = measure(model, X, y)
    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it
    return Score(now, population.name, len(X), values).to_document(), curves
