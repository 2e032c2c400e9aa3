"""History: the scores of a pipeline, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from omegastore.pipeline.scores import CLASSIFICATION, REGRESSION, Score

if TYPE_CHECKING:
    import pandas as pd


class Scores(Sequence[Score]):
    """The scores of a pipeline by number and slice; that of the training set is the first.

    A score that is asked for by its name, such as ``scores.auc``, is that of the last run.

    Parameters
    ----------
    scores : sequence of Score
        The runs.
    targets : sequence of str
        What is predicted.
    """

    def __init__(self, scores: Sequence[Score], targets: Sequence[str]) -> None:
        self._scores, self._targets = list(scores), list(targets)

    def filter(self, conditional: Callable[[Score], bool]) -> Scores:
        """Return those for which `conditional` is true."""
        return Scores([each for each in self._scores if conditional(each)], self._targets)

    def sort(self, key: Callable[[Score], Any] | None = None, descending: bool = False) -> Scores:
        """Return them by `key`; default: by time."""
        return Scores(sorted(self._scores, key=key or (lambda each: each.at), reverse=descending), self._targets)

    def to_pandas(self) -> pd.DataFrame:
        """Return a table with a row for each run and target."""
        import pandas as pd

        rows = [
            {"at": each.at, "population": each.population, "rows": each.rows, "target": target}
            | {name: values[number] for name, values in each.values.items()}
            for each in self._scores
            for number, target in enumerate(self._targets)
        ]
        return pd.DataFrame(rows)

    def __len__(self) -> int:
        return len(self._scores)

    def __iter__(self) -> Iterator[Score]:
        return iter(self._scores)

    @overload
    def __getitem__(self, key: int) -> Score: ...
    @overload
    def __getitem__(self, key: slice) -> Scores: ...
    def __getitem__(self, key: int | slice) -> Score | Scores:
        return Scores(self._scores[key], self._targets) if isinstance(key, slice) else self._scores[key]

    def __getattr__(self, name: str) -> Any:
        if name not in (*CLASSIFICATION, *REGRESSION):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._scores[-1], name)

    def __repr__(self) -> str:
        return str(self.to_pandas().to_string(index=False))

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))
