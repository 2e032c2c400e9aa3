"""Flip: the compare-and-set of one metadata document that makes a version visible."""

from __future__ import annotations

import functools
import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import DocumentTooLarge, OperationFailure

from omegastore import history, protocol
from omegastore.audit import merge
from omegastore.catalog import Catalog, Doc
from omegastore.errors import Aborted, Conflict, UnsupportedValue
from omegastore.metadata import Metadata, merged
from omegastore.payload import Batch, batches

MERGE_ABOVE = 64
"""Batches that Metadata lists before old neighbours are merged."""
TOO_LARGE = (10334, 17419, 17420)
"""Codes of a server that a document would exceed 16 MB."""
FLIPS = 100
"""Times that a flip is tried again because another writer was faster."""
Appended = tuple[ObjectId, int]

NOBODY: Doc = {"rev": 0, "etag": 0}
"""What is known of a name that has no document."""


class Overtaken(Aborted):
    """The object was replaced or its schema changed while rows were appended; the put may start anew."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is written and not visible yet."""

    name: str
    kind: str
    vid: ObjectId
    """The id of the version, and of the write."""
    meta: Metadata
    """What the backend says of it."""
    payload: Doc
    """What Metadata is to say of the payload; of an append, of what it adds."""
    attributes: Mapping[str, Any] | None
    expect: int | None
    """The version that has to be the current one."""
    keep: int
    """How many earlier versions stay."""
    may_append: bool = False
    """Whether it is to append to rows of its kind, if there are any."""
    announced: Doc | None = None
    """The document as it stood when the write was announced; None if it needed no announcement."""
    stored: Doc | None = None
    """The payload that is appended to, if any."""
    collection: str | None = None
    """The row collection that was written to."""
    batch: Batch | None = None
    """The batch of rows that was written."""

    @property
    def appended(self) -> Appended | None:
        """The payload that rows were appended to, and the number of their batch."""
        return None if self.stored is None or self.batch is None else (self.stored["pid"], self.batch.first)

    @property
    def path(self) -> str:
        """Where the announcement stands in the document."""
        return "pending" if self.stored is None else protocol.OPEN


def flip(catalog: Catalog, draft: Draft, moment: Any = "$$NOW") -> Doc:
    """Make `draft` the current version and return its document.

    Parameters
    ----------
    catalog : Catalog
        Where the metadata document is.
    draft : Draft
        The version.
    moment : datetime or "$$NOW"
        When it is said to have been stored; that of the version before is always earlier.

    Raises
    ------
    Conflict
        When another version than the expected one is current.
    Aborted
        When the lease was lost.
    """
    known = draft.announced or catalog.read(draft.name) or NOBODY
    for _ in range(FLIPS):
        _verify(draft, known)
        done = _attempt(catalog, draft, known, moment)
        if done is None:
            catalog.settle(draft.name)
            tried, known = known["rev"] + 1, catalog.read(draft.name) or NOBODY
            done = landed(catalog, draft.name, draft.vid, known, draft.appended, tried)
        if done is not None:
            return done
    raise Conflict(f"{draft.name!r} was changed {FLIPS} times while it was put")


def landed(
    catalog: Catalog, name: str, vid: ObjectId, known: Doc, appended: Appended | None, rev: int = 0
) -> Doc | None:
    """Return the version if an earlier attempt of the write `vid` had worked and only its answer was lost.

    Parameters
    ----------
    catalog : Catalog
        Where the metadata document is.
    name : str
        The object.
    vid : ObjectId
        The write.
    known : dict
        The document as it stands.
    appended : tuple of ObjectId and int, or None
        The payload that rows were appended to, and the number of their batch.
    rev : int
        The version that it would have become.
    """
    if known.get("vid") == vid:
        return known
    kept = next((each["rev"] for each in known.get("versions", ()) if each["vid"] == vid), None)
    if kept is not None:
        return catalog.find(name, kept)
    # others put so many versions since that this one was pruned: it was there all the same
    is_pruned = any(each["v"] == vid and not each.get("dead") for each in known.get("trash", ()))
    payload = known.get("payload") or {}
    if appended is not None and payload.get("pid") == appended[0]:
        is_pruned |= any(each.first <= appended[1] <= each.last for each in batches(payload))
    return {**known, "vid": vid, "rev": rev} if is_pruned else None


def opened(document: Mapping[str, Any], vid: ObjectId) -> Doc | None:
    """Return the batch that the write `vid` has announced in the rows of `document`, if any."""
    rows = (document.get("payload") or {}).get("rows") or {}
    return next((each for each in rows.get("open", ()) if each["v"] == vid), None)


def lost(name: str) -> Aborted:
    """Return the error of a write that was fenced off."""
    return Aborted(f"the lease of the put of {name!r} was lost; nothing of it is visible")


