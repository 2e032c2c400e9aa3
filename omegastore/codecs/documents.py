"""Documents: a run of BSON documents as one buffer, the form in which rows travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Documents:
    """BSON documents that stand one after another in one buffer.

    Parameters
    ----------
    buffer : bytes
        The documents.
    offsets : ndarray of int64, shape (n + 1,)
        Where each of the n documents starts, and the end of the last.
    """

    buffer: bytes
    offsets: NDArray[np.int64]

    @classmethod
    def join(cls, parts: Sequence[bytes]) -> Documents:
        """Return the documents `parts` as one run."""
        offsets = np.zeros(len(parts) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=offsets[1:])
        return cls(b"".join(parts), offsets)

    @classmethod
    def cut(cls, buffer: bytes) -> Documents:
        """Return the documents that stand one after another in a buffer."""
        offsets, at = [0], 0
        while at < len(buffer):
            at += int.from_bytes(buffer[at : at + 4], "little")
            offsets.append(at)
        return cls(buffer, np.array(offsets, np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, at: int) -> bytes:
        return self.buffer[self.offsets[at] : self.offsets[at + 1]]

    def part(self, start: int, stop: int) -> Documents:
        """Return the documents from `start` to `stop`."""
        low, high = int(self.offsets[start]), int(self.offsets[stop])
        return Documents(self.buffer[low:high], self.offsets[start : stop + 1] - low)
