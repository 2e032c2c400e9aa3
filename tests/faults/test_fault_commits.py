"""Commits of two objects under random kills: nobody ever sees one without the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import workers
from tests.faults.crew import Crew, Journal
from tests.faults.mongods import Mongod
from tests.faults.stores import at_database, collected, open_store, read

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

SETTINGS = {"OMEGA_STORE_LEASE": 1.0, "OMEGA_STORE_GRACE": 2.0}


@pytest.mark.parametrize("server", ["replica set", "standalone"])
def test_commits_are_whole_whoever_is_killed(
    server: str, request: pytest.FixtureRequest, program: Path, tmp_path: Path, scale: int, seed: int,
    report: Callable[..., None],
) -> None:  # fmt: skip
    mongod: Mongod | None = None
    if server == "replica set":
        url = request.getfixturevalue("store_url")
    else:
        mongod = Mongod(program, tmp_path / "data", replica=False)
        mongod.start()
        mongod.wait()
        url = at_database(f"mongodb://127.0.0.1:{mongod.port}", "faults")
    journal, seconds = Journal(tmp_path / "journal"), 15 * scale
    crew, until = Crew(seed), time.time() + seconds
    try:
        for role in [*[workers.committer] * 3, *[workers.pair_reader] * 2, workers.collector]:
            crew.add(role, url, journal, until, SETTINGS)
        crew.disturb(seconds - 2)
        crew.join()
        store, lines = open_store(url), journal.lines()
        assert [line for line in lines if line[0] == "ERROR"] == []
        acks, tries = ([int(line[1]) for line in lines if line[0] == word] for word in ("ack", "try"))
        found = [read(store, name) for name in workers.PAIR]
        assert found[0] == found[1]
        assert found[0] is not None
        assert max(acks) <= found[0][0] <= max(tries)
        assert len(acks) == len(set(acks)), "two commits were acknowledged as the same version"
        assert set(acks) <= set(map(int, store.log()["message"]))
        time.sleep(SETTINGS["OMEGA_STORE_LEASE"])
        assert collected(store) == []
    finally:
        crew.end()
        if mongod is not None:
            mongod.kill()
    told = Counter(line[0] for line in lines)
    report(kills=crew.kills, acknowledged=len(acks), conflicts=told["conflict"], reads=told["read"],
           reads_of_the_past=told["past"], aborted=told["aborted"], torn=0, lost=0, orphans=0)  # fmt: skip
