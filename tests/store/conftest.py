"""What tests of the store share: looking at the whole database, counting commands, making steps fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from omegastore import OmegaStore

Image = dict[str, list[dict[str, Any]]]


@pytest.fixture
def image(omegastore_database: Database[dict[str, Any]]) -> Callable[[], Image]:
    """Return a function that reads every document of the database, by collection."""

    def read() -> Image:
        names = sorted(omegastore_database.list_collection_names())
        return {name: list(omegastore_database[name].find({}, sort=[("_id", 1)])) for name in names}

    return read


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
