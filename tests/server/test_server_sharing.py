"""One server per home: who starts it, who shares it, when it stops. Real processes, a real mongod."""

from __future__ import annotations

import contextlib
import os
import signal
import socket as socketlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import omegastore.server
from omegastore.errors import EmbeddedServerError, InvalidSetting
from omegastore.server import endpoint
from omegastore.server.binary import Binary, find
from omegastore.server.home import Home, State
from omegastore.server.lock import is_held, wait_until_free

ROOT = Path(__file__).parents[2]
Write = Callable[[str, int], None]
Read = Callable[[str], list[int]]

REPORT = """
import sys
import omegastore.server
from pymongo import MongoClient
with omegastore.server.embedded(sys.argv[1]) as url:
    with MongoClient(url) as client:
        print(client.admin.command("serverStatus")["pid"], flush=True)
    sys.stdin.read()
"""
FORK = """
import os, sys
import omegastore.server
ready = os.pipe()
url = omegastore.server.ensure()
if os.fork():
    os.read(ready[0], 1)
    print(url, flush=True)
    os._exit(0)
print("child", omegastore.server.ensure() == url, flush=True)
os.write(ready[1], b"1")
sys.stdin.read()
"""


def state_of(home: Path) -> State:
    state = Home(home).read_state()
    assert state
    return state


def assert_stopped(home: Path) -> None:
    assert wait_until_free(home / "server.lock", 60)
    assert not any(map(is_held, home.glob("db-*/mongod.lock")))
    assert not (home / "server.json").exists()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, mongod: Binary) -> Iterator[Path]:
    """Home of a server that runs; it was started by a process with secrets in its environment."""
    home = tmp_path_factory.mktemp("running") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMEGA_MONGO_URL", "mongodb://user:s3cr3t@host")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
        omegastore.server.ensure(home)
    yield home
    omegastore.server.stop(home)
    omegastore.server.release(home)


