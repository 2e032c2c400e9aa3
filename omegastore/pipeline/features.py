"""Features: what a pipeline's predictors get, and columns: what it is fitted on; how much each of them counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Feature:
    """One column that the predictors get, or that the pipeline was fitted on."""

    name: str
    importances: Sequence[float]
    """Its share in each target; NaN where a predictor does not tell."""
    correlations: Sequence[float] = ()
    """Pearson's, with each target in the training set; NaN where a target is no number and has not two classes."""


class Features:
    """The features of a fitted pipeline, by number, slice or name.

    Parameters
    ----------
    features : sequence of Feature
        In the order in which the predictors get them.
    targets : sequence of str
        What importances and correlations are about.
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

    def correlations(self, target_num: int = 0) -> tuple[list[str], list[float]]:
        """Return names and correlations with one target, in the order of the features."""
        self._checked(target_num)
        return self.names, [each.correlations[target_num] for each in self._features]

    def sort(self, target_num: int = 0, descending: bool = True, key: Callable[[Feature], Any] | None = None) -> Self:
        """Return the features by their importance for one target, or by a key."""
        self._checked(target_num)
        by = key or (lambda each: each.importances[target_num])
        return type(self)(sorted(self._features, key=by, reverse=descending), self._targets)

    def filter(self, conditional: Callable[[Feature], bool]) -> Self:
        """Return those for which `conditional` is true."""
        return type(self)([each for each in self._features if conditional(each)], self._targets)

    def to_pandas(self) -> pd.DataFrame:
        """Return a table of names, importances and correlations."""
        import pandas as pd

        rows = [[each.name, *each.importances, *each.correlations] for each in self._features]
        heads = [f"importance of {target}" for target in self._targets]
        if self._features and self._features[0].correlations:
            heads += [f"correlation with {target}" for target in self._targets]
        return pd.DataFrame(rows, columns=["name", *heads])

    def __len__(self) -> int:
        return len(self._features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._features)

    def __getitem__(self, key: int | slice | str) -> Any:
        if isinstance(key, slice):
            return type(self)(self._features[key], self._targets)
        if isinstance(key, int):
            return self._features[key]
        for each in self._features:
            if each.name == key:
                return each
        raise ValueError(f"no feature {key!r} among {self.names}")

    def _checked(self, target_num: int) -> None:
        if not 0 <= target_num < len(self._targets):
            raise ValueError(f"target_num={target_num}: the targets are {self._targets}")

    def __repr__(self) -> str:
        return repr(self.to_pandas())

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html())


class Columns(Features):
    """The columns that a pipeline was fitted on, each with the importances of the features that are made of it.

    A feature belongs to the column whose name it has, or whose name it begins with before ``=`` or ``_``; of several,
    the longest. What is made of several columns, as a principal component is, counts for none.
    """

    @classmethod
    def of(cls, features: Features, columns: Sequence[str], targets: Sequence[str]) -> Self:
        """Return the columns of features."""
        shares = {name: [0.0] * len(targets) for name in columns}
        for each in features:
            made_of = [
                name for name in columns if each.name == name or each.name.startswith((f"{name}=", f"{name}_"))
            ]
            if made_of:
                share = shares[max(made_of, key=len)]
                share[:] = [one + more for one, more in zip(share, each.importances, strict=True)]
        return cls([Feature(name, share) for name, share in shares.items()], targets)
