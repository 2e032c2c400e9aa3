"""Catalog: the collection of metadata documents of one bucket; finding, scanning and editing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import OperationFailure

from omegastore import history
from omegastore.decision import UNSTAGED
from omegastore.errors import Conflict, Corrupt
from omegastore.metadata import Metadata, check_attributes
from omegastore.moment import Moment
from omegastore.naming import bucket_space, check_bucket, check_prefix
from omegastore.space import Space

Doc = dict[str, Any]

PROTOCOL = ("versions", "trash", "pending")
"""Fields that only the commit protocol reads."""
BULK = (*PROTOCOL, "attributes", "kind_meta", "payload")
"""Fields that may be large and do not tell whether there is an object."""
EDITABLE = ("kind", "kind_meta", "attributes", "uri", "s3file")
"""Fields that `Metadata.save` stores; all others belong to the commit protocol."""
LIVE: Doc = {"kind": {"$type": "string"}}
"""The filter for names that have an object; a dropped one has no kind."""
SHOWN: Doc = {"name": {"$not": {"$regex": r"^[._]"}}}
"""The filter for names that list() shows unless asked for others."""
EMPTY: Doc = {"kind": None, "pending": [], "trash": [], "versions": [], "stale": None, **UNSTAGED}
"""The filter for documents that neither have an object nor announce or remember one."""
DUPLICATE_KEY = 11000
TRIES = 100
"""Times that a change is tried again because somebody else was faster."""
MAX_TIME = 60_000
"""Milliseconds that a listing may take on the server; it may hold a user's regular expression."""


