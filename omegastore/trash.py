"""Trash: payloads that no version has any more, and their removal; dropping objects and versions.

A payload is removed in two steps. First the metadata document lists it in ``trash``, by the same compare-and-set that
displaced it. When it has been there for the grace period, so that readers that had started are done, whoever comes by
removes it and takes it off the list. Writes whose lease is over go the same way, which fences a slow writer off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from omegastore import history, inventory, protocol
from omegastore.blobs import remove_batch_files, remove_files
from omegastore.catalog import EMPTY, Catalog, Doc
from omegastore.naming import collection_name, versioned_collection
from omegastore.progress import track
from omegastore.rows import remove, remove_batch

DROPPED = ("vid", "objid", "by", "s3file", "created", "modified")
"""Fields that go with the current version, beside those that each version has."""
ORPHANED = timedelta(days=1)
"""How long ago the write of a payload began that is removed because no Metadata knows it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What gc has removed, or would remove."""

    payloads: int
    """Payloads that no version has any more, or that killed writers left."""
    orphans: int
    """Collections, files and runs of chunks, older than a day, that no Metadata knows."""
    bytes: int
    """What they take in the database, before compression."""


def drop(catalog: Catalog, name: str, moment: Any = "$$NOW") -> Doc | None:
    """Make the object and its versions invisible, as of `moment`; return its document, or None if there is none.

    What a snapshot holds stays for it.
    """
    return catalog.change(name, lambda known: _dropped(catalog, known, moment) if history.is_live(known) else None)


def _dropped(catalog: Catalog, known: Doc, moment: Any) -> Doc:
    held = {each["rev"] for each in known.get("pins", ())}
    current, large = history.displaced(known, False, False)
    entries = [*known.get("versions", ()), current]
    if large is not None and held:
        catalog.keep_large(known["vid"], current["pid"], large)
    stay, gone = history.without(entries, [at for at, each in enumerate(entries) if each["rev"] not in held], None)
    changes = protocol.literal(dict.fromkeys((*history.CURRENT, *DROPPED)))
    changes |= protocol.literal({"attributes": {}, "tags": [], "rev": known["rev"] + 1})
    changes |= {"versions": protocol.kept(stay, known["rev"], moment, True), "trash": protocol.discarded(gone)}
    return changes | protocol.stale(known) | protocol.done("drop", known, known["rev"])


def drop_version(catalog: Catalog, name: str, version: int) -> bool:
    """Make one earlier version invisible; return whether the object was there.

    Raises
    ------
    DoesNotExist
        When it has no such version.
    ValueError
        When it is the current one.
    """

    def dropped(known: Doc) -> Doc:
        place, entries = history.pick(known, version), list(known.get("versions", ()))
        pins = [each["snapshot"] for each in known.get("pins", ()) if each["rev"] == version]
        if pins:
            raise ValueError(f"version {version} of {name!r} is in the snapshots {pins}; drop these first")
        if place == len(entries):
            raise ValueError(f"version {version} is the current one of {name!r}; put another one, or drop the object")
        stay, gone = history.without(entries, [place], known["payload"].get("pid"))
        # a tag of it would name nothing
        tags = [each for each in known.get("tags", ()) if each["rev"] != entries[place]["rev"]]
        return {**protocol.literal({"versions": stay, "tags": tags}), "trash": protocol.discarded(gone)}

    return catalog.change(name, lambda known: dropped(known) if history.is_live(known) else None) is not None


def discard(catalog: Catalog, name: str, entries: Sequence[Doc]) -> None:
    """Remove what the trash `entries` of `name` stand for and take them off the list."""
    for entry in entries:
        collection = entry["rows"]  # the payload's own, never one that the object only refers to
        if entry.get("b") is not None:
            if collection is not None:
                remove_batch(catalog.connection, collection, entry["b"])
            remove_batch_files(catalog.connection, catalog.space, entry["p"], entry["b"])
        elif entry["p"] is not None and collection is not None:
            remove(catalog.connection, collection)
    pids = [entry["p"] for entry in entries if entry.get("b") is None and entry["p"] is not None]
    remove_files(catalog.connection, catalog.space, pids)
    if entries:
        key, gone = catalog.key(name), [entry["v"] for entry in entries]
        large = [entry["large"] for entry in entries if entry.get("large") is not None]
        if large:
            catalog.connection.retry(lambda: catalog.versions.delete_many({"_id": {"$in": large}}))
        pull = {"$pull": {"trash": {"v": {"$in": gone}}}}
        catalog.connection.retry(lambda: catalog.collection.update_one({"_id": key}, pull))


def expired(document: Doc, now: datetime, grace: float) -> list[Doc]:
    """Return the entries of the trash that have been there for `grace` seconds at `now`, by the server's clock."""
    limit = now - timedelta(seconds=grace)
    return [entry for entry in document.get("trash", ()) if entry["at"] <= limit]


