"""Space: where the documents about the objects of a bucket are, and by which keys."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pymongo.collection import Collection

from omegastore.decision import Decision
from omegastore.mongo import Connection
from omegastore.naming import document_key

Doc = dict[str, Any]

BUCKET_KEY = "omegastore"
"""The `_id` of the metadata document that holds the id of a bucket."""


class Space:
    """The collections that a bucket has for itself, and the keys of the objects of one prefix.

    Parameters
    ----------
    connection : Connection
        Where they are, or the way to another bucket's database of that server.
    bucket, prefix : str
        The names that are looked at.
    space : str
        What the names of the collections begin with.
    """

    def __init__(self, connection: Connection, bucket: str, prefix: str, space: str) -> None:
        self.connection = connection.of(bucket)
        self.bucket, self.prefix, self.space = bucket, prefix, space

    @property
    def collection(self) -> Collection[Doc]:
        """The metadata documents of the bucket."""
        return self._collection("metadata")

    @property
    def versions(self) -> Collection[Doc]:
        """The large parts of earlier versions."""
        return self._collection("versions")

    @property
    def commits(self) -> Collection[Doc]:
        """The records of changes of several objects."""
        return self._collection("commits")

    @property
    def snapshots(self) -> Collection[Doc]:
        """What is known of the snapshots of the bucket."""
        return self._collection("snapshots")

    @property
    def decision(self) -> Decision:
        """What commits have decided, on a server without transactions."""
        return Decision(self.connection, self.collection, self.commits)

    @property
    def here(self) -> Doc:
        """The filter for documents of this bucket and prefix: a range of the one index, in the order of names."""
        return self.beginning("")

    def beginning(self, text: str) -> Doc:
        """Return the filter for documents of this bucket and prefix whose names begin with `text`."""
        head = self.key(text)
        after = "\ue000" if head[-1] == "\ud7ff" else chr(min(ord(head[-1]) + 1, 0x10FFFF))  # no surrogates
        return {"_id": {"$gte": head} if after == head[-1] else {"$gte": head, "$lt": head[:-1] + after}}

    def key(self, name: str) -> str:
        """Return the `_id` of the document of `name`."""
        return document_key(self.bucket, self.prefix, name)

    def identity(self) -> str:
        """Return the id of the bucket, which signatures are bound to; it is made on first use."""
        fresh = [{"$set": {"id": {"$ifNull": ["$id", secrets.token_hex(12)]}}}]
        query = {"_id": BUCKET_KEY}
        found = self.connection.retry(lambda: self.collection.find_one(query))
        if found is None:
            found = self.connection.retry(
                lambda: self.collection.find_one_and_update(query, fresh, upsert=True, return_document=True)
            )
        return str((found or {})["id"])

    def keep_large(self, vid: Any, pid: Any, body: Mapping[str, Any]) -> None:
        """Store the large part of a version that is about to be displaced; repeating it changes nothing."""
        part = {"_id": vid, "pid": pid, **body}
        self.connection.retry(lambda: self.versions.replace_one({"_id": vid}, part, upsert=True))

    def _collection(self, name: str) -> Collection[Doc]:
        return self.connection.durable(f"{self.space}.{name}")