def _verify(draft: Draft, known: Doc) -> None:
    """Raise unless the version may follow what is `known`."""
    name, kind = draft.name, draft.kind
    if draft.expect is not None and known["rev"] != draft.expect:
        raise Conflict(f"{name!r} is at version {known['rev']}, not at {draft.expect}")
    if draft.announced is None:
        return
    if draft.stored is not None:
        if opened(known, draft.vid) is None:
            raise Overtaken(f"{name!r} was replaced while rows were appended to it")
    elif not any(each["v"] == draft.vid for each in known.get("pending", ())):
        raise lost(name)
    elif draft.may_append and known.get("kind") == kind and (known.get("payload") or {}).get("where") == "rows":
        raise Overtaken(f"{name!r} was stored meanwhile by another writer; these rows are appended to its own")


def _attempt(catalog: Catalog, draft: Draft, known: Doc, moment: Any) -> Doc | None:
    """Try the compare-and-set on the document as `known`; None when it is no longer so."""
    described = _described(catalog, draft, known)
    is_append = draft.stored is not None
    changes = protocol.literal(described) | _payload_changes(draft, known)
    changes |= _history_changes(catalog, draft, known, described["kind_meta"], moment)
    changes |= protocol.literal({
        "attributes": merged(known.get("attributes"), draft.attributes),
        "rev": known["rev"] + 1, "etag": known["etag"] + 1,
    })  # fmt: skip
    changes |= protocol.timed(moment) | protocol.done("append" if is_append else "put", known, known["rev"] + 1)
    query: Doc = {"_id": catalog.key(draft.name), "rev": known["rev"], "etag": known["etag"]}
    if draft.announced is not None:
        query |= {f"{draft.path}.v": draft.vid, **({"payload.pid": draft.payload["pid"]} if is_append else {})}
    try:
        return catalog.update(query, [{"$set": changes}], upsert=draft.announced is None and known["rev"] == 0)
    except (DocumentTooLarge, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code not in TOO_LARGE:
            raise
        raise UnsupportedValue(
            f"the Metadata of {draft.name!r} would exceed 16 MB; store fewer columns or attributes in one object"
        ) from error


def _described(catalog: Catalog, draft: Draft, known: Doc) -> Doc:
    meta, kind_meta = draft.meta, draft.meta.kind_meta
    if draft.stored is not None and draft.announced is not None:
        before = draft.announced["kind_meta"]
        if not history.is_same(known["kind_meta"], before):
            if not history.is_same(kind_meta, before):
                raise Overtaken(f"the schema of {draft.name!r} was changed while rows were appended to it")
            kind_meta = known["kind_meta"]
    file = next((part["id"] for part in draft.payload["parts"] if "id" in part), None)
    return {
        "bucket": catalog.bucket, "prefix": catalog.prefix, "name": draft.name, "vid": draft.vid,
        "kind": draft.kind, "kind_meta": kind_meta, "gridfile": file, "objid": meta.objid,
        "collection": meta.collection if draft.collection is None else draft.collection,
        "uri": meta.uri, "by": writer(),
        "s3file": meta.s3file if meta.s3file is not None else known.get("s3file"),
    }  # fmt: skip


def _payload_changes(draft: Draft, known: Doc) -> Doc:
    """Return what the flip does to the payload: a new one, or one more batch."""
    rev, written, payload = known["rev"] + 1, draft.batch, draft.payload
    if written is not None:
        written = Batch(written.first, written.last, written.rows, written.sha256, rev)
    if draft.stored is None:
        if written is not None:
            payload = {**payload, "rows": {**payload["rows"], "batches": [written.to_document()]}}
        return {"payload": {"$literal": payload}}
    assert written is not None
    before = known["payload"]
    runs = sorted([*batches(before), written], key=lambda each: each.first)
    if len(runs) > MERGE_ABOVE:
        kept = [each["rev"] for each in known.get("versions", ()) if each["pid"] == payload["pid"]]
        others = [each["b"] for each in before["rows"]["open"] if each["v"] != draft.vid]
        runs = merge(runs, min(others, default=written.last), min(kept, default=known["rev"]))
    return protocol.literal({
        "payload.rows.batches": [each.to_document() for each in runs],
        "payload.parts": [*before.get("parts", ()), *payload["parts"]],
        "payload.size": before["size"] + payload["size"],
    }) | {protocol.OPEN: protocol.without(protocol.OPEN, draft.vid)}  # fmt: skip


def _history_changes(catalog: Catalog, draft: Draft, known: Doc, kind_meta: Mapping[str, Any], moment: Any) -> Doc:
    """Return what the flip does to the displaced version; its large part is copied out before."""
    entry = None
    if history.is_live(known) and known["rev"] > 0:
        keeps = history.is_same(known["kind_meta"], kind_meta)
        entry, large = history.displaced(known, draft.stored is not None, keeps)
        if large is not None:
            catalog.keep_large(known["vid"], entry["pid"], large)
    stay, gone = history.retained(known, entry, draft.keep, draft.payload["pid"])
    changes: Doc = {"versions": protocol.kept(stay, known["rev"], moment), "trash": protocol.discarded(gone)}
    if draft.stored is None:
        changes |= {"pending": protocol.without("pending", draft.vid), **protocol.stale(known)}
    return changes


@functools.cache
def writer() -> str:
    """Return who writes: the user of the operating system, and the machine."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a container may run under a user without a name
        return f"{os.getuid()}@{socket.gethostname()}"
