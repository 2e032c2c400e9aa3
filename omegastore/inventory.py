"""Inventory: the payloads that are in a bucket's database, their bytes, and which of them no Metadata knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson.max_key import MaxKey
from bson.min_key import MinKey
from bson.objectid import ObjectId

from omegastore.fill import bytes_of
from omegastore.naming import collection_name
from omegastore.payload import BATCH_BITS
from omegastore.space import Doc, Space

KNOWN = ("vid", "payload.pid", "versions.pid", "versions.vid", "versions.large", "pending.v", "trash.p", "trash.v",
         "trash.large")  # fmt: skip
"""What names payloads, and large parts of versions, in a metadata document."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something that no Metadata refers to."""

    pid: Any
    """The id of the payload; the ObjectId of a write tells when it began."""
    where: str
    """The collection of rows that it is, or that it is in."""
    id: Any = None
    """The id of the file, or of the large part of a version; None for a collection of rows."""


def orphans(space: Space, before: datetime | None = None) -> Iterator[Orphan]:
    """Yield what no Metadata refers to.

    A collection of rows without a version in its name is left out: it may be a user's own.

    Parameters
    ----------
    space : Space
        The bucket; all of its prefixes are looked at.
    before : datetime, optional
        Only writes that began before this time.
    """
    earlier = _known(space)
    # a write is announced before its first byte: what Metadata does not know after this list was never announced
    found = [each for each in _stored(space) if before is None or _is_of_before(each.pid, before)]
    if found:
        known = earlier | _known(space)
        yield from (each for each in found if each.pid not in known)


def discard(space: Space, orphan: Orphan) -> None:
    """Remove an orphan."""
    collection = space.connection.database[orphan.where]
    if orphan.id is None:
        space.connection.retry(collection.drop)
    else:
        path = "files_id" if orphan.where.endswith(".chunks") else "_id"
        space.connection.retry(lambda: collection.delete_many({path: orphan.id}))


def size_of_orphan(space: Space, orphan: Orphan) -> int:
    """Return the bytes of an orphan."""
    collection = space.connection.database[orphan.where]
    if orphan.id is None:
        return bytes_of(space.connection, collection)
    path = "files_id" if orphan.where.endswith(".chunks") else "_id"
    return _bytes(space, orphan.where, {path: orphan.id})


def size_of_trash(space: Space, entry: Doc) -> int:
    """Return the bytes in the database of what an entry of the trash stands for."""
    pid, size = entry["p"], 0
    if entry.get("b") is not None:
        span = {"$gte": entry["b"] << BATCH_BITS, "$lt": (entry["b"] + 1) << BATCH_BITS}
        size += _bytes(space, entry["rows"], {"_id": span}) if entry["rows"] else 0
    elif pid is not None:
        size += bytes_of(space.connection, space.connection.database[entry["rows"]]) if entry["rows"] else 0
    if entry.get("large") is not None:
        size += _bytes(space, space.versions.name, {"_id": entry["large"]})
    if pid is None:
        return size
    parts = {"$gte": {"p": pid, "part": MinKey()}, "$lte": {"p": pid, "part": MaxKey()}}
    mine = {"files_id.b": entry["b"]} if entry.get("b") is not None else {}
    wholes: list[Doc] = [] if mine else [{"files_id": pid}]
    return size + sum(_bytes(space, f"{space.space}.chunks", each) for each in (*wholes, {"files_id": parts, **mine}))


def _is_of_before(pid: object, before: datetime) -> bool:
    return isinstance(pid, ObjectId) and pid.generation_time < before


def _known(space: Space) -> set[Any]:
    """Return the ids of all that the metadata documents hold, write or are about to remove."""
    shown = dict.fromkeys([*KNOWN, *(f"staged.after.{path}" for path in KNOWN)], 1)
    known = set[Any]()
    for document in space.connection.retry(lambda: list(space.collection.find({}, shown))):
        known |= _ids(document) | _ids((document.get("staged") or {}).get("after") or {})
    return known


def _ids(document: Doc) -> set[Any]:
    found = {document.get("vid"), (document.get("payload") or {}).get("pid")}
    for name in ("versions", "pending", "trash"):
        for entry in document.get(name) or ():
            found |= set(entry.values())
    return found


def _stored(space: Space) -> list[Orphan]:
    """Return all that is there: collections of rows, files, chunks, large parts of versions."""
    head = collection_name(space.bucket, "", "").removesuffix(".datastore").rstrip(".")
    pattern = re.compile(rf"{re.escape(head)}\..*\.datastore@([0-9a-f]{{24}})", re.DOTALL)
    database = space.connection.database
    matches = [pattern.fullmatch(name) for name in sorted(space.connection.retry(database.list_collection_names))]
    found = [Orphan(ObjectId(match[1]), match[0]) for match in matches if match]
    for name, path in (
        (f"{space.space}.files", "_id"), (f"{space.space}.chunks", "files_id"), (space.versions.name, "_id")
    ):  # fmt: skip
        # an answer in batches: distinct would have to fit into one document
        stages: list[Doc] = [{"$sort": {path: 1}}, {"$group": {"_id": f"${path}"}}]
        listed = space.connection.retry(lambda n=name, s=stages: list(database[n].aggregate(s)))  # type: ignore[misc]
        for each in listed:
            pid = each["_id"]["p"] if isinstance(each["_id"], dict) else each["_id"]
            found.append(Orphan(pid, name, each["_id"]))
    return found


def _bytes(space: Space, collection: str, query: Doc) -> int:
    stages: list[Doc] = [{"$match": query}, {"$group": {"_id": None, "size": {"$sum": {"$bsonSize": "$$ROOT"}}}}]
    rows = space.connection.database[collection]
    return sum(int(each["size"]) for each in space.connection.retry(lambda: list(rows.aggregate(stages))))
