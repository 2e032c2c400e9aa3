"""FailingTests: a put that does not succeed keeps the old object and leaves nothing behind."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

import pytest

from omegastore.errors import Conflict, OmegaStoreError
from omegastore.store import OmegaStore
from omegastore.testing.census import Census, census, payloads
from omegastore.testing.faults import POINTS, Interrupted, Point, interrupted
from omegastore.testing.subject import NAME, Subject, T, spread


class Strange:
    """Something that no backend keeps."""


class FailingTests(Subject[T]):
    """What every kind does when a put is interrupted or refused."""

    def refused(self) -> list[object]:
        """Return objects that the backend does not keep."""
        return [Strange()]

    @pytest.mark.parametrize("point", POINTS)
    def test_an_interrupted_put_keeps_the_old_object_and_leaves_nothing(
        self, store: OmegaStore, point: Point, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spread(monkeypatch)
        old, new = self.make(1), self.make(2)
        self.put(store, old)
        before = _settled(store)
        self._interrupt(store, new, point)
        assert _settled(store) == before
        assert self.holds(store, 1)
        assert self.put(store, new).version == 2
        assert self.holds(store, 2)

    @pytest.mark.parametrize("point", POINTS)
    def test_an_interrupted_first_put_leaves_no_object(
        self, store: OmegaStore, point: Point, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spread(monkeypatch)
        obj = self.make(1)
        before = census(store.mongodb)
        self._interrupt(store, obj, point)
        assert not store.exists(NAME)
        assert store.list() == []
        assert census(store.mongodb) == before

    @pytest.mark.parametrize("where", ["inline", "in files"])
    def test_a_put_that_comes_too_late_leaves_nothing(
        self, store: OmegaStore, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if where == "in files":
            spread(monkeypatch)
        old, new = self.make(1), self.make(2)
        self.put(store, old)
        before = _settled(store)
        with pytest.raises(Conflict):
            self.put(store, new, expect=7)
        assert _settled(store) == before
        assert self.holds(store, 1)

    def test_an_object_that_is_refused_leaves_the_old_one(self, store: OmegaStore) -> None:
        self.put(store, self.make(1))
        before = _settled(store)
        refused = self.refused()
        assert refused
        for obj in refused:
            with pytest.raises((OmegaStoreError, FileNotFoundError)):
                store.put(obj, NAME, kind=self.backend.kind, **self.put_options)
        assert _settled(store) == before
        assert self.holds(store, 1)

    def _interrupt(self, store: OmegaStore, obj: T, point: Point) -> None:
        store.register_backend(self.backend.kind, interrupted(self.backend, point))
        with pytest.raises(Interrupted):
            self.put(store, obj)
        store.register_backend(self.backend.kind, self.backend)


def _settled(store: OmegaStore) -> tuple[Census, list[tuple[object, ...]]]:
    """Return what is stored, and what the metadata documents say of their objects and of writes in progress."""
    documents = store.mongodb[f"{store.storage.catalog.space}.metadata"].find({"name": {"$exists": True}})
    facts = ("name", "rev", "kind", "kind_meta", "payload", "versions", "pending", "trash")
    return payloads(census(store.mongodb)), [tuple(each.get(fact) for fact in facts) for each in documents]
