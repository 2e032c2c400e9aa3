"""Text: a part of each text, and the domain of e-mail addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from omegastore.preprocessors.columns import ColumnTransformer, is_text, strings


class Substring(ColumnTransformer):
    """Add a part of each text, such as the first digits of a postal code.

    A column ``<name>_<begin>_<end>`` comes after the text. A text that is too short gives what there is of it, a
    missing one a missing value. Characters are counted, as Python does.

    Parameters
    ----------
    begin : int
        The first character, counted from 0.
    length : int
        How many.
    columns : sequence of str, optional
        Default: all texts.

    Examples
    --------
    >>> import pandas as pd
    >>> Substring(0, 2).fit_transform(pd.DataFrame({"zip": ["10115", "80331"]})).to_dict("list")
    {'zip': ['10115', '80331'], 'zip_0_2': ['10', '80']}
    """

    _taken = "texts"

    def __init__(self, begin: int = 0, length: int = 1, columns: Sequence[str] | None = None) -> None:
        super().__init__(columns)
        self.begin, self.length = begin, length

    def _fits(self, column: pd.Series[Any]) -> bool:
        if self.begin < 0 or self.length < 1:
            raise ValueError(f"Substring(begin={self.begin}, length={self.length}): from 0 on, at least 1 character")
        return is_text(column)

    def _names(self, name: str) -> list[str]:
        return [name, f"{name}_{self.begin}_{self.begin + self.length}"]

    def _make(self, column: pd.Series[Any], learned: Any) -> list[pd.Series[Any]]:
        return [column, strings(column).str.slice(self.begin, self.begin + self.length)]


class EmailDomain(ColumnTransformer):
    """Add the domain of e-mail addresses.

    A column ``<name>_domain`` comes after the text: what follows the last ``@``, in lower case, where something
    stands on both sides of it; missing elsewhere.

    Parameters
    ----------
    columns : sequence of str, optional
        Default: texts more than half of which are addresses in the training set.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"mail": ["ann@Example.org", "bob@example.com"]})
    >>> list(EmailDomain().fit_transform(frame)["mail_domain"])
    ['example.org', 'example.com']
    """

    _taken = "texts"

    def _fits(self, column: pd.Series[Any]) -> bool:
        if not is_text(column):
            return False
        return self.columns is not None or bool(_domain(column).notna().sum() * 2 > column.notna().sum())

    def _names(self, name: str) -> list[str]:
        return [name, f"{name}_domain"]

    def _make(self, column: pd.Series[Any], learned: Any) -> list[pd.Series[Any]]:
        return [column, _domain(column)]


def _domain(column: pd.Series[Any]) -> pd.Series[Any]:
    found: pd.Series[Any] = strings(column).str.extract(r"^\s*\S+@([^@\s]+)\s*$", expand=False)
    return found.str.lower()
