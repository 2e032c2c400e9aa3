"""Pipeline: the handle of a pipeline; what it has learned stays in the project's store."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from omegastore.data.data_model import DataModel
from omegastore.data.model_document import document_of
from omegastore.engine import delivery
from omegastore.pipeline import work
from omegastore.pipeline.document import DocumentMixin
from omegastore.pipeline.issues import Issue
from omegastore.pipeline.model import PARTS, Model, copied
from omegastore.pipeline.place import Place, current, elsewhere
from omegastore.pipeline.population import Population, population
from omegastore.pipeline.record import Record
from omegastore.pipeline.scores import Score
from omegastore.reservation import Reservation

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Pipeline(DocumentMixin):
    """Preprocessors, transformers, selectors and predictors that are fitted, scored and applied as one.

    Fit, score and predictions run on the runtime of the engine, which reads the rows by itself; this handle holds
    parameters, never weights. Each fit makes a new pipeline of the project, which is saved at once.

    Parameters
    ----------
    preprocessors : sequence, optional
        Of `omegastore.preprocessors`, or transformers of scikit-learn that take and return DataFrames.
    feature_learners : sequence, optional
        Transformers of scikit-learn that work on numbers, after the preprocessors.
    feature_selectors : sequence, optional
        Selectors of scikit-learn, fitted for each target.
    predictors : sequence, optional
        Classifiers or regressors of scikit-learn; several are averaged.
    tags : sequence of str
        What to find it by.
    data_model : DataModel, optional
        Joins the tables of the container whose subset is given to `fit`, `score` or `predict`.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> Pipeline(predictors=[LinearRegression()], tags=["baseline"])
    Pipeline(predictors=[LinearRegression()], tags=['baseline'])
    """

    def __init__(
        self,
        preprocessors: Sequence[Any] = (),
        feature_learners: Sequence[Any] = (),
        feature_selectors: Sequence[Any] = (),
        predictors: Sequence[Any] = (),
        tags: Sequence[str] = (),
        data_model: DataModel | None = None,
    ) -> None:
        parts = (preprocessors, feature_learners, feature_selectors, predictors)
        self._model: Model | None = Model(*([copied(each) for each in part] for part in parts))
        self._tags, self._record = work.checked_tags(tags), None
        self._data_model = copy.deepcopy(data_model)
        self._document: dict[str, Any] | None = None

    @classmethod
    def of(cls, record: Record, document: Mapping[str, Any] | None = None) -> Self:
        """Return the handle of a pipeline of the store."""
        made = cls.__new__(cls)
        made._model, made._tags, made._record, made._data_model = None, [], record, None
        made._document = dict(document if document is not None else record.read())
        return made

    def check(self, population_table: Any) -> list[Issue]:
        """Return what speaks against a fit on some rows.

        Parameters
        ----------
        population_table : frame, view or Population
            The training set.
        """
        place = self.place
        return place.runtime.run(
            work.check, place.store, self.order, self.population(population_table), label="checking the pipeline"
        )

    def fit(self, population_table: Any, timeout: float | None = None) -> Self:
        """Fit the pipeline as a new one of the project, and score the training set.

        Parameters
        ----------
        population_table : frame, view or Population
            The training set; its columns have roles.
        timeout : float, optional
            Seconds after which it is given up.

        Raises
        ------
        ValueError
            For rows that cannot be fitted on; `check` tells the same beforehand.
        WorkTimeout, WorkerDied
            When the runtime has not done it. Nothing of it is left then, as after any other error.
        """
        place, training, made = self.place, self.population(population_table), work.new_id()
        place.runtime.check(place.store.storage.connection)
        with Reservation(place.store.storage, work.FOLDER + made, work.KIND) as ticket:
            model = self.data_model
            order = work.Order(self.order, self.tags, ticket, None if model is None else document_of(model))
            document = place.runtime.run(
                work.fit, place.store, order, training, timeout=timeout, label="fitting the pipeline"
            )
        self._record, self._document = Record(place, made), document
        return self

    def score(self, population_table: Any, timeout: float | None = None) -> Score:
        """Predict rows whose targets are known and return the scores, which are kept in `scores`.

        The parameters and errors are those of `fit`.
        """
        record, document = self._fitted()
        place, tested = record.place, self.population(population_table)
        found, curves = place.runtime.run(
            work.score, place.store, record.id, document["schema"], tested, timeout=timeout, label="scoring"
        )

        def note(known: dict[str, Any]) -> None:
            known["scores"] = [*known["scores"], found]
            known["curves"] = curves

        self._document = record.change(note)
        return Score.from_document(found)

    def predict(self, population_table: Any, timeout: float | None = None) -> np.ndarray[Any, Any]:
        """Return what is predicted: one dimension for one target, else a column for each.

        Raises
        ------
        SchemaMismatch
            For rows without a column of the training set, or with other values in it.
        """
        found: np.ndarray[Any, Any] = self._apply("predict", population_table, timeout)
        return found

    def predict_proba(self, population_table: Any, timeout: float | None = None) -> Any:
        """Return the probabilities of the classes; of several targets, a list of arrays."""
        found = self._apply("predict_proba", population_table, timeout)
        return found[0] if len(found) == 1 else found

    def transform(self, population_table: Any, timeout: float | None = None) -> pd.DataFrame:
        """Return the features that the predictors get."""
        found: pd.DataFrame = self._apply("transform", population_table, timeout)
        return found

    def refresh(self) -> Self:
        """Read the document of the pipeline anew, with what others have changed."""
        record, _ = self._fitted()
        self._document = record.read()
        return self

    def delete(self) -> None:
        """Delete the pipeline from the project; silent where it is gone already."""
        record, _ = self._fitted()
        record.delete()
        self._record = self._document = None

    def deploy(self, deploy: bool = True) -> None:
        """Mark the pipeline as one that is in use, or no more; saved at once."""
        record, _ = self._fitted()
        self._document = record.change(lambda known: known.update(deployed=deploy))

    def with_parameters(self, changes: Mapping[str, Any]) -> Pipeline:
        """Return a pipeline with other parameters, not fitted.

        Parameters
        ----------
        changes : mapping
            By ``part.number.name``, such as ``{"predictors.0.C": 10}``.
        """
        if self._model is None:
            raise ValueError("a pipeline that was loaded holds no estimators here; make the Pipeline anew")
        parts = {part: getattr(self._model, part) for part in PARTS}
        made = Pipeline(**parts, tags=self.tags, data_model=self.data_model)
        assert made._model is not None
        work.set_parameters(made._model, changes)
        return made

    @property
    def place(self) -> Place:
        """The project that it belongs to; of one that is not fitted, the project that is set."""
        return self._record.place if self._record is not None else current()

    @property
    def order(self) -> Any:
        """What a worker is to fit: a model that is not fitted, or the id of the pipeline that has it."""
        return self._model if self._model is not None else self.id

    def population(self, given: Any) -> Population:
        """Return the rows that are given, joined by the data model where there is one."""
        return population(given, self.data_model)

    def _apply(self, method: str, given: Any, timeout: float | None) -> Any:
        record, document = self._fitted()
        place, rows = record.place, self.population(given)
        return delivery.fetch(
            place.store, place.runtime, work.apply, place.store, record.id, method, document["schema"], rows,
            timeout=timeout, label="predicting" if method != "transform" else "transforming",
        )  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        record = self._record
        place = None if record is None else (record.place.store.bucket, record.id)
        return {**self.__dict__, "_record": place}

    def __setstate__(self, state: dict[str, Any]) -> None:
        place = state.pop("_record")
        self.__dict__.update(state)
        self._record = None if place is None else Record(elsewhere(place[0]), place[1])
