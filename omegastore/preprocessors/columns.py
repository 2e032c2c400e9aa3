"""Columns: what all preprocessors share: the choice of columns, and the check that a frame has those of the fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted


class ColumnTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """A transformer of some columns of a DataFrame; the others pass as they are.

    A subclass says which columns are its own by default, what it learns, and what it makes of one column.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to work on; default: all that fit.
    """

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn from the columns of `X`.

        Parameters
        ----------
        X : DataFrame
            The training set.
        y : object, optional
            Not used.

        Raises
        ------
        TypeError
            When `X` is no DataFrame.
        ValueError
            For a column that `X` does not have, or that does not fit.
        """
        frame = _frame(X)
        self.feature_names_in_ = np.asarray([str(label) for label in frame.columns], dtype=object)
        self.n_features_in_ = len(frame.columns)
        self.columns_ = self._chosen(frame)
        self.learned_ = {name: self._learn(frame[name]) for name in self.columns_}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return `X` with what is made of the columns; `X` is not changed.

        Raises
        ------
        ValueError
            For a column of the fit that `X` does not have.
        """
        check_is_fitted(self)
        frame = _frame(X)
        missing = [name for name in self.feature_names_in_ if name not in frame.columns]
        if missing:
            raise ValueError(f"{type(self).__name__}: the columns {missing} of the fit are missing")
        frame = frame[list(self.feature_names_in_)]
        made: dict[str, pd.Series[Any]] = {}
        for name in frame.columns:
            if name not in self.columns_:
                made[name] = frame[name]
                continue
            columns = self._make(frame[name], self.learned_[name])
            made |= dict(zip(self._names(name), columns, strict=True))
        return pd.DataFrame(made, index=frame.index)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Return the names of the columns that `transform` returns.

        Parameters
        ----------
        input_features : sequence of str, optional
            Must be those of the fit.
        """
        check_is_fitted(self)
        if input_features is not None and list(input_features) != list(self.feature_names_in_):
            raise ValueError("input_features is not equal to feature_names_in_")
        names: list[str] = []
        for name in self.feature_names_in_:
            names += self._names(name) if name in self.columns_ else [name]
        return np.asarray(names, dtype=object)

    def _chosen(self, frame: pd.DataFrame) -> list[str]:
        """Return the columns to work on."""
        if self.columns is None:
            return [name for name in frame.columns if self._fits(frame[name])]
        unknown = [name for name in self.columns if name not in frame.columns]
        if unknown:
            raise ValueError(f"{type(self).__name__}: no columns {unknown} among {list(frame.columns)}")
        wrong = [name for name in self.columns if not self._fits(frame[name])]
        if wrong:
            dtypes = {name: str(frame[name].dtype) for name in wrong}
            raise ValueError(f"{type(self).__name__} does not work on {dtypes}; it takes {self._taken}")
        return list(self.columns)

    _taken = "any column"

    def _fits(self, column: pd.Series[Any]) -> bool:
        raise NotImplementedError

    def _learn(self, column: pd.Series[Any]) -> Any:
        """Return what is learned of a column."""
        return None

    def _names(self, name: str) -> list[str]:
        """Return the names of what is made of a column."""
        return [name]

    def _make(self, column: pd.Series[Any], learned: Any) -> list[pd.Series[Any]]:
        """Return what is made of a column, as many as `_names` has names."""
        raise NotImplementedError


def is_text(column: pd.Series[Any]) -> bool:
    """Return whether a column holds text and missing values alone."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return all(isinstance(each, str) for each in kind.categories)
    if isinstance(kind, pd.StringDtype):
        return True
    return pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty")


def strings(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of texts for pandas' ``.str``; what is missing stays missing in every release of pandas."""
    if isinstance(column.dtype, pd.StringDtype):
        return column
    plain: pd.Series[Any] = column.astype(object)
    return plain.where(plain.notna(), None)


def _frame(X: object) -> pd.DataFrame:
    if not isinstance(X, pd.DataFrame):
        raise TypeError(f"preprocessors take a pandas DataFrame, whose columns have names, not {type(X).__name__}")
    twice = list(X.columns[X.columns.duplicated()])
    if twice:
        raise ValueError(f"the columns {twice} are there twice")
    return X
