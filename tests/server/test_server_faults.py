"""Crashes of clients, supervisors and servers, and what the next start makes of what they left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import omegastore.server
from omegastore.errors import EmbeddedServerError
from omegastore.server.binary import Binary
from omegastore.server.home import Home, State
from omegastore.server.lock import is_held, wait_until_free

Write = Callable[[str, int], None]
Read = Callable[[str], list[int]]

BEAT = """
import sys
import omegastore.server
from pymongo import MongoClient
with omegastore.server.embedded(sys.argv[1], idle=1) as url:
    with MongoClient(url) as client:
        status = client.admin.command("serverStatus")
    print(status["pid"], omegastore.server.Lease(sys.argv[1]).home.read_state().supervisor, flush=True)
    sys.stdin.read()
"""


def state_of(home: Path) -> State:
    state = Home(home).read_state()
    assert state
    return state


def wait_for_another(home: Path, old: State) -> State:
    """Wait until the supervisor says that another mongod runs."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        state = Home(home).read_state()
        if state and (state.error or state.mongod != old.mongod):
            return state
        time.sleep(0.02)
    raise AssertionError("no other mongod was started")


def test_a_killed_mongod_is_started_again_with_all_that_was_acknowledged(
    home: Path, write: Write, read: Read
) -> None:
    url = omegastore.server.ensure(home)
    write(url, 1)
    before = state_of(home)
    os.kill(before.mongod, signal.SIGKILL)
    assert wait_for_another(home, before).supervisor == before.supervisor
    assert omegastore.server.ensure(home) == url
    assert read(url) == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next client ends the orphan")
def test_a_mongod_ends_with_its_killed_supervisor_and_the_next_start_has_all_data(
    home: Path, write: Write, read: Read
) -> None:
    url = omegastore.server.ensure(home)
    write(url, 1)
    before = state_of(home)
    os.kill(before.supervisor, signal.SIGKILL)
    assert wait_until_free(home / "server.lock", 60)
    assert omegastore.server.ensure(home) == url
    assert read(url) == [1]
    after = state_of(home)
    assert (after.supervisor != before.supervisor, after.mongod != before.mongod) == (True, True)
    assert int(next(home.glob("db-*/mongod.lock")).read_text()) == after.mongod


@pytest.mark.faults
def test_an_orphan_that_outlived_its_supervisor_is_ended_and_its_data_taken_over(
    home: Path, mongod: Binary, write: Write, read: Read
) -> None:
    write(omegastore.server.ensure(home), 1)
    omegastore.server.stop(home)
    data = home / f"db-{mongod.major}"
    arguments = ["--dbpath", str(data), "--bind_ip", str(home / "o.sock"), "--nounixsocket", "--replSet", "omega"]
    with subprocess.Popen([mongod.path, *arguments], stdout=subprocess.DEVNULL) as orphan:
        end = time.monotonic() + 60
        while not is_held(data / "mongod.lock"):
            assert time.monotonic() < end
            time.sleep(0.02)
        url = omegastore.server.ensure(home)
        assert orphan.wait() is not None
    assert read(url) == [1]


@pytest.mark.faults
def test_a_mongod_whose_socket_was_removed_is_started_again(home: Path, read: Read) -> None:
    url = omegastore.server.ensure(home)
    before = state_of(home)
    Path(before.socket).unlink()
    after = wait_for_another(home, before)
    assert after.supervisor == before.supervisor
    assert omegastore.server.ensure(home) == url
    assert read(url) == []


@pytest.mark.faults
def test_a_mongod_that_dies_again_and_again_is_given_up_with_a_clear_error(
    home: Path, write: Write, read: Read
) -> None:
    write(omegastore.server.ensure(home), 1)
    state = state_of(home)
    for _ in range(6):
        os.kill(state.mongod, signal.SIGKILL)
        state = wait_for_another(home, state)
    assert wait_until_free(home / "server.lock", 60)
    with pytest.raises(EmbeddedServerError, match=r"given up: mongod ended 6 times .*code -9.*release\(\)"):
        omegastore.server.ensure(home)
    omegastore.server.release(home)
    assert read(omegastore.server.ensure(home)) == [1]


@pytest.mark.faults
def test_a_starter_that_is_killed_during_the_start_hinders_nobody(
    home: Path, start_client: Callable[..., Any]
) -> None:
    for delay in (0.3, 0.6, 0.9, 1.2):
        client = start_client(home, idle=1)
        time.sleep(delay)
        client.kill()
    assert omegastore.server.ensure(home)
    assert omegastore.server.ensure(home)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_kills_among_many_starters_never_give_two_servers(
    home: Path, start: Callable[..., Any], mongod: Binary, write: Write, read: Read
) -> None:
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")  # to repeat a failure
    chance = random.Random(seed)
    written = 0
    for turn in range(6):
        clients = [start(BEAT, home) for _ in range(4)]
        url = omegastore.server.ensure(home)
        write(url, written)
        written += 1
        seen = {client.line() for client in clients}
        state = state_of(home)
        assert seen == {f"{state.mongod} {state.supervisor}"}
        assert int((home / f"db-{mongod.major}" / "mongod.lock").read_text()) == state.mongod
        chance.choice(clients).kill()
        if turn % 2:
            os.kill(chance.choice([state.mongod, state.supervisor]), signal.SIGKILL)
        for client in clients:
            client.kill()
    assert read(omegastore.server.ensure(home)) == list(range(written))
