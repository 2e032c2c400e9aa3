"""Write: one put, from its announcement to the flip that makes it visible.

The metadata document is the only commit point, and every step changes a single document, so no transaction is needed:

1. *begin*: an entry in ``pending`` with the server's clock, or for an append a batch number in ``payload.rows.open``.
2. *payload*: written under fresh keys by rows and blobs, which call `hold` to renew the entry's time.
3. *flip*: one compare-and-set. The displaced version goes to ``versions`` or ``trash``, the new one becomes the
   current one, ``rev`` grows by one and the entry of step 1 goes. Whoever lost that entry was fenced off by gc.

Small payloads travel inline with the flip and need no step 1. A put that fails takes its entry back and removes its
payload; one that is killed leaves both to gc.
"""

from __future__ import annotations

import functools
import getpass
import logging
import os
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import DocumentTooLarge, OperationFailure, PyMongoError

from omegastore import history, protocol
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog, Doc
from omegastore.config import Settings
from omegastore.errors import Aborted, Conflict, ServerUnavailable, UnsupportedValue
from omegastore.metadata import Metadata, merged
from omegastore.naming import collection_name, versioned_collection
from omegastore.payload import Batch, batches, combined
from omegastore.rows import Rows, merge
from omegastore.trash import discard

logger = logging.getLogger("omegastore.commit")

MERGE_ABOVE = 64
"""Batches that Metadata lists before old neighbours are merged."""
TOO_LARGE = (10334, 17419, 17420)
"""Codes of a server that a document would exceed 16 MB."""
FLIPS = 100
"""Times that a flip is tried again because another writer was faster."""


class Overtaken(Aborted):
    """The object was replaced or its schema changed while rows were appended; the put may start anew."""


