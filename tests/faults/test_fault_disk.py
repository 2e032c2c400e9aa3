"""A disk that gets full: the put is refused or fails, and what was acknowledged is there."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omegastore import OmegaStore
from omegastore.errors import ServerUnavailable, StoreFullError
from omegastore.room import Room
from tests.faults.mongods import ReplicaSet
from tests.faults.stores import at_database, collected, open_store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
LARGE = "size=2g"


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A small file system in memory, of the size that the test names."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount a file system of a given size")
    path = tmp_path / "disk"
    path.mkdir()
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={request.param}m", "faults", str(path)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr}")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def body(number: int) -> bytes:
    """Return bytes that cannot be compressed."""
    return random.Random(number).randbytes(1_000_000)


def fill(store: OmegaStore, error: type[Exception]) -> int:
    """Put objects until one fails by `error`, and return how many were acknowledged."""
    for number in range(1000):
        try:
            store.put(body(number), f"object{number}")
        except error:
            return number
    raise AssertionError("the disk does not get full")


@pytest.mark.parametrize("disk", [700], indirect=True)
def test_what_would_fill_the_disk_is_refused_and_the_server_lives(
    disk: Path, program: Path, report: Callable[..., None]
) -> None:
    servers = ReplicaSet(program, disk / "data")
    try:
        store = open_store(at_database(servers.url, "faults"))
        done = fill(store, StoreFullError)
        free = shutil.disk_usage(disk).free
        report(acknowledged=done, refused=1, megabytes_free=free >> 20)
        assert done > 16
        assert free > 100_000_000
        assert not store.exists(f"object{done}")
        assert [number for number in range(done) if store.get(f"object{number}") != body(number)] == []
        subprocess.run(["mount", "-o", f"remount,{LARGE}", str(disk)], check=True)
        store.put(body(done), f"object{done}")
        assert store.get(f"object{done}") == body(done)
        assert collected(store) == []
    finally:
        servers.end()


@pytest.mark.parametrize("disk", [220], indirect=True)
def test_a_full_disk_fails_the_put_and_keeps_what_was_acknowledged(
    disk: Path, program: Path, report: Callable[..., None]
) -> None:
    servers = ReplicaSet(program, disk / "data")
    try:
        store = open_store(at_database(servers.url, "faults"))
        store.storage.connection.room = Room(lambda: None)  # the server does not tell, or something else fills it
        done = fill(store, ServerUnavailable)
        report(acknowledged=done, lost=0)
        assert done > 0
        subprocess.run(["mount", "-o", f"remount,{LARGE}", str(disk)], check=True)
        servers.members[0].kill()
        servers.members[0].start()
        servers.wait()
        assert [number for number in range(done) if store.get(f"object{number}") != body(number)] == []
        assert not store.exists(f"object{done}") or store.get(f"object{done}") == body(done)
        assert collected(store) == []
        store.put(body(0), "later")
        assert store.get("later") == body(0)
    finally:
        servers.end()
