"""Moment: a point in the history of a bucket, and which version of an object was current then; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from omegastore import history

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in the history of a bucket."""

    at: datetime
    """The time, aware."""
    snapshot: str | None = None
    """The snapshot, if it is one."""

    def place(self, document: Mapping[str, Any]) -> int | None:
        """Return the place of the version that was current, if it is kept."""
        if self.snapshot is None:
            return history.as_of(document, self.at)
        pinned = [each["rev"] for each in document.get("pins", ()) if each["snapshot"] == self.snapshot]
        revs = [each["rev"] for each in history.entries(document)]
        return revs.index(pinned[0]) if pinned else None

    def expression(self) -> Doc:
        """Return what says, within an aggregation, which entry `place` finds; null for none."""
        entries = {"$concatArrays": [{"$ifNull": ["$versions", []]}, ["$$ROOT"]]}
        if self.snapshot is not None:
            mine = {"$eq": ["$$pin.snapshot", {"$literal": self.snapshot}]}
            pins = {"$filter": {"input": {"$ifNull": ["$pins", []]}, "as": "pin", "cond": mine}}
            is_it: Doc = {"$in": ["$$each.rev", {"$map": {"input": pins, "as": "pin", "in": "$$pin.rev"}}]}
            return {"$last": {"$filter": {"input": entries, "as": "each", "cond": is_it}}}
        at = {"$literal": self.at}
        had_begun = {"$and": [{"$gt": ["$$each.modified", None]}, {"$lte": ["$$each.modified", at]}]}
        had_ended = {"$and": [{"$gt": ["$$each.until", None]}, {"$lte": ["$$each.until", at]}]}
        was_there = {"$and": [had_begun, {"$not": had_ended}]}
        return {"$last": {"$filter": {"input": entries, "as": "each", "cond": was_there}}}

    def __str__(self) -> str:
        return self.at.isoformat() if self.snapshot is None else f"snapshot {self.snapshot!r}"
