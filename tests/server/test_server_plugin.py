"""The pytest plugin, run as its users run it: in a session of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = """
import pathlib
import pytest

@pytest.mark.parametrize("turn", range(4))
def test_each_test_has_an_empty_database(omegastore_database, turn):
    assert omegastore_database.list_collection_names() == []
    omegastore_database.a.insert_one({"_id": turn})
    omegastore_database.create_collection("view", viewOn="a")
    omegastore_database.create_collection("series", timeseries={"timeField": "t"})
    assert omegastore_database.codec_options.tz_aware
    pid = omegastore_database.command("serverStatus")["pid"]
    pathlib.Path(f"{turn}.pid").write_text(str(pid))
"""
LEFT = """
def test_nothing_is_left_of_the_tests_before(omegastore_client):
    assert [name for name in omegastore_client.list_database_names() if name.startswith("test_")] == []
"""


def run(folder: Path, *options: str, **environ: str) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_a.py").write_text(SUITE)
    (folder / "test_b.py").write_text(LEFT)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OMEGA_MONGO"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)} | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("mongod")
def test_every_test_gets_an_empty_database_and_nothing_is_left(tmp_path: Path) -> None:
    run(tmp_path)
    assert len({path.read_text() for path in tmp_path.glob("*.pid")}) == 1
    assert not list(tmp_path.glob("omegastore-test-*"))


@pytest.mark.slow
@pytest.mark.usefixtures("mongod")
def test_the_workers_of_xdist_share_one_server(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    run(tmp_path, "-n", "2", "--deselect", "test_b.py")
    assert len({path.read_text() for path in tmp_path.glob("*.pid")}) == 1
    assert not list(tmp_path.glob("omegastore-test-*"))


def test_a_server_that_the_environment_names_is_used(tmp_path: Path, omegastore_url: str) -> None:
    run(tmp_path, "test_a.py", OMEGA_MONGO_URL=omegastore_url, OMEGASTORE_MONGOD="/nowhere")
    assert len(list(tmp_path.glob("*.pid"))) == 4


def test_the_plugin_imports_nothing_that_takes_time() -> None:
    script = "import sys, omegastore.testing.plugin; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(shown.stdout.split())
    assert "omegastore.testing.plugin" in loaded
    assert not loaded & {"pandas", "pymongo", "mongoengine", "numpy", "sklearn", "tables"}
