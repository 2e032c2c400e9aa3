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
from omegastore.pipeline.model import Model, copied
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
        "targets": list(model.targets_),
        "schema": described,
        "scores": [score],
        "curves": curves,
        "features": list(model.features_),
        "importances": model.importances_.T.tolist(),
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
        part: [
            {"class": type(each).__name__, "parameters": {name: _plain(value) for name, value in _own(each).items()}}
            for each in getattr(model, part)
        ]
        for part in ("preprocessors", "transformers", "selectors", "predictors")
    }


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


def _measured(model: Model, population: Population, X: pd.DataFrame, y: pd.DataFrame) -> tuple[Any, Any]:
    values, curves = measure(model, X, y)
    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it
    return Score(now, population.name, len(X), values).to_document(), curves
