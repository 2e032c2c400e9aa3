"""Stores of the fault tests, and the audit that finds what no metadata document refers to."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from omegastore import OmegaStore
from omegastore.errors import DoesNotExist
from omegastore.payload import batches
from omegastore.testing.plugin import database_url
from tests.faults.bodies import counters

KEY = "the key of the fault tests"
NOW = {"OMEGA_STORE_LEASE": 0.0, "OMEGA_STORE_GRACE": 0.0}
"""Settings under which gc() takes away whatever is not held for good."""


def open_store(url: str, **settings: Any) -> OmegaStore:
    """Return a store that reads what the other processes of a test have signed."""
    return OmegaStore(url, defaults={"OMEGA_STORE_SIGNING_KEY": KEY, **settings})


def at_database(url: str, name: str) -> str:
    """Return `url` with `name` as its database."""
    return database_url(url, name)


def read(store: OmegaStore, name: str, version: int = -1) -> tuple[int, ...] | None:
    """Return the counters of an object, None where there is none; AssertionError when it is torn."""
    try:
        value = store.get(name, version=version)
    except DoesNotExist:
        return None
    return counters(value, name)


def collected(store: OmegaStore) -> list[str]:
    """Collect all garbage, and return what is wrong or left then; nothing may be."""
    keen = OmegaStore(store.storage.connection, defaults={"OMEGA_STORE_SIGNING_KEY": KEY, **NOW})
    keen.gc(grace=0)
    return [*map(str, keen.fsck()), *leftovers(keen)]


def leftovers(store: OmegaStore) -> list[str]:
    """Return what stands in the database of `store` that no version of its objects needs."""
    catalog, database = store.storage.catalog, store.mongodb
    rows: dict[str, set[tuple[int, int, int]]] = defaultdict(set)
    files, large, found = set[str](), set[Any](), list[str]()
    for document in catalog.collection.find({"name": {"$exists": True}}):
        found += [f"{document['name']}: {each} {document[each]}" for each in ("pending", "trash") if document[each]]
        large |= {each["large"] for each in document["versions"] if each.get("large")}
        for number in [*(each["rev"] for each in document["versions"]), document["rev"]]:
            if document.get("kind") is None:  # the number of a name goes on when the object is gone
                continue
            payload = catalog.at(document, number)["payload"] or {}
            files |= {str(part["id"]) for part in payload.get("parts", ()) if "id" in part}
            if payload.get("rows"):
                found += [f"{document['name']}: open {each}" for each in payload["rows"]["open"]]
                runs = {(each.first, each.last, each.rows) for each in batches(payload)}
                rows[payload["rows"]["collection"]] |= runs
    names = {each for each in database.list_collection_names() if re.search(r"\.datastore(@|$)", each)}
    found += [f"collection {each}" for each in sorted(names ^ set(rows))]
    for name in sorted(names & set(rows)):
        count, wanted = database[name].count_documents({}), sum(each[2] for each in _widest(rows[name]))
        found += [f"{name}: {count} rows, not {wanted}"] if count != wanted else []
    for suffix, path in (("files", "_id"), ("chunks", "files_id")):
        there = {str(each) for each in database[f"{catalog.space}.{suffix}"].distinct(path)}
        found += [f"{suffix}: {each}" for each in sorted(there ^ files)]
    return found + [f"large part {each}" for each in set(catalog.versions.distinct("_id")) ^ large]


def _widest(runs: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Return the runs of batches that are in no other one: an earlier version may list what were merged since."""
    return [
        (first, last, rows)
        for first, last, rows in runs
        if not any(low <= first and last <= high and (low, high) != (first, last) for low, high, _ in runs)
    ]
