"""Issues: what speaks against fitting a pipeline on some rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegastore.pipeline.population import TARGET, Population

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Issue:
    """Something that `check` has found."""

    message: str
    is_error: bool = False
    """Whether a fit would fail; else it is only worth a look."""

    def __str__(self) -> str:
        return f"{'error' if self.is_error else 'warning'}: {self.message}"


def issues(population: Population, X: pd.DataFrame, y: pd.DataFrame, model: Any) -> list[Issue]:
    """Return what speaks against fitting `model`.

    Parameters
    ----------
    population : Population
        Names and roles.
    X, y : DataFrame
        The columns to learn from, and the targets.
    model : Model
        Not fitted.
    """
    found: list[Issue] = []
    if not model.predictors:
        found.append(Issue("the pipeline has no predictor", True))
    if not population.roles.get(TARGET):
        found.append(Issue("no column has the role 'target'", True))
    if X.shape[1] == 0:
        found.append(Issue("no column has one of the roles 'numerical', 'categorical', 'text', 'time_stamp'", True))
    if len(X) == 0:
        found.append(Issue(f"{population.name!r} has no rows", True))
        return found
    for name in y.columns:
        missing = int(y[name].isna().sum())
        if missing:
            found.append(Issue(f"target {name!r} is missing in {missing} of {len(y)} rows", True))
        elif y[name].nunique() < 2:
            found.append(Issue(f"target {name!r} is {y[name].iloc[0]!r} in all rows", model.is_classifier))
    for name in X.columns:
        values = X[name].nunique()
        if values < 2:
            found.append(Issue(f"column {name!r} has {'the same value' if values else 'no value'} in all rows"))
        share = X[name].isna().mean()
        if values and share > 0.9:
            found.append(Issue(f"column {name!r} is missing in {share:.0%} of the rows"))
    return found
