"""A put is atomic: whatever step fails, the old object stays whole and nothing of the new one is left."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from omegastore import OmegaStore
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog
from omegastore.chunks import Chunks
from omegastore.errors import Aborted, Conflict, UnsupportedValue
from omegastore.rows import Rows

OBJECTS: dict[str, tuple[Any, Any]] = {
    "inline": ("old", "new"),
    "file": (b"o" * 3_000_000, b"n" * 12_000_000),
    "rows": ({"a": "old"}, {"a": "new"}),
}
STEPS = [
    (Catalog, "_once"),
    (Catalog, "read"),
    (Rows, "_create"),
    (Rows, "_insert"),
    (Chunks, "_send"),
    (Blobs, "_index"),
]


class Broken(Exception):
    """The injected failure."""


def failing(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, at: int, after: bool = False) -> list[int]:
    """Make call number `at` of a method fail, before or after it has done its work; return the calls made."""
    original: Callable[..., Any] = getattr(owner, name)
    calls: list[int] = []

    def call(*arguments: Any, **keywords: Any) -> Any:
        calls.append(len(calls))
        if calls[-1] != at:
            return original(*arguments, **keywords)
        if after:
            original(*arguments, **keywords)
        raise Broken

    monkeypatch.setattr(owner, name, call)
    return calls


def payload_collections(store: OmegaStore) -> list[str]:
    return sorted(name for name in store.mongodb.list_collection_names() if ".datastore" in name)


def documents(store: OmegaStore, name: str) -> list[dict[str, Any]]:
    return list(store.mongodb[name].find({}, sort=[("_id", 1)]))


@pytest.mark.parametrize(("owner", "step"), STEPS, ids=lambda each: getattr(each, "__name__", each))
@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("is_new", [True, False], ids=["first", "replace"])
def test_a_failure_at_any_step_leaves_the_old_and_nothing_else(
    store: OmegaStore, kind: str, owner: type, step: str, is_new: bool
) -> None:
    old, new = OBJECTS[kind]
    if not is_new:
        store.put(old, "n")
    want = None if is_new else store.get("n")
    before = payload_collections(store)
    for at in itertools.count():
        with pytest.MonkeyPatch.context() as patch:
            calls = failing(patch, owner, step, at)
            with contextlib.suppress(Broken):
                store.put(new, "n", replace=True)
            if len(calls) <= at:
                break  # the step is taken `at` times, each has failed once
        assert store.exists("n") is not is_new
        if not is_new:
            assert store.get("n") == want
        assert payload_collections(store) == before
        [*heads] = documents(store, "omegaml.metadata")
        assert len(heads) == (0 if is_new else 1)
        assert [each for each in heads if each["pending"] or each["trash"]] == []
        kept = 1 if kind == "file" and not is_new else 0
        assert len(documents(store, "omegaml.files")) == kept
        assert len({each["files_id"] for each in documents(store, "omegaml.chunks")}) == kept
    assert store.get("n") == ([new] if kind == "rows" else new)
    assert store.metadata("n").version == (1 if is_new else 2)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_flip_whose_answer_was_lost_is_done_once(
    store: OmegaStore, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = OBJECTS[kind]
    store.put(old, "n")
    original, lost = Catalog._once, list[int]()

    def update(self: Catalog, query: Any, pipeline: Any, upsert: bool = False) -> Any:
        done = original(self, query, pipeline, upsert)
        if done is not None and "modified" in pipeline[0].get("$set", {}) and not lost and done["rev"] > 1:
            lost.append(done["rev"])
            raise AutoReconnect("the answer was lost")
        return done

    monkeypatch.setattr(Catalog, "_once", update)
    assert store.put(new, "n", replace=True).version == 2
    assert lost == [2]
    assert store.get("n") == ([new] if kind == "rows" else new)
    if kind == "rows":
        lost.clear()
        assert store.put({"a": "more"}, "n", append=True).version == 3
        assert lost == [3]
        assert store.get("n") == [new, {"a": "more"}]
    monkeypatch.undo()
    assert store.put(new, "n", replace=True).version == (4 if kind == "rows" else 3)


@pytest.mark.parametrize("others", [1, 7])
@pytest.mark.parametrize("keep", [0, 5])
@pytest.mark.parametrize("kind", ["inline", "rows", "append"])
def test_a_lost_answer_is_told_from_a_failure_though_others_flip_meanwhile(
    store_url: str, kind: str, keep: int, others: int
) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_KEEP_VERSIONS": keep})
    obj: Any = (lambda at: at) if kind == "inline" else (lambda at: {"at": at})
    keywords: dict[str, Any] = {"inline": {}, "rows": {"append": False}, "append": {"append": True}}[kind]
    store.put(obj(0), "n")
    original, tried = Catalog._once, list[bool]()

    def update(self: Catalog, query: Any, pipeline: Any, upsert: bool = False) -> Any:
        done = original(self, query, pipeline, upsert)
        if not tried and done is not None and done["rev"] == 2:
            tried.append(True)
            for at in range(others):
                store.put(obj(100 + at), "n", **keywords)
            raise AutoReconnect("the answer was lost")
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalog, "_once", update)
        assert store.put(obj(1), "n", **keywords).version == 2
    last: Any = [obj(100 + at) for at in range(others)]
    want = {"inline": 100 + others - 1, "rows": last[-1:], "append": [obj(0), obj(1), *last]}[kind]
    assert store.get("n") == want
    assert store.metadata("n").version == 2 + others  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["file", "rows", "append"])
def test_a_writer_whose_lease_is_over_is_fenced_off(store_url: str, kind: str) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_LEASE": 0.05})
    old, new = OBJECTS["file" if kind == "file" else "rows"]
    keywords: dict[str, Any] = {} if kind == "file" else {"append": kind == "append"}
    store.put(old, "n")
    want, before = store.get("n"), payload_collections(store)
    owner, step = (Chunks, "_send") if kind == "file" else (Rows, "_insert")
    original = getattr(owner, step)

    def slow(*arguments: Any) -> Any:
        done = original(*arguments)
        time.sleep(0.1)
        OmegaStore(store_url, defaults={"OMEGA_STORE_LEASE": 0.05}).gc(grace=0)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, step, slow)
        with pytest.raises(Aborted):
            store.put(new, "n", **keywords)
    assert store.get("n") == want
    assert store.metadata("n").version == 1  # type: ignore[union-attr]
    store.gc(grace=0)
    assert payload_collections(store) == before
    assert len(documents(store, "omegaml.files")) == (kind == "file")
    assert len({each["files_id"] for each in documents(store, "omegaml.chunks")}) == (kind == "file")
    store.put(new, "n", **keywords)
    assert store.metadata("n").version == 2  # type: ignore[union-attr]


def test_a_put_with_an_expected_version_fails_when_another_is_current(store: OmegaStore) -> None:
    for obj in ("x", {"a": 1}):
        store.put(obj, "n", replace=True)
        version = store.metadata("n").version  # type: ignore[union-attr]
        before = payload_collections(store)
        with pytest.raises(Conflict, match=str(version)):
            store.put(obj, "n", replace=True, expect=version - 1)
        assert payload_collections(store) == before
        assert store.put(obj, "n", replace=True, expect=version).version == version + 1
    assert store.put(1, "new", expect=0).version == 1
    with pytest.raises(Conflict):
        store.put(1, "new", expect=0)


def test_a_head_that_would_be_too_large_is_refused_and_leaves_the_old(store: OmegaStore) -> None:
    store.put(1, "n")
    with pytest.raises((UnsupportedValue, OperationFailure)) as caught:
        store.put(2, "n", attributes={"a": "x" * (16 << 20)})
    assert isinstance(caught.value, UnsupportedValue)
    assert store.get("n") == 1
