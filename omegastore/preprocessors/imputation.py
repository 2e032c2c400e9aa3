"""Imputation: missing numbers become the mean of the training set, and a column says where they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from omegastore.preprocessors.columns import ColumnTransformer


class Imputation(ColumnTransformer):
    """Fill missing and infinite numbers with the mean of the finite ones of the training set.

    Columns become float64. One without a finite number in the training set is filled with 0.

    Parameters
    ----------
    add_dummies : bool
        Add a column ``<name>_missing`` for each column that had missing values in the training set: 1.0 where the
        value was filled, else 0.0.
    columns : sequence of str, optional
        Default: all numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [1.0, None, 3.0]})
    >>> Imputation(add_dummies=True).fit_transform(frame).to_dict("list")
    {'a': [1.0, 2.0, 3.0], 'a_missing': [0.0, 1.0, 0.0]}
    """

    _taken = "numbers"

    def __init__(self, add_dummies: bool = False, columns: Sequence[str] | None = None) -> None:
        super().__init__(columns)
        self.add_dummies = add_dummies

    def _fits(self, column: pd.Series[Any]) -> bool:
        return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)

    def _learn(self, column: pd.Series[Any]) -> tuple[float, bool]:
        values = _numbers(column)
        finite = values[values.notna()]
        return (float(finite.mean()) if len(finite) else 0.0, len(finite) < len(values))

    def _names(self, name: str) -> list[str]:
        return [name, f"{name}_missing"] if self.add_dummies and self.learned_[name][1] else [name]

    def _make(self, column: pd.Series[Any], learned: tuple[float, bool]) -> list[pd.Series[Any]]:
        values = _numbers(column)
        filled = values.fillna(learned[0])
        if not (self.add_dummies and learned[1]):
            return [filled]
        return [filled, values.isna().astype("float64")]


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as float64, NaN where it is missing or infinite."""
    import pandas as pd

    values = column.to_numpy(dtype="float64", na_value=np.nan)
    return pd.Series(np.where(np.isfinite(values), values, np.nan), index=column.index, name=column.name)
