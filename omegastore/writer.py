"""Writer: one put, from the choice of the backend to the commit."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omegastore import naming, options, trash
from omegastore.backend import Options
from omegastore.catalog import Doc
from omegastore.errors import MissingExtra, UnknownKind, UnsupportedObject
from omegastore.flip import Draft, Overtaken
from omegastore.metadata import Metadata, check_attributes
from omegastore.registry import AnyBackend
from omegastore.storage import Sources, Storage
from omegastore.write import Write

ATTEMPTS = 50
"""Times that an append starts anew because the object was replaced, or its schema widened, under it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller of put() asks for."""

    obj: Any
    name: str
    attributes: Mapping[str, Any] | None
    replace: bool
    expect: int | None


class Writer:
    """Puts objects into a store.

    Parameters
    ----------
    storage : Storage
        Where to.
    sources : tuple of ObjectSource
        What a backend may read other objects from.
    """

    def __init__(self, storage: Storage, sources: Sources) -> None:
        self._storage, self._sources = storage, sources

    def put(self, request: Request, kind: str | None, given: Mapping[str, Any]) -> Metadata:
        """Store the object and return the Metadata of the new version."""
        backend, made = self.check(request, kind, given)
        return self.done(request.name, self._commit(backend, request, made))

    def check(self, request: Request, kind: str | None, given: Mapping[str, Any]) -> tuple[AnyBackend, Options]:
        """Return the backend that keeps the object, and what it is asked for; raise for what cannot be."""
        naming.check_name(request.name)
        check_attributes(request.attributes)
        backend = self._backend(request, kind, given)
        if backend.executes_code:
            self._storage.seal.refuse(request.name, backend.kind)
        return backend, options.build(backend.put_options, given, backend.kind)

    def open(self, request: Request, backend: AnyBackend, made: Options) -> Write:
        """Return the write, which is to be used as a context manager."""
        append = backend.supports_append and getattr(made, "append", None) is not False and not request.replace
        filename = self._filename(request.name, backend.kind)
        return Write(self._storage.catalog, request.name, backend.kind, filename, self._storage.settings, append)

    def draft(
        self, write: Write, request: Request, backend: AnyBackend, made: Options, announce: bool = False
    ) -> Draft:
        """Write the payload and return the version, which is not visible yet; small ones need not be announced."""
        instance = backend(self._storage.fresh(write, self._sources))
        instance.check(request.obj, made)
        if write.may_append or announce:
            write.hold()
            if write.stored is not None and getattr(made, "append", None) is None:
                _warn_of_append(request.name)
        meta = instance.put(request.obj, self._blank(request.name, backend.kind, write), made)
        payload = write.payload()
        if instance.needs_trust(meta):
            self._storage.seal.refuse(request.name, backend.kind)
            if write.rows.written is not None:
                raise TypeError(f"{backend.__qualname__} runs code on loading, and only files can be signed")
            payload["signature"] = self._storage.seal.sign(request.name, backend.kind, write.vid, payload)
        return write.draft(meta, payload, request.attributes, request.expect)

    def done(self, name: str, document: Doc) -> Metadata:
        """Clean up behind a version that is visible, tell the observers, and return its Metadata."""
        grace = self._storage.settings.OMEGA_STORE_GRACE
        trash.discard(self._storage.catalog, name, trash.expired(document, document["modified"], grace))
        meta = self._storage.metadata(document)
        self._storage.tell("put", meta)
        return meta

    def release(self, document: Doc) -> None:
        """Let the backend of an object that was dropped release what it has elsewhere, and tell the observers."""
        meta = self._storage.metadata(document)
        with contextlib.suppress(UnknownKind, MissingExtra):  # the payload can be removed without the backend
            self._storage.registry.by_kind(document["kind"])(self._storage.stored(document)).drop(meta)
        self._storage.tell("drop", meta)

    def _commit(self, backend: AnyBackend, request: Request, made: Options) -> Doc:
        """Write and commit; anew when the object was replaced while rows were appended to it."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.open(request, backend, made) as write:
                    return write.commit(self.draft(write, request, backend, made))
            except Overtaken:
                # what an iterator has yielded is gone
                if attempt == ATTEMPTS or isinstance(request.obj, Iterator):
                    raise
        raise AssertionError("unreachable")

    def _blank(self, name: str, kind: str, write: Write) -> Metadata:
        """Return the Metadata that a backend completes; that of the stored version when it appends."""
        document: Doc = {
            "bucket": self._storage.bucket,
            "prefix": self._storage.prefix,
            "name": name,
            "kind": kind,
        }
        if write.stored is not None and write.document is not None:
            document["kind_meta"] = write.document["kind_meta"]
        return Metadata.from_document(document)

    def _filename(self, name: str, kind: str) -> str:
        hashed = self._storage.settings.OMEGA_STORE_HASHEDNAMES
        return naming.object_store_key(self._storage.bucket, self._storage.prefix, name, kind, hashed)

    def _backend(self, request: Request, kind: str | None, given: Mapping[str, Any]) -> AnyBackend:
        registry = self._storage.registry
        backend = registry.by_object(request.obj, request.name, kind, request.attributes, given)
        if backend is not None and backend.supports(request.obj):
            return backend
        asked = f"kind {kind!r} does not keep" if kind else "no backend keeps"
        raise UnsupportedObject(
            f"{asked} {type(request.obj).__module__}.{type(request.obj).__qualname__} (put as {request.name!r}); "
            f"convert it to a plain type, or choose kind= among {sorted(spec.kind for spec in registry)}"
        )


def _warn_of_append(name: str) -> None:
    warnings.warn(
        f"{name!r} has rows already and these are appended; pass append=True to say so, "
        "or append=False to replace them",
        stacklevel=_levels(),
    )


def _levels() -> int:
    """Return how many frames above its caller the line stands that called omegastore."""
    frame, levels = inspect.currentframe(), 0
    while frame is not None and frame.f_globals["__name__"].startswith("omegastore."):
        frame, levels = frame.f_back, levels + 1
    return levels
