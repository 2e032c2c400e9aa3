"""What all tests share: the fixtures of the pytest plugin, also where omegastore is not installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from pymongo.database import Database

from omegastore import OmegaStore
from omegastore.testing import plugin
from omegastore.testing.plugin import database_url

Image = dict[str, list[dict[str, Any]]]


# In CI a failure has to be the change's own, so properties are tried on the same examples; elsewhere they vary.
settings.register_profile("repeatable", derandomize=True, database=None)
if "CI" in os.environ:
    settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["OMEGASTORE_CONFIG"] = ""  # the developer's own configuration files are not read
    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, "omegastore")


@pytest.fixture
def store_url(omegastore_url: str, omegastore_database: Database[dict[str, Any]]) -> str:
    """Return the URL of a fresh database."""
    return database_url(omegastore_url, omegastore_database.name)


@pytest.fixture
def store(store_url: str) -> OmegaStore:
    """Return a store on a fresh database, with a signing key of its own."""
    return OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": "the key of the tests"})


@pytest.fixture
def image(omegastore_database: Database[dict[str, Any]]) -> Callable[[], Image]:
    """Return a function that reads every document of the database, by collection."""

    def read() -> Image:
        names = sorted(omegastore_database.list_collection_names())
        return {name: list(omegastore_database[name].find({}, sort=[("_id", 1)])) for name in names}

    return read
