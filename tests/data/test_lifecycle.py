"""The lifecycle of frames: working copies and saved ones, precedence, errors, freezing, and what others see."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from pymongo import MongoClient

import omegastore as om
from omegastore import OmegaStore
from omegastore.errors import Frozen, InvalidName, NoFrame
from omegastore.testing.frame_identity import assert_identical
from omegastore.testing.frames import frames
from tests.mdataframe.lazy_frames import Pulled

ROWS = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
ROLES = {"numerical": ["a"], "categorical": ["b"]}


def rows(number: int, size: int = 300) -> pd.DataFrame:
    """Return rows all of whose values are one number."""
    return pd.DataFrame({"a": [number] * size, "b": [str(number)] * size})


def test_a_working_copy_goes_before_the_saved_one_and_without_both_there_is_an_error(project: str) -> None:
    frame = om.DataFrame.from_pandas(rows(1), "frame").save()
    frame.read_pandas(rows(2))
    assert om.data.load_data_frame("frame").to_pandas()["a"].iloc[0] == 2
    frame.unload()
    assert not frame.is_in_memory
    assert om.data.load_data_frame("frame").to_pandas()["a"].iloc[0] == 1
    with pytest.raises(ValueError, match="no frame 'other'"):
        om.data.load_data_frame("other")


def test_loading_what_was_never_saved_is_an_error_and_leaves_the_working_copy(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "frame", ROLES)
    with pytest.raises(OSError, match="never saved"):
        om.DataFrame("frame").load()
    pd.testing.assert_frame_equal(frame.to_pandas(), ROWS, check_flags=False)
    assert frame.roles == ROLES
    with pytest.raises(OSError, match="never saved"):
        om.DataFrame("other").load()
    assert not om.data.exists("other")


def test_importing_under_a_name_that_is_there_replaces_the_working_copy_alone(project: str) -> None:
    om.DataFrame.from_pandas(ROWS, "frame", ROLES).save()
    frame = om.DataFrame.from_dict({"c": [1.5]}, "frame")
    assert (frame.columns, frame.roles) == (["c"], {"unused_float": ["c"]})
    assert om.project.store.get("frame").equals(ROWS)
    assert frame.load().roles == ROLES


def test_unload_drops_the_working_copy_and_delete_both(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "frame").save()
    frame.unload()
    frame.unload()
    assert (frame.is_in_memory, frame.is_on_disk, frame.exists()) == (False, True, True)
    with pytest.raises(NoFrame, match="it is saved: load"):
        frame.to_pandas()
    frame.load().delete()
    assert (frame.is_in_memory, frame.is_on_disk, frame.exists()) == (False, False, False)
    om.data.delete("frame")
    with pytest.raises(NoFrame, match="there is no saved one either"):
        frame.save()


def test_other_handles_are_current_after_a_refresh(project: str) -> None:
    frame, other = om.DataFrame.from_pandas(ROWS, "frame"), om.DataFrame("frame")
    frame["c"] = 7
    frame.set_role("c", om.data.roles.numerical)
    assert other.refresh().columns == ["a", "b", "c"]
    assert other.roles["numerical"] == ["c"]
    frame.unload()
    with pytest.raises(NoFrame):
        other.refresh()


def test_a_handle_tells_of_its_frame(project: str) -> None:
    before = datetime.now(UTC)
    frame = om.DataFrame.from_pandas(ROWS, "frame")
    assert (frame.nrows, frame.ncols, frame.shape, len(frame)) == (3, 2, (3, 2), 3)
    assert (frame.name, frame.project) == ("frame", "loans")
    assert frame.memory_usage == frame.nbytes > 0
    first = frame.last_change
    assert abs(first - before) < timedelta(minutes=1)
    frame["c"] = 1
    assert frame.last_change > first


def test_what_is_no_frame_is_neither_replaced_nor_deleted_by_one(project: str) -> None:
    om.project.store.put({"no": "frame"}, "x", kind="python.object")
    frame = om.DataFrame.from_pandas(ROWS, "x")
    with pytest.raises(InvalidName, match=r"python\.object"):
        frame.save()
    with pytest.raises(NoFrame):
        frame.load()
    frame.delete()
    assert not frame.exists()
    assert om.project.store.get("x") == {"no": "frame"}


def test_saving_loading_copying_and_freezing_pull_and_send_no_rows(project: str) -> None:
    om.DataFrame.from_pandas(rows(1, 5000), "frame")
    pulled = Pulled()
    with MongoClient[dict[str, Any]](project, event_listeners=[pulled]) as client:
        frame = om.DataFrame.of(OmegaStore(client, bucket="loans"), "frame")
        frame.exists()
        for act in (
            frame.save,
            frame.load,
            lambda: frame.copy("copy"),
            lambda: frame.shape,
            frame.freeze,
            frame.save,
        ):
            pulled.clear()
            act()
            assert pulled.documents < 50
            assert "insert" not in pulled.names
    assert len(om.DataFrame("copy").to_pandas()) == 5000
    assert len(pickle.dumps(frame)) < 20_000


@pytest.mark.parametrize("name", ["", ".x", "_x", "_memory/0/x", "a[b]", "a@1", 3, None])
def test_what_is_no_name_of_a_frame_is_refused(project: str, name: Any) -> None:
    for make in (om.DataFrame, lambda given: om.DataFrame.from_pandas(ROWS, given)):
        with pytest.raises(InvalidName):
            make(name)
    assert om.data.list_data_frames() == {"in_memory": [], "on_disk": []}


def test_a_working_copy_is_no_object_of_the_store_and_a_saved_one_is(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "frame", ROLES)
    store = om.project.store
    assert store.list(hidden=True, include_temp=True) == []
    frame.save()
    assert store.list() == ["frame"]
    pd.testing.assert_frame_equal(store.get("frame"), frame.to_pandas(), check_flags=False)
    meta = store.metadata("frame")
    assert meta is not None
    assert (meta.kind, dict(meta.attributes["roles"])) == ("pandas.dfrows", {"a": "numerical", "b": "categorical"})


def test_a_frame_that_was_put_by_the_store_can_be_loaded(project: str) -> None:
    om.project.store.put(ROWS, "frame")
    frame = om.data.load_data_frame("frame")
    assert frame.roles == {"unused_float": ["a"], "unused_string": ["b"]}
    om.project.store.put({"no": "frame"}, "other", kind="python.object")
    with pytest.raises(NoFrame):
        om.data.load_data_frame("other")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames())
def test_a_frame_of_any_kind_comes_back_from_saving_freezing_and_loading(
    project: str, given: pd.DataFrame | pd.Series[Any]
) -> None:
    wanted = given.to_frame() if isinstance(given, pd.Series) else given
    wanted = wanted.set_axis([f"c{at}" for at in range(wanted.shape[1])], axis=1)
    wanted.attrs = {}
    om.data.delete("frame")
    frame = om.DataFrame.from_pandas(wanted, "frame").save()
    frame.freeze()
    for again in (om.project.store.get("frame"), frame.to_pandas(), frame.load().to_pandas()):
        again.attrs = {}
        assert_identical(again, wanted)
    assert not frame.is_frozen


IN_PLACE: dict[str, Callable[[om.DataFrame], object]] = {
    "a column": lambda frame: frame.__setitem__("c", 1),
    "a role": lambda frame: frame.set_role("a", om.data.roles.numerical),
    "freezing again": lambda frame: frame.freeze(),
    "reading": lambda frame: frame.read_pandas(ROWS),
    "appending": lambda frame: frame.read_pandas(ROWS, append=True),
    "appending a stream": lambda frame: frame.read_pandas(iter([ROWS]), append=True),
    "importing": lambda frame: om.DataFrame.from_pandas(ROWS, frame.name),
    "importing a stream": lambda frame: om.DataFrame.from_pandas(iter([ROWS]), frame.name),
    "a copy over it": lambda frame: om.DataFrame.from_pandas(ROWS, "other").copy(frame.name),
    "a view": lambda frame: frame[:1].to_df(frame.name),
}


@pytest.mark.parametrize("what", IN_PLACE)
def test_a_frozen_frame_is_not_changed(project: str, what: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "frame")
    frame.freeze()
    frame.save()
    om.project.restart()
    frame = om.data.load_data_frame("frame")
    for _ in range(2):
        before = (frame.is_frozen, frame.last_change, frame.roles)
        with pytest.raises(OSError, match="frozen"):
            IN_PLACE[what](frame)
        assert (frame.is_frozen, frame.last_change, frame.roles) == before
        pd.testing.assert_frame_equal(frame.to_pandas(), ROWS, check_flags=False)
        frame.load()
    assert len(frame[frame.a > 1]) == 2


def test_what_was_saved_frozen_is_not_replaced_by_another(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "frame")
    frame.freeze()
    frame.save()
    frame.save()
    frame.unload()
    om.DataFrame.from_pandas(rows(1), "frame")
    with pytest.raises(Frozen, match="delete"):
        frame.save()
    assert om.project.store.get("frame").equals(ROWS)
    frame.delete()
    om.DataFrame.from_pandas(rows(1), "frame").save()


def test_nothing_changes_once_freezing_is_done(project: str) -> None:
    frame, is_frozen, late = om.DataFrame.from_pandas(rows(0), "frame"), threading.Event(), list[int]()

    def replace(number: int) -> None:
        try:
            while True:
                begun_frozen = is_frozen.is_set()
                om.DataFrame.from_pandas(rows(number, 20), "frame")
                late.extend([number] if begun_frozen else [])
        except Frozen:
            return

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(replace, number) for number in range(1, 4)]
        frame.freeze()
        is_frozen.set()
        kept = frame.to_pandas()
        for each in others:
            each.result()
    assert late == []
    assert frame.to_pandas().equals(kept)


def test_readers_see_whole_frames_while_others_save_load_and_add(project: str) -> None:
    frame, is_done = om.DataFrame.from_pandas(rows(0), "frame").save(), threading.Event()
    wrong: list[str] = []

    def read() -> int:
        count = 0
        while not is_done.is_set():
            for found in (om.DataFrame("frame").to_pandas(), om.project.store.get("frame")):
                known = found.attrs.get("roles", {})
                named = sorted(name for names in known.values() for name in names)
                if found["a"].nunique() != 1 or len(found) != 300 or found["b"].iloc[0] != str(found["a"].iloc[0]):
                    wrong.append("rows of two frames")
                if known and named != sorted(found.columns):
                    wrong.append(f"columns {list(found.columns)} and roles of {named}")
                count += 1
        return count

    def add(number: int) -> None:
        for at in range(4):
            om.DataFrame("frame")[f"c{number}_{at}"] = lambda lazy: lazy["a"] * 2

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writers = [pool.submit(add, number) for number in range(2)]
        for number in range(1, 6):
            frame.read_pandas(rows(number))
            frame.save()
            frame.load()
        for each in writers:
            each.result()
        is_done.set()
        assert sum(each.result() for each in readers) > 0
    assert wrong == []