def collect(catalog: Catalog, lease: float, grace: float, dry_run: bool = False) -> Collected:
    """Remove what nobody needs in the bucket and prefix, and what no Metadata of the bucket knows.

    Parameters
    ----------
    catalog : Catalog
        The objects to look at.
    lease : float
        Seconds after which a write that is not renewed is given up.
    grace : float
        Seconds that a payload stays in the trash.
    dry_run : bool
        Remove nothing. What writes that are given up have left is not told then: it is not in the trash yet.
    """
    now = catalog.connection.now()
    if not dry_run:
        if catalog.connection.is_standalone:
            catalog.decision.settle_all(catalog.here)
        late = now - timedelta(seconds=lease)
        for document in _documents(
            catalog, {"$or": [{f"{path}.at": {"$lte": late}} for path in ("pending", protocol.OPEN)]}
        ):
            _fence(catalog, document, late)
        now = catalog.connection.now()  # what was fenced off is in the trash since
    payloads = size = 0
    full = _documents(catalog, {"trash.at": {"$lte": now - timedelta(seconds=grace)}})
    for document in track(full, "removing payloads"):
        entries = expired(document, now, grace)
        size += sum(inventory.size_of_trash(catalog, entry) for entry in entries)
        payloads += len(entries)
        if not dry_run:
            discard(catalog, document["name"], entries)
    lost = [*inventory.orphans(catalog, now - ORPHANED)]
    size += sum(inventory.size_of_orphan(catalog, each) for each in lost)
    if not dry_run:
        for each in lost:
            inventory.discard(catalog, each)
        catalog.connection.retry(lambda: catalog.collection.delete_many({**catalog.here, **EMPTY}))
    return Collected(payloads, len(lost), size)


def _documents(catalog: Catalog, query: Doc) -> list[Doc]:
    fields = {"payload.parts": 0, "versions": 0, "kind_meta": 0}
    return catalog.connection.retry(lambda: list(catalog.collection.find({**catalog.here, **query}, fields)))


def _fence(catalog: Catalog, document: Doc, late: datetime) -> None:
    """Move writes whose lease was over at `late` to the trash: their flip finds its entry no more."""
    base = collection_name(catalog.bucket, catalog.prefix, document["name"])
    for entry in [each for each in document["pending"] if each["at"] <= late]:
        collection = base if entry["first"] else versioned_collection(base, entry["v"])
        remains = {"v": entry["v"], "p": entry["v"], "rows": collection}
        _withdraw(catalog, document, "pending", entry, remains)
    rows = (document.get("payload") or {}).get("rows") or {}
    for entry in [each for each in rows.get("open", ()) if each["at"] <= late]:
        pid = document["payload"]["pid"]
        remains = {"v": entry["v"], "p": pid, "b": entry["b"], "rows": rows["collection"]}
        _withdraw(catalog, document, protocol.OPEN, entry, remains)


def _withdraw(catalog: Catalog, document: Doc, path: str, entry: Doc, remains: Doc) -> None:
    same = {"$elemMatch": {"v": entry["v"], "at": entry["at"]}}  # not if it was renewed since
    # the writer may wake up: the collection that it writes to must not be used again
    pipeline = [*protocol.withdrawn(path, entry["v"], remains), {"$set": {"stale": True}}]
    catalog.update({"_id": document["_id"], path: same}, pipeline)
