"""Watching a store: each change once, in order, from where one wants to go on."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import InvalidOption, ReadOnly, UnsupportedServer
from omegastore.watch import Change, Watch

FRAME = pd.DataFrame({"a": [1, 2]})


def told(watch: Watch) -> list[tuple[str, str, int | None, str | None]]:
    """Return what comes until nothing comes any more."""
    return [(each.verb, each.name, each.version, each.tag) for each in watch]


def test_each_change_is_told_once_and_in_order(store: OmegaStore) -> None:
    store.put("old", "old")
    with store.watch(timeout=0.5) as changes:
        store.put(FRAME, "frame")
        store.put(FRAME, "frame", append=True)
        store.tag("frame", "a tag", 1)
        store.put(b"x" * 400_000, "frame")
        store.untag("frame", "a tag")
        store.restore("frame", 2)
        store.drop("frame")
        store.put(1, "frame")
        store.put(2, "old")
        assert told(changes) == [
            ("put", "frame", 1, None),
            ("append", "frame", 2, None),
            ("tag", "frame", 1, "a tag"),
            ("put", "frame", 3, None),
            ("untag", "frame", None, "a tag"),
            ("put", "frame", 4, None),
            ("drop", "frame", 4, None),
            ("put", "frame", 6, None),
            ("put", "old", 2, None),
        ]


def test_what_others_do_is_told_while_one_waits(store: OmegaStore) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    with store.watch() as changes:
        later = threading.Timer(0.2, lambda: store.put(1, "a/b"))
        later.start()
        change = next(changes)
        later.join()
    assert (change.verb, change.name, change.version) == ("put", "a/b", 1)
    assert before < change.moment < before + timedelta(minutes=5)
    assert next(changes, None) is None


def test_changes_of_a_commit_come_together_and_what_is_taken_back_never(store: OmegaStore) -> None:
    with store.watch(timeout=0.5) as changes:
        with store.commit("both") as commit:
            commit.put(1, "a")
            commit.put(2, "b")
            commit.tag("a", "best")
        with contextlib.suppress(ZeroDivisionError), store.commit() as commit:
            commit.put(3, "c")
            raise ZeroDivisionError
        assert sorted(told(changes), key=str) == [
            ("put", "a", 1, None),
            ("put", "b", 1, None),
            ("tag", "a", 1, "best"),
        ]


def test_patterns_prefixes_and_buckets_are_apart_and_hidden_names_are_asked_for(
    store: OmegaStore, store_url: str
) -> None:
    prefixed, elsewhere = OmegaStore(store_url, prefix="m"), OmegaStore(store_url, bucket="other")
    with (
        store.watch("m*[ab]", timeout=0.5) as some,
        store.watch(timeout=0.5, hidden=True) as every,
        prefixed.watch(timeout=0.5) as inside,
    ):
        for name in ("ma", "m.c", "mb", ".ma", "_t", "x"):
            store.put(1, name)
        prefixed.put(1, "ma")
        elsewhere.put(1, "ma")
        assert [each.name for each in some] == ["ma", "mb"]
        assert [each.name for each in every] == ["ma", "m.c", "mb", ".ma", "_t", "x"]
        assert [each.name for each in inside] == ["ma"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(0, 5), max_size=3))
def test_a_watch_goes_on_after_any_token(store: OmegaStore, stops: list[int]) -> None:
    with store.watch(timeout=0.2) as whole:
        start = whole.token
        for number in range(6):
            store.put(number, f"n{number}")
        wanted = list(whole)
    assert [each.name for each in wanted] == [f"n{number}" for number in range(6)]
    found: list[Change] = []
    token = start
    for stop in [*sorted(stops), 6]:
        with store.watch(after=token, timeout=0.2) as part:
            while len(found) < stop:
                found.append(next(part))
            token = part.token if len(found) == 0 else found[-1].token
    assert found == wanted


def test_what_cannot_be_watched_is_refused(store: OmegaStore, standalone_url: str) -> None:
    store.put(1, "a")
    for wrong in ("", "no token", "82"):
        with pytest.raises(InvalidOption, match="not the token of a change"):
            store.watch(after=wrong)
    with pytest.raises(ReadOnly, match="the past"):
        store.at(datetime.now(UTC)).watch()
    with pytest.raises(UnsupportedServer, match="replica set"):
        OmegaStore(standalone_url).watch()
