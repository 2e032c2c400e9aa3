"""Decision: changes of several documents that count together, on a server without transactions.

Each document of a commit holds ``staged``: what it becomes, the commit, and until when the committer is waited for.
The commit counts from the moment that its record stands in the commits collection (one insert). Whoever finds a
staged document looks there: a reader takes what the commit has decided, a writer moves the document on first, and
gives a committer that is late up by a record that says so. This is a two-phase commit whose decision is one document,
as in Percolator (Peng and Dabek, "Large-scale Incremental Processing Using Distributed Transactions and
Notifications", OSDI 2010).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from omegastore.mongo import Connection

Doc = dict[str, Any]

UNSTAGED: Doc = {"staged": {"$exists": False}}
"""The filter for documents that no commit is about to change."""
STAGED: Doc = {"staged": {"$exists": True}}
PAUSE = 0.02
"""Seconds between two looks at a commit that is not decided."""


class Decision:
    """What commits have decided about the metadata documents of one bucket.

    Parameters
    ----------
    connection : Connection
        Where they are.
    documents, commits : Collection
        The metadata documents, and the records of commits.
    """

    def __init__(self, connection: Connection, documents: Collection[Doc], commits: Collection[Doc]) -> None:
        self._connection, self._documents, self._commits = connection, documents, commits

    def shown(self, document: Doc) -> Doc:
        """Return the document as it counts now; one that is not decided stays as it was."""
        staged = document.get("staged")
        if not staged:
            return document
        record = self._record(staged["commit"])
        if record is None or record.get("aborted"):
            return {name: value for name, value in document.items() if name != "staged"}
        return dated(staged["after"], document, record)

    def settle(self, key: str) -> None:
        """Wait until the document of `key` is not staged; a commit whose time is over is given up."""
        while True:
            document = self._connection.retry(lambda: self._documents.find_one({"_id": key, **STAGED}))
            if document is None or self._moved(document):
                return
            time.sleep(PAUSE)

    def settle_all(self, query: Doc, *, wait: bool = False) -> None:
        """Move on the staged documents of `query` whose commits are decided or late; with `wait` all of them."""
        staged = {**query, **STAGED}
        for document in self._connection.retry(lambda: list(self._documents.find(staged))):
            if wait:
                self.settle(document["_id"])
            else:
                self._moved(document)

    def commit(self, record: Doc, keys: Iterable[str]) -> Doc | None:
        """Decide that a commit counts; return its record, or None when it was given up.

        Parameters
        ----------
        record : dict
            What the commits collection is to say of it; the server adds ``at``.
        keys : iterable of str
            The documents that are staged.
        """
        fresh = {name: {"$literal": value} for name, value in record.items() if name != "_id"}
        made = self._connection.retry(
            lambda: self._commits.find_one_and_update(
                {"_id": record["_id"]},
                [{"$replaceWith": {"$cond": ["$at", "$$ROOT", {"_id": "$_id", **fresh, "at": "$$NOW"}]}}],
                upsert=True, return_document=True,
            )
        )  # fmt: skip
        if made is None or made.get("aborted"):
            return None
        for key in keys:
            self._forward(key, made)
        return made

    def abandon(self, commit: Any, keys: Iterable[str]) -> None:
        """Take a commit back; if it counts all the same, because an answer was lost, move its documents on."""
        record = self._give_up(commit)
        for key in keys:
            if record is None or record.get("aborted"):
                self._back(key, commit)
            else:
                self._forward(key, record)

    def _moved(self, document: Doc) -> bool:
        """Move a staged document on if its commit is decided or late; return whether it was."""
        commit = document["staged"]["commit"]
        record = self._record(commit)
        if record is None and document["staged"]["until"] < self._connection.now():
            record = self._give_up(commit)
        if record is None:
            return False
        if record.get("aborted"):
            self._back(document["_id"], commit)
        else:
            self._forward(document["_id"], record)
        return True

    def _give_up(self, commit: Any) -> Doc | None:
        """Decide that a commit does not count, unless it does already; return its record."""
        try:
            aborted = [{"$set": {"aborted": True, "at": "$$NOW"}}]
            self._connection.retry(
                lambda: self._commits.update_one({"_id": commit, "at": None}, aborted, upsert=True)
            )
        except DuplicateKeyError:
            pass  # decided meanwhile
        return self._record(commit)

    def _record(self, commit: Any) -> Doc | None:
        return self._connection.retry(lambda: self._commits.find_one({"_id": commit}))

    def _forward(self, key: str, record: Doc) -> None:
        after: Doc = {"$mergeObjects": ["$staged.after", {"_id": "$_id", "modified": _modified(record)}]}
        query = {"_id": key, "staged.commit": record["_id"]}
        self._connection.retry(lambda: self._documents.update_one(query, [{"$replaceWith": after}]))

    def _back(self, key: str, commit: Any) -> None:
        query = {"_id": key, "staged.commit": commit}
        self._connection.retry(lambda: self._documents.update_one(query, {"$unset": {"staged": ""}}))


def dated(after: Doc, before: Doc, record: Doc) -> Doc:
    """Return what a document became by a commit, with the commit's time if it is a new version."""
    is_version = after.get("kind") is not None and after["rev"] != before["rev"]
    return {**after, "modified": record["at"]} if is_version else after


def _modified(record: Doc) -> Doc:
    """Return the expression for what `dated` says."""
    is_version = {"$and": [{"$ne": ["$staged.after.rev", "$rev"]}, {"$gt": ["$staged.after.kind", None]}]}
    return {"$cond": [is_version, {"$literal": record["at"]}, "$staged.after.modified"]}