def test_many_threads_get_the_one_url(running: Path) -> None:
    urls: list[str] = []
    threads = [threading.Thread(target=lambda: urls.append(omegastore.server.ensure(running))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert urls == [omegastore.server.ensure(running)] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_supervisor_and_mongod_know_nothing_of_the_secrets_of_their_starter(running: Path) -> None:
    state = state_of(running)
    for pid in state.supervisor, state.mongod:
        shown = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert b"PATH=" in shown
        assert b"s3cr3t" not in shown


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_listens_on_no_network_address(running: Path) -> None:
    mine: set[str] = set()
    for link in Path(f"/proc/{state_of(running).mongod}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            mine.add(str(link.readlink()))
    tables = [Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    inodes = {f"socket:[{line.split()[9]}]" for lines in tables for line in lines}
    assert any(link.startswith("socket:") for link in mine)
    assert not mine & inodes


def test_many_processes_that_start_at_once_share_one_server(home: Path, start: Callable[..., Any]) -> None:
    clients = [start(REPORT, home) for _ in range(8)]
    pids = {int(client.line()) for client in clients}
    assert pids == {state_of(home).mongod}


def test_a_server_stops_when_the_last_of_its_clients_has_gone(home: Path, start_client: Callable[..., Any]) -> None:
    first, second = start_client(home, idle=0), start_client(home, idle=0)
    url = first.line()
    assert second.line() == url
    state = state_of(home)
    first.end()
    assert is_held(home / "server.lock")
    assert state_of(home) == state
    second.kill()
    assert_stopped(home)
    assert not Path(state.socket).exists()


def test_release_gives_the_server_up(home: Path) -> None:
    with omegastore.server.embedded(home, idle=0):
        omegastore.server.ensure(home)
    assert is_held(home / "server.lock")
    omegastore.server.release(home)
    omegastore.server.release(home)
    assert_stopped(home)


def test_a_stopped_server_starts_again_with_its_data_under_the_same_url(home: Path, write: Write, read: Read) -> None:
    url = omegastore.server.ensure(home)
    write(url, 1)
    before = state_of(home)
    omegastore.server.stop(home)
    assert_stopped(home)
    assert omegastore.server.ensure(home) == url
    assert state_of(home).mongod != before.mongod
    assert read(url) == [1]


def test_two_homes_are_two_servers(new_home: Callable[[str], Path], running: Path, write: Write, read: Read) -> None:
    other = omegastore.server.ensure(running)
    with omegastore.server.embedded(new_home("two")) as url:
        write(url, 2)
        assert read(other) == []
        assert state_of(running).mongod != state_of(new_home("two")).mongod


def test_a_forked_child_keeps_the_server_when_its_parent_has_gone(
    home: Path, start: Callable[..., Any], read: Read
) -> None:
    family = start(FORK, OMEGASTORE_HOME=str(home), OMEGASTORE_IDLE="0")
    assert family.line() == "child True"
    url = family.line()
    family.process.wait()
    with omegastore.server.embedded(home) as joined:  # so that a supervisor that wants to stop has done so
        assert joined == url
    assert is_held(home / "server.lock")
    assert read(url) == []
    family.end()
    assert_stopped(home)


def test_a_home_with_a_long_path_and_odd_characters_works(
    new_home: Callable[[str], Path], write: Write, read: Read
) -> None:
    with omegastore.server.embedded(new_home("long " * 20 + "/ä+%:" + "x" * 100)) as url:
        write(url, 1)
        assert read(url) == [1]


def test_the_runtime_folder_may_change_while_the_server_runs_and_between_two_starts(
    home: Path, write: Write, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = omegastore.server.ensure(home)
    write(first, 1)
    with tempfile.TemporaryDirectory(prefix="r") as folder:  # tmp_path may be too long for a socket
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        assert omegastore.server.ensure(home) == first
        omegastore.server.stop(home)
        second = omegastore.server.ensure(home)
        assert second != first
        write(second, 2)
        assert read(second) == [1, 2]
        omegastore.server.stop(home)


def test_remains_of_a_crash_do_not_hinder_a_start(home: Path, tmp_path: Path, read: Read) -> None:
    place = Home.open(home)
    socket = endpoint.place(home)
    place.write_state(State(os.getpid(), os.getpid(), str(socket)))
    with socketlib.socket(socketlib.AF_UNIX) as left:
        left.bind(str(socket))
    place.data(find().major).joinpath("mongod.lock").write_text(f"{os.getpid()}\n")
    assert read(omegastore.server.ensure(home)) == []
    assert state_of(home).mongod != os.getpid()


def test_the_server_of_a_removed_home_ends(home: Path, new_home: Callable[[str], Path]) -> None:
    with omegastore.server.embedded(home):
        home.rename(new_home("elsewhere"))
        assert wait_until_free(new_home("elsewhere") / "server.lock", 60)


def test_a_mongod_that_ends_at_its_start_is_an_error_with_the_end_of_its_log(
    home: Path, script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = script('[ "$1" = --version ] && { echo db version v6.0.5; exit; }\necho the disk is on fire\nexit 48')
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(broken))
    with pytest.raises(EmbeddedServerError, match=r"(?s)ended with code 48.*the disk is on fire"):
        omegastore.server.ensure(home)
    monkeypatch.delenv("OMEGASTORE_MONGOD")
    assert omegastore.server.ensure(home)


def test_an_error_of_mongod_itself_is_told(home: Path) -> None:
    data = Home.open(home).data(find().major)
    (data / "storage.bson").write_bytes(b"junk")
    with pytest.raises(EmbeddedServerError, match=r"ended with code \d+; the end of .*mongod\.log:\n[EF] "):
        omegastore.server.ensure(home)


def test_an_idle_time_that_is_no_number_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGASTORE_IDLE", "soon")
    with pytest.raises(InvalidSetting, match="OMEGASTORE_IDLE=soon"):
        omegastore.server.ensure(home)


def test_the_module_runs_as_a_command_until_it_is_interrupted(home: Path) -> None:
    command = [sys.executable, "-m", "omegastore.server"]
    environ = os.environ | {"OMEGASTORE_HOME": str(home), "OMEGASTORE_IDLE": "0"}
    with subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("mongodb://")
        assert process.stdout.readline() == f"home: {home}\n"
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert_stopped(home)