class Write:
    """One put in progress; the lease that its rows and blobs are written under.

    Used as a context manager: what is not committed at its end is taken back.

    Parameters
    ----------
    catalog : Catalog
        Where the metadata document is.
    name, kind : str
        What is put.
    filename : str
        The name that GridFS files get.
    settings : Settings
        How long a lease lasts and how many versions stay.
    append : bool
        Whether to append to rows of the same kind, if there are any.
    """

    def __init__(
        self, catalog: Catalog, name: str, kind: str, filename: str, settings: Settings, append: bool = False
    ) -> None:
        self._catalog, self._name, self._kind, self._settings = catalog, name, kind, settings
        self._append, self.filename = append, filename
        self.vid = ObjectId()
        self.rows = Rows(catalog.connection, lease=self)
        self.blobs = Blobs(catalog.connection, catalog.space, lease=self)
        self.document: Doc | None = None
        """The document as it stood when the write began."""
        self._renewed = 0.0
        self._is_committed = False

    def __enter__(self) -> Write:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.document is None or self._is_committed:
            return
        try:
            self._withdraw()
        except (ServerUnavailable, PyMongoError) as failure:  # gc removes the rest; the caller's error counts
            logger.warning("the failed put of %r could not be cleaned up: %s", self._name, failure)

    @property
    def stored(self) -> Doc | None:
        """The payload that is appended to, if any."""
        return None if self.document is None or self._opened(self.document) is None else self.document["payload"]

    @property
    def pid(self) -> ObjectId:
        """The id of the payload: that of the version, unless rows are appended to an earlier one's."""
        return self.vid if self.stored is None else self.stored["pid"]

    @property
    def batch(self) -> int:
        """The number of the batch of rows."""
        opened = self._opened(self.document) if self.document is not None else None
        return 0 if opened is None else int(opened["b"])

    @property
    def collection(self) -> str:
        """The name of the row collection."""
        if self.stored is not None:
            return str(self.stored["rows"]["collection"])
        assert self.document is not None
        base = collection_name(self._catalog.bucket, self._catalog.prefix, self._name)
        entry = next(each for each in self.document["pending"] if each["v"] == self.vid)
        return base if entry["first"] else versioned_collection(base, self.vid)

    def hold(self) -> None:
        """Announce the write, or renew its lease when a third of it is over."""
        if self.document is None:
            named = {"bucket": self._catalog.bucket, "prefix": self._catalog.prefix, "name": self._name}
            announced = protocol.announced(named, self.vid, self._kind if self._append else None)
            self.document = self._change({}, announced, upsert=True) or self._change({}, announced)
        elif time.monotonic() - self._renewed > self._settings.OMEGA_STORE_LEASE / 3:
            if self._change({f"{self._path}.v": self.vid}, protocol.renewed(self._path, self.vid)) is None:
                raise self._lost()
        else:
            return
        self._renewed = time.monotonic()

    def payload(self) -> Doc:
        """Return what Metadata is to say of the payload that was written."""
        parts = list(self.blobs.written.values())
        size = sum(part["size"] for part in parts)
        made: Doc = {"pid": self.pid, "parts": parts, "size": size + self.rows.size, "where": "none"}
        if parts:
            made["where"] = "inline" if all("data" in part for part in parts) else "gridfs"
            made["sha256"] = combined(parts)
        if self.rows.written is not None:
            made["where"] = "rows"
            made["rows"] = {"collection": self.collection, "next": 1, "open": []}
            made["rows"]["batches"] = [self.rows.written.to_document() | {"rev": 0}]
        return made

    def commit(
        self, meta: Metadata, payload: Doc, attributes: Mapping[str, Any] | None, expect: int | None = None
    ) -> Doc:
        """Make the new version visible and return its document.

        Raises
        ------
        Conflict
            When `expect` is given and is not the current version.
        Aborted
            When the lease was lost.
        """
        known = self.document or self._catalog.read(self._name) or {"rev": 0, "etag": 0}
        for _ in range(FLIPS):
            self._verify(known, expect)
            done = self._flip(known, meta, payload, attributes)
            if done is None:
                tried, known = known["rev"] + 1, self._catalog.read(self._name) or {"rev": 0, "etag": 0}
                done = self._landed(known, tried)
            if done is not None:
                self._is_committed = True
                return done
        raise Conflict(f"{self._name!r} was changed {FLIPS} times while it was put")

    def _flip(self, known: Doc, meta: Metadata, payload: Doc, attributes: Mapping[str, Any] | None) -> Doc | None:
        """Try the compare-and-set on the document as `known`; None when it is no longer so."""
        described = self._described(known, meta, payload)
        changes = protocol.literal(described) | self._payload_changes(known, payload)
        changes |= self._history_changes(known, described["kind_meta"], payload["pid"])
        changes |= protocol.literal({
            "attributes": merged(known.get("attributes"), attributes),
            "rev": known["rev"] + 1, "etag": known["etag"] + 1,
        })  # fmt: skip
        changes |= {"created": {"$ifNull": ["$created", "$$NOW"]}, "modified": "$$NOW"}
        query: Doc = {"rev": known["rev"], "etag": known["etag"]}
        if self.document is not None:
            query |= {f"{self._path}.v": self.vid, **({"payload.pid": self.pid} if self.stored else {})}
        try:
            return self._change(query, [{"$set": changes}], upsert=self.document is None and known["rev"] == 0)
        except (DocumentTooLarge, OperationFailure) as error:
            if isinstance(error, OperationFailure) and error.code not in TOO_LARGE:
                raise
            raise UnsupportedValue(
                f"the Metadata of {self._name!r} would exceed 16 MB; store fewer columns or attributes in one object"
            ) from error

    def _described(self, known: Doc, meta: Metadata, payload: Doc) -> Doc:
        kind_meta = meta.kind_meta
        if self.stored is not None and self.document is not None:
            before = self.document["kind_meta"]
            if not history.is_same(known["kind_meta"], before):
                if not history.is_same(kind_meta, before):
                    raise Overtaken(f"the schema of {self._name!r} was changed while rows were appended to it")
                kind_meta = known["kind_meta"]
        file = next((part["id"] for part in payload["parts"] if "id" in part), None)
        return {
            "bucket": self._catalog.bucket, "prefix": self._catalog.prefix, "name": self._name, "vid": self.vid,
            "kind": self._kind, "kind_meta": kind_meta, "gridfile": file, "objid": meta.objid,
            "collection": self.collection if self.rows.written is not None else meta.collection,
            "uri": meta.uri, "by": _writer(),
            "s3file": meta.s3file if meta.s3file is not None else known.get("s3file"),
        }  # fmt: skip

    def _payload_changes(self, known: Doc, payload: Doc) -> Doc:
        """Return what the flip does to the payload: a new one, or one more batch."""
        rev, written = known["rev"] + 1, self.rows.written
        if written is not None:
            written = Batch(written.first, written.last, written.rows, written.sha256, rev)
        if self.stored is None:
            if written is not None:
                payload = {**payload, "rows": {**payload["rows"], "batches": [written.to_document()]}}
            return {"payload": {"$literal": payload}}
        assert written is not None
        before = known["payload"]
        runs = sorted([*batches(before), written], key=lambda each: each.first)
        if len(runs) > MERGE_ABOVE:
            kept = [each["rev"] for each in known.get("versions", ()) if each["pid"] == self.pid]
            opened = [each["b"] for each in before["rows"]["open"] if each["v"] != self.vid]
            runs = merge(runs, min(opened, default=written.last), min(kept, default=known["rev"]))
        return protocol.literal({
            "payload.rows.batches": [each.to_document() for each in runs],
            "payload.parts": [*before.get("parts", ()), *payload["parts"]],
            "payload.size": before["size"] + payload["size"],
        }) | {protocol.OPEN: protocol.without(protocol.OPEN, self.vid)}  # fmt: skip

    def _history_changes(self, known: Doc, kind_meta: Mapping[str, Any], pid: ObjectId) -> Doc:
        """Return what the flip does to the displaced version; its large part is copied out before."""
        entry = None
        if history.is_live(known) and known["rev"] > 0:
            keeps = history.is_same(known["kind_meta"], kind_meta)
            entry, large = history.displaced(known, self.stored is not None, keeps)
            if large is not None:
                body = {"_id": known["vid"], "pid": entry["pid"], **large}
                versions = self._catalog.versions
                self._catalog.connection.retry(lambda: versions.replace_one({"_id": body["_id"]}, body, upsert=True))
        stay, gone = history.retained(known, entry, self._settings.OMEGA_STORE_KEEP_VERSIONS, pid)
        changes: Doc = {"versions": {"$literal": stay}, "trash": protocol.discarded(gone)}
        if self.stored is None:
            changes |= {"pending": protocol.without("pending", self.vid), **protocol.stale(known)}
        return changes

    def _verify(self, known: Doc, expect: int | None) -> None:
        if expect is not None and known["rev"] != expect:
            raise Conflict(f"{self._name!r} is at version {known['rev']}, not at {expect}")
        if self.document is None:
            return
        if self.stored is not None:
            if self._opened(known) is None:
                raise Overtaken(f"{self._name!r} was replaced while rows were appended to it")
        elif not any(each["v"] == self.vid for each in known.get("pending", ())):
            raise self._lost()
        elif self._append and known.get("kind") == self._kind and (known.get("payload") or {}).get("where") == "rows":
            raise Overtaken(
                f"{self._name!r} was stored meanwhile by another writer; these rows are appended to its own"
            )

    def _landed(self, known: Doc, rev: int) -> Doc | None:
        """Return the version if an earlier attempt had worked, as `rev`, and only its answer was lost."""
        if known.get("vid") == self.vid:
            return known
        kept = next((each["rev"] for each in known.get("versions", ()) if each["vid"] == self.vid), None)
        if kept is not None:
            return self._catalog.find(self._name, kept)
        # others put so many versions since that this one was pruned: it was there all the same
        is_pruned = any(each["v"] == self.vid and not each.get("dead") for each in known.get("trash", ()))
        payload = known.get("payload") or {}
        if self.stored is not None and payload.get("pid") == self.pid:
            is_pruned |= any(each.first <= self.batch <= each.last for each in batches(payload))
        return {**known, "vid": self.vid, "rev": rev} if is_pruned else None

    def _withdraw(self) -> None:
        """Take the announcement back and remove what was written, unless the write was committed or fenced off."""
        remains: Doc | None = None
        if self.rows.is_started or self.blobs.is_started:
            rows = self.collection if self.rows.is_started else None
            remains = {"v": self.vid, "p": self.pid, "rows": rows, **({"b": self.batch} if self.stored else {})}
        known = self._change({f"{self._path}.v": self.vid}, protocol.withdrawn(self._path, self.vid, remains))
        if known is None and remains is not None and not self._landed(self._catalog.read(self._name) or {}, 0):
            discard(self._catalog, self._name, [remains])  # fenced off: gc may have come by before the last bytes
        elif known is not None and remains is not None:
            discard(self._catalog, self._name, [each for each in known["trash"] if each["v"] == self.vid])
        self._catalog.forget(self._name)

    @property
    def _path(self) -> str:
        return "pending" if self.stored is None else protocol.OPEN

    def _change(self, query: Doc, pipeline: protocol.Pipeline, upsert: bool = False) -> Doc | None:
        query = {"_id": self._catalog.key(self._name), **query}
        return self._catalog.connection.retry(lambda: self._catalog.update(query, pipeline, upsert=upsert))

    def _opened(self, document: Mapping[str, Any]) -> Doc | None:
        rows = (document.get("payload") or {}).get("rows") or {}
        return next((each for each in rows.get("open", ()) if each["v"] == self.vid), None)

    def _lost(self) -> Aborted:
        return Aborted(f"the lease of the put of {self._name!r} was lost; nothing of it is visible")


@functools.cache
def _writer() -> str:
    """Return who writes: the user of the operating system, and the machine."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a container may run under a user without a name
        return f"{os.getuid()}@{socket.gethostname()}"
