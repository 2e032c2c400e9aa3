"""The runtime: work in a process of this machine, and what is left when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from omegastore import OmegaStore, progress
from omegastore.engine.runtime import Runtime
from omegastore.errors import Aborted, InvalidSetting, WorkerDied, WorkTimeout
from omegastore.mongo import Connection
from omegastore.reservation import Reservation
from tests.engine import work

ROOT = Path(__file__).parents[2]
Until = Callable[[Callable[[], object]], None]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_work_runs_in_one_other_process_again_and_again(runtime: Runtime) -> None:
    first = runtime.run(work.process)
    assert first != os.getpid()
    assert runtime.map(work.process, [(), ()]) == [first, first]


def test_functions_without_a_module_are_sent_as_they_are(runtime: Runtime) -> None:
    assert runtime.map(lambda a, b: a * b, [(2, 3), (4, 5)]) == [6, 20]


def test_an_error_comes_out_as_it_was_raised(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="no such thing"):
        runtime.run(work.fail, "no such thing")


def test_workers_get_the_key_over_their_pipe_and_not_in_their_environment_block(runtime: Runtime) -> None:
    assert runtime.run(work.environment, "OMEGA_STORE_SIGNING_KEY") == "the key of the tests"
    block = Path(f"/proc/{runtime.run(work.process)}/environ").read_bytes()
    assert b"the key of the tests" not in block


def test_a_worker_that_dies_is_told_and_the_next_work_gets_another(runtime: Runtime) -> None:
    with pytest.raises(WorkerDied, match="the training"):
        runtime.run(work.die, label="the training")
    assert runtime.run(pow, 2, 10) == 1024


def test_a_worker_that_dies_between_two_works_is_replaced(runtime: Runtime, until: Until) -> None:
    process = runtime.run(work.process)
    os.kill(process, signal.SIGKILL)
    until(lambda: not alive(process))
    time.sleep(0.2)
    assert runtime.run(work.process) != process


def test_work_that_takes_too_long_is_given_up_and_its_process_ended(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(WorkTimeout, match="longer than 2"):
        runtime.run(work.sleep, 60, str(tmp_path / "pid"), timeout=2)
    assert not alive(int((tmp_path / "pid").read_text()))
    assert runtime.run(pow, 2, 3) == 8


def test_who_looks_sees_how_much_of_the_work_is_done(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0)
    for name, value in (("OMEGASTORE_PROGRESS", "1"), ("TTY_COMPATIBLE", "1"), ("TERM", "xterm"), ("COLUMNS", "100")):
        monkeypatch.setenv(name, value)
    assert runtime.map(work.sleep, [(0.7,), (0.7,)], label="the folds") == [0.7, 0.7]
    shown = capsys.readouterr().err
    assert "the folds" in shown
    assert "100%" in shown


def test_cancelled_work_ends_its_process(runtime: Runtime, tmp_path: Path, until: Until) -> None:
    path = tmp_path / "pid"
    future = runtime.submit(work.sleep, 60, str(path))
    until(lambda: path.exists() and path.read_text())
    runtime.cancel([future])
    assert not alive(int(path.read_text()))


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(1) as executor, Runtime(executor) as runtime:
        assert runtime.run(work.process) == os.getpid()
        runtime.close()
        assert runtime.run(pow, 2, 3) == 8


@pytest.mark.parametrize(("place", "error"), [(0, ValueError), (True, TypeError), (1.5, TypeError)])
def test_a_runtime_is_an_address_a_number_or_an_executor(place: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="runtime="):
        Runtime(place)


def test_a_private_socket_is_refused_for_a_cluster() -> None:
    runtime = Runtime("tcp://127.0.0.1:1")
    for connection in (Connection("mongodb://%2Frun%2Fmongod.sock/?directConnection=true"), Connection(embedded=str)):
        with pytest.raises(InvalidSetting, match="private socket"):
            runtime.check(connection)
        Runtime().check(connection)
    runtime.check(Connection("mongodb://db.example:27017"))


def test_the_worker_is_gone_with_the_program_even_if_that_is_killed(tmp_path: Path, until: Until) -> None:
    path = tmp_path / "pid"
    imports = "from omegastore.engine.runtime import Runtime; from tests.engine import work"
    code = f"{imports}; Runtime().run(work.sleep, 60, {str(path)!r})"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    program = subprocess.Popen([sys.executable, "-c", code], env=environ)
    until(lambda: path.exists() and path.read_text())
    program.kill()
    program.wait()
    until(lambda: not alive(int(path.read_text())))


def test_a_reserved_name_is_filled_by_another_process(runtime: Runtime, store: OmegaStore) -> None:
    with Reservation(store.storage, "x") as ticket:
        assert store.list() == []
        assert runtime.run(work.redeem, store, ticket, {"a": (1, 2)}) == 1
    assert store.list() == ["x"]


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_reservation_that_is_over_cannot_be_filled_and_leaves_nothing(
    store: OmegaStore, image: Callable[[], dict[str, list[Any]]], size: int
) -> None:
    before = {name: rows for name, rows in image().items() if rows}
    with Reservation(store.storage, "x", "python.object") as ticket:
        pass
    with pytest.raises(Aborted):
        work.redeem(store, ticket, os.urandom(size))
    assert {name: rows for name, rows in image().items() if rows} == before


def test_a_reservation_that_ends_while_the_worker_writes_leaves_nothing(
    store: OmegaStore, image: Callable[[], dict[str, list[Any]]]
) -> None:
    store.storage.catalog.identity()  # it is written once in the life of a database
    failed: list[BaseException] = []

    def late() -> None:
        try:
            work.redeem(store, ticket, work.Slow())
        except Aborted as error:
            failed.append(error)

    before = {name: rows for name, rows in image().items() if rows}
    with Reservation(store.storage, "x", "sklearn.joblib") as ticket:
        thread = threading.Thread(target=late)
        thread.start()
        assert work.Slow.reached.wait(60)
    work.Slow.release.set()
    thread.join()
    assert failed
    assert {name: rows for name, rows in image().items() if rows} == before
