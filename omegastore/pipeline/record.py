"""Record: the document of a pipeline, which stands in the attributes of its model in the project's store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from omegastore.errors import Conflict
from omegastore.pipeline.place import Place
from omegastore.pipeline.work import FOLDER, KIND

FIELD = "pipeline"
TRIES = 50
"""Times that a change is tried again because another one was faster."""


@dataclass(frozen=True)
class Record:
    """A pipeline as it stands in the store."""

    place: Place
    id: str

    def read(self) -> dict[str, Any]:
        """Return the document.

        Raises
        ------
        OSError
            When there is no such pipeline.
        """
        meta = self.place.store.metadata(FOLDER + self.id)
        return self._of(None if meta is None else meta.attributes)

    def change(self, edit: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Change the document and return it; others may do so at the same time."""
        for _ in range(TRIES):
            meta = self.place.store.metadata(FOLDER + self.id)
            document = self._of(None if meta is None else meta.attributes)
            edit(document)
            assert meta is not None
            try:
                meta.save()
            except Conflict:
                continue
            return document
        raise Conflict(f"pipeline {self.id!r} was changed {TRIES} times meanwhile")

    def delete(self) -> None:
        """Delete the pipeline; silent where there is none."""
        self.place.store.drop(FOLDER + self.id, force=True)

    def _of(self, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        document: dict[str, Any] | None = (attributes or {}).get(FIELD)
        if document is None:
            raise OSError(f"there is no pipeline {self.id!r} in project {self.place.store.bucket!r}")
        return document


def records(place: Place) -> list[tuple[Record, dict[str, Any]]]:
    """Return all pipelines of a project with their documents, the oldest first."""
    found: Any = place.store.list(f"{FOLDER}*", kind=KIND, raw=True)
    found = sorted((meta for meta in found if FIELD in meta.attributes), key=lambda meta: meta.created)
    return [(Record(place, meta.name.removeprefix(FOLDER)), meta.attributes[FIELD]) for meta in found]
