"""Reader: one get, from finding the version to the verified object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from omegastore import naming, options
from omegastore.backend import Backend, Options
from omegastore.errors import Corrupt, UnknownColumn
from omegastore.metadata import Metadata
from omegastore.storage import Sources, Storage

T = TypeVar("T")
AnyInstance = Backend[Any, Any, Any]
Version = int | str | datetime
Step = Callable[[AnyInstance, Metadata, Options], T]

ATTEMPTS = 5
"""Times that a read starts anew because the object was replaced under it."""


class Reader:
    """Reads objects of a store.

    Parameters
    ----------
    storage : Storage
        Where from.
    sources : tuple of ObjectSource
        What a backend may read other objects from.
    """

    def __init__(self, storage: Storage, sources: Sources) -> None:
        self._storage, self._sources = storage, sources

    def get(self, name: str, version: Version, kind: str | None, given: Mapping[str, Any]) -> Any:
        """Return the object, or an iterator where the name asks for parts."""
        parsed = naming.parse(name)
        if parsed.iteration is not None:
            return self._iterate(parsed, parsed.iteration, version, given)
        return self._read(parsed, version, kind, given, lambda backend, meta, made: backend.get(meta, made))

    def getl(self, name: str, version: Version, kind: str | None, given: Mapping[str, Any]) -> Any:
        """Return the lazy frame."""
        return self._lazy(naming.parse(name), version, kind, given)

    def _lazy(self, parsed: naming.ObjectName, version: Version, kind: str | None, given: Mapping[str, Any]) -> Any:
        return self._read(parsed, version, kind, given, lambda backend, meta, made: backend.getl(meta, made))

    def _read(
        self,
        parsed: naming.ObjectName,
        version: Version,
        kind: str | None,
        given: Mapping[str, Any],
        step: Step[T],
    ) -> T:
        """Run `step` on the object as it stands; anew when it was replaced meanwhile."""
        if parsed.version is not None:
            if version != -1:
                raise ValueError(f"{str(parsed)!r} names a version, and version={version!r} another")
            version = parsed.version
        attempt = 0
        while True:
            attempt += 1
            document = self._storage.find(parsed.base, version)
            meta = self._storage.metadata(document)
            backend = self._storage.registry.by_kind(kind or document["kind"])
            instance = backend(self._storage.stored(document, self._sources))
            if instance.needs_trust(meta):
                self._storage.seal.admit(document)
            asked = self._projected(parsed, given, instance, meta)
            try:
                value = step(instance, meta, options.build(backend.get_options, asked, backend.kind))
            except Corrupt as error:
                if attempt < ATTEMPTS and self._storage.find(parsed.base, version)["vid"] != document["vid"]:
                    continue
                raise Corrupt(f"{parsed.base!r}, version {meta.version}: {error}") from error
            self._storage.tell("get", meta)
            return value

    def _projected(
        self, parsed: naming.ObjectName, given: Mapping[str, Any], backend: AnyInstance, meta: Metadata
    ) -> Mapping[str, Any]:
        """Return the options with the columns that the name selects."""
        chosen = parsed.columns
        if chosen is None:
            return given
        if chosen.kind == "list":
            return {**given, "columns": list(chosen.names)}
        labels = list(backend.getl(meta, backend.get_options()).columns)
        unknown = [each for each in chosen.names if each is not None and each not in labels]
        if unknown:
            raise UnknownColumn(f"{unknown} not in columns {labels} of {parsed.base!r}")
        if chosen.kind == "except":
            return {**given, "columns": [label for label in labels if label not in chosen.names]}
        first, last = chosen.names
        start = 0 if first is None else labels.index(first)
        return {**given, "columns": labels[start : None if last is None else labels.index(last) + 1]}

    def _iterate(
        self, parsed: naming.ObjectName, how: naming.Iteration, version: Version, given: Mapping[str, Any]
    ) -> Iterator[Any]:
        """Return the iterator over parts of a frame that the name asks for."""
        keywords = dict(how.options)
        frame = self._lazy(naming.ObjectName(parsed.base, parsed.columns, parsed.version), version, None, given)
        if how.verb == "rows":
            frame = frame.rows(keywords.pop("start", 0), keywords.pop("end", None))
        chunks: Iterator[Any] = frame.iterchunks(**keywords)
        return chunks


def as_python(value: Any) -> Any:
    """Return lists and dicts for frames, series and arrays, and anything else as it is."""
    if type(value).__module__.partition(".")[0] not in ("pandas", "numpy"):
        return value
    return value.to_dict("records") if hasattr(value, "columns") else value.tolist()
