"""Audit: the counts and checksums of batches of rows, compared when all are read, merged in Metadata; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.documents import Documents
from omegastore.errors import Corrupt
from omegastore.payload import BATCH_BITS, Batch

ID_AT = 9
"""Where the int64 of a leading `_id` stands in a row document: after the size, the type and the name."""


class Audit:
    """Compares the rows that are read with the counts and checksums that were committed."""

    def __init__(self, visible: Sequence[Batch]) -> None:
        self._expected = list(visible)
        self._counts = [0] * len(visible)
        self._chains: list[bytes | None] = [None] * len(visible)
        self._run, self._number = 0, self._expected[0].first
        self._digest = hashlib.sha256()

    def add(self, documents: Documents) -> None:
        """Take the next rows."""
        numbers = ids(documents) >> BATCH_BITS
        cuts = np.flatnonzero(np.diff(numbers)) + 1
        for start, stop in zip([0, *cuts.tolist()], [*cuts.tolist(), len(numbers)], strict=True):
            if start < stop:
                self._take(int(numbers[start]), documents, start, stop)

    @classmethod
    def summed(cls, visible: Sequence[Batch], rows: Iterable[Documents]) -> list[Batch]:
        """Return batches with the checksums of their rows, also of those that were only counted."""
        audit = cls([replace(batch, sha256=batch.sha256 or b"") for batch in visible])
        for documents in rows:
            audit.add(documents)
        audit._end()
        return [replace(batch, sha256=chain) for batch, chain in zip(visible, audit._chains, strict=True)]

    def _end(self) -> None:
        while self._run < len(self._expected):
            self._next()

    def _take(self, number: int, documents: Documents, start: int, stop: int) -> None:
        while number != self._number:
            self._next()
        self._counts[self._run] += stop - start
        if self._expected[self._run].sha256 is not None:
            self._digest.update(memoryview(documents.buffer)[documents.offsets[start] : documents.offsets[stop]])

    def _next(self) -> None:
        chain = self._chains[self._run]
        digest = self._digest.digest()
        self._chains[self._run] = digest if chain is None else hashlib.sha256(chain + digest).digest()
        self._digest = hashlib.sha256()
        self._number += 1
        if self._number > self._expected[self._run].last:
            self._run += 1
            if self._run < len(self._expected):
                self._number = self._expected[self._run].first
            else:
                self._number = -1

    def close(self) -> None:
        """Raise Corrupt unless all was there."""
        self._end()
        for batch, count, chain in zip(self._expected, self._counts, self._chains, strict=True):
            if count != batch.rows:
                raise Corrupt(f"batch {batch.first} has {count} rows of {batch.rows}")
            if batch.sha256 is not None and chain != batch.sha256:
                raise Corrupt(f"the rows of batch {batch.first} are not those that were written (checksum)")


def merge(runs: Sequence[Batch], below: int, rev: int) -> list[Batch]:
    """Return `runs` with neighbouring old batches merged, so that Metadata stays small.

    Parameters
    ----------
    runs : sequence of Batch
        In the order of their numbers.
    below : int
        Only batches below this number are merged: a number that is open may still fill a gap.
    rev : int
        Only batches that this version shows are merged: kept versions before it tell newer ones apart.
    """
    merged: list[Batch] = []
    for batch in runs:
        left = merged[-1] if merged else None
        if (
            left is not None
            and left.last + 1 == batch.first == batch.last
            and batch.first < below
            and max(left.rev, batch.rev) <= rev
            and (left.sha256 is None) == (batch.sha256 is None)
        ):
            chain = _chained(left.sha256, batch.sha256)
            merged[-1] = Batch(left.first, batch.last, left.rows + batch.rows, chain, max(left.rev, batch.rev))
        else:
            merged.append(batch)
    return merged


def _chained(chain: bytes | None, digest: bytes | None) -> bytes | None:
    """Return the hash of a run and the batch behind it; rows that the server wrote have none."""
    return None if chain is None or digest is None else hashlib.sha256(chain + digest).digest()


def ids(documents: Documents) -> NDArray[np.int64]:
    """Return the `_id` of each row."""
    starts = documents.offsets[:-1]
    places = (starts[:, None] + np.arange(ID_AT, ID_AT + 8)).ravel()
    found: NDArray[np.int64] = np.frombuffer(documents.buffer, np.uint8)[places].view("<i8")
    return found


def with_ids(documents: Documents, numbers: NDArray[np.int64]) -> Documents:
    """Return the documents with other `_id`."""
    buffer = np.frombuffer(documents.buffer, np.uint8).copy()
    places = (documents.offsets[:-1][:, None] + np.arange(ID_AT, ID_AT + 8)).ravel()
    buffer[places] = numbers.astype("<i8").view(np.uint8)
    return Documents(buffer.tobytes(), documents.offsets)
