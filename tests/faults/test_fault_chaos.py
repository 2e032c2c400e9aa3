"""Clients and servers that are killed at random while objects are written and read."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import workers
from tests.faults.crew import Crew, Journal
from tests.faults.mongods import ReplicaSet
from tests.faults.stores import at_database, collected, open_store, read

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
SETTINGS = {"OMEGA_STORE_LEASE": 4.0, "OMEGA_STORE_GRACE": 4.0}
STALL = 15.0
"""Seconds within which writes go on after a failover."""


class Run:
    """Writers, readers and a collector, and what is true when they have ended.

    Parameters
    ----------
    url : str
        The database.
    folder : Path
        Where the journal is.
    seed : int
        Of all that is random.
    seconds : float
        How long they work.
    writers, readers : int
        How many there are.
    """

    def __init__(self, url: str, folder: Path, seed: int, seconds: float, writers: int = 4, readers: int = 2) -> None:
        self._url, self.journal, self.crew = url, Journal(folder / "journal"), Crew(seed)
        self._until = time.time() + seconds
        for role in [*[workers.writer] * writers, *[workers.reader] * readers, workers.collector]:
            self.crew.add(role, url, self.journal, self._until, SETTINGS)

    def disturb(self, also: Callable[[], None]) -> None:
        """Call `also` while they work."""
        while time.time() < self._until:
            also()

    def numbers(self) -> tuple[dict[str, object], float]:
        """Return what happened, and the longest stall in seconds; AssertionError for what is torn, lost or left."""
        lines = self.journal.lines()
        assert [line for line in lines if line[0] == "ERROR"] == []
        told = Counter(line[0] for line in lines)
        store = open_store(self._url)
        for name in workers.NAMES:
            acks = [int(line[2]) for line in lines if line[:2] == ["ack", name]]
            tries = sum(line[:2] == ["try", name] for line in lines)
            rev = store.storage.whole(name)["rev"]
            assert len(acks) == len(set(acks)), f"{name}: a number was acknowledged twice"
            assert max(acks) <= rev <= tries, f"{name}: {max(acks)} <= {rev} <= {tries}"
            assert read(store, name) == (rev,)
            for number in store.versions(name).index:
                assert read(store, name, int(number)) == (int(number),)
        assert collected(store) == []
        times = sorted(float(line[3]) for line in lines if line[0] == "ack")
        stall = max(after - before for before, after in itertools.pairwise(times))
        found: dict[str, object] = {
            "client_kills": self.crew.kills, "acknowledged": told["ack"], "reads": told["read"],
            "conflicts": told["conflict"], "aborted": told["aborted"], "unavailable": told["serverunavailable"],
            "longest_stall": f"{stall:.1f} s", "torn": 0, "lost": 0, "orphans": 0,
        }  # fmt: skip
        return found, stall


def test_random_kills_of_clients_tear_and_lose_nothing(
    store_url: str, tmp_path: Path, scale: int, seed: int, report: Callable[..., None]
) -> None:
    crowd = (8, 8) if scale > 1 else (4, 2)
    run = Run(store_url, tmp_path, seed, 25 * scale, *crowd)
    try:
        run.crew.disturb(23 * scale)
        run.crew.join()
        report(**run.numbers()[0])
    finally:
        run.crew.end()


@pytest.fixture
def start_servers(program: Path, tmp_path: Path) -> Iterator[Callable[[int], ReplicaSet]]:
    started: list[ReplicaSet] = []

    def start_servers(size: int) -> ReplicaSet:
        started.append(ReplicaSet(program, tmp_path / "data", size))
        return started[-1]

    yield start_servers
    for each in started:
        each.end()


def test_a_server_that_is_killed_again_and_again_keeps_all_that_was_acknowledged(
    start_servers: Callable[[int], ReplicaSet],
    tmp_path: Path, scale: int, seed: int, report: Callable[..., None],
) -> None:  # fmt: skip
    servers, pick, kills = start_servers(1), random.Random(seed), 0
    run = Run(at_database(servers.url, "faults"), tmp_path, seed, 22 * scale)

    def kill() -> None:
        nonlocal kills
        servers.wait()
        time.sleep(pick.uniform(2, 5))
        servers.members[0].kill()
        kills += 1
        time.sleep(pick.uniform(0, 0.5))
        servers.members[0].start()

    try:
        run.disturb(kill)
        servers.wait()
        run.crew.join()
        report(server_kills=kills, **run.numbers()[0])
    finally:
        run.crew.end()


def test_writes_go_on_when_the_primary_is_killed_or_steps_down(
    start_servers: Callable[[int], ReplicaSet],
    tmp_path: Path, scale: int, seed: int, report: Callable[..., None],
) -> None:  # fmt: skip
    servers, pick = start_servers(3), random.Random(seed)
    done: Counter[str] = Counter()
    run = Run(at_database(servers.url, "faults"), tmp_path, seed, 28 * scale)

    def unseat() -> None:
        time.sleep(pick.uniform(3, 5))
        primary = servers.primary()
        if done["primary kills"] > done["step downs"]:
            done["step downs"] += servers.step_down()
        elif primary is not None:
            primary.kill()
            done["primary kills"] += 1
            time.sleep(4)
            primary.start()

    try:
        run.disturb(unseat)
        servers.wait()
        run.crew.join()
        numbers, stall = run.numbers()
        report(primary_kills=done["primary kills"], step_downs=done["step downs"], **numbers)
        assert stall < STALL
    finally:
        run.crew.end()
