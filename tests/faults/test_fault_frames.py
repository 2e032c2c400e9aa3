"""A process that is killed at each point of saving, loading or changing a frame of a project."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

import omegastore as om
from tests.faults.crew import Journal, start
from tests.faults.points import FLIPPED, Striker

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
SIZE = 200


def rows(number: int) -> pd.DataFrame:
    """Return rows that are all one number."""
    return pd.DataFrame({f"of{number}": [number] * SIZE, "n": [number] * SIZE})


def save(frame: om.DataFrame) -> None:
    """Save the working copy."""
    frame.save()


def load(frame: om.DataFrame) -> None:
    """Load the saved one."""
    frame.load()


def read(frame: om.DataFrame) -> None:
    """Read other rows."""
    frame.read_pandas(rows(3))


STEPS: dict[str, tuple[Callable[[om.DataFrame], None], tuple[int, int], tuple[int, int]]] = {
    "save": (save, (2, 1), (2, 2)),
    "load": (load, (2, 1), (1, 1)),
    "read": (read, (2, 1), (3, 1)),
}
"""What is done, and the numbers of the working copy and of the saved one before and after it."""


def act(url: str, what: str, path: str, place: int) -> None:
    """Do one step, killed at a point of it."""
    om.engine.launch(url)
    om.set_project("loans")
    frame = om.DataFrame("frame")
    Striker(path, place, signal.SIGKILL).install()
    STEPS[what][0](frame)
    Journal(path).say("ended")


@pytest.fixture
def frame(store_url: str) -> Iterator[om.DataFrame]:
    om.engine.launch(store_url)
    om.set_project("loans")
    yield om.DataFrame("frame")
    om.engine.shutdown()


def number_of(found: pd.DataFrame, roles: dict[str, list[str]]) -> int:
    """Return the number of a frame that is whole, with the roles of its own columns."""
    number = int(found["n"].iloc[0])
    pd.testing.assert_frame_equal(found, rows(number), check_flags=False)
    assert [name for names in roles.values() for name in names] == [f"of{number}", "n"]
    return number


def standing(frame: om.DataFrame) -> tuple[int, int]:
    """Return the numbers of the working copy and of the saved one."""
    meta = om.project.store.metadata("frame")
    assert meta is not None
    roles: dict[str, list[str]] = {}
    for name, role in meta.attributes["roles"]:
        roles.setdefault(role, []).append(name)
    return number_of(frame.to_pandas(), frame.roles), number_of(om.project.store.get("frame"), roles)


@pytest.mark.parametrize("what", STEPS)
def test_a_kill_at_any_point_leaves_what_was_there_or_what_was_to_be(
    frame: om.DataFrame, store_url: str, tmp_path: Path, report: Callable[..., None], what: str
) -> None:
    _, old, new = STEPS[what]
    place, kills, found = 0, {"old": 0, "new": 0}, list[object]()
    while True:
        om.DataFrame.from_pandas(rows(1), "frame").save()
        om.DataFrame.from_pandas(rows(2), "frame")
        place, path = place + 1, tmp_path / f"{what}-{place}"
        process = start(act, store_url, what, str(path), place)
        process.join(60)
        passed = path.read_text().splitlines()
        if "ended" in passed:
            break
        assert process.exitcode == -signal.SIGKILL
        is_new = bool(set(FLIPPED) & set(passed))
        kills["new" if is_new else "old"] += 1
        after = standing(frame)
        found += [] if after == (new if is_new else old) else [(place, passed[-1], after)]
        getattr(om.DataFrame("frame"), what if what != "read" else "save")()  # what was killed is in nobody's way
    report(points=place - 1, **kills)
    assert min(kills.values()) > 0
    assert found == []
