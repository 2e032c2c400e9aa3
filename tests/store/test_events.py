"""Observers are told of put, get and drop once they have succeeded, each store its own."""

from __future__ import annotations

import pytest

from omegastore import OmegaStore
from omegastore.errors import DoesNotExist, InvalidOption, UnsupportedObject
from omegastore.events import Event


@pytest.fixture
def seen(store: OmegaStore) -> list[Event]:
    """Return the list that the events of `store` are added to."""
    found: list[Event] = []
    store.storage.observers.add(found.append)
    return found


def test_put_get_and_drop_are_told_with_name_kind_and_version(store: OmegaStore, seen: list[Event]) -> None:
    store.put("one", "text")
    store.put("two", "text")
    store.get("text")
    store.get("text", version=1)
    store.drop("text")
    assert [(each.verb, each.name, each.kind, each.version) for each in seen] == [
        ("put", "text", "python.object", 1),
        ("put", "text", "python.object", 2),
        ("get", "text", "python.object", 2),
        ("get", "text", "python.object", 1),
        ("drop", "text", "python.object", 2),
    ]


def test_an_event_says_bucket_and_prefix(store: OmegaStore) -> None:
    found: list[Event] = []
    beside = OmegaStore(store.storage.connection, bucket="b", prefix="p/", defaults=store.defaults)
    beside.storage.observers.add(found.append)
    beside.put(1, "number")
    assert found == [Event("put", "number", "b", "p/", "python.object", 1)]


def test_dropping_a_pattern_tells_of_every_object(store: OmegaStore, seen: list[Event]) -> None:
    for name in ("a/1", "a/2", "b"):
        store.put(1, name)
    seen.clear()
    store.drop("a/*")
    assert [(each.verb, each.name) for each in seen] == [("drop", "a/1"), ("drop", "a/2")]


def test_what_fails_is_not_told(store: OmegaStore, seen: list[Event]) -> None:
    with pytest.raises(UnsupportedObject):
        store.put(object(), "text")
    with pytest.raises(InvalidOption):
        store.put("text", "text", replcae=True)
    with pytest.raises(DoesNotExist):
        store.get("text")
    with pytest.raises(DoesNotExist):
        store.drop("text")
    store.drop("text", force=True)
    assert seen == []


def test_the_object_is_there_when_its_put_is_told(store: OmegaStore) -> None:
    found: list[object] = []
    store.storage.observers.add(lambda event: found.append(store.get(event.name)) if event.verb == "put" else None)
    store.put("text", "text")
    assert found == ["text"]


def test_observers_are_told_in_turn_until_they_are_removed(store: OmegaStore) -> None:
    found: list[str] = []

    def first(event: Event) -> None:
        found.append(f"first {event.name}")

    store.storage.observers.add(first)
    store.storage.observers.add(lambda event: found.append(f"second {event.name}"))
    store.put(1, "a")
    store.storage.observers.remove(first)
    store.put(1, "b")
    assert found == ["first a", "second a", "second b"]


def test_an_observer_sees_one_store_only(store: OmegaStore, seen: list[Event]) -> None:
    OmegaStore(store.storage.connection, defaults=store.defaults).put(1, "number")
    assert seen == []


def test_a_bound_backend_and_a_lazy_read_are_told_too(store: OmegaStore, seen: list[Event]) -> None:
    backend = store.get_backend_bykind("python.data")
    backend.put({"a": 1}, "data")
    backend.get("data")
    backend.drop("data")
    assert [each.verb for each in seen] == ["put", "get", "drop"]
