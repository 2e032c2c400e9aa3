"""A process that is killed, or stopped until its lease is over, at each point of each verb that writes."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from omegastore import OmegaStore
from omegastore.testing.census import census, payloads
from tests.faults import workers
from tests.faults.bodies import put
from tests.faults.crew import Journal, start, state
from tests.faults.points import FLIPPED
from tests.faults.stores import at_database, collected, open_store, read
from tests.faults.verbs import SETTINGS, VERBS, Verb, versions_are_whole

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
NAME = "folder/object"
CASES = 110
STOPS = 20
"""Kills of a run, of the 270 or so that there are; all of them from ``OMEGASTORE_FAULTS=2`` on."""
Point = tuple[int, int, str]
"""The place of a verb in VERBS, of a point within it from 1, and its name."""


@pytest.fixture
def calm(store_url: str) -> OmegaStore:
    """A store that no fault meets."""
    return open_store(store_url, **SETTINGS)


@pytest.fixture(scope="module")
def points(
    omegastore_url: str, omegastore_client: MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Point]]:
    """Every point of every verb, found by doing each verb once."""
    database, folder, found = f"test_{secrets.token_hex(8)}", tmp_path_factory.mktemp("points"), list[Point]()
    url = at_database(omegastore_url, database)
    calm = open_store(url, **SETTINGS)
    for at, verb in enumerate(VERBS):
        path = folder / f"verb-{at}"
        verb.before(calm, NAME)
        start(workers.act, url, at, NAME, str(path), 0, signal.SIGKILL, 60.0).join()
        lines = path.read_text().splitlines()
        assert lines[-1] == "ended well", (verb.label, lines)
        assert read(calm, NAME) == verb.new, verb.label
        found += [(at, place, label) for place, label in enumerate(lines[:-1], 1)]
        calm.drop(NAME, force=True)
        assert collected(calm) == [], verb.label
    yield found
    omegastore_client.drop_database(database)


def settle(calm: OmegaStore, verb: Verb, expected: tuple[int, ...] | None) -> list[str]:
    """Return what is wrong with the object or with what is left of it; the object is gone then."""
    wrong = [] if read(calm, NAME) == expected else [f"read {read(calm, NAME)}, not {expected}"]
    if expected is not None and not versions_are_whole(calm, NAME):
        wrong.append("a version is missing")
    wrong += collected(calm)
    if read(calm, NAME) != expected:
        wrong.append("gc took the object")
    put(calm, NAME, "frame", 9)
    if read(calm, NAME) != (9,):
        wrong.append("cannot be put again")
    calm.drop(NAME)
    wrong += collected(calm)
    wrong += [f"left {name}" for name in payloads(census(calm.mongodb))]
    for name in calm.mongodb.list_collection_names():  # so that one case does not speak of another
        calm.mongodb[name].delete_many({"_id": {"$ne": "omegastore"}})
        if name.partition(".datastore")[1]:
            calm.mongodb.drop_collection(name)
    return wrong


def test_a_client_killed_at_any_point_leaves_the_old_or_the_new_object_and_nothing_else(
    calm: OmegaStore, store_url: str, tmp_path: Path, points: list[Point],
    scale: int, seed: int, report: Callable[..., None],
) -> None:  # fmt: skip
    pick = random.Random(seed)
    chosen = points if scale > 1 else sorted(pick.sample(points, min(CASES, len(points))))
    failed: list[object] = []
    kinds: Counter[str] = Counter()
    missed = 0
    for at, place, label in chosen:
        verb, path = VERBS[at], tmp_path / f"kill-{at}-{place}"
        verb.before(calm, NAME)
        process = start(workers.act, store_url, at, NAME, str(path), place, signal.SIGKILL, 60.0)
        process.join(60)
        # whether a commit finds garbage of its own millisecond to remove, a step more, is up to the clock
        is_missed = process.exitcode == 0
        assert is_missed or process.exitcode == -signal.SIGKILL, (verb.label, label, process.exitcode)
        missed += is_missed
        is_new = bool(set(FLIPPED) & set(path.read_text().splitlines())) or is_missed
        wrong = settle(calm, verb, verb.new if is_new else verb.old)
        failed += [(verb.label, place, label, wrong)] if wrong else []
        kinds["new" if is_new else "old"] += 1
    report(
        points=len(points), verbs=len(VERBS), kills=len(chosen) - missed, old=kinds["old"], new=kinds["new"],
        not_as_it_should_be=len(failed),
    )  # fmt: skip
    assert missed <= len(chosen) // 10
    assert not failed, "\n".join(map(str, failed))


def test_a_writer_that_wakes_up_after_its_lease_is_aborted_and_leaves_nothing(
    calm: OmegaStore, store_url: str, tmp_path: Path, points: list[Point],
    scale: int, seed: int, report: Callable[..., None],
) -> None:  # fmt: skip
    writes = ("first put", "replace", "append")
    points = [each for each in points if VERBS[each[0]].label.startswith(writes)]
    pick = random.Random(seed)
    chosen = sorted(pick.sample(points, min(STOPS * scale, len(points))))
    failed: list[object] = []
    ends: Counter[str] = Counter()
    for at, place, label in chosen:
        verb, path = VERBS[at], tmp_path / f"stop-{at}-{place}"
        verb.before(calm, NAME)
        process = start(workers.act, store_url, at, NAME, str(path), place, signal.SIGSTOP, 0.05)
        while state(process) not in ("T", ""):
            time.sleep(0.002)
        assert process.pid
        passed = path.read_text().splitlines()
        is_new = bool(set(FLIPPED) & set(passed))
        is_fenced = not is_new and any(each.endswith("begin/change/update") for each in passed)
        time.sleep(0.06)
        keen = {"OMEGA_STORE_LEASE": 0.05, "OMEGA_STORE_GRACE": 0.0}
        crew = [start(workers.collect, store_url, Journal(tmp_path / "gc"), keen) for _ in range(4)]
        for each in crew:
            each.join(60)
        os.kill(process.pid, signal.SIGCONT)
        process.join(60)
        end = Journal(path).lines()[-1][1]
        ends[end] += 1
        wrong = settle(calm, verb, verb.new if is_new or end == "well" else verb.old)
        # an append that was fenced off starts anew by itself, with another batch
        if end != ("Aborted" if is_fenced and not (end == "well" and verb.label.startswith("append")) else "well"):
            wrong.append(f"ended {path.read_text().splitlines()[-1]}")
        failed += [(verb.label, place, label, wrong)] if wrong else []
    report(points=len(points), stopped=len(chosen), **ends, not_as_it_should_be=len(failed))
    assert [line for line in Journal(tmp_path / "gc").lines() if line[0] == "ERROR"] == []
    assert not failed, "\n".join(map(str, failed))
