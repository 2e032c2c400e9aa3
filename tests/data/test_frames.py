"""The container of a project's frames: what is in memory and on disk, choosing, saving and loading together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import omegastore as om
from omegastore.data import DataFrames
from omegastore.errors import NoMember

ROWS = pd.DataFrame({"a": [1, 2, 3]})


@pytest.fixture
def frames(project: str) -> DataFrames:
    """Return a container of a saved frame, one that was changed since, one that was never saved, and one on disk."""
    for at, name in enumerate(("kept", "changed", "new", "disk")):
        frame = om.DataFrame.from_pandas(ROWS[at % 3 :], name)
        if name != "new":
            frame.save()
    om.DataFrame("changed").read_pandas(ROWS[:1])
    om.DataFrame("disk").unload()
    return om.project.data_frames


def test_the_container_has_working_copies_and_knows_what_was_saved(frames: DataFrames) -> None:
    assert frames.names == frames.in_memory == ["changed", "kept", "new"]
    assert frames.on_disk == ["changed", "disk", "kept"]
    assert om.data.list_data_frames() == {"in_memory": frames.in_memory, "on_disk": frames.on_disk}
    assert len(frames) == 3
    assert "kept" in frames
    assert "disk" not in frames


def test_frames_are_found_by_number_name_and_attribute(frames: DataFrames) -> None:
    assert frames[0].name == frames["changed"].name == frames.changed.name == "changed"
    assert frames[-1].name == "new"
    assert frames[-1].to_pandas().equals(ROWS[2:])
    with pytest.raises(IndexError):
        frames[3]
    for ask in (lambda: frames["other"], lambda: frames.other):
        with pytest.raises(AttributeError, match="no frame 'other' among"):
            ask()
    for ask in (lambda: frames["disk"], lambda: frames.disk):
        with pytest.raises(AttributeError, match=r"it is saved: om.data.load_data_frame\('disk'\)"):
            ask()


def test_retrieve_loads_what_is_on_disk_alone(frames: DataFrames) -> None:
    assert len(frames.retrieve("changed")) == 1
    assert frames.retrieve("disk").to_pandas().equals(ROWS)
    assert "disk" in frames
    with pytest.raises(NoMember):
        frames.retrieve("other")


def test_what_was_chosen_stays_and_the_container_reads_its_list_anew(frames: DataFrames) -> None:
    few, long = frames[1:], frames.filter(lambda each: len(each) > 1)
    ordered = frames.sort(key=lambda each: len(each), descending=True)
    om.DataFrame.from_pandas(ROWS, "another")
    om.DataFrame("new").delete()
    assert frames.names == ["another", "changed", "kept"]
    assert few.names == ["kept", "new"]
    assert long.names == ["kept"]
    assert ordered.names[0] == "kept"
    assert [each.name for each in few] == few.names
    assert few[0].name == few["kept"].name == "kept"
    assert few.in_memory == ["kept"]
    assert "new" in repr(few)
    few.delete()
    assert frames.names == ["another", "changed"]


def test_save_and_load_go_for_all(frames: DataFrames) -> None:
    frames.save_all()
    assert frames.on_disk == ["changed", "disk", "kept", "new"]
    om.project.restart()
    assert frames.in_memory == []
    frames.load_all()
    assert frames.in_memory == frames.on_disk
    assert len(om.DataFrame("changed")) == 1
    frames["changed"].read_pandas(ROWS)
    frames.load()
    assert len(om.DataFrame("changed")) == 1


def test_unload_leaves_what_was_never_saved_and_delete_leaves_nothing(frames: DataFrames) -> None:
    frames.unload()
    assert (frames.in_memory, frames.on_disk) == (["new"], ["changed", "disk", "kept"])
    frames.delete()
    assert (frames.in_memory, frames.on_disk) == ([], [])


def test_a_container_stays_with_its_project(frames: DataFrames) -> None:
    om.set_project("other")
    assert len(om.project.data_frames) == 0
    assert frames.names == ["changed", "kept", "new"]
    assert frames["kept"].project == "loans"
    frames["new"].save()
    assert om.project.data_frames.on_disk == []


def test_the_table_tells_of_each_frame_and_names_are_escaped(project: str) -> None:
    om.DataFrame.from_pandas(ROWS, "<b>").save()
    frame = om.DataFrame.from_pandas(ROWS, "x")
    frame.freeze()
    lines = [line.split() for line in repr(om.project.data_frames).splitlines()]
    assert lines[0] == ["name", "rows", "columns", "bytes", "frozen", "saved"]
    assert [[line[at] for at in (0, 1, 2, 4, 5)] for line in lines[1:]] == [
        ["<b>", "3", "1", "False", "True"],
        ["x", "3", "1", "True", "False"],
    ]
    shown = om.project.data_frames._repr_html_()
    assert "<td>&lt;b&gt;</td>" in shown
    assert "<b>" not in shown


NEEDS: dict[str, Callable[[], Any]] = {
    "a handle": lambda: om.DataFrame("x"),
    "an import": lambda: om.DataFrame.from_pandas(ROWS, "x"),
    "loading": lambda: om.data.load_data_frame("x"),
    "asking": lambda: om.data.exists("x"),
    "deleting": lambda: om.data.delete("x"),
    "the container": lambda: om.project.data_frames,
    "the pipelines": lambda: om.project.pipelines.ids,
    "the name": lambda: om.project.name,
    "a restart": om.project.restart,
}


@pytest.mark.parametrize("what", NEEDS)
def test_without_a_project_or_an_engine_nothing_is_done(
    store_url: str, image: Callable[[], dict[str, Any]], what: str
) -> None:
    with pytest.raises(ConnectionRefusedError, match="launch"):
        NEEDS[what]()
    om.engine.launch(store_url)
    before = image()
    with pytest.raises(ConnectionRefusedError, match="set_project"):
        NEEDS[what]()
    assert image() == before
    om.engine.shutdown()
