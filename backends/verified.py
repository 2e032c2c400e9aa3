"""Verified: a stored file as an open one, every byte checked before the first is given out."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from omegastore.blobs import Blobs

IN_MEMORY = 64 << 20
"""Bytes up to which a file is held in memory; a larger one goes through a temporary file."""


@contextmanager
def verified(blobs: Blobs, size: int) -> Generator[BinaryIO, None, None]:
    """Open the file of a payload, which has `size` bytes; it can be read and sought while the context lasts.

    Raises
    ------
    Corrupt
        When its bytes are not those that were written.
    """
    if size <= IN_MEMORY:
        yield io.BytesIO(blobs.read())
        return
    path = blobs.download()
    try:
        with path.open("rb") as file:
            yield file
    finally:
        path.unlink()
