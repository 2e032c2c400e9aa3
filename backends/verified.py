"""Verified: a stored file as an open one, every byte checked before the first is given out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from omegastore.codecs.memoryfile import ALIGNMENT, MemoryFile
from omegastore.errors import Corrupt

if TYPE_CHECKING:
    from omegastore.blobs import Blobs

IN_MEMORY = 64 << 20
"""Bytes up to which a file is held in memory; a larger one goes through a temporary file."""


def buffered(blobs: Blobs) -> memoryview:
    """Return the bytes of the file of a payload, in memory that numpy aligns and that may be written to.

    Raises
    ------
    Corrupt
        When they are not those that were written.
    """
    size = blobs.size()
    try:
        space = np.empty(size + ALIGNMENT, np.uint8)
    except (MemoryError, ValueError) as error:
        raise Corrupt(f"a file of {size} bytes has no place in memory") from error
    start = -space.ctypes.data % ALIGNMENT
    buffer = space.data[start : start + size]
    blobs.read_into(buffer)
    return buffer


@contextmanager
def verified(blobs: Blobs, size: int) -> Generator[BinaryIO, None, None]:
    """Open the file of a payload, which has `size` bytes; it can be read and sought while the context lasts.

    Raises
    ------
    Corrupt
        When its bytes are not those that were written.
    """
    if size <= IN_MEMORY:
        yield cast(BinaryIO, MemoryFile(buffered(blobs)))
        return
    path = blobs.download()
    try:
        with path.open("rb") as file:
            yield file
    finally:
        path.unlink()
