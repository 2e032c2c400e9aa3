"""Validation: scores of a pipeline on rows that it was not fitted on, fold by fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from omegastore.pipeline import work
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.scores import Score


class Validation:
    """The scores of the folds; each score is also the mean over them.

    Parameters
    ----------
    scores : sequence of Score
        Of the folds.
    """

    def __init__(self, scores: Sequence[Score]) -> None:
        self.scores = list(scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def mean(self, score: str) -> Any:
        """Return the mean of a score such as ``"auc"``; of several targets, a list."""
        found = [each.values[score] for each in self.scores]
        means = [sum(each) / len(found) for each in zip(*found, strict=True)]
        return means[0] if len(means) == 1 else means

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.mean(name)!r}" for name in self.scores[0].values)
        return f"<Validation {shown}, {len(self)} folds>"


def cross_validation(
    pipeline: Pipeline, population_table: Any, folds: int = 5, seed: int = 0, timeout: float | None = None
) -> Validation:
    """Fit a pipeline on all folds but one and score it on that one, for each of them.

    The folds run on the runtime, side by side where it has several workers. Nothing is stored and the pipeline is not
    changed.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted or not.
    population_table : frame, view or Population
        The rows.
    folds : int
        How many; of a classification each has the classes in the same shares.
    seed : int
        Which rows are in which fold.
    timeout : float, optional
        Seconds that it may take.
    """
    if folds < 2:
        raise ValueError(f"folds={folds}: at least 2")
    place, rows = pipeline.place, pipeline.population(population_table)
    asked: list[Sequence[Any]] = [
        (place.store, pipeline.order, {}, rows, work.Fold(at, folds, seed)) for at in range(folds)
    ]
    found = place.runtime.map(work.attempt, asked, timeout=timeout, label="cross-validation")
    return Validation([Score.from_document(each) for each in found])
