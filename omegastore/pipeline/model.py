"""Model: the estimator that a pipeline is when it is fitted; it is kept in the project's store, never in a handle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
import sklearn.base
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from omegastore.pipeline.encoder import Encoder

PARTS = ("preprocessors", "feature_learners", "feature_selectors", "predictors")
"""What a pipeline is made of; each is a list of estimators."""
Array = np.ndarray[Any, Any]
copied: Any = sklearn.base.clone
"""Returns an estimator with the same parameters that is not fitted."""


class Model(BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Preprocessors, an encoder and transformers in one chain; then selectors and predictors for each target.

    Several predictors are averaged: their probabilities, or their values.

    Parameters
    ----------
    preprocessors, feature_learners, feature_selectors, predictors : sequence of estimators
        Not fitted; they are cloned.
    """

    def __init__(
        self,
        preprocessors: Sequence[Any] = (),
        feature_learners: Sequence[Any] = (),
        feature_selectors: Sequence[Any] = (),
        predictors: Sequence[Any] = (),
    ) -> None:
        self.preprocessors, self.feature_learners = preprocessors, feature_learners
        self.feature_selectors, self.predictors = feature_selectors, predictors

    @property
    def is_classifier(self) -> bool:
        """Whether it predicts classes."""
        return bool(self.predictors) and all(is_classifier(each) for each in self.predictors)

    def fit(self, X: pd.DataFrame, y: pd.DataFrame) -> Self:
        """Fit all parts.

        Parameters
        ----------
        X : DataFrame
            The columns to learn from.
        y : DataFrame
            A column for each target.
        """
        steps = [*self.preprocessors, Encoder(), *self.feature_learners]
        self.chain_ = make_pipeline(*(copied(each) for each in steps))
        given: Any = y.iloc[:, 0] if y.shape[1] == 1 else y
        features = self.chain_.fit_transform(X, given)
        self.features_ = self._named(features)
        self.targets_ = [str(each) for each in y.columns]
        self.heads_ = [self._head(features, y[target].to_numpy()) for target in y.columns]
        self.correlations_ = np.column_stack([_correlations(features, y[target]) for target in y.columns])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the features that the predictors get, before any is selected."""
        check_is_fitted(self)
        features = self.chain_.transform(X)
        values = features.to_numpy() if isinstance(features, pd.DataFrame) else np.asarray(features)
        return pd.DataFrame(values, columns=self.features_, index=X.index)

    def predict(self, X: pd.DataFrame) -> Array:
        """Return what is predicted: one dimension for one target, else a column for each."""
        if self.is_classifier and len(self.predictors) > 1:
            found = [
                head[0].classes_[probability.argmax(axis=1)]
                for head, probability in zip(self.heads_, self._probabilities(X), strict=True)
            ]
        else:
            features = self._features(X)
            found = [_mean([each.predict(features) for each in head]) for head in self.heads_]
        return np.asarray(found[0] if len(found) == 1 else np.column_stack(found))

    def predict_proba(self, X: pd.DataFrame) -> list[Array]:
        """Return the probabilities of the classes, one array for each target.

        Raises
        ------
        ValueError
            For a regression.
        """
        if not self.is_classifier:
            raise ValueError("the pipeline predicts numbers, which have no probabilities")
        return self._probabilities(X)

    @property
    def classes_(self) -> list[Array]:
        """The classes of each target."""
        return [head[0].classes_ for head in self.heads_]

    @property
    def importances_(self) -> Array:
        """How much each feature counts: a column for each target, of sum 1; NaN where a predictor does not tell."""
        return np.column_stack([self._importances(head) for head in self.heads_])

    def _features(self, X: pd.DataFrame) -> Any:
        check_is_fitted(self)
        return self.chain_.transform(X)

    def _probabilities(self, X: pd.DataFrame) -> list[Array]:
        features = self._features(X)
        return [np.mean([each.predict_proba(features) for each in head], axis=0) for head in self.heads_]

    def _head(self, features: Any, target: Array) -> list[Any]:
        parts = [make_pipeline(*map(copied, self.feature_selectors), copied(each)) for each in self.predictors]
        return [part.fit(features, target) for part in parts]

    def _named(self, features: Any) -> list[str]:
        if isinstance(features, pd.DataFrame):
            return [str(each) for each in features.columns]
        last: Any = self.chain_[-1]
        if hasattr(last, "get_feature_names_out"):
            return [str(each) for each in last.get_feature_names_out()]
        return [f"feature_{number}" for number in range(1, features.shape[1] + 1)]

    def _importances(self, head: Sequence[Any]) -> Array:
        """Return the mean importance of the features over the predictors of one target."""
        found = []
        for part in head:
            own = _told(part[-1])
            chosen = np.arange(len(self.features_))
            for selector in part[:-1]:
                chosen = chosen[selector.get_support()] if hasattr(selector, "get_support") else chosen
            values = np.zeros(len(self.features_))
            if own is None or len(own) != len(chosen):
                values[:] = np.nan
            else:
                values[chosen] = own / own.sum() if own.sum() > 0 else own
            found.append(values)
        mean: Array = np.mean(found, axis=0)
        return mean


def _mean(predictions: Sequence[Array]) -> Array:
    """Return the mean of what several predictors say; of one, what it says, which may be no number."""
    return predictions[0] if len(predictions) == 1 else np.asarray(np.mean(predictions, axis=0))


def _correlations(features: Any, target: pd.Series[Any]) -> Array:
    """Return Pearson's correlation of each feature with a target; of two classes, the later one counts as 1."""
    values = np.asarray(features, dtype="float64")
    found = np.full(values.shape[1], np.nan)
    if not pd.api.types.is_numeric_dtype(target.dtype):
        classes = np.unique(target.to_numpy())
        if len(classes) != 2:
            return found
        target = target == classes[1]
    truth = target.to_numpy(dtype="float64")
    varies = (values.std(axis=0) > 0) & (truth.std() > 0)
    if len(truth) and varies.any():
        centred, about = values[:, varies] - values[:, varies].mean(axis=0), truth - truth.mean()
        found[varies] = about @ centred / np.sqrt((centred**2).sum(axis=0) * (about**2).sum())
    return found


def _told(predictor: Any) -> Array | None:
    """Return the importances that a predictor tells, or the sizes of its coefficients; None where it does neither."""
    if hasattr(predictor, "feature_importances_"):
        return np.asarray(predictor.feature_importances_, dtype="float64")
    if hasattr(predictor, "coef_"):
        sizes: Array = np.abs(np.atleast_2d(predictor.coef_)).mean(axis=0)
        return sizes
    return None
