"""Pipelines: the pipelines of a project as one container, which reads its list fresh."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any

from omegastore.pipeline.handle import Pipeline
from omegastore.pipeline.place import Place, current
from omegastore.pipeline.record import records

COLUMNS = ("id", "tags", "targets", "scores")


class Pipelines:
    """Pipelines by number, slice, or id.

    Parameters
    ----------
    place : Place, optional
        The project; default: the one that is set.
    chosen : list of Pipeline, optional
        What was selected of it; such a container stays as it is.
    """

    def __init__(self, place: Place | None = None, chosen: list[Pipeline] | None = None) -> None:
        self._place, self._chosen = place, chosen

    @property
    def ids(self) -> list[str]:
        """The ids."""
        return [each.id for each in self]

    names = ids
    """The same; containers of a project have names."""

    @property
    def in_memory(self) -> list[str]:
        """The ids of all: pipelines are saved and loaded by themselves."""
        return self.ids

    on_disk = in_memory
    """The same."""

    def filter(self, conditional: Callable[[Pipeline], bool]) -> Pipelines:
        """Return those for which `conditional` is true."""
        return Pipelines(self._place, [each for each in self if conditional(each)])

    def sort(self, key: Callable[[Pipeline], Any], descending: bool = False) -> Pipelines:
        """Return them by `key`."""
        return Pipelines(self._place, sorted(self, key=key, reverse=descending))

    def delete(self) -> None:
        """Delete all of them from the project."""
        for each in self:
            each.delete()

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self._all())

    def __contains__(self, id: object) -> bool:
        return id in self.ids

    def __getitem__(self, key: int | slice | str) -> Any:
        found = self._all()
        if isinstance(key, slice):
            return Pipelines(self._place, found[key])
        if isinstance(key, int):
            return found[key]
        for each in found:
            if each.id == key:
                return each
        raise KeyError(f"no pipeline {key!r} among {[each.id for each in found]}")

    def _all(self) -> list[Pipeline]:
        if self._chosen is not None:
            return list(self._chosen)
        place = self._place if self._place is not None else current()
        return [Pipeline.of(record, document) for record, document in records(place)]

    def _rows(self) -> list[list[str]]:
        rows = []
        for each in self:
            last = each.scores[-1]
            shown = ", ".join(f"{name} {getattr(last, name)}" for name in last.values)
            rows.append([each.id, ", ".join(each.tags), ", ".join(each.targets), shown])
        return rows

    def __repr__(self) -> str:
        rows = [list(COLUMNS), *self._rows()]
        widths = [max(len(row[at]) for row in rows) for at in range(len(COLUMNS))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        return f"<table><tr>{''.join(f'<th>{name}</th>' for name in COLUMNS)}</tr>{rows}</table>"
