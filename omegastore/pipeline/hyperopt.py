"""Searches for hyperparameters: candidates are fitted and scored on the runtime, the best becomes a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sklearn.model_selection import ParameterGrid, ParameterSampler

from omegastore.data.container import Container
from omegastore.pipeline import work
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.model import PARTS
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.scores import CLASSIFICATION, REGRESSION, Score
from omegastore.pipeline.searches import FOLDER, Evaluation, Hyperopt, Hyperopts, best_of
from omegastore.pipeline.validation import Validation

Space = Mapping[str, Sequence[Mapping[str, Any]]]


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
        """What was tried by the last `fit`."""
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
        population_table_training : frame, view or container
            What candidates are fitted on; of a container, the subset ``train``.
        population_table_validation : frame or view, optional
            What they are scored on; default: the subset ``validation`` of a container that has one, else
            cross-validation.
        timeout : float, optional
            Seconds that the candidates may take.
        """
        self.validate()
        if isinstance(population_table_training, Container) and population_table_validation is None:
            names = population_table_training.names
            population_table_validation = population_table_training["validation"] if "validation" in names else None
            population_table_training = population_table_training["train"]
        place, training = self.pipeline.place, self.pipeline.population(population_table_training)
        tested: list[Any] = [work.Fold(at, self.folds, self.seed) for at in range(self.folds)]
        if population_table_validation is not None:
            tested = [self.pipeline.population(population_table_validation)]
        tried = self.candidates()
        asked = [(place.store, self.pipeline.order, each, training, on) for each in tried for on in tested]
        found = place.runtime.map(work.attempt, asked, timeout=timeout, label="searching for parameters")
        scores = [Score.from_document(each) for each in found]
        self.evaluations = []
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
        return best_of(self.evaluations, self.score)

    def validate(self) -> None:
        """Refuse, before anything is fitted, what could not be searched for; `fit` does it too.

        Raises
        ------
        ValueError
            For a pipeline that was loaded, a score that it does not have, or a space without candidates.
        """
        model = self.pipeline.order
        if isinstance(model, str):
            raise ValueError(
                "a pipeline that was loaded holds no estimators here; search with a Pipeline that is made"
            )
        scores = CLASSIFICATION if model.is_classifier else REGRESSION
        if self.score not in scores:
            raise ValueError(f"score {self.score!r}: this pipeline has the scores {list(scores)}")
        if not self.candidates():
            raise ValueError("the space has no candidates: a parameter has no values, or n_iter is 0")

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


def load_hyperopt(name: str) -> Hyperopt:
    """Return a search of the project that is set.

    Raises
    ------
    OSError
        When there is no such search.
    """
    found = Hyperopts()
    if name not in found:
        raise OSError(f"there is no search {name!r} in this project; there are {found.ids}")
    kept: Hyperopt = found[name]
    return kept


def list_hyperopts() -> list[str]:
    """Return the ids of the searches of the project that is set, the oldest first."""
    return Hyperopts().ids


def exists(name: str) -> bool:
    """Return whether the project that is set has a search."""
    return name in list_hyperopts()


def delete(name: str) -> None:
    """Delete a search of the project that is set, not its pipeline; silent where there is none."""
    current().store.drop(FOLDER + name, force=True)