class Catalog(Space):
    """The metadata documents of one bucket and prefix; the parameters are those of `Space`."""

    moment: Moment | None = None
    """The point in the past that is shown, instead of the present."""

    def read(self, name: str, hide: Sequence[str] = ()) -> Doc | None:
        """Return the document of `name` as it stands, that of a dropped object too."""
        documents = self.connection.retry(lambda: self._found({"_id": self.key(name)}, dict.fromkeys(hide, 0)))
        document = documents[0] if documents else None
        return self.decision.shown(document) if document and "staged" in document else document

    def _found(self, query: Doc, fields: Doc) -> list[Doc]:
        """Return the first document of `query`; a command, since the driver's cursor alone costs 25 us more."""
        collection = self.collection
        command = {
            "find": collection.name, "filter": query, "projection": fields, "limit": 1, "singleBatch": True,
            "readConcern": collection.read_concern.document,
        }  # fmt: skip
        as_they_are: Any = {"read_preference": collection.read_preference, "codec_options": collection.codec_options}
        reply = collection.database.command(command, **as_they_are)
        found: list[Doc] = reply["cursor"]["firstBatch"]
        return found

    def find(self, name: str, version: int | str | datetime = -1) -> Doc | None:
        """Return the document of `name` with `version` as the current one; None for an unknown name.

        Raises
        ------
        DoesNotExist
            When the object has no such version; VersionGone when it was pruned.
        """
        latest = type(version) is int and version == -1
        document = self.read(name, PROTOCOL if latest else ())
        if document is None or not history.is_live(document):
            return None
        return document if latest else self.at(document, version)

    def at(self, document: Doc, version: int | str | datetime) -> Doc:
        """Return a whole document with `version` as the current one.

        Raises
        ------
        DoesNotExist
            When the object has no such version; VersionGone when it was pruned.
        """
        return self.at_place(document, history.pick(document, version))

    def at_place(self, document: Doc, place: int) -> Doc:
        """Return a whole document with the version at `place` of its history as the current one."""
        source = history.source_of(document, place)
        return history.unfolded(document, place, self._large(source) if source.get("large") else None)

    def _large(self, entry: Doc) -> Doc:
        part = self.connection.retry(lambda: self.versions.find_one({"_id": entry["large"]}))
        if part is None:
            raise Corrupt(f"version {entry['rev']} is listed, but its description is missing")
        return part

    def scan(self, filter: Mapping[str, Any] | None = None, fields: Sequence[str] | None = None) -> list[Doc]:
        """Return the documents of the objects that meet `filter`, by name, without inline payloads."""
        if self.connection.is_standalone:
            self.decision.settle_all(self.here)
        query = {"$and": [self.here, LIVE, filter or {}]}
        shown = dict.fromkeys(fields, 1) if fields else dict.fromkeys((*PROTOCOL, "payload.parts.data"), 0)
        found = {"projection": shown, "sort": [("_id", 1)], "batch_size": 10_000, "max_time_ms": MAX_TIME}
        return self.connection.retry(lambda: list(self.collection.find(query, **found)))

    def edit(self, metadata: Metadata) -> Doc:
        """Store what a user may change of `metadata`, unless somebody changed the document since.

        Raises
        ------
        Conflict
            When somebody did.
        """
        check_attributes(metadata.attributes)
        check_attributes(metadata.kind_meta)
        key, values = self.key(metadata.name), {name: getattr(metadata, name) for name in EDITABLE}
        fresh = {"bucket": self.bucket, "prefix": self.prefix, "name": metadata.name}
        changes: Doc = {name: {"$literal": value} for name, value in {**fresh, **values}.items()}
        changes |= {
            "created": {"$ifNull": ["$created", "$$NOW"]}, "modified": {"$ifNull": ["$modified", "$$NOW"]},
            "etag": {"$literal": metadata.etag + 1}, "rev": {"$literal": metadata.version},
        }  # fmt: skip
        query = {"_id": key, "rev": metadata.version, "etag": metadata.etag}
        done = self.update(query, [{"$set": changes}], upsert=metadata.version == 0 and metadata.etag == 0)
        if done is None:
            raise Conflict(f"{metadata!r} was changed by somebody else since it was read; read it again")
        return done

    def change(self, name: str, what: Callable[[Doc], Doc | None]) -> Doc | None:
        """Change the document of an object as it stands, again when somebody else was faster.

        Parameters
        ----------
        name : str
            The object.
        what : callable
            Takes the document and returns the fields to set, as expressions; None for no change.

        Returns
        -------
        dict or None
            The document after it; None when there is none, or no change.

        Raises
        ------
        Conflict
            When others kept changing it.
        """
        for _ in range(TRIES):
            known = self.read(name)
            changes = None if known is None else what(known)
            if known is None or changes is None:
                return None
            changes = {**changes, "etag": {"$literal": known["etag"] + 1}}
            same = {"_id": known["_id"], "rev": known["rev"], "etag": known["etag"]}
            done = self.update(same, [{"$set": changes}])
            if done is not None:
                return done
            self.settle(name)
        raise Conflict(f"{name!r} was changed {TRIES} times by others meanwhile; try again")

    def settle(self, name: str) -> bool:
        """Wait until no commit is about to change the object; return whether there may have been one.

        There is none on a server with transactions.
        """
        if self.connection.is_standalone:
            self.decision.settle(self.key(name))
        return self.connection.is_standalone

    def update(self, query: Doc, pipeline: list[Doc], upsert: bool = False) -> Doc | None:
        """Change the one document of `query` and return it, or None if there is none; repeated when cut off.

        A document that a commit is about to change is not changed: see `settle`.
        """
        return self.connection.retry(lambda: self._once({**query, **UNSTAGED}, pipeline, upsert))

    def _once(self, query: Doc, pipeline: list[Doc], upsert: bool) -> Doc | None:
        try:
            return self.collection.find_one_and_update(query, pipeline, upsert=upsert, return_document=True)
        except OperationFailure as error:
            if error.code != DUPLICATE_KEY:
                raise
            return None  # the document is there and is not the expected one

    def forget(self, name: str) -> None:
        """Delete the document of `name` if it neither has an object nor announces or remembers one."""
        self.connection.retry(lambda: self.collection.delete_one({"_id": self.key(name), **EMPTY}))

    def count(self) -> int:
        """Return how many objects there are."""
        query = {**self.here, **LIVE}
        return self.connection.retry(lambda: self.collection.count_documents(query))

    def beside(self, bucket: str | None, prefix: str | None) -> Catalog:
        """Return the catalog of another bucket or prefix; None means this one's."""
        if bucket in (None, self.bucket) and prefix in (None, self.prefix):
            return self
        bucket = self.bucket if bucket is None else check_bucket(bucket)
        prefix = self.prefix if prefix is None else check_prefix(prefix)
        return Catalog(self.connection, bucket, prefix, bucket_space(bucket))
