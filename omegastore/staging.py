"""Staging: several changes made to count together by one document, on a server without transactions.

`omegastore.decision` says how readers and other writers go about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bson.objectid import ObjectId

from omegastore.catalog import Catalog, Doc
from omegastore.decision import UNSTAGED
from omegastore.errors import Aborted

Step = Callable[[Catalog, Any], Doc]
"""A change of one document: takes the catalog and the time, and returns the document after it."""
Record = Callable[[list[Doc]], Doc]


class StagingCatalog(Catalog):
    """A catalog whose changes are prepared in the documents and do not count yet.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    commit : ObjectId
        The id of the commit that the changes belong to.
    lease : float
        Seconds that others wait for the commit.
    """

    def __init__(self, catalog: Catalog, commit: Any, lease: float) -> None:
        super().__init__(catalog.connection, catalog.bucket, catalog.prefix, catalog.space)
        self.commit, self._lease = commit, lease
        self.staged: list[str] = []
        """The keys of the documents that are prepared."""

    def read(self, name: str, hide: Sequence[str] = ()) -> Doc | None:
        """Return the document as this commit sees it."""
        key = self.key(name)
        if key not in self.staged:
            self.settle(name)
            return super().read(name)
        return self._staged(key)

    def settle(self, name: str) -> bool:
        """Wait until no other commit is about to change the object."""
        return self.key(name) not in self.staged and super().settle(name)

    def update(self, query: Doc, pipeline: list[Doc], upsert: bool = False) -> Doc | None:
        """Prepare a change of the document of `query`, after those that this commit has prepared before."""
        key = query["_id"]
        if key in self.staged:
            mine = {"staged.commit": self.commit}
            query = {
                "_id": key,
                **mine,
                **{f"staged.after.{at}": value for at, value in query.items() if at != "_id"},
            }
        else:
            query = {**query, **UNSTAGED}
        until = {"$add": ["$$NOW", int(self._lease * 1000)]}
        fresh = {"$unsetField": {"field": "before", "input": "$$ROOT"}}
        stages: list[Doc] = [
            {"$set": {"before": {"$unsetField": {"field": "staged", "input": "$$ROOT"}}}},
            {"$replaceWith": {"$mergeObjects": [{"$ifNull": ["$staged.after", "$before"]}, {"before": "$before"}]}},
            *pipeline,
            {"$replaceWith": {"$mergeObjects": [
                "$before", {"staged": {"commit": {"$literal": self.commit}, "until": until, "after": fresh}}
            ]}},
        ]  # fmt: skip
        self.staged = [*dict.fromkeys([*self.staged, key])]  # before it is sent: its answer may be lost
        done = self._after(self.connection.retry(lambda: self._once(query, stages, False)))
        if done is None and self._staged(key) is None:
            self.staged.remove(key)
        return done

    def _staged(self, key: str) -> Doc | None:
        return self._after(self.connection.retry(lambda: self.collection.find_one({"_id": key})))

    def _after(self, document: Doc | None) -> Doc | None:
        staged = (document or {}).get("staged")
        return staged["after"] if staged and staged["commit"] == self.commit else None


def together(catalog: Catalog, lease: float, keys: Sequence[str], steps: Sequence[Step], record: Record) -> Doc:
    """Make all changes count at once, or none; return the record of the commit.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    lease : float
        Seconds that others wait before they give the commit up.
    keys : sequence of str
        The documents that are changed.
    steps : sequence of callables
        The changes.
    record : callable
        Takes the documents after them and returns the record, but for its id and time.

    Raises
    ------
    Aborted
        When others gave the commit up.
    """
    inside = StagingCatalog(catalog, ObjectId(), lease)
    is_decided = False
    try:
        at = moment(catalog, keys)
        made = {**record([step(inside, at) for step in steps]), "_id": inside.commit, "at": at}
        is_visible = catalog.decision.commit(made, inside.staged)
        is_decided = True
    finally:
        if inside.staged and not is_decided:
            catalog.decision.abandon(inside.commit, inside.staged)
    if not is_visible:
        raise Aborted(f"the commit took longer than {lease} s while others waited for it; nothing of it is visible")
    return made


def moment(catalog: Catalog, keys: Sequence[str], session: Any = None) -> Any:
    """Return the time of a commit, the same for all that it changes, and later than any before.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    keys : sequence of str
        The documents that are changed; at least one is there.
    session : ClientSession, optional
        That of a transaction.
    """
    time = {"$max": {"$max": ["$$NOW", {"$add": ["$modified", 1]}]}}
    stages: list[Doc] = [{"$match": {"_id": {"$in": [*keys]}}}, {"$group": {"_id": None, "at": time}}]
    found = next(catalog.collection.aggregate(stages, session=session), None)
    return catalog.connection.now() if found is None else found["at"]
