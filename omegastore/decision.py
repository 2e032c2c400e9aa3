"""Decision: changes of several documents that count together, on a server without transactions.

Each document of a commit holds ``staged``: what it becomes, the commit, and until when the committer is waited for.
The commit counts from the moment that its record stands in the commits collection (one insert). Whoever finds a
staged document looks there: a reader takes what the commit has decided, a writer moves the document on first, and
gives a committer that is late up by a record that says so. This is a two-phase commit whose decision is one document,
as in Percolator (Peng and Dabek, "Large-scale Incremental Processing Using Distributed Transactions and
Notifications", OSDI 2010).
"""

from __future__ import annotations

import contextlib
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
        return dict(staged["after"])

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

    def commit(self, record: Doc, keys: Iterable[str]) -> bool:
        """Decide that a commit counts; return whether it does, or was given up by others.

        Parameters
        ----------
        record : dict
            What the commits collection is to say of it.
        keys : iterable of str
            The documents that are staged.
        """
        with contextlib.suppress(DuplicateKeyError):  # given up, or the answer to an earlier attempt was lost
            self._connection.retry(lambda: self._commits.insert_one(record))
        made = self._record(record["_id"])
        if made is None or made.get("aborted"):
            return False
        for key in keys:
            self._forward(key, record["_id"])
        return True

    def abandon(self, commit: Any, keys: Iterable[str]) -> None:
        """Take a commit back; if it counts all the same, because an answer was lost, move its documents on."""
        record = self._give_up(commit)
        for key in keys:
            if record is None or record.get("aborted"):
                self._back(key, commit)
            else:
                self._forward(key, commit)

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
            self._forward(document["_id"], commit)
        return True

    def _give_up(self, commit: Any) -> Doc | None:
        """Decide that a commit does not count, unless it does already; return its record."""
        with contextlib.suppress(DuplicateKeyError):  # decided meanwhile
            self._connection.retry(lambda: self._commits.insert_one({"_id": commit, "aborted": True}))
        return self._record(commit)

    def _record(self, commit: Any) -> Doc | None:
        return self._connection.retry(lambda: self._commits.find_one({"_id": commit}))

    def _forward(self, key: str, commit: Any) -> None:
        after: list[Doc] = [{"$replaceWith": "$staged.after"}]
        query = {"_id": key, "staged.commit": commit}
        self._connection.retry(lambda: self._documents.update_one(query, after))

    def _back(self, key: str, commit: Any) -> None:
        query = {"_id": key, "staged.commit": commit}
        self._connection.retry(lambda: self._documents.update_one(query, {"$unset": {"staged": ""}}))
