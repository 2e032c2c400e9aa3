"""DocumentMixin: what a pipeline's document tells: id, tags, targets, scores, features, plots."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from omegastore.data.data_model import DataModel
from omegastore.data.model_document import model_of
from omegastore.pipeline import work
from omegastore.pipeline.features import Columns, Feature, Features
from omegastore.pipeline.history import Scores
from omegastore.pipeline.plots import Plots
from omegastore.pipeline.scores import Score

if TYPE_CHECKING:
    from omegastore.pipeline.model import Model
    from omegastore.pipeline.record import Record


class DocumentMixin:
    """The properties of a pipeline."""

    _model: Model | None
    _tags: list[str]
    _data_model: DataModel | None
    _record: Record | None
    _document: dict[str, Any] | None

    @property
    def id(self) -> str:
        """The id of the pipeline in its project; each fit makes a new one."""
        return self._fitted()[0].id

    name = id
    """The same; containers of a project have names."""

    @property
    def is_fitted(self) -> bool:
        """Whether it is a pipeline of the project, or parameters alone."""
        return self._document is not None

    @property
    def tags(self) -> list[str]:
        """What to find it by; assigning saves at once."""
        return list(self._tags if self._document is None else self._document["tags"])

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        found = work.checked_tags(tags)
        if self._document is None:
            self._tags = found
        else:
            record, _ = self._fitted()
            self._document = record.change(lambda known: known.update(tags=found))

    @property
    def data_model(self) -> DataModel | None:
        """How tables are joined before anything is learned from them; None where they are not."""
        if self._document is None:
            return self._data_model
        kept = self._document.get("data_model")
        return None if kept is None else model_of(kept)

    @property
    def targets(self) -> list[str]:
        """What it predicts."""
        return list(self._fitted()[1]["targets"])

    @property
    def metadata(self) -> list[dict[str, str]]:
        """The columns that it was fitted on: name, role, kind of values and dtype."""
        return [dict(each) for each in self._fitted()[1]["schema"]]

    @property
    def parameters(self) -> dict[str, list[dict[str, Any]]]:
        """The hyperparameters."""
        found: dict[str, Any] = work.parameters(self._model) if self._document is None else self._fitted()[1]["model"]
        return found

    @property
    def is_classification(self) -> bool:
        """Whether it predicts classes."""
        return bool(self._fitted()[1]["is_classifier"])

    @property
    def is_regression(self) -> bool:
        """Whether it predicts numbers."""
        return not self.is_classification

    @property
    def is_deployed(self) -> bool:
        """Whether it is marked as one that is in use."""
        return bool(self._fitted()[1]["deployed"])

    @property
    def scores(self) -> Scores:
        """All scores, the oldest first; that of the training set is the first."""
        document = self._fitted()[1]
        return Scores([Score.from_document(each) for each in document["scores"]], document["targets"])

    @property
    def features(self) -> Features:
        """What the predictors get, with importances and correlations."""
        document = self._fitted()[1]
        told = (zip(*document[name], strict=True) for name in ("importances", "correlations"))
        rows = zip(document["features"], *told, strict=True)
        return Features([Feature(*each) for each in rows], document["targets"])

    @property
    def columns(self) -> Columns:
        """What it was fitted on, with importances."""
        document = self._fitted()[1]
        return Columns.of(self.features, [each["name"] for each in document["schema"]], document["targets"])

    @property
    def plots(self) -> Plots:
        """The curves of the last run of `score`."""
        document = self._fitted()[1]
        return Plots(document["curves"], document["targets"])

    def __getattr__(self, name: str) -> Any:
        if name in ("auc", "accuracy", "cross_entropy", "mae", "rmse", "rsquared"):
            return getattr(self.scores[-1], name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _fitted(self) -> tuple[Record, dict[str, Any]]:
        if self._record is None or self._document is None:
            raise ValueError("the pipeline is not fitted; call fit(population_table) first")
        return self._record, self._document

    def __repr__(self) -> str:
        if self._document is not None:
            return f"<Pipeline {self.id!r} of {self.targets}, tags={self.tags}, {self.scores[-1]!r}>"
        assert self._model is not None
        given = {
            "preprocessors": self._model.preprocessors,
            "feature_learners": self._model.feature_learners,
            "feature_selectors": self._model.feature_selectors,
            "predictors": self._model.predictors,
            "tags": self._tags,
        }
        return f"Pipeline({', '.join(f'{name}={value}' for name, value in given.items() if value)})"

    def _repr_html_(self) -> str:
        facts = {"pipeline": repr(self)}
        if self._document is not None:
            last = self.scores[-1]
            facts = {"id": self.id, "tags": ", ".join(self.tags), "targets": ", ".join(self.targets)}
            facts |= {part: ", ".join(each["class"] for each in made) for part, made in self.parameters.items()}
            facts |= {"columns": str(len(self.columns)), "features": str(len(self.features))}
            facts |= {f"{name} of {last.population}": str(getattr(last, name)) for name in last.values}
        cells = (f"<tr><th>{html.escape(name)}</th><td>{html.escape(fact)}</td></tr>" for name, fact in facts.items())
        return f"<table>{''.join(cells)}</table>"
