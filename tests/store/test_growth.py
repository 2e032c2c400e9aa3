"""What a call makes the server look at does not depend on how many other objects there are."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore

OTHERS, FRAMES = 2_000, 20
SMALL = pd.DataFrame({"a": range(5)})
ARRAY = np.arange(50_000)
STEPS: dict[str, Callable[[OmegaStore], object]] = {
    "metadata": lambda store: store.metadata("value"),
    "metadata of an unknown name": lambda store: store.metadata("unknown"),
    "exists": lambda store: store.exists("value"),
    "list of one name": lambda store: store.list("value"),
    "list of a pattern": lambda store: store.list("val*"),
    "get of a value": lambda store: store.get("value"),
    "get of a frame": lambda store: store.get("frame"),
    "get of an array": lambda store: store.get("array"),
    "put of a value": lambda store: store.put({"a": 1}, "value", kind="python.object"),
    "put of an array": lambda store: store.put(ARRAY, "array"),
    "append to a frame": lambda store: store.put(SMALL, "frame", append=True),
    "put of a frame": lambda store: store.put(SMALL, "frame", append=False),
    "put of a new value": lambda store: store.put(1, "new"),
    "drop": lambda store: store.drop("new"),
}


@pytest.fixture
def pair(store: OmegaStore, store_url: str) -> tuple[OmegaStore, OmegaStore]:
    """Return two stores that hold the same three objects; the second holds many others beside them."""
    alone, crowd = (OmegaStore(store_url, bucket, defaults=store.defaults) for bucket in ("alone", "crowd"))
    for each in (alone, crowd):
        each.put({"a": 1}, "value", kind="python.object")
        each.put(SMALL, "frame", append=False)
        each.put(ARRAY, "array")
    for catalog in (crowd.storage.catalog, crowd.storage.catalog.beside(None, "other/")):
        seed = crowd.storage.catalog.read("value")
        assert seed is not None
        names = [f"{side}{number}" for number in range(OTHERS // 4) for side in ("other", "zother")]
        documents: list[Any] = [
            {**seed, "_id": catalog.key(name), "name": name, "prefix": catalog.prefix} for name in names
        ]
        catalog.collection.insert_many(documents)
    for number in range(FRAMES):
        crowd.put(SMALL, f"frames/{number}", append=False)
        crowd.put(ARRAY, f"arrays/{number}")
    return alone, crowd


@contextmanager
def watching(store: OmegaStore) -> Generator[list[tuple[Any, ...]], None, None]:
    """Give a list that has, at the end, each operation on the server and what it looked at."""
    database, found = store.mongodb, list[tuple[Any, ...]]()
    database.command("profile", 2)
    try:
        yield found
    finally:
        database.command("profile", 0)
        for each in database["system.profile"].find({"ns": {"$not": {"$regex": "system.profile$"}}}).sort("ts"):
            looked = {name: each.get(name, 0) for name in ("keysExamined", "docsExamined", "nreturned")}
            found.append((each["op"], next(iter(each["command"])), *looked.values()))
        database.drop_collection("system.profile")


def test_a_call_looks_at_as_much_beside_many_objects_as_beside_none(pair: tuple[OmegaStore, OmegaStore]) -> None:
    looked = list[dict[str, list[tuple[Any, ...]]]]()
    for store in pair:
        looked.append({})
        for name, step in STEPS.items():
            for is_warm in (False, True):  # the first makes what is made once in the life of a connection
                store.put(1, "new")
                with watching(store) as found:
                    step(store)
                if is_warm:
                    looked[-1][name] = sorted(found)
    assert looked[0] == looked[1]
    assert all(looked[0].values())
