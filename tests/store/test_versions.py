"""Earlier versions can be read until they are pruned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.errors import DoesNotExist, VersionGone

KINDS: dict[str, Any] = {"inline": lambda at: at, "large": lambda at: [at] * 90_000, "rows": lambda at: {"at": at}}


def put(store: OmegaStore, kind: str, at: int) -> Any:
    keywords: dict[str, Any] = {"append": False} if kind == "rows" else {"kind": "python.object"}
    return store.put(KINDS[kind](at), "n", **keywords)


def want(kind: str, at: int) -> Any:
    return [KINDS[kind](at)] if kind == "rows" else KINDS[kind](at)


@pytest.mark.parametrize("kind", KINDS)
def test_versions_are_found_by_number_from_either_end_and_by_time(store: OmegaStore, kind: str) -> None:
    times = [put(store, kind, at).modified for at in range(1, 9)]
    for at in range(3, 9):
        for version in (at, at - 9, f"@{at}"):
            got = store.get(f"n{version}") if isinstance(version, str) else store.get("n", version=version)
            assert got == want(kind, at)
    latest = {time: at for at, time in enumerate(times, 1)}
    for time, at in latest.items():
        if at >= 3:
            assert store.get("n", version=time) == want(kind, at)
    for version in (1, 2, -7, -8, times[0], times[1]):
        with pytest.raises(VersionGone):
            store.get("n", version=version)
    for version in (9, -9, "tag", times[0] - timedelta(days=1)):
        with pytest.raises(DoesNotExist) as never:
            store.get("n", version=version)
        assert never.type is DoesNotExist
    with pytest.raises(ValueError, match="time zone"):
        store.get("n", version=datetime.now(UTC).replace(tzinfo=None))
    store.gc(grace=0)
    assert [store.get("n", version=at) for at in range(3, 9)] == [want(kind, at) for at in range(3, 9)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_version_is_kept_when_none_is_wanted(store_url: str, kind: str) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_KEEP_VERSIONS": 0})
    for at in range(3):
        put(store, kind, at)
    with pytest.raises(VersionGone):
        store.get("n", version=-2)
    store.gc(grace=0)
    assert store.get("n") == want(kind, 2)
    assert store.mongodb["omegaml.versions"].count_documents({}) == 0
    assert store.mongodb["omegaml.files"].count_documents({}) == (kind == "large")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gone", [1, 2, 3])
def test_one_version_can_be_dropped(store: OmegaStore, kind: str, gone: int) -> None:
    for at in range(1, 5):
        put(store, kind, at)
    assert store.drop("n", version=gone)
    store.gc(grace=0)
    for at in range(1, 5):
        if at != gone:
            assert store.get("n", version=at) == want(kind, at)
    with pytest.raises(DoesNotExist):
        store.get("n", version=gone)
    with pytest.raises(ValueError, match="current"):
        store.drop("n", version=4)


@pytest.mark.parametrize("gone", [2, 3, 4])
def test_appended_versions_share_rows_and_can_be_dropped_one_by_one(store: OmegaStore, gone: int) -> None:
    for at in range(1, 6):
        store.put({"at": at} if at != 3 else {"a__b": at}, "n", append=True)  # the third changes kind_meta
    body = [{"at": at} if at != 3 else {"a__b": at} for at in range(1, 6)]
    store.drop("n", version=gone)
    store.put({"at": 6}, "n", append=False)
    store.gc(grace=0)
    for at in range(1, 6):
        if at != gone:
            assert store.get("n", version=at) == body[:at]
    store.drop("n")
    store.gc(grace=0)
    assert [name for name in store.mongodb.list_collection_names() if "datastore" in name] == []
    assert store.mongodb["omegaml.versions"].count_documents({}) == 0


def test_numbers_go_on_after_a_drop(store: OmegaStore) -> None:
    store.put(1, "n")
    store.put(2, "n")
    store.drop("n")
    meta = store.put(3, "n")
    assert meta.version > 2
    with pytest.raises(DoesNotExist):
        store.get("n", version=1)
    with pytest.raises(DoesNotExist):
        store.get("n", version=-2)


def test_a_time_whose_version_was_pruned_does_not_show_the_one_before(store_url: str) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_KEEP_VERSIONS": 0})
    first = store.put("first", "n").modified
    store.tag("n", "kept")
    second = store.put("second", "n").modified
    store.put("third", "n")
    assert first is not None
    assert second is not None
    assert store.get("n", version=first) == "first"
    with pytest.raises(VersionGone):
        store.get("n", version=second)
