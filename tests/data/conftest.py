"""Fixtures of the tests of projects' data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import omegastore as om

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, ROOT)


@pytest.fixture
def project(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Set a project on a fresh database, and return its URL."""
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    om.set_project("loans")
    yield store_url
    om.engine.shutdown()


@pytest.fixture(scope="module")
def shared_project(omegastore_url: str) -> Iterator[None]:
    """Set a project that the tests of a module share, and the examples of their properties."""
    om.engine.launch(omegastore_url)
    om.set_project("shared")
    yield
    om.engine.delete_project("shared")
    om.engine.shutdown()
