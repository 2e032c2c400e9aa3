"""Encoder: the columns of a table as the numbers that estimators take."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import OneHotEncoder

from omegastore.preprocessors.columns import is_text


class Encoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Numbers as float64, each text as one column for each of its values, times not at all.

    A value that was not in the training set gives 0 in all columns of its text; a missing text is a value of its own.

    Parameters
    ----------
    max_categories : int, optional
        Of each text, the most frequent values get a column of their own and all others one together.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [1, 2], "city": ["Rome", "Bari"]})
    >>> Encoder().fit_transform(frame).to_dict("list")
    {'n': [1.0, 2.0], 'city=Bari': [0.0, 1.0], 'city=Rome': [1.0, 0.0]}
    """

    def __init__(self, max_categories: int | None = 100) -> None:
        self.max_categories = max_categories

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn which columns are texts, and their values."""
        self.texts_ = [name for name in X.columns if is_text(X[name])]
        times = [name for name in X.columns if pd.api.types.is_datetime64_any_dtype(X[name].dtype)]
        self.numbers_ = [name for name in X.columns if name not in self.texts_ and name not in times]
        encoder: Any = OneHotEncoder  # its arguments have the wrong types
        self.encoder_: Any = encoder(
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            max_categories=self.max_categories,
            feature_name_combiner=column_name,
        )
        if self.texts_:
            self.encoder_.fit(_objects(X[self.texts_]))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the numbers."""
        made = {str(name): _numbers(X[name]) for name in self.numbers_}
        numbers = pd.DataFrame(made, index=X.index, dtype="float64")
        if not self.texts_:
            return numbers
        values = self.encoder_.transform(_objects(X[self.texts_]))
        names = self.encoder_.get_feature_names_out(self.texts_)
        return pd.concat([numbers, pd.DataFrame(values, columns=names, index=X.index)], axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Return the names of the columns that `transform` returns."""
        texts = self.encoder_.get_feature_names_out(self.texts_) if self.texts_ else []
        return np.asarray([*map(str, self.numbers_), *texts], dtype=object)


def column_name(column: str, value: object) -> str:
    """Return the name of the column of one value; a function of a module, so that it can be pickled."""
    return f"{column}={value}"


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return texts as Python strings, None where they are missing."""
    made = frame.astype(object)
    return made.where(made.notna(), None)


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    return column.to_numpy(dtype="float64", na_value=np.nan)
