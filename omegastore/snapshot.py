"""Snapshot: a name for the state of a whole bucket, whose versions stay until it is dropped.

Each metadata document holds in ``pins`` which of its versions belongs to which snapshot.
"""

from __future__ import annotations

from datetime import datetime

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from omegastore import history, protocol
from omegastore.catalog import LIVE, Catalog, Doc
from omegastore.decision import UNSTAGED
from omegastore.errors import Conflict, DoesNotExist
from omegastore.flip import writer
from omegastore.transaction import run


def take(catalog: Catalog, name: str) -> datetime:
    """Pin what is current of every object in the bucket and return the snapshot's time.

    On a server with transactions this is one; on another one, objects are pinned one after the other.

    Raises
    ------
    Conflict
        When there is a snapshot of that name.
    """
    at = catalog.connection.now()
    record = {"_id": name, "at": at, "by": writer()}
    try:
        if catalog.connection.is_standalone:
            catalog.connection.retry(lambda: catalog.snapshots.insert_one(record))
            catalog.decision.settle_all({}, wait=True)
            catalog.connection.retry(lambda: catalog.collection.update_many({**LIVE, **UNSTAGED}, _pin(name)))
            return at

        def work(session: ClientSession) -> None:
            catalog.snapshots.insert_one(record, session=session)
            catalog.collection.update_many(LIVE, _pin(name), session=session)

        run(catalog.connection, work)
        return at
    except DuplicateKeyError as error:
        raise Conflict(f"there is a snapshot {name!r} already; drop it, or choose another name") from error


def drop(catalog: Catalog, name: str) -> None:
    """Drop a snapshot; versions that nothing else holds go to the trash, or with the next put of their object.

    Raises
    ------
    DoesNotExist
        When there is no such snapshot.
    """
    find(catalog, name)
    query, fields = {"pins.snapshot": name}, {"name": 1, "prefix": 1}
    for each in catalog.connection.retry(lambda: list(catalog.collection.find(query, fields))):
        catalog.beside(None, each["prefix"]).change(each["name"], lambda known: _unpinned(known, name))
    catalog.connection.retry(lambda: catalog.snapshots.delete_one({"_id": name}))


def find(catalog: Catalog, name: str) -> Doc:
    """Return the record of a snapshot.

    Raises
    ------
    DoesNotExist
        When there is none of that name.
    """
    record = catalog.connection.retry(lambda: catalog.snapshots.find_one({"_id": name}))
    if record is None:
        names = sorted(each["_id"] for each in every(catalog))
        raise DoesNotExist(f"there is no snapshot {name!r}; there are {names}")
    return record


def every(catalog: Catalog) -> list[Doc]:
    """Return the records of all snapshots of the bucket, the oldest first."""
    return catalog.connection.retry(lambda: list(catalog.snapshots.find(sort=[("at", 1)])))


def _pin(name: str) -> list[Doc]:
    others = {"$filter": {"input": protocol.array("pins"), "cond": {"$ne": ["$$this.snapshot", {"$literal": name}]}}}
    pins = {"$concatArrays": [others, [{"snapshot": {"$literal": name}, "rev": "$rev"}]]}
    return [{"$set": {"pins": pins, "etag": {"$add": ["$etag", 1]}}}]


def _unpinned(known: Doc, name: str) -> Doc:
    """Return the changes that take the pins of a snapshot away, and the versions that only it held."""
    pins = [each for each in known.get("pins", ()) if each["snapshot"] != name]
    held = {each["rev"] for each in pins}
    every = list(known.get("versions", ()))
    spare = [at for at, each in enumerate(every) if "gone" in each and each["rev"] not in held]
    stay, gone = history.without(every, spare, (known.get("payload") or {}).get("pid"))
    return {**protocol.literal({"pins": pins, "versions": stay}), "trash": protocol.discarded(gone)}
