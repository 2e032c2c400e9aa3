"""Features: what a pipeline's predictors get, and how much each of it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Feature:
    """One column that the predictors get."""

    name: str
    importances: Sequence[float]
    """Its share in each target; NaN where a predictor does not tell."""


class Features:
    """The features of a fitted pipeline, by number, slice or name.

    Parameters
    ----------
    features : sequence of Feature
        In the order in which the predictors get them.
    targets : sequence of str
        What the importances are about.
    """

    def __init__(self, features: Sequence[Feature], targets: Sequence[str]) -> None:
        self._features, self._targets = list(features), list(targets)

    @property
    def names(self) -> list[str]:
        """The names of the features."""
        return [each.name for each in self._features]

    def importances(self, target_num: int = 0) -> tuple[list[str], list[float]]:
        """Return names and importances for one target, the most important first."""
        ordered = self.sort(target_num)
        return ordered.names, [each.importances[target_num] for each in ordered]

    def sort(self, target_num: int = 0, descending: bool = True) -> Features:
        """Return the features by their importance for one target."""
        if not 0 <= target_num < len(self._targets):
            raise ValueError(f"target_num={target_num}: the targets are {self._targets}")
        by = sorted(self._features, key=lambda each: each.importances[target_num], reverse=descending)
        return Features(by, self._targets)

    def to_pandas(self) -> pd.DataFrame:
        """Return a table of names and importances."""
        import pandas as pd

        rows = [[each.name, *each.importances] for each in self._features]
        return pd.DataFrame(rows, columns=["name", *(f"importance of {target}" for target in self._targets)])

    def __len__(self) -> int:
        return len(self._features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._features)

    def __getitem__(self, key: int | slice | str) -> Any:
        if isinstance(key, slice):
            return Features(self._features[key], self._targets)
        if isinstance(key, int):
            return self._features[key]
        for each in self._features:
            if each.name == key:
                return each
        raise ValueError(f"no feature {key!r} among {self.names}")

    def __repr__(self) -> str:
        return repr(self.to_pandas())

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html())
