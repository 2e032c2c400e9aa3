"""Scores: how well a pipeline predicts, as numbers and as the points of curves.

auc, accuracy and cross_entropy are `sklearn.metrics.roc_auc_score` (of several classes: one against the rest, mean),
`accuracy_score` and `log_loss`; mae, rmse and rsquared are `mean_absolute_error`, `root_mean_squared_error` and
`r2_score`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

POINTS = 200
"""Points of a curve that are kept; more are thinned out evenly, the first and the last stay."""
CLASSIFICATION = ("auc", "accuracy", "cross_entropy")
REGRESSION = ("mae", "rmse", "rsquared")
HIGHER = ("auc", "accuracy", "rsquared")
"""Scores of which more is better."""


@dataclass(frozen=True)
class Score:
    """The scores of one run of `score`.

    Each is a number, or a list with one for each target; those of the other kind of problem are None.
    """

    at: datetime
    """When."""
    population: str
    """What was predicted."""
    rows: int
    values: Mapping[str, Sequence[float]]
    """The scores by their names, a value for each target."""

    @property
    def auc(self) -> Any:
        """Area under the curve of the receiver operating characteristic."""
        return self._value("auc")

    @property
    def accuracy(self) -> Any:
        """Share of the rows whose class was predicted."""
        return self._value("accuracy")

    @property
    def cross_entropy(self) -> Any:
        """Mean logarithmic loss."""
        return self._value("cross_entropy")

    @property
    def mae(self) -> Any:
        """Mean absolute error."""
        return self._value("mae")

    @property
    def rmse(self) -> Any:
        """Root of the mean squared error."""
        return self._value("rmse")

    @property
    def rsquared(self) -> Any:
        """Coefficient of determination."""
        return self._value("rsquared")

    def _value(self, name: str) -> Any:
        found = self.values.get(name)
        return None if found is None else found[0] if len(found) == 1 else list(found)

    def to_document(self) -> dict[str, Any]:
        """Return what MongoDB holds."""
        values = {name: [float(each) for each in found] for name, found in self.values.items()}
        return {"at": self.at, "population": self.population, "rows": self.rows, "values": values}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Score:
        """Return the scores of a document."""
        return cls(document["at"], document["population"], document["rows"], document["values"])

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self._value(name)!r}" for name in self.values)
        return f"<Score {shown} of {self.population!r}, {self.rows} rows>"


def measure(model: Any, X: Any, y: Any) -> tuple[dict[str, list[float]], list[dict[str, Any]]]:
    """Return the scores and the curves of a model.

    Parameters
    ----------
    model : Model
        Fitted.
    X, y : DataFrame
        What it is to predict from, and the truth.

    Returns
    -------
    dict
        Name of the score to its values, one for each target.
    list of dict
        The curves of each target; empty ones for a regression or more than two classes.
    """
    import numpy as np

    predicted = np.asarray(model.predict(X)).reshape(len(X), -1)
    truths = [y[target].to_numpy() for target in model.targets_]
    if not model.is_classifier:
        found = [_regression(truth, predicted[:, at].astype("float64")) for at, truth in enumerate(truths)]
        return _joined(found, REGRESSION), [{} for _ in truths]
    probabilities = model.predict_proba(X)
    found, curves = [], []
    for at, truth in enumerate(truths):
        classes = model.classes_[at]
        found.append(_classification(truth, predicted[:, at], probabilities[at], classes))
        curves.append(_curves(truth == classes[1], probabilities[at][:, 1]) if len(classes) == 2 else {})
    return _joined(found, CLASSIFICATION), curves


def _joined(found: Sequence[Mapping[str, float]], names: Sequence[str]) -> dict[str, list[float]]:
    return {name: [each[name] for each in found] for name in names}


def _regression(truth: Any, predicted: Any) -> dict[str, float]:
    from sklearn import metrics

    truth = truth.astype("float64")
    rsquared = float(metrics.r2_score(truth, predicted)) if len(truth) > 1 else float("nan")
    mae, rmse = metrics.mean_absolute_error(truth, predicted), metrics.root_mean_squared_error(truth, predicted)
    return {"mae": float(mae), "rmse": float(rmse), "rsquared": rsquared}


def _classification(truth: Any, predicted: Any, probability: Any, classes: Any) -> dict[str, float]:
    import numpy as np
    from sklearn import metrics

    known = np.isin(truth, classes)
    entropy = metrics.log_loss(truth[known], probability[known], labels=classes) if known.all() else np.inf
    accuracy = float((truth == predicted).mean())
    if len(np.unique(truth)) < 2 or not known.all():
        auc = np.nan  # it compares rows of two classes
    elif len(classes) == 2:
        auc = metrics.roc_auc_score(truth == classes[1], probability[:, 1])
    elif len(np.unique(truth)) < len(classes):
        auc = np.nan
    else:
        auc = metrics.roc_auc_score(truth, probability, multi_class="ovr", labels=classes)
    return {"auc": float(auc), "accuracy": accuracy, "cross_entropy": float(entropy)}


def _curves(truth: Any, probability: Any) -> dict[str, Any]:
    """Return the points of the three curves of a target of two classes, as `omegastore.pipeline.plots` has them."""
    import numpy as np
    from sklearn import metrics

    if truth.all() or not truth.any():
        return {}
    false, true, _ = metrics.roc_curve(truth, probability)
    precision, recall, _ = metrics.precision_recall_curve(truth, probability)
    order = np.argsort(-probability, kind="stable")
    rows = np.arange(1, len(truth) + 1)
    share = rows / len(truth)
    lift = (np.cumsum(truth[order]) / rows) / truth.mean()
    return {
        "roc": [_thin(false), _thin(true)],
        "precision_recall": [_thin(recall[::-1]), _thin(precision[::-1])],
        "lift": [_thin(share), _thin(lift)],
    }


def _thin(values: Any) -> list[float]:
    import numpy as np

    if len(values) > POINTS:
        values = values[np.linspace(0, len(values) - 1, POINTS).round().astype(int)]
    return [float(each) for each in values]
