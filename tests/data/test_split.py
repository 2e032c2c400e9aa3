"""Rows of several frames one after another, and the parts that rows are divided into."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import omegastore as om


def test_frames_and_views_are_concatenated_on_the_server_with_the_roles_of_the_first(shared_project: None) -> None:
    one = om.DataFrame.from_pandas(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), "one", {"numerical": ["a"]})
    two = om.DataFrame.from_pandas(pd.DataFrame({"b": ["y", "z"], "a": [3, 4]}), "two", {"target": ["a"]})
    made = om.data.concat("all", [one, two[two.a > 3], one])
    assert (made.name, made.roles) == ("all", {"numerical": ["a"], "unused_string": ["b"]})
    found = made.to_pandas()
    assert (found["a"].tolist(), found.index.tolist()) == ([1, 2, 4, 1, 2], [0, 1, 2, 3, 4])
    assert found["b"].fillna("-").tolist() == ["x", "-", "z", "x", "-"]
    with pytest.raises(TypeError, match="different columns"):
        om.data.concat("all", [one, two[["a"]]])
    with pytest.raises(ValueError, match="one frame or view at least"):
        om.data.concat("all", [])


ROWS = 200


def numbered(name: str, rows: int = ROWS) -> om.DataFrame:
    return om.DataFrame.from_pandas(pd.DataFrame({"number": range(rows)}), name)


def numbers(view: Any) -> list[int]:
    found: list[int] = view.to_pandas()["number"].tolist()
    return found


@given(seed=st.integers(0, 2**31), shares=st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any))
@example(seed=1, shares=[1, 0, 0])
@settings(max_examples=15, deadline=None)
def test_parts_by_lot_have_no_row_in_common_and_all_rows_together(
    shared_project: None, seed: int, shares: list[int]
) -> None:
    frame = numbered("rows")
    train, test, rest = (share / sum(shares) for share in shares)
    split = om.data.split.random(seed, train=train, test=test, rest=rest)
    parts = {name: numbers(frame[split == name]) for name in ("train", "test", "rest")}
    assert sorted(number for part in parts.values() for number in part) == list(range(ROWS))
    for name, share in {"train": train, "test": test, "rest": rest}.items():
        # of 200 rows, so many more or less by chance once in ten million times
        assert abs(len(parts[name]) - share * ROWS) <= 5.4 * (ROWS * share * (1 - share)) ** 0.5


def test_the_same_seed_gives_the_same_rows_in_another_process_and_another_seed_others(
    shared_project: None, omegastore_url: str
) -> None:
    frame = numbered("rows")
    found = numbers(frame[om.data.split.random(seed=7) == "test"])
    code = (
        "import omegastore as om; om.engine.launch(); om.set_project('shared'); frame = om.DataFrame('rows');"
        "print(frame[om.data.split.random(seed=7) == 'test'].to_pandas()['number'].tolist())"
    )
    environ = {**os.environ, "OMEGA_MONGO_URL": omegastore_url}
    told = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(found)
    assert numbers(frame[om.data.split.random(seed=8) == "test"]) != found


def test_shares_that_are_not_one_together_are_refused() -> None:
    for shares in ({"train": 0.5}, {"train": 1.5, "test": -0.5}):
        with pytest.raises(ValueError, match="they have to be 1, and none below 0"):
            om.data.split.random(**shares)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a seed is an int"):
        om.data.split.random(seed="7")  # type: ignore[arg-type]


def test_parts_by_time_begin_when_they_are_said_to_and_rows_without_a_time_are_for_training(
    shared_project: None,
) -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "NaT", "2024-01-03", "2024-01-09"])
    frame = om.DataFrame.from_pandas(pd.DataFrame({"day": days, "number": range(5)}), "days")
    split = om.data.split.time(frame, "day", test=pd.Timestamp("2024-01-03"), validation=pd.Timestamp("2024-01-02"))
    parts = {name: numbers(frame[split == name]) for name in ("train", "validation", "test")}
    assert parts == {"train": [0, 2], "validation": [1], "test": [3, 4]}
    for begins in ({}, {"test": days[0], "validation": days[0]}, {"train": days[0]}):
        with pytest.raises(ValueError, match="different times at which parts after 'train' begin"):
            om.data.split.time(frame, "day", **begins)
    with pytest.raises(ValueError, match="unknown columns"):
        om.data.split.time(frame, "hour", test=days[0])
    with pytest.raises(TypeError):
        om.data.split.time(frame, "number", test=days[0])


def test_frames_become_one_whose_column_tells_them_apart(shared_project: None) -> None:
    frame = numbered("rows", 4)
    made, split = om.data.split.concat("both", train=frame[:3], test=frame[3:])
    assert (made.name, made.columns) == ("both", ["number", "split"])
    assert (numbers(made[split == "train"]), numbers(made[split == "test"])) == ([0, 1, 2], [3])
    assert numbers(made[::-1][split == "test"]) == [3]
    with pytest.raises(ValueError, match=r"\['train'\] have a column 'split' already"):
        om.data.split.concat("more", train=made, test=frame)
