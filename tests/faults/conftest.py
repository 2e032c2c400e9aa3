"""What the fault tests share: their size, their seed, and a place where their numbers are told."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from omegastore.errors import EmbeddedServerError
from omegastore.server import binary

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, ROOT)
pytest.register_assert_rewrite("tests.faults.stores", "tests.faults.bodies")
_LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def scale() -> int:
    """How much longer than usual the tests take: ``OMEGASTORE_FAULTS``, 1 to 10."""
    return min(10, max(1, int(os.environ.get("OMEGASTORE_FAULTS", "1"))))


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of what is random: ``OMEGASTORE_FAULTS_SEED``, else a new one, which is printed."""
    given = os.environ.get("OMEGASTORE_FAULTS_SEED")
    return int(given) if given else secrets.randbelow(10**6)


@pytest.fixture
def report(request: pytest.FixtureRequest, seed: int) -> Callable[..., None]:
    """Tell numbers at the end of the run, whether or not the test fails after that."""
    lines = request.config.stash.setdefault(_LINES, [])

    def report(**numbers: object) -> None:
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in numbers.items())
        lines.append(f"{request.node.name}: seed {seed}, {told}")

    lines.append(f"{request.node.name}: seed {seed}, started")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_LINES, [])
    told = [line for line in lines if not line.endswith("started")]
    silent = [
        line for line in lines if line.endswith("started") and line.partition(":")[0] + ":" not in "".join(told)
    ]
    if lines:
        terminalreporter.section("faults")
        for line in [*told, *silent]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def program() -> Path:
    """The mongod that servers are started with."""
    try:
        return binary.find().path
    except EmbeddedServerError as error:
        pytest.skip(str(error))
