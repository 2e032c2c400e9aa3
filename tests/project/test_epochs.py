"""Working copies and epochs: what restarts, suspensions and shutdowns lose, and projects that several work on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import omegastore as om
from omegastore import OmegaStore
from omegastore.engine.register import MEMORY, Register
from omegastore.errors import Conflict

ROOT = Path(__file__).parents[2]
ROWS = pd.DataFrame({"a": [1, 2, 3]})
NAMES = ["a", "ab", "a.b", "a_b", "A", "a/b", "ä", ".a", "_a"]


@pytest.fixture
def engine(store_url: str) -> Iterator[str]:
    om.engine.launch(store_url)
    yield store_url
    om.engine.shutdown()


def again(url: str) -> None:
    om.engine.shutdown()
    om.engine.launch(url)
    om.set_project("a")


def suspend() -> None:
    om.project.suspend()
    om.set_project("a")


def suspend_by_name() -> None:
    om.engine.suspend_project("a")
    om.set_project("a")


LOSSES: dict[str, Callable[[str], object]] = {
    "restart": lambda url: om.project.restart(),
    "suspend": lambda url: suspend(),
    "suspend by name": lambda url: suspend_by_name(),
    "shutdown": again,
}


@pytest.mark.parametrize("how", LOSSES)
def test_what_was_not_saved_is_lost_and_what_was_is_not(engine: str, how: str) -> None:
    om.set_project("a")
    om.DataFrame.from_pandas(ROWS, "kept").save()
    om.DataFrame.from_pandas(ROWS, "lost")
    om.DataFrame("kept").read_pandas(ROWS[:1])
    LOSSES[how](engine)
    assert om.data.list_data_frames() == {"in_memory": [], "on_disk": ["kept"]}
    assert om.data.load_data_frame("kept").to_pandas().equals(ROWS)


def test_a_process_that_ends_loses_nothing_and_others_see_its_working_copies(engine: str) -> None:
    code = (
        f"import omegastore as om; om.engine.launch({engine!r}); om.set_project('a')\n"
        "om.DataFrame.from_dict({'n': [1, 2]}, 'frame')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    om.set_project("a")
    assert om.project.data_frames["frame"].to_dict() == {"n": [1, 2]}
    assert om.data.list_data_frames() == {"in_memory": ["frame"], "on_disk": []}


def test_other_projects_keep_what_is_not_saved(engine: str) -> None:
    for name in NAMES:
        om.set_project(name)
        om.DataFrame.from_pandas(ROWS, "frame")
    om.set_project("a")
    om.project.restart()
    om.engine.suspend_project("ab")
    for name in NAMES:
        om.set_project(name)
        assert om.data.exists("frame") == (name not in ("a", "ab")), name


def test_deleting_a_project_touches_no_other_and_a_missing_one_is_no_error(engine: str) -> None:
    for name in NAMES:
        om.set_project(name)
        om.DataFrame.from_pandas(ROWS, "frame").save()
        OmegaStore(om.project.store.storage.connection, bucket=name, prefix="sub/").put({"x": 1}, "x")
    for _ in range(2):
        om.engine.delete_project("a")
    assert om.engine.list_projects() == sorted(set(NAMES) - {"a"})
    for name in set(NAMES) - {"a"}:
        om.set_project(name)
        assert om.data.list_data_frames() == {"in_memory": ["frame"], "on_disk": ["frame"]}, name
    om.set_project("a")
    assert om.data.list_data_frames() == {"in_memory": [], "on_disk": []}
    assert OmegaStore(om.project.store.storage.connection, bucket="a", prefix="sub/").list() == []


def test_projects_run_from_when_they_are_set_until_they_are_suspended(engine: str) -> None:
    for name in ("a", "b", "c"):
        om.set_project(name)
    om.engine.suspend_project("b")
    om.engine.suspend_project("nothing")
    assert om.engine.list_running_projects() == ["a", "c"]
    assert om.engine.list_projects() == ["a", "b", "c"]
    om.project.suspend()
    with pytest.raises(ConnectionRefusedError, match="set_project"):
        om.DataFrame("x")
    om.set_project("b")
    assert om.engine.list_running_projects() == ["a", "b"]
    om.engine.shutdown()
    om.engine.launch(engine)
    assert om.engine.list_running_projects() == []


def test_a_handle_stays_with_its_project_and_is_refused_when_that_is_deleted(engine: str) -> None:
    om.set_project("a")
    frame = om.DataFrame.from_pandas(ROWS, "frame")
    om.set_project("b")
    frame["b"] = 1
    assert (frame.project, frame.columns, om.data.exists("frame")) == ("a", ["a", "b"], False)
    om.engine.delete_project("a")
    before = om.engine.list_projects()
    for use in (frame.to_pandas, frame.save, frame.exists, lambda: frame.read_pandas(ROWS)):
        with pytest.raises(ConnectionRefusedError, match="no project 'a' any more"):
            use()
    assert om.engine.list_projects() == before
    om.set_project("a")
    assert not frame.exists()


def test_the_project_that_is_set_may_be_deleted_by_others(engine: str) -> None:
    om.set_project("a")
    Register(om.project.store).remove("a")
    with pytest.raises(ConnectionRefusedError, match="no project 'a' any more"):
        om.DataFrame.from_pandas(ROWS, "frame")


@pytest.mark.parametrize("name", ["", "omegastore-projects", "a[b]", "a@b", "x" * 256, "\0"])
def test_what_is_no_name_of_a_project_is_refused(engine: str, name: str) -> None:
    for use in (om.set_project, om.project.switch, lambda given: om.project.load("nothing.omega", given)):
        with pytest.raises(ValueError, match=r"project|bucket"):
            use(name)
    assert om.engine.list_projects() == []


def test_several_who_set_a_project_at_once_share_its_working_copies(engine: str) -> None:
    om.set_project("other")
    store = om.project.store

    def enter(number: int) -> str:
        register = Register(store)
        register.enter("a")
        register.memory("a").put(ROWS, f"frame{number}", append=False)
        return register.epoch("a")

    with ThreadPoolExecutor(6) as pool:
        epochs = set(pool.map(enter, range(6)))
    assert len(epochs) == 1
    om.set_project("a")
    assert om.project.data_frames.names == [f"frame{number}" for number in range(6)]


def test_a_project_that_is_deleted_while_others_set_it_is_a_whole_one_or_none(engine: str) -> None:
    om.set_project("other")
    store = om.project.store

    def work(number: int) -> list[str]:
        """Return what went wrong."""
        register, wrong = Register(store), list[str]()
        for _ in range(4):
            if number % 3 == 0:
                register.remove("a")
                continue
            register.enter("a")
            try:
                memory = register.memory("a")
            except ConnectionRefusedError:  # it was deleted again
                continue
            memory.put({"of": number}, f"x{number}", kind="python.object")
            wrong += [] if memory.prefix.startswith(MEMORY) else [memory.prefix]
        return wrong

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == [[]] * 6
    Register(store).remove("a")
    assert om.engine.list_projects() == ["other"]
    om.set_project("a")
    assert om.project.store.list(hidden=True, include_temp=True) == []


def test_a_deletion_that_was_cut_off_is_finished_by_repeating_it(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    om.set_project("a")
    om.DataFrame.from_pandas(ROWS, "frame").save()
    monkeypatch.setattr("omegastore.engine.register.PATIENCE", 0.1)

    def cut(store: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("omegastore.engine.register._empty", cut)
        with pytest.raises(KeyboardInterrupt):
            om.engine.delete_project("a")
    assert om.engine.list_projects() == []
    with pytest.raises(Conflict, match="delete_project"):
        om.set_project("a")
    om.engine.delete_project("a")
    om.set_project("a")
    assert om.data.list_data_frames() == {"in_memory": [], "on_disk": []}


def test_working_copies_of_other_epochs_leave_nothing_behind(engine: str, store_url: str) -> None:
    om.engine.launch(store_url)
    om.set_project("a")
    store = om.project.store
    for _ in range(3):
        om.DataFrame.from_pandas(ROWS, "frame")
        om.project.restart()
    catalog = store.storage.catalog
    assert catalog.collection.count_documents({"prefix": {"$regex": f"^{MEMORY}"}, "kind": {"$type": "string"}}) == 0
