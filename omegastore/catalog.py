"""Catalog: the collection of metadata documents of one bucket; finding, scanning and editing them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from omegastore import history
from omegastore.errors import Conflict, Corrupt
from omegastore.metadata import Metadata, check_attributes
from omegastore.mongo import Connection
from omegastore.naming import bucket_space, check_bucket, check_prefix, document_key

Doc = dict[str, Any]

PROTOCOL = ("versions", "trash", "pending")
"""Fields that only the commit protocol reads."""
EDITABLE = ("kind", "kind_meta", "attributes", "uri", "s3file")
"""Fields that `Metadata.save` stores; all others belong to the commit protocol."""
LIVE: Doc = {"kind": {"$type": "string"}}
"""The filter for names that have an object; a dropped one has no kind."""
SHOWN: Doc = {"name": {"$not": {"$regex": r"^[._]"}}}
"""The filter for names that list() shows unless asked for others."""
EMPTY: Doc = {"kind": None, "pending": [], "trash": [], "stale": None}
"""The filter for documents that neither have an object nor announce or remember one."""
BUCKET_KEY = "omegastore"
"""The `_id` of the document that holds the id of the bucket."""
DUPLICATE_KEY = 11000
TRIES = 100
"""Times that a change is tried again because somebody else was faster."""
MAX_TIME = 60_000
"""Milliseconds that a listing may take on the server; it may hold a user's regular expression."""


class Catalog:
    """The metadata documents of one bucket and prefix.

    Parameters
    ----------
    connection : Connection
        Where they are.
    bucket, prefix : str
        The names that are looked at.
    space : str
        Prefix of the bucket's collections.
    """

    def __init__(self, connection: Connection, bucket: str, prefix: str, space: str) -> None:
        self.connection, self.bucket, self.prefix, self.space = connection, bucket, prefix, space

    @property
    def collection(self) -> Collection[Doc]:
        """The metadata documents of the bucket."""
        return self._collection("metadata")

    @property
    def versions(self) -> Collection[Doc]:
        """The large parts of earlier versions."""
        return self._collection("versions")

    @property
    def here(self) -> Doc:
        """The filter for documents of this bucket and prefix: a range of the one index, in the order of names."""
        head = self.key("")
        return {"_id": {"$gte": head, "$lt": head[:-1] + chr(ord(head[-1]) + 1)}}

    def key(self, name: str) -> str:
        """Return the `_id` of the document of `name`."""
        return document_key(self.bucket, self.prefix, name)

    def read(self, name: str, hide: Sequence[str] = ()) -> Doc | None:
        """Return the document of `name` as it stands, that of a dropped object too."""
        query, fields = {"_id": self.key(name)}, dict.fromkeys(hide, 0) or None
        return self.connection.retry(lambda: self.collection.find_one(query, fields))

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
        place = history.pick(document, version)
        source = history.source_of(document, place)
        return history.unfolded(document, place, self._large(source) if source.get("large") else None)

    def _large(self, entry: Doc) -> Doc:
        part = self.connection.retry(lambda: self.versions.find_one({"_id": entry["large"]}))
        if part is None:
            raise Corrupt(f"version {entry['rev']} is listed, but its description is missing")
        return part

    def scan(self, filter: Mapping[str, Any] | None = None, fields: Sequence[str] | None = None) -> list[Doc]:
        """Return the documents of the objects that meet `filter`, by name, without inline payloads."""
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

    def change(self, name: str, what: Callable[[Doc], Doc]) -> Doc | None:
        """Change the document of an object as it stands, again when somebody else was faster.

        Parameters
        ----------
        name : str
            The object.
        what : callable
            Takes the document and returns the fields to set, as expressions.

        Returns
        -------
        dict or None
            The document after it; None when there is no such object.

        Raises
        ------
        Conflict
            When others kept changing it.
        """
        for _ in range(TRIES):
            known = self.read(name)
            if known is None or not history.is_live(known):
                return None
            changes = {**what(known), "etag": {"$literal": known["etag"] + 1}}
            same = {"_id": known["_id"], "rev": known["rev"], "etag": known["etag"]}
            done = self.update(same, [{"$set": changes}])
            if done is not None:
                return done
        raise Conflict(f"{name!r} was changed {TRIES} times by others meanwhile; try again")

    def update(self, query: Doc, pipeline: list[Doc], upsert: bool = False) -> Doc | None:
        """Change the one document of `query` and return it, or None if there is none; repeated when cut off."""
        return self.connection.retry(lambda: self._once(query, pipeline, upsert))

    def _once(self, query: Doc, pipeline: list[Doc], upsert: bool) -> Doc | None:
        try:
            return self.collection.find_one_and_update(query, pipeline, upsert=upsert, return_document=True)
        except OperationFailure as error:
            if error.code != DUPLICATE_KEY:
                raise
            return None  # the document is there and is not the expected one

    def identity(self) -> str:
        """Return the id of the bucket, which signatures are bound to; it is made on first use."""
        key, fresh = {"_id": BUCKET_KEY}, [{"$set": {"id": {"$ifNull": ["$id", secrets.token_hex(12)]}}}]
        found = self.connection.retry(lambda: self.collection.find_one(key)) or self.update(key, fresh, upsert=True)
        return str((found or self.connection.retry(lambda: self.collection.find_one(key)) or {})["id"])

    def forget(self, name: str) -> None:
        """Delete the document of `name` if it neither has an object nor announces or remembers one."""
        self.connection.retry(lambda: self.collection.delete_one({"_id": self.key(name), **EMPTY}))

    def count(self) -> int:
        """Return how many objects there are."""
        query = {**self.here, **LIVE}
        return self.connection.retry(lambda: self.collection.count_documents(query))

    def beside(self, bucket: str | None, prefix: str | None) -> Catalog:
        """Return the catalog of another bucket or prefix; None means this one's."""
        bucket = self.bucket if bucket is None else check_bucket(bucket)
        prefix = self.prefix if prefix is None else check_prefix(prefix)
        return Catalog(self.connection, bucket, prefix, bucket_space(bucket))

    def _collection(self, name: str) -> Collection[Doc]:
        return self.connection.database.get_collection(
            f"{self.space}.{name}",
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", j=True),
        )
