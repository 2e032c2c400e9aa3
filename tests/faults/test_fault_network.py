"""Connections that are cut, refused, delayed or swallowed at each request of each verb that writes."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from omegastore import OmegaStore, replies, wire
from omegastore.errors import ServerUnavailable
from tests.faults.mongods import ReplicaSet
from tests.faults.points import make_small_chunks
from tests.faults.proxy import HARMS, Harm, Proxy
from tests.faults.stores import KEY, at_database, collected, open_store, read
from tests.faults.verbs import READS, SETTINGS, VERBS, versions_are_whole

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
NAME = "folder/object"
CALLS = [*VERBS, *READS]
CASES = 40
OPTIONS = "directConnection=true&socketTimeoutMS=1000&serverSelectionTimeoutMS=3000"
DEADLINE = 30.0
"""Seconds: 8 tries of a step, each with two attempts of the driver, 1 s each, and pauses between."""


@pytest.fixture
def servers(program: Path, tmp_path: Path) -> Iterator[ReplicaSet]:
    found = ReplicaSet(program, tmp_path / "data")
    yield found
    found.end()


@pytest.fixture
def proxy(servers: ReplicaSet) -> Iterator[Proxy]:
    found = Proxy(servers.members[0].port)
    yield found
    found.close()


@pytest.fixture
def calm(servers: ReplicaSet) -> OmegaStore:
    """A store that no fault meets."""
    return open_store(at_database(servers.url, "faults"), **SETTINGS)


@pytest.fixture
def harmed(proxy: Proxy) -> Iterator[OmegaStore]:
    """A store behind the proxy."""
    url = f"mongodb://127.0.0.1:{proxy.port}/faults?{OPTIONS}"
    with MongoClient[dict[str, Any]](url) as client:
        yield OmegaStore(client, defaults={"OMEGA_STORE_SIGNING_KEY": KEY, **SETTINGS})


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small_chunks(monkeypatch.setattr)


@pytest.fixture(params=["runs and bare replies", "insert_many and the driver's cursor"])
def _route(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows go by the one or the other route (omegastore.wire, omegastore.replies)."""
    if request.param != "runs and bare replies":
        monkeypatch.setattr(wire, "is_driver_fit", lambda: False)
        monkeypatch.setattr(replies, "is_one_server", lambda collection: False)


@pytest.mark.usefixtures("_route")
def test_a_call_whose_connection_fails_ends_in_time_with_the_old_or_the_new_object(
    proxy: Proxy, harmed: OmegaStore, calm: OmegaStore, scale: int, seed: int, report: Callable[..., None]
) -> None:
    cases: list[tuple[int, int]] = []
    for at, verb in enumerate(CALLS):  # how many requests each makes
        verb.before(calm, NAME)
        harmed.exists(NAME)
        proxy.plan(None)
        verb.act(harmed, NAME)
        cases += [(at, place) for place in range(1, proxy.seen + 1)]
        calm.drop(NAME, force=True)
        assert collected(calm) == [], verb.label
    pick, counts, failed, longest = random.Random(seed), Counter[str](), list[object](), 0.0
    every: list[tuple[int, int, Harm]] = [(at, place, harm) for at, place in cases for harm in HARMS]
    for at, place, harm in pick.sample(every, min(CASES * scale, len(every))):
        verb = CALLS[at]
        verb.before(calm, NAME)
        proxy.plan(harm, place)
        began = time.monotonic()
        try:
            verb.act(harmed, NAME)
        except ServerUnavailable:
            counts["unavailable"] += 1
            allowed = [verb.old, verb.new]
        else:
            counts["acknowledged"] += 1
            allowed = [verb.new]
        longest = max(longest, time.monotonic() - began)
        proxy.plan(None)
        found = read(calm, NAME)
        wrong = [] if found in allowed else [f"read {found}, not {allowed}"]
        wrong += collected(calm)
        if read(calm, NAME) != found or (found is not None and not versions_are_whole(calm, NAME)):
            wrong.append("gc took something")
        failed += [(verb.label, place, harm, wrong)] if wrong else []
        calm.drop(NAME, force=True)
        failed += [(verb.label, place, harm, "after drop", left)] if (left := collected(calm)) else []
    report(
        requests=len(cases), kinds_of_harm=len(HARMS), cases=sum(counts.values()), **counts,
        longest_call=f"{longest:.1f} s", not_as_it_should_be=len(failed),
    )  # fmt: skip
    assert not failed, "\n".join(map(str, failed))
    assert longest < DEADLINE


def test_when_the_network_is_gone_for_good_the_call_says_so_in_time(
    proxy: Proxy, harmed: OmegaStore, calm: OmegaStore, report: Callable[..., None]
) -> None:
    verb = next(each for each in VERBS if each.label == "replace, blob")
    verb.before(calm, NAME)
    harmed.exists(NAME)
    proxy.plan("refuse", 4, is_lasting=True)
    began = time.monotonic()
    with pytest.raises(ServerUnavailable):
        verb.act(harmed, NAME)
    took = time.monotonic() - began
    proxy.plan(None)
    assert read(calm, NAME) == verb.old
    assert collected(calm) == []
    report(call_ended_after=f"{took:.1f} s")
    assert took < DEADLINE
