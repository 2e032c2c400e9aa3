"""KeepingTests: an object goes in, comes out the same, and goes without a trace."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import bson
import pytest

from omegastore.backend import Backend
from omegastore.errors import InvalidOption
from omegastore.metadata import Metadata
from omegastore.mongo import CODEC
from omegastore.options import FILTER
from omegastore.store import OmegaStore
from omegastore.testing.census import census
from omegastore.testing.subject import NAME, Subject, T, spread


class KeepingTests(Subject[T]):
    """What every kind does with one name."""

    def test_the_backend_is_documented(self) -> None:
        text = vars(self.backend).get("__doc__") or ""
        assert text.strip(), "it has no docstring of its own"
        assert text.strip().splitlines()[0].endswith("."), "its docstring does not begin with a sentence"
        assert text != Backend.__doc__

    def test_it_is_found_by_its_object_or_by_its_kind_alone(self, store: OmegaStore) -> None:
        obj, kind = self.make(1), self.backend.kind
        by_kind = store.get_backend_byobj(obj, kind=kind)
        assert by_kind is not None
        assert by_kind.backend is self.backend
        by_object = store.get_backend_byobj(obj, **self.put_options)
        assert (by_object is not None and by_object.backend is self.backend) is not self.by_kind_only
        assert self.put(store, obj).kind == kind

    def test_what_was_put_comes_back(self, store: OmegaStore) -> None:
        self.put(store, self.make(1))
        assert self.holds(store, 1)
        assert not self.holds(store, 2), "make() returns the same for two seeds, or same() sees no difference"

    def test_what_is_spread_over_chunks_comes_back(self, store: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
        spread(monkeypatch)
        meta = self.put(store, self.make(1))
        assert all("id" in part for part in meta.payload.get("parts", ()))
        assert self.holds(store, 1)

    def test_it_is_read_again_and_by_another_store(self, store: OmegaStore) -> None:
        self.put(store, self.make(1))
        self.put(store, self.make(2), "another")
        assert all(self.holds(store, 1) for _ in range(2))
        assert self.holds(self.beside(store), 1)

    def test_a_second_put_makes_a_version_and_both_are_readable(self, store: OmegaStore) -> None:
        versions = [self.put(store, self.make(seed)).version for seed in (1, 2)]
        assert versions[1] == versions[0] + 1
        assert self.holds(store, 2)
        assert self.holds(store, 1, version=versions[0])
        assert self.holds(store, 2, version=versions[1])
        assert self.holds(store, 1, version=-2)

    def test_metadata_is_bson_and_is_saved(self, store: OmegaStore) -> None:
        meta = self.put(store, self.make(1), attributes={"owner": "kit"})
        described = {"kind_meta": meta.kind_meta, "attributes": meta.attributes}
        assert bson.decode(bson.encode(described, codec_options=CODEC), CODEC) == described
        saved = store.metadata(NAME)
        assert saved is not None
        for field in ("name", "bucket", "prefix", "kind", "kind_meta", "collection", "objid", "uri", "version"):
            assert getattr(saved, field) == getattr(meta, field), field
        assert saved.kind == self.backend.kind
        assert saved.attributes == {"owner": "kit"}

    def test_size_and_checksum_are_those_of_what_is_stored(self, store: OmegaStore) -> None:
        meta = self.put(store, self.make(1))
        stored = _parts(store, meta)
        for (data, sha256), record in zip(stored, meta.payload.get("parts", ()), strict=True):
            assert record["size"] == len(data)
            assert sha256 == hashlib.sha256(data).hexdigest()
        rows = _rows(store, meta)
        assert meta.size == sum(len(data) for data, _ in stored) + len(rows)
        assert bool(stored or rows) is self.has_payload, "the object is not where the context would have put it"
        if "rows" in meta.payload:
            assert [bytes(each["sha"]) for each in meta.payload["rows"]["batches"]] == [hashlib.sha256(rows).digest()]

    def test_the_callers_object_is_unchanged(self, store: OmegaStore) -> None:
        obj = self.make(1)
        self.put(store, obj)
        assert self.same(self.make(1), obj)
        store.get(NAME)
        assert self.same(self.make(1), obj)

    def test_drop_and_gc_leave_nothing_of_it(self, store: OmegaStore) -> None:
        first, second = self.make(1), self.make(2)
        before = census(store.mongodb)
        for obj in (first, second):
            self.put(store, obj)
        assert census(store.mongodb) != before
        store.drop(NAME)
        assert not store.exists(NAME)
        store.gc(grace=0)
        assert census(store.mongodb) == before

    def test_an_unknown_option_is_refused_by_name(self, store: OmegaStore) -> None:
        obj = self.make(1)
        before = census(store.mongodb)
        alone: dict[str, Any] = {"replcae": True}
        for given in (alone, {**alone, **self.put_options}):
            with pytest.raises(InvalidOption, match="replcae") as caught:
                store.put(obj, NAME, kind=self.backend.kind, **given)
            assert all(field.name in str(caught.value) for field in dataclasses.fields(self.backend.put_options))
        assert census(store.mongodb) == before
        if FILTER not in {field.name for field in dataclasses.fields(self.backend.get_options)}:
            self.put(store, obj)
            with pytest.raises(InvalidOption, match="replcae"):
                store.get(NAME, replcae=True)

    def test_a_lazy_read_has_the_same_value_or_is_refused(self, store: OmegaStore) -> None:
        self.put(store, self.make(1))
        if self.backend.supports_lazy:
            lazy = store.getl(NAME)
            assert self.same(self.returned(self.make(1)), lazy.value)
            assert len(lazy) == len(store.get(NAME))
        else:
            with pytest.raises(TypeError, match="lazy"):
                store.getl(NAME)


def _parts(store: OmegaStore, meta: Metadata) -> list[tuple[bytes, str]]:
    """Return the bytes of each file of the payload as MongoDB holds them, and their checksum in Metadata."""
    found: list[tuple[bytes, str]] = []
    for record in meta.payload.get("parts", ()):
        data = record["data"] if "data" in record else store.fs.get(record["id"]).read()
        found.append((bytes(data), record["sha256"]))
    return found


def _rows(store: OmegaStore, meta: Metadata) -> bytes:
    """Return the documents of the payload as MongoDB holds them."""
    if "rows" not in meta.payload:
        return b""
    cursor: Any = store.mongodb[meta.payload["rows"]["collection"]].find_raw_batches({}, sort=[("_id", 1)])
    return b"".join(cursor)
