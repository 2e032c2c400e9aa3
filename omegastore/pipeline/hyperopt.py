"""Searches for hyperparameters: candidates are fitted and scored on the runtime, the best becomes a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn.model_selection import ParameterGrid, ParameterSampler

from omegastore.pipeline import work
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.model import PARTS
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.scores import CLASSIFICATION, HIGHER, REGRESSION, Score
from omegastore.pipeline.validation import Validation

FOLDER = "hyperopts/"
"""Searches are the objects of the project's store whose names begin so."""
Space = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Evaluation:
    """What one candidate has reached."""

    parameters: Mapping[str, Any]
    """Other parameters than the pipeline's, by ``part.number.name``."""
    value: float
    """The score; the mean of folds and targets."""


class Search:
    """Tries parameters of a pipeline.

    Parameters
    ----------
    param_space : mapping
        For each part of the pipeline, a list with a dict for each estimator: the values of its parameters.
    pipeline : Pipeline
        Whose other parameters stay.
    score : str
        What is best: ``"auc"``, ``"accuracy"``, ``"cross_entropy"``, ``"mae"``, ``"rmse"``, ``"rsquared"``.
    n_iter : int
        How many candidates a random search tries.
    seed : int
        Which ones, and which rows are in which fold.
    folds : int
        Of the cross-validation, where there are no rows to validate on.
    """

    type: ClassVar[str]

    def __init__(
        self,
        param_space: Space,
        pipeline: Pipeline,
        score: str = "rmse",
        n_iter: int = 20,
        seed: int = 0,
        folds: int = 5,
    ) -> None:
        if score not in (*CLASSIFICATION, *REGRESSION):
            raise ValueError(f"no score {score!r} among {[*CLASSIFICATION, *REGRESSION]}")
        self.space = flat(param_space, pipeline)
        self.pipeline, self.score, self.n_iter = pipeline, score, n_iter
        self.seed, self.folds = seed, folds
        self.evaluations: list[Evaluation] = []
        self.best_pipeline: Pipeline | None = None
        self.id = ""

    def candidates(self) -> list[dict[str, Any]]:
        """Return the parameters that are tried."""
        raise NotImplementedError

    def fit(
        self, population_table_training: Any, population_table_validation: Any = None, timeout: float | None = None
    ) -> Pipeline:
        """Try all candidates, fit the best on all of the training set, and return it.

        Parameters
        ----------
        population_table_training : frame, view or Population
            What candidates are fitted on.
        population_table_validation : frame, view or Population, optional
            What they are scored on; default: cross-validation.
        timeout : float, optional
            Seconds that the candidates may take.
        """
        place, training = self.pipeline.place, self.pipeline.population(population_table_training)
        tested: list[Any] = [work.Fold(at, self.folds, self.seed) for at in range(self.folds)]
        if population_table_validation is not None:
            tested = [self.pipeline.population(population_table_validation)]
        tried = self.candidates()
        asked = [(place.store, self.pipeline.order, each, training, on) for each in tried for on in tested]
        found = place.runtime.map(work.attempt, asked, timeout=timeout, label="searching for parameters")
        scores = [Score.from_document(each) for each in found]
        if self.score not in scores[0].values:
            raise ValueError(f"score {self.score!r}: this pipeline has the scores {list(scores[0].values)}")
        for at, parameters in enumerate(tried):
            value = Validation(scores[at * len(tested) : (at + 1) * len(tested)]).mean(self.score)
            mean = sum(value) / len(value) if isinstance(value, list) else value
            self.evaluations.append(Evaluation(parameters, mean))
        best = self.pipeline.with_parameters(self.best.parameters)
        self.best_pipeline = best.fit(population_table_training)
        self._save(place)
        return self.best_pipeline

    @property
    def best(self) -> Evaluation:
        """The best candidate; of equals the first."""
        if not self.evaluations:
            raise ValueError("nothing was tried yet; call fit(population_table_training) first")
        sign = -1 if self.score in HIGHER else 1
        return min(self.evaluations, key=lambda each: (each.value != each.value, sign * each.value))

    def _save(self, place: Place) -> None:
        assert self.best_pipeline is not None
        self.id = work.new_id()
        rows = [{"parameters": work.plain(each.parameters), "value": each.value} for each in self.evaluations]
        document = {"type": self.type, "score": self.score, "evaluations": rows, "pipeline": self.best_pipeline.id}
        place.store.put(document, FOLDER + self.id, kind="python.object")


class GridSearch(Search):
    """Tries all combinations of the values."""

    type = "GridSearch"

    def candidates(self) -> list[dict[str, Any]]:
        """Return all combinations, as `sklearn.model_selection.ParameterGrid` does."""
        return [dict(each) for each in ParameterGrid(self.space)]


class RandomSearch(Search):
    """Tries values that are drawn from lists or from distributions of `scipy.stats`."""

    type = "RandomSearch"

    def candidates(self) -> list[dict[str, Any]]:
        """Return `n_iter` combinations, as `sklearn.model_selection.ParameterSampler` does."""
        sampler: Any = ParameterSampler
        return [dict(each) for each in sampler(self.space, self.n_iter, random_state=self.seed)]


def flat(space: Space, pipeline: Pipeline) -> dict[str, Any]:
    """Return a space by ``part.number.name``.

    Raises
    ------
    ValueError
        For a part, estimator or parameter that the pipeline does not have.
    """
    found: dict[str, Any] = {}
    for part, estimators in space.items():
        if part not in PARTS:
            raise ValueError(f"a pipeline has no {part!r}, but {list(PARTS)}")
        known = pipeline.parameters[part]
        if len(estimators) > len(known):
            raise ValueError(f"the pipeline has {len(known)} {part}, not {len(estimators)}")
        for number, values in enumerate(estimators):
            unknown = sorted(set(values) - set(known[number]["parameters"]))
            if unknown:
                raise ValueError(f"{known[number]['class']} has no parameters {unknown}")
            found |= {f"{part}.{number}.{name}": each for name, each in values.items()}
    return found


class Hyperopts:
    """The searches of a project, the newest last; each is a dict of type, score, evaluations and pipeline.

    Parameters
    ----------
    place : Place, optional
        The project; default: the one that is set.
    """

    def __init__(self, place: Place | None = None) -> None:
        self._place = place

    @property
    def ids(self) -> list[str]:
        """The ids."""
        found: Any = self._store.list(f"{FOLDER}*", raw=True)
        return [meta.name.removeprefix(FOLDER) for meta in sorted(found, key=lambda meta: meta.created)]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[id] for id in self.ids)

    def __getitem__(self, key: int | str) -> dict[str, Any]:
        id = self.ids[key] if isinstance(key, int) else key
        found: dict[str, Any] = self._store.get(FOLDER + id)
        return found

    def delete(self, id: str) -> None:
        """Delete a search, not its pipeline; silent where there is none."""
        self._store.drop(FOLDER + id, force=True)

    @property
    def _store(self) -> Any:
        return (self._place if self._place is not None else current()).store

    def __repr__(self) -> str:
        return "\n".join(f"{id}  {self[id]['type']}  {self[id]['score']}" for id in self.ids) or "no searches"
