"""What Metadata says of a stored payload, and the lease under which one is written; pure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

BATCH_BITS = 32
"""The `_id` of a row is its batch number times 2^32 plus its position in the batch."""


class Lease(Protocol):
    """A write in progress: what rows and blobs need to know of it."""

    @property
    def pid(self) -> Any:
        """The id of the payload, an ObjectId."""
        ...

    @property
    def filename(self) -> str:
        """The name that GridFS files get."""
        ...

    @property
    def collection(self) -> str:
        """The name of the row collection; known once the lease is held."""
        ...

    @property
    def batch(self) -> int:
        """The number of the batch of rows to write; known once the lease is held."""
        ...

    @property
    def stored(self) -> Mapping[str, Any] | None:
        """The payload that is appended to, if any."""
        ...

    @property
    def pause(self) -> float:
        """Seconds after which the lease is to be renewed."""
        ...

    def hold(self) -> None:
        """Announce the write, or renew its lease when that is due; raise Aborted when it was lost."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that one put wrote, or a run of such batches that were merged in Metadata."""

    first: int
    """Number of the first batch."""
    last: int
    """Number of the last batch; equal to `first` unless merged."""
    rows: int
    sha256: bytes | None
    """Of the rows as they stand; of a run, hash of the hash so far and the next batch's; None if only counted."""
    rev: int
    """The version that made it visible."""

    def to_document(self) -> dict[str, Any]:
        """Return it as Metadata holds it."""
        return {"b": self.first, "to": self.last, "n": self.rows, "sha": self.sha256, "rev": self.rev}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Batch:
        """Return the batch that Metadata describes."""
        sha = document["sha"]
        return cls(document["b"], document["to"], document["n"], None if sha is None else bytes(sha), document["rev"])


def batches(payload: Mapping[str, Any]) -> list[Batch]:
    """Return the committed batches of `payload`, in the order of their rows."""
    rows = payload.get("rows") or {}
    return sorted((Batch.from_document(each) for each in rows.get("batches", ())), key=lambda batch: batch.first)


def spans(visible: Sequence[Batch]) -> list[tuple[int, int]]:
    """Return the half-open ranges of `_id` that the batches cover, neighbours joined."""
    found: list[tuple[int, int]] = []
    for batch in visible:
        low, high = batch.first << BATCH_BITS, (batch.last + 1) << BATCH_BITS
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def visible_rows(visible: Sequence[Batch]) -> dict[str, Any]:
    """Return the filter for rows of the batches: one range of `_id`, less the gaps within it.

    A list of ranges under ``$or`` or ``$in`` would make the server read the whole collection.
    """
    ranges = spans(visible)
    if not ranges:
        return {"_id": {"$lt": 0}}
    low, high = ranges[0][0], ranges[-1][1]
    return {"_id": {"$gte": low, "$lt": high} if low else {"$lt": high}, **_without_gaps(ranges)}


def scan(visible: Sequence[Batch], filter: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the parts of a ``find`` that reads the rows of the batches in the order of their `_id`.

    Its bounds take no time, where those of a filter are compared with every row: a third of that of a whole read.
    """
    ranges = spans(visible)
    conditions = [each for each in (_without_gaps(ranges), filter) if each]
    low, bounds = ranges[0][0], {"hint": {"_id": 1}, "max": {"_id": ranges[-1][1]}}
    return {"filter": {"$and": conditions} if conditions else {}, **bounds, **({"min": {"_id": low}} if low else {})}


def _without_gaps(ranges: Sequence[tuple[int, int]]) -> dict[str, Any]:
    gaps = [{"_id": {"$gte": end, "$lt": start}} for (_, end), (start, _) in itertools.pairwise(ranges)]
    return {"$nor": gaps} if gaps else {}


def leading_rows(visible: Sequence[Batch]) -> int | None:
    """Return how many rows the batches have, if all are in front of any that is not committed; else None."""
    ranges = spans(visible)
    return sum(batch.rows for batch in visible) if len(ranges) == 1 and not ranges[0][0] else None


def combined(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of a payload: that of its file, or of the names and hashes of its files."""
    if len(parts) == 1:
        return str(parts[0]["sha256"])
    named = sorted((part["part"], part["sha256"]) for part in parts)
    return hashlib.sha256(repr(named).encode()).hexdigest()
