"""Subject: the backend that a class of tests is about, its objects, and a store to keep them in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from pymongo.database import Database

from omegastore import blobs, chunks
from omegastore.backend import Backend
from omegastore.metadata import Metadata
from omegastore.store import OmegaStore
from omegastore.testing.plugin import database_url

T = TypeVar("T")

KEY = "the key of the conformance kit"
NAME = "folder/object"
"""The name that most tests put under."""


class Subject(ABC, Generic[T]):
    """What the author of a backend says of it, and what the tests do with it."""

    backend: ClassVar[type[Backend[Any, Any, Any]]]
    """The backend."""
    by_kind_only: ClassVar[bool] = False
    """Whether it keeps objects only when asked for by ``kind=``."""
    put_options: ClassVar[Mapping[str, Any]] = {}
    """Keywords that each put needs."""
    needs_trust: ClassVar[bool | None] = None
    """Whether what `make` returns runs code when it is read; None means what the backend says."""
    has_payload: ClassVar[bool] = True
    """Whether the object is copied into the store; a reference is not."""

    @abstractmethod
    def make(self, seed: int) -> T:
        """Return an object; the same for the same seed, another one for another."""

    @abstractmethod
    def same(self, left: T, right: T) -> bool:
        """Return whether the two are identical, types included."""

    def returned(self, obj: T) -> Any:
        """Return what get() is to return once `obj` was put: the object itself, unless this says otherwise."""
        return obj

    def appended(self, first: T, second: T) -> Any:
        """Return what get() is to return once `second` was appended to `first`; for kinds that append."""
        raise NotImplementedError(f"kind {self.backend.kind!r} appends: say in appended() what get() then returns")

    @pytest.fixture
    def store(self, omegastore_url: str, omegastore_database: Database[dict[str, Any]]) -> OmegaStore:
        """Return a store on a fresh database that knows the backend."""
        return self.open(database_url(omegastore_url, omegastore_database.name))

    def open(self, url: str, **settings: Any) -> OmegaStore:
        """Return a store that knows the backend and keeps many versions."""
        defaults = {"OMEGA_STORE_SIGNING_KEY": KEY, "OMEGA_STORE_KEEP_VERSIONS": 100, **settings}
        return self.teach(OmegaStore(url, defaults=defaults))

    def beside(self, store: OmegaStore, **places: str) -> OmegaStore:
        """Return a store in the same database, in another bucket or under another prefix."""
        where = {"bucket": store.bucket, "prefix": store.prefix, **places}
        return self.teach(OmegaStore(store.storage.connection, defaults=store.defaults, **where))

    def teach(self, store: OmegaStore) -> OmegaStore:
        """Make the backend known to `store`, where it is not."""
        known = {spec.kind: spec for spec in store.storage.registry}
        if self.backend.kind not in known or store.storage.registry.by_kind(self.backend.kind) is not self.backend:
            store.register_backend(self.backend.kind, self.backend)
        return store

    def put(self, store: OmegaStore, obj: T, name: str = NAME, **keywords: Any) -> Metadata:
        """Put `obj` in place of what is stored."""
        keywords = {**self.put_options, **keywords}
        if self.by_kind_only:
            keywords["kind"] = self.backend.kind
        if self.backend.supports_append and "append" not in keywords:
            keywords["replace"] = True
        return store.put(obj, name, **keywords)

    def holds(self, store: OmegaStore, seed: int, name: str = NAME, version: int = -1) -> bool:
        """Return whether `name` holds what `make(seed)` returns."""
        return self.same(self.returned(self.make(seed)), store.get(name, version=version))

    @property
    def runs_code(self) -> bool:
        """Whether reading what `make` returns runs code."""
        return self.backend.executes_code if self.needs_trust is None else self.needs_trust


def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file go to GridFS, in small chunks, so that small objects are stored as large ones are."""
    monkeypatch.setattr(blobs, "INLINE", -1)
    monkeypatch.setattr(chunks, "CHUNK", 1000)
