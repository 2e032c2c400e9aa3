"""Pipelines: the pipelines of a project as one container, which reads its list fresh."""

from __future__ import annotations

from typing import Self

from omegastore.engine.members import Members
from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.record import records


class Pipelines(Members[Pipeline]):
    """The pipelines of a project, the oldest first, by number, slice or id.

    Parameters
    ----------
    place : Place, optional
        The project; default: the one that is set.
    chosen : list of Pipeline, optional
        What was chosen of it.
    """

    what = "pipeline"
    heads = ("id", "tags", "targets", "scores")

    def __init__(self, place: Place | None = None, chosen: list[Pipeline] | None = None) -> None:
        super().__init__(chosen)
        self._place = place

    @property
    def ids(self) -> list[str]:
        """The ids."""
        return self.names

    @property
    def in_memory(self) -> list[str]:
        """The ids of all: pipelines are saved and loaded by themselves."""
        return self.ids

    on_disk = in_memory
    """The same."""

    def delete(self) -> None:
        """Delete all of them from the project."""
        for each in self:
            each.delete()

    def _all(self) -> list[Pipeline]:
        place = self._place if self._place is not None else current()
        return [Pipeline.of(record, document) for record, document in records(place)]

    def _of(self, chosen: list[Pipeline]) -> Self:
        return type(self)(self._place, chosen)

    def _name(self, member: Pipeline) -> str:
        return member.id

    def _row(self, member: Pipeline) -> list[str]:
        last = member.scores[-1]
        shown = ", ".join(f"{name} {getattr(last, name)}" for name in last.values)
        return [member.id, ", ".join(member.tags), ", ".join(member.targets), shown]
