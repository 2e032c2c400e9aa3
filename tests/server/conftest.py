"""Homes that are cleaned up, and clients of the embedded server that are processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern

import omegastore.server
from omegastore.errors import EmbeddedServerError
from omegastore.server.binary import Binary, find
from omegastore.server.lock import FileLock

ROOT = Path(__file__).parents[2]
CLIENT = """
import sys
import omegastore.server
with omegastore.server.embedded(sys.argv[1], idle=float(sys.argv[2])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class Process:
    """A Python process that runs a script; its output is read line by line, its input is closed to end it."""

    def __init__(self, script: str, *arguments: object, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """Wait for the next line that it prints."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Let it end in order, if it has not ended yet, and wait for that."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.end()


def remove(home: Path) -> None:
    """Remove a home and end its server at once, which sees that its home has gone."""
    omegastore.server.release(home)
    with FileLock(home / "server.lock") as lock:
        gone = home.rename(home.with_name(f"{home.name[:99]}.gone"))
        lock.hold()
    shutil.rmtree(gone)


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start a script as a process: ``start(script, *arguments, **environ)``."""
    started: list[Process] = []

    def start(script: str, *arguments: object, **environ: str) -> Process:
        started.append(Process(script, *arguments, **environ))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def start_client(start: Callable[..., Process]) -> Callable[..., Process]:
    """Start a client that prints the URL and holds its lease: ``start_client(home, idle)``."""

    def start_client(home: Path, idle: float = 30, **environ: str) -> Process:
        return start(CLIENT, home, idle, **environ)

    return start_client


@pytest.fixture(scope="session")
def mongod() -> Binary:
    """The mongod that is tested with; where there is none, an external server must be named."""
    try:
        return find()
    except EmbeddedServerError as error:
        if "OMEGA_MONGO_URL" not in os.environ:
            raise
        pytest.skip(f"the suite runs against OMEGA_MONGO_URL, and here {error}")


@pytest.fixture
def new_home(tmp_path: Path, mongod: Binary) -> Iterator[Callable[[str], Path]]:
    """Name a home of this test; its server is stopped in the end."""
    homes: list[Path] = []

    def new_home(name: str) -> Path:
        homes.append(tmp_path / name)
        return homes[-1]

    yield new_home
    for home in homes:
        if home.exists():
            remove(home)


@pytest.fixture
def home(new_home: Callable[[str], Path]) -> Path:
    """Home of one server."""
    return new_home("home")


@pytest.fixture
def write() -> Callable[[str, int], None]:
    """Insert a document, acknowledged as journaled, through a client of its own: ``write(url, _id)``."""

    def write(url: str, number: int) -> None:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=10_000) as client:
            client.a.get_collection("b", write_concern=WriteConcern(j=True)).insert_one({"_id": number})

    return write


@pytest.fixture
def read() -> Callable[[str], list[int]]:
    """Return the ids of all that `write` has written to the server of a URL."""

    def read(url: str) -> list[int]:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=10_000) as client:
            return [document["_id"] for document in client.a.b.find().sort("_id")]

    return read


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Write an executable shell script: ``script(text, name)``."""

    def script(text: str, name: str = "mongod") -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return script
