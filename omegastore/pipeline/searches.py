"""Searches for hyperparameters that were done, as the project keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from omegastore.engine.members import Members
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.record import Record
from omegastore.pipeline.scores import HIGHER

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "hyperopts/"
"""Searches are the objects of the project's store whose names begin so."""


@dataclass(frozen=True)
class Evaluation:
    """What one candidate has reached."""

    parameters: Mapping[str, Any]
    """Other parameters than the pipeline's, by ``part.number.name``."""
    value: float
    """The score; the mean of folds and targets."""


def best_of(evaluations: Sequence[Evaluation], score: str) -> Evaluation:
    """Return the best candidate; of equals the first.

    Raises
    ------
    ValueError
        When none was tried.
    """
    if not evaluations:
        raise ValueError("nothing was tried yet; call fit(population_table_training) first")
    sign = -1 if score in HIGHER else 1
    return min(evaluations, key=lambda each: (each.value != each.value, sign * each.value))


@dataclass(frozen=True)
class Hyperopt:
    """A search that was done."""

    place: Place = field(compare=False)
    id: str
    type: str
    """``"GridSearch"`` or ``"RandomSearch"``."""
    score: str
    """What was best."""
    evaluations: Sequence[Evaluation]
    """All candidates in the order in which they were tried."""
    pipeline: str
    """The id of the best one's pipeline."""

    @property
    def best(self) -> Evaluation:
        """The best candidate."""
        return best_of(self.evaluations, self.score)

    @property
    def best_pipeline(self) -> Pipeline:
        """The pipeline of the best candidate.

        Raises
        ------
        OSError
            When it was deleted since.
        """
        return Pipeline.of(Record(self.place, self.pipeline))

    def to_pandas(self) -> pd.DataFrame:
        """Return a table of the candidates, the best first."""
        import pandas as pd

        table = pd.DataFrame([{**each.parameters, self.score: each.value} for each in self.evaluations])
        return table.sort_values(self.score, ascending=self.score not in HIGHER, kind="stable", ignore_index=True)

    def delete(self) -> None:
        """Delete the search, not its pipeline; silent where it is gone."""
        self.place.store.drop(FOLDER + self.id, force=True)

    def __repr__(self) -> str:
        return f"<{self.type} {self.id!r}: {len(self.evaluations)} candidates, best {self.score} {self.best.value}>"

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))


class Hyperopts(Members[Hyperopt]):
    """The searches of a project, the oldest first, by number, slice or id.

    Parameters
    ----------
    place : Place, optional
        The project; default: the one that is set.
    chosen : sequence of Hyperopt, optional
        What was chosen of it.
    """

    what = "search"
    heads = ("id", "type", "score", "best", "candidates", "pipeline")

    def __init__(self, place: Place | None = None, chosen: Sequence[Hyperopt] | None = None) -> None:
        super().__init__(chosen)
        self._place = place

    @property
    def ids(self) -> list[str]:
        """The ids."""
        return self.names

    def delete(self) -> None:
        """Delete all of them, not their pipelines."""
        for each in self:
            each.delete()

    def _all(self) -> list[Hyperopt]:
        place = self._place if self._place is not None else current()
        found: Any = place.store.list(f"{FOLDER}*", raw=True)
        names = [meta.name for meta in sorted(found, key=lambda meta: meta.created)]
        return [_read(place, name, place.store.get(name)) for name in names]

    def _of(self, chosen: list[Hyperopt]) -> Self:
        return type(self)(self._place, chosen)

    def _name(self, member: Hyperopt) -> str:
        return member.id

    def _row(self, member: Hyperopt) -> list[str]:
        best = str(member.best.value)
        return [member.id, member.type, member.score, best, str(len(member.evaluations)), member.pipeline]


def _read(place: Place, name: str, document: Mapping[str, Any]) -> Hyperopt:
    tried = [Evaluation(each["parameters"], each["value"]) for each in document["evaluations"]]
    return Hyperopt(
        place, name.removeprefix(FOLDER), document["type"], document["score"], tried, document["pipeline"]
    )
