"""What tests of the store share: looking at the whole database, counting commands, making steps fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from omegastore import OmegaStore
from omegastore.server import binary

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, ROOT)


class Commands(CommandListener):
    """Notes the names of the commands that were sent."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def watched(store_url: str, commands: Commands) -> Iterator[OmegaStore]:
    """Return a store whose commands are noted."""
    with MongoClient[dict[str, Any]](store_url, event_listeners=[commands]) as client:
        yield OmegaStore(client, defaults={"OMEGA_STORE_SIGNING_KEY": "the key of the tests"})


@pytest.fixture(scope="session")
def standalone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a server without transactions and change streams."""
    folder = Path(tempfile.mkdtemp(prefix="omegastore-alone-"))  # a socket's path has to be short
    socket = folder / "mongod.sock"
    command = [
        str(binary.find().path),
        "--dbpath",
        str(folder),
        "--bind_ip",
        str(socket),
        "--nounixsocket",
        "--quiet",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--wiredTigerCacheSizeGB", "0.25"], stdout=log, stderr=log)
    url = f"mongodb://{quote(str(socket), safe='')}"
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=60_000) as client:
            client.admin.command("ping")
        yield url
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


@pytest.fixture
def standalone_url(standalone_server: str) -> str:
    """Return the URL of a fresh database there."""
    return f"{standalone_server}/test_{uuid.uuid4().hex[:16]}"
