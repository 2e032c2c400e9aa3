"""The documentation is built without a warning, and shows what it should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="omegastore[docs] is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")  # strict: a warning is an error
    return folder


def test_the_reference_has_every_verb_with_its_docstring(site: Path) -> None:
    page = (site / "reference" / "store" / "index.html").read_text("utf-8")
    shown = set(re.findall(r'id="omegastore\.store\.OmegaStore\.(\w+)"', page))
    assert {"put", "get", "getl", "drop", "list", "versions", "commit", "to_archive", "register_backend"} <= shown
    assert not [name for name in shown if name.startswith("_")]
    assert "Anything that a backend keeps; it is never changed." in page
