"""What tests of pipelines share: a project on a fresh database, and rows to learn from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.engine.runtime import Runtime
from omegastore.pipeline import Place, Population
from omegastore.pipeline import place as places

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, ROOT)
ROLES = {
    "numerical": ["amount", "duration"],
    "categorical": ["city"],
    "time_stamp": ["at"],
    "target": ["default"],
    "join_key": ["id"],
}


def loans(rows: int = 200, seed: int = 7) -> pd.DataFrame:
    """Return loans whose default hangs on amount, duration and city."""
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "amount": chance.normal(size=rows).round(3),
            "duration": pd.array(chance.integers(1, 60, rows), dtype="Int64"),
            "city": chance.choice(["Rome", "Bari", "Pisa"], rows),
            "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), "D").as_unit("us"),
            "free": ["nothing to learn"] * rows,
        }
    )
    frame.loc[::17, "duration"] = pd.NA
    risk = frame["amount"] + frame["duration"].fillna(30).astype("float64") / 30 + (frame["city"] == "Rome")
    frame["default"] = (risk + chance.normal(scale=0.3, size=rows) > risk.median()).astype("int64")
    frame["loss"] = risk.round(4)
    return frame


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    """Return a runtime of one process on this machine."""
    with Runtime(environ={"OMEGA_STORE_SIGNING_KEY": "the key of the tests"}) as runtime:
        yield runtime


@pytest.fixture
def project(store: OmegaStore, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a project that is set."""
    place = Place(store, runtime)
    monkeypatch.setattr(places, "_current", lambda: place)
    return place


@pytest.fixture
def train(project: Place) -> Population:
    """Return rows in the project's store."""
    project.store.put(loans(), "train")
    return Population("train", ROLES)


@pytest.fixture
def test(project: Place) -> Population:
    """Return other rows."""
    project.store.put(loans(80, seed=8), "test")
    return Population("test", ROLES)
