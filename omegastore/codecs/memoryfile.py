"""MemoryFile: bytes that stand in memory as a file that is read, without a copy."""

from __future__ import annotations

import io
from typing import Any

ALIGNMENT = 64
"""Files in memory begin at multiples of it, as datasets in files do, so that arrays stand aligned."""


class MemoryFile(io.RawIOBase):
    """A file over a buffer.

    Parameters
    ----------
    buffer : memoryview
        Its bytes.

    Examples
    --------
    >>> file = MemoryFile(memoryview(b"abcdef"))
    >>> file.seek(-2, 2), file.read()
    (4, b'ef')
    """

    def __init__(self, buffer: memoryview) -> None:
        self._buffer, self._at = buffer, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position and return it."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._buffer)}[whence]
        if start + offset < 0:
            raise ValueError(f"{start + offset} is before the start of the file")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Copy what comes next into `buffer` and return how many bytes it was."""
        piece = self._buffer[self._at : self._at + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
