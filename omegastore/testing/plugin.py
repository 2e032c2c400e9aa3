"""Pytest plugin: fixtures for a MongoDB server and for a fresh database per test.

It is loaded in every pytest run where omegastore is installed, so it imports nothing that costs time. The
workers of pytest-xdist share one server.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import omegastore.server

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.database import Database

_HOME = pytest.StashKey[Path]()
_INPUT = "omegastore_home"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the home of the session's server; it is made with the first test that needs it."""
    given: dict[str, str] = getattr(config, "workerinput", {})
    name = given.get(_INPUT) or Path(tempfile.gettempdir(), f"omegastore-test-{uuid.uuid4().hex[:16]}")
    config.stash[_HOME] = Path(name)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist the home."""
    node.workerinput[_INPUT] = str(node.config.stash[_HOME])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the server, once the session and all its workers have ended."""
    home = config.stash.get(_HOME, None)
    if home and home.exists() and not hasattr(config, "workerinput"):
        omegastore.server.stop(home)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def omegastore_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """URL of the server to test against: ``OMEGA_MONGO_URL``, else an embedded server of this session."""
    url = os.environ.get("OMEGA_MONGO_URL")
    if url:
        yield url
        return
    with omegastore.server.embedded(pytestconfig.stash[_HOME]) as url:
        yield url


@pytest.fixture(scope="session")
def omegastore_client(omegastore_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Client of the server to test against; its dates are aware."""
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](omegastore_url, tz_aware=True, serverSelectionTimeoutMS=5000) as client:
        yield client


@pytest.fixture
def omegastore_database(
    omegastore_url: str, omegastore_client: MongoClient[dict[str, Any]]
) -> Iterator[Database[dict[str, Any]]]:
    """Fresh database for one test."""
    database = omegastore_client[f"test_{uuid.uuid4().hex[:16]}"]
    yield database
    if (mongo := sys.modules.get("omegastore.mongo")) is not None:
        mongo.close(database_url(omegastore_url, database.name))  # its threads would go on for all other tests
    # dropping each collection takes 2 ms, dropping a database 100
    for name in database.list_collection_names(filter={"name": {"$not": {"$regex": "^system\\."}}}):
        database.drop_collection(name)
    if database.list_collection_names():  # a list of views stays
        omegastore_client.drop_database(database)


def database_url(url: str, database: str) -> str:
    """Return `url` with `database` as its database.

    Examples
    --------
    >>> database_url("mongodb://localhost:27017/?directConnection=true", "mine")
    'mongodb://localhost:27017/mine?directConnection=true'
    """
    return re.sub(r"^(mongodb(?:\+srv)?://[^/?]*)/?[^?]*", rf"\1/{database}", url)
