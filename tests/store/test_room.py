"""A put that would fill the server's disk is refused, and the store stays as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import StoreFullError
from omegastore.room import FACTOR, FIRST, MOST, RESERVE, Room
from tests.store.conftest import Commands

BLOCK = bytes(20 << 20)


@pytest.mark.parametrize("obj", [BLOCK, np.zeros(3_000_000), pd.DataFrame({"a": np.zeros(1_000_000)})], ids=type)
def test_a_put_for_which_there_is_no_room_is_refused_and_leaves_nothing(
    store: OmegaStore, obj: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("old", "x")
    monkeypatch.setattr(store.storage.connection, "room", Room(lambda: RESERVE + 1_000_000))
    with pytest.raises(StoreFullError, match="make room there"):
        store.put(obj, "x")
    store.put("small", "small")
    assert store.get("x") == "old"
    store.gc(grace=0)
    assert store.fsck() == []
    assert store.versions("x").index.tolist() == [1]


def test_the_server_is_not_asked_for_small_puts_and_told_sizes_are_plausible(
    watched: OmegaStore, commands: Commands
) -> None:
    for number in range(10):
        watched.put(bytes(300_000), f"{number}")
    assert "dbStats" not in commands.names
    watched.put(BLOCK, "large")
    assert commands.names.count("dbStats") == 1
    assert (watched.storage.connection._free() or 0) > 0


@given(st.integers(0, 20 << 30), st.lists(st.integers(0, 48 << 20), max_size=200))
def test_never_more_is_sent_than_the_disk_has_room_for(free: int, sizes: list[int]) -> None:
    left = free

    def look() -> int:
        return left

    room, sent = Room(look), 0
    for size in sizes:
        try:
            room.take(size)
        except StoreFullError:
            assert left < FACTOR * size + RESERVE
            continue
        sent += size
        left = max(0, left - FACTOR * size)
        assert left > 0 or sent <= FIRST or free < RESERVE + FACTOR * FIRST
    assert sent <= FIRST + max(0, free - RESERVE) // FACTOR + MOST


def test_a_server_that_does_not_tell_is_trusted() -> None:
    room = Room(lambda: None)
    for _ in range(50):
        room.take(48 << 20)
