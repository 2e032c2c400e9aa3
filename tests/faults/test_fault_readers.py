"""Readers during a storm of replacements and drops: what they get is whole, or not there."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import workers
from tests.faults.crew import Crew, Journal
from tests.faults.stores import collected, open_store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]


def test_readers_get_whole_objects_or_none_while_these_are_replaced_and_dropped(
    store_url: str, tmp_path: Path, scale: int, seed: int, report: Callable[..., None]
) -> None:
    journal, until, crew = Journal(tmp_path / "journal"), time.time() + 12 * scale, Crew(seed)
    settings = {"OMEGA_STORE_GRACE": 1.0, "OMEGA_STORE_LEASE": 10.0, "OMEGA_STORE_KEEP_VERSIONS": 0}
    try:
        for role in [*[workers.replacer] * 3, *[workers.onlooker] * 3, workers.collector, workers.collector]:
            crew.add(role, store_url, journal, until, settings)
        crew.join(60 + 15 * scale)
    finally:
        crew.end()
    told = Counter(line[0] for line in journal.lines())
    report(replaced=told["ack"], dropped=told["dropped"], reads=told["read"], absent=told["absent"],
           conflicts=told["conflict"], errors=told["ERROR"], mixed=0)  # fmt: skip
    assert [line for line in journal.lines() if line[0] == "ERROR"] == []
    assert told["read"] > 0
    assert collected(open_store(store_url)) == []
