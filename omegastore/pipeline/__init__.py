"""Pipelines: preprocessors and predictors that are fitted as one and kept by the project.

`Pipeline` makes one; `load`, `list_pipelines`, `exists` and `delete` find those of the project that is set.
"""

from __future__ import annotations

from omegastore.pipeline.container import Pipelines
from omegastore.pipeline.features import Columns, Features
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.history import Scores
from omegastore.pipeline.issues import Issue
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.population import Population
from omegastore.pipeline.record import Record
from omegastore.pipeline.scores import Score
from omegastore.pipeline.validation import Validation, cross_validation

__all__ = [
    "Columns",
    "Features",
    "Issue",
    "Pipeline",
    "Pipelines",
    "Place",
    "Population",
    "Score",
    "Scores",
    "Validation",
    "cross_validation",
    "delete",
    "exists",
    "list_pipelines",
    "load",
]


def load(name: str) -> Pipeline:
    """Return the handle of a pipeline of the project that is set.

    Raises
    ------
    OSError
        When there is no such pipeline.
    """
    return Pipeline.of(Record(current(), name))


def list_pipelines() -> list[str]:
    """Return the ids of the pipelines of the project that is set, the oldest first."""
    return Pipelines().ids


def exists(name: str) -> bool:
    """Return whether the project that is set has a pipeline."""
    return name in list_pipelines()


def delete(name: str) -> None:
    """Delete a pipeline of the project that is set; silent where there is none."""
    Record(current(), name).delete()
