"""Estimators to and from joblib files compressed by zstd; importing this registers the compressor with joblib."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import joblib
import zstandard
from joblib.compressor import CompressorWrapper

COMPRESSOR = "omegastore-zstd"
"""The name under which joblib knows the compressor; it is found by zstd's first bytes when reading."""
LEVEL = 1
THREADS = 2
PROTOCOL = 5


def dump(obj: object, file: BinaryIO) -> None:
    """Write `obj` to `file` as a compressed joblib file.

    Parameters
    ----------
    obj : object
        Anything that can be pickled.
    file : binary file
        Open for writing; it is left open at its end.
    """
    compress: Any = (COMPRESSOR, LEVEL)
    joblib.dump(obj, file, compress=compress, protocol=PROTOCOL)


def load(file: BinaryIO) -> Any:
    """Return the object of a joblib file.

    This runs code that the file chooses: its bytes must have been trusted before.
    """
    return joblib.load(file)


class _Zstd(CompressorWrapper):  # type: ignore[misc]  # joblib has no types
    """Tells joblib how zstd files begin and how they are opened."""

    def __init__(self) -> None:
        # joblib wants a class of files here, which the two methods below do without
        super().__init__(obj=io.BufferedIOBase, prefix=zstandard.FRAME_HEADER, extension=".zst")

    def compressor_file(self, fileobj: BinaryIO, compresslevel: int | None = None) -> Any:
        """Return a file that compresses into `fileobj`."""
        compressor = zstandard.ZstdCompressor(level=compresslevel or LEVEL, threads=THREADS)
        return compressor.stream_writer(fileobj, closefd=False)

    def decompressor_file(self, fileobj: BinaryIO) -> Any:
        """Return a file that decompresses `fileobj`."""
        return zstandard.ZstdDecompressor().stream_reader(fileobj, closefd=False)


joblib.register_compressor(COMPRESSOR, _Zstd(), force=True)
