"""A disk that is full: the put fails, and what was acknowledged is there when there is room again."""

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
from tests.faults.mongods import ReplicaSet
from tests.faults.stores import at_database, collected, open_store

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
SMALL, LARGE = "size=220m", "size=1g"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system in memory."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount a file system of a given size")
    path = tmp_path / "disk"
    path.mkdir()
    made = subprocess.run([mount, "-t", "tmpfs", "-o", SMALL, "faults", str(path)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr}")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def body(number: int) -> bytes:
    """Return bytes that cannot be compressed."""
    return random.Random(number).randbytes(1_000_000)


def fill(store: OmegaStore) -> int:
    """Put objects until one fails, and return how many were acknowledged."""
    for number in range(1000):
        try:
            store.put(body(number), f"object{number}")
        except (ServerUnavailable, StoreFullError):
            return number
    raise AssertionError("the disk does not get full")


def test_a_full_disk_fails_the_put_and_keeps_what_was_acknowledged(
    disk: Path, program: Path, report: Callable[..., None]
) -> None:
    servers = ReplicaSet(program, disk / "data")
    try:
        store = open_store(at_database(servers.url, "faults"))
        done = fill(store)
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
