"""Fixtures of the tests of lazy frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from pymongo import MongoClient

from omegastore import MDataFrame, OmegaStore
from tests.mdataframe.lazy_frames import Lazily, Pulled


@pytest.fixture
def pulled() -> Pulled:
    return Pulled()


@pytest.fixture
def watched(store_url: str, pulled: Pulled) -> Iterator[OmegaStore]:
    """Return a store whose answers are counted."""
    with MongoClient[dict[str, Any]](store_url, event_listeners=[pulled]) as client:
        yield OmegaStore(client)


@pytest.fixture
def lazily(store: OmegaStore) -> Lazily:
    """Return a function that stores a frame and returns it as a lazy one."""
    number = iter(range(10**6))

    def put(frame: pd.DataFrame) -> MDataFrame:
        name = f"frame {next(number)}"
        store.put(frame, name)
        lazy: MDataFrame = store.getl(name)
        return lazy

    return put
