"""Categories: the frequent values of a text stay, the rare ones become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from omegastore.preprocessors.columns import ColumnTransformer, is_text, strings


class CategoryTrimmer(ColumnTransformer):
    """Replace values that are rare in the training set, and those that are not in it, by ``(trimmed)``.

    Missing values stay missing.

    Parameters
    ----------
    max_num_categories : int
        How many values stay at most: the most frequent, of equally frequent ones the first in alphabetical order.
    min_freq : int
        How often a value that stays is in the training set at least.
    columns : sequence of str, optional
        Default: all texts.

    Examples
    --------
    >>> import pandas as pd
    >>> trimmer = CategoryTrimmer(max_num_categories=1, min_freq=1)
    >>> list(trimmer.fit_transform(pd.DataFrame({"city": ["Rome", "Rome", "Bari"]}))["city"])
    ['Rome', 'Rome', '(trimmed)']
    """

    _taken = "texts"
    TRIMMED = "(trimmed)"

    def __init__(
        self, max_num_categories: int = 999, min_freq: int = 30, columns: Sequence[str] | None = None
    ) -> None:
        super().__init__(columns)
        self.max_num_categories, self.min_freq = max_num_categories, min_freq

    def _fits(self, column: pd.Series[Any]) -> bool:
        if self.max_num_categories < 0 or self.min_freq < 0:
            raise ValueError("CategoryTrimmer: max_num_categories and min_freq are at least 0")
        return is_text(column)

    def _learn(self, column: pd.Series[Any]) -> list[str]:
        counts = column.astype(object).value_counts().sort_index().sort_values(ascending=False, kind="stable")
        return [str(value) for value in counts.index[counts >= max(1, self.min_freq)][: self.max_num_categories]]

    def _make(self, column: pd.Series[Any], learned: list[str]) -> list[pd.Series[Any]]:
        text = strings(column)
        return [text.where(text.isin(learned) | text.isna(), self.TRIMMED)]
