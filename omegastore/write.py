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

import logging
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from bson.objectid import ObjectId
from pymongo.errors import PyMongoError

from omegastore import protocol
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog, Doc
from omegastore.config import Settings
from omegastore.errors import ServerUnavailable
from omegastore.flip import NOBODY, Appended, Draft, flip, landed, lost, opened
from omegastore.metadata import Metadata
from omegastore.naming import collection_name, versioned_collection
from omegastore.payload import combined
from omegastore.rows import Rows
from omegastore.trash import discard

logger = logging.getLogger("omegastore.write")


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
        self.may_append, self.filename = append, filename
        self.vid = ObjectId()
        self.rows = Rows(catalog.connection, lease=self)
        self.blobs = Blobs(catalog.connection, catalog.space, lease=self)
        self.document: Doc | None = None
        """The document as it stood when the write began."""
        self._renewed = 0.0
        self._is_committed = False
        self._is_shared = False

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
        return None if self.document is None or opened(self.document, self.vid) is None else self.document["payload"]

    @property
    def pid(self) -> ObjectId:
        """The id of the payload: that of the version, unless rows are appended to an earlier one's."""
        return self.vid if self.stored is None else self.stored["pid"]

    @property
    def batch(self) -> int:
        """The number of the batch of rows."""
        entry = None if self.document is None else opened(self.document, self.vid)
        return 0 if entry is None else int(entry["b"])

    @property
    def collection(self) -> str:
        """The name of the row collection."""
        if self.stored is not None:
            return str(self.stored["rows"]["collection"])
        assert self.document is not None
        base = collection_name(self._catalog.bucket, self._catalog.prefix, self._name)
        entry = next(each for each in self.document["pending"] if each["v"] == self.vid)
        return base if entry["first"] else versioned_collection(base, self.vid)

    @property
    def pause(self) -> float:
        """Seconds after which the lease is to be renewed."""
        return self._settings.OMEGA_STORE_LEASE / 3

    def hold(self) -> None:
        """Announce the write, or renew its lease when a third of it is over."""
        if self.document is None:
            named = {"bucket": self._catalog.bucket, "prefix": self._catalog.prefix, "name": self._name}
            announced = protocol.announced(named, self.vid, self._kind if self.may_append else None)
            while self.document is None:  # a document that came meanwhile, or that a commit was about to change
                self.document = self._change({}, announced, upsert=True)
        elif time.monotonic() - self._renewed > self.pause:
            if self._change({f"{self._path}.v": self.vid}, protocol.renewed(self._path, self.vid)) is None:
                raise lost(self._name)
        else:
            return
        self._renewed = time.monotonic()

    def share(self) -> ObjectId:
        """Announce the write and return its id, by which another process may `adopt` it."""
        self._is_shared = True
        self.hold()
        return self.vid

    def adopt(self, vid: ObjectId) -> None:
        """Go on with the write that another process has announced.

        Raises
        ------
        Aborted
            When that process has given it up.
        """
        known = self._catalog.read(self._name) or NOBODY
        if not any(each["v"] == vid for each in known.get("pending", ())):
            raise lost(self._name)
        self.vid, self.document, self._renewed = vid, known, time.monotonic()

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
            made["rows"] = {"collection": self.collection, "next": self.rows.written.last + 1, "open": []}
            made["rows"]["batches"] = [self.rows.written.to_document() | {"rev": 0}]
        return made

    def draft(
        self, meta: Metadata, payload: Doc, attributes: Mapping[str, Any] | None = None, expect: int | None = None
    ) -> Draft:
        """Return the version that was written, to be made visible.

        Parameters
        ----------
        meta : Metadata
            What the backend says of it.
        payload : dict
            As `payload` returns it, perhaps signed.
        attributes : mapping, optional
            The user's part of Metadata, merged into what is there.
        expect : int, optional
            The version that has to be the current one.
        """
        written = self.rows.written
        return Draft(
            self._name, self._kind, self.vid, meta, payload, attributes, expect,
            keep=self._settings.OMEGA_STORE_KEEP_VERSIONS, may_append=self.may_append, announced=self.document,
            stored=self.stored, collection=None if written is None else self.collection, batch=written,
        )  # fmt: skip

    def commit(self, draft: Draft) -> Doc:
        """Make the version visible and return its document.

        Raises
        ------
        Conflict
            When another version than the expected one is current.
        Aborted
            When the lease was lost.
        """
        done = flip(self._catalog, draft)
        self.settle()
        return done

    def settle(self) -> None:
        """Note that the version is visible, so that nothing is taken back."""
        self._is_committed = True

    def _withdraw(self) -> None:
        """Take the announcement back and remove what was written, unless the write was committed or fenced off."""
        remains: Doc | None = None
        if self.rows.is_started or self.blobs.is_started or self._is_shared:
            rows = self.collection if self.rows.is_started or self._is_shared else None
            remains = {"v": self.vid, "p": self.pid, "rows": rows, **({"b": self.batch} if self.stored else {})}
        known = self._change({f"{self._path}.v": self.vid}, protocol.withdrawn(self._path, self.vid, remains))
        appended = (self.pid, self.batch) if self.stored else None
        if known is None and remains is not None and not self._has_landed(appended):
            discard(self._catalog, self._name, [remains])  # fenced off: gc may have come by before the last bytes
        elif known is not None and remains is not None:
            discard(self._catalog, self._name, [each for each in known["trash"] if each["v"] == self.vid])
        self._catalog.forget(self._name)

    def _has_landed(self, appended: Appended | None) -> bool:
        known = self._catalog.read(self._name) or NOBODY
        return landed(self._catalog, self._name, self.vid, known, appended) is not None

    @property
    def _path(self) -> str:
        return "pending" if self.stored is None else protocol.OPEN

    def _change(self, query: Doc, pipeline: protocol.Pipeline, upsert: bool = False) -> Doc | None:
        query = {"_id": self._catalog.key(self._name), **query}
        done = self._catalog.update(query, pipeline, upsert=upsert)
        if done is None and self._catalog.settle(self._name):
            return self._catalog.update(query, pipeline, upsert=upsert)
        return done
