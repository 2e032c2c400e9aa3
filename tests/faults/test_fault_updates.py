"""Many processes that change one object: no update is lost, batches of appended rows stay whole."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import workers
from tests.faults.crew import Crew, Journal, start
from tests.faults.stores import collected, open_store, read

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]


def test_no_update_of_eight_processes_is_lost(
    store_url: str, tmp_path: Path, scale: int, report: Callable[..., None]
) -> None:
    store, journal, puts = open_store(store_url), Journal(tmp_path / "journal"), 25 * scale
    store.put(0, "counter")
    processes = [start(workers.incrementer, store_url, journal, puts, number) for number in range(8)]
    for process in processes:
        process.join(600)
        assert process.exitcode == 0
    acks = [int(line[1]) for line in journal.lines() if line[0] == "ack"]
    assert sorted(acks) == list(range(1, 8 * puts + 1))
    assert store.get("counter") == 8 * puts
    assert collected(store) == []
    report(acknowledged=len(acks), conflicts=journal.count("conflict"), lost=0)


def test_batches_that_many_processes_append_are_whole_whoever_is_killed(
    store_url: str, tmp_path: Path, scale: int, seed: int, report: Callable[..., None]
) -> None:
    journal, seconds = Journal(tmp_path / "journal"), 15 * scale
    settings = {"OMEGA_STORE_LEASE": 2.0, "OMEGA_STORE_GRACE": 2.0}
    crew, until = Crew(seed), time.time() + seconds
    try:
        for role in [*[workers.appender] * 6, *[workers.batch_reader] * 2, workers.collector]:
            crew.add(role, store_url, journal, until, settings)
        crew.disturb(seconds - 2)
        crew.join()
    finally:
        crew.end()
    store, lines = open_store(store_url), journal.lines()
    assert [line for line in lines if line[0] == "ERROR"] == []
    found = read(store, "rows")
    assert found
    acks, tries = ([int(line[1]) for line in lines if line[0] == word] for word in ("ack", "try"))
    assert len(found) == len(set(found)), "a batch is there twice"
    assert set(acks) <= set(found) <= set(tries)
    total = len(store.get("rows"))
    assert total == store.storage.stored(store.storage.find("rows")).rows.count()
    assert collected(store) == []
    told = Counter(line[0] for line in lines)
    report(kills=crew.kills, acknowledged=len(acks), batches=len(found), rows=total, reads=told["read"],
           aborted=told["aborted"], torn=0, lost=0, orphans=0)  # fmt: skip
