"""Frames that a function makes of the rows of frames and views, in workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import omegastore as om
from omegastore.errors import Conflict, WorkerDied

ROWS = pd.DataFrame({"a": np.arange(100), "key": ["x", "y"] * 50, "t": 1.0})
ROLES = {"join_key": ["key"], "numerical": ["a"], "target": ["t"]}


@pytest.fixture
def frame(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    om.set_project("mapped")
    yield om.DataFrame.from_pandas(ROWS, name="rows", roles=ROLES)
    om.engine.shutdown()


def double(rows: pd.DataFrame) -> pd.DataFrame:
    assert len(rows) <= 30
    return rows.assign(b=rows["a"] * 2, process=os.getpid())


def die_late(rows: pd.DataFrame) -> pd.DataFrame:
    if rows["a"].iloc[0] > 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return rows


def lose_targets(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(t=rows["t"].where(rows["a"] < 50))


def test_a_function_makes_a_frame_of_a_view_and_its_columns_keep_their_roles(frame: Any) -> None:
    made = frame[frame.key == "x"].map_batches(double, "made", chunksize=30)
    found = made.to_pandas()
    assert found["b"].tolist() == [2 * number for number in range(0, 100, 2)]
    assert set(found["process"]) != {os.getpid()}
    assert made.roles == {**ROLES, "unused_float": ["b", "process"]}
    again = frame.map_batches(lambda rows: rows[["a"]], "made")
    assert (again.shape, again.columns) == ((100, 1), ["a"])
    assert frame[frame.a > 1000].map_batches(double, "none").shape == (0, 5)


def test_what_cannot_be_made_leaves_the_frame_as_it_was(frame: Any, image: Any) -> None:
    kept = om.DataFrame.from_pandas(ROWS, name="kept")
    kept.freeze()
    frame.map_batches(lambda rows: rows, "other")
    before = {name: rows for name, rows in image().items() if rows}
    refused: list[tuple[Any, str, type[Exception], str]] = [
        (double, "kept", OSError, "frozen"),
        (die_late, "other", WorkerDied, "other"),
        (lose_targets, "other", ValueError, "target 't' is missing"),
        (len, "other", TypeError, "not a pandas DataFrame"),
    ]
    for function, name, error, message in refused:
        with pytest.raises(error, match=message):
            frame.map_batches(function, name, chunksize=30)
    assert {name: rows for name, rows in image().items() if rows} == before


def test_a_frame_that_others_change_meanwhile_is_not_replaced(frame: Any, store_url: str) -> None:
    other = om.DataFrame.from_pandas(ROWS, name="other")
    project = other.project

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        import omegastore as om

        om.engine.launch(store_url)
        om.set_project(project)
        om.DataFrame.from_pandas(rows.head(1), name="other")
        return rows

    with pytest.raises(Conflict):
        frame.map_batches(change, "other")
    assert len(other) == 1
