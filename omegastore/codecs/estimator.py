"""Estimators to and from pickles compressed by zstd; importing this lets ``joblib.load`` open them too.

They are plain pickles, which joblib reads as well. The pickler that is written in C makes them, and of large arrays
its pieces are views; joblib's own pickler is written in Python.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, TypeAlias

import joblib
import zstandard
from joblib.compressor import CompressorWrapper

COMPRESSOR = "omegastore-zstd"
"""The name under which joblib knows the compressor; it is found by zstd's first bytes when reading."""
LEVEL = 1
"""The fastest that is no larger than joblib's own compression; level 2 takes a quarter more time for 5 % less."""
THREADS = 2
LARGE = 4 << 20
"""Bytes above which a model is compressed by several threads; each wants 2 MB to work on."""
PROTOCOL = 5
BLOCK = 1 << 20
"""Bytes that are compressed or decompressed to at a time."""

Piece: TypeAlias = bytes | bytearray | memoryview


def dump(obj: object) -> list[Piece]:
    """Return the pickle of `obj` in pieces; as long as they live, its arrays must not change.

    Parameters
    ----------
    obj : object
        Anything that can be pickled.
    """
    sink = _Sink()
    pickle.Pickler(sink, PROTOCOL).dump(obj)
    return sink.pieces


def compressed(pieces: Sequence[Piece]) -> Iterator[bytes]:
    """Yield the file that holds `pieces`."""
    size = sum(map(len, pieces))
    compressor = zstandard.ZstdCompressor(level=LEVEL, threads=THREADS if size >= LARGE else 0)
    chunker = compressor.chunker(size=size, chunk_size=BLOCK)
    for piece in pieces:
        yield from chunker.compress(piece)
    yield from chunker.finish()  # type: ignore[no-untyped-call]


def load(file: BinaryIO) -> Any:
    """Return the object of a file.

    This runs code that the file chooses: its bytes must have been trusted before.
    """
    with zstandard.ZstdDecompressor().stream_reader(file, closefd=False) as reader:
        return pickle.load(io.BufferedReader(reader, BLOCK))  # noqa: S301  # trusted by the caller


class _Sink:
    """A file that keeps what is written to it, without a copy."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []

    def write(self, data: Piece | pickle.PickleBuffer) -> int:
        piece = data.raw() if isinstance(data, pickle.PickleBuffer) else data
        self.pieces.append(piece)
        return len(piece)


class _Zstd(CompressorWrapper):  # type: ignore[misc]  # joblib has no types
    """Tells joblib how zstd files begin and how they are opened."""

    def __init__(self) -> None:
        # joblib wants a class of files here, which the two methods below do without
        super().__init__(obj=io.BufferedIOBase, prefix=zstandard.FRAME_HEADER, extension=".zst")

    def compressor_file(self, fileobj: BinaryIO, compresslevel: int | None = None) -> Any:
        """Return a file that compresses into `fileobj`."""
        return zstandard.ZstdCompressor(level=compresslevel or LEVEL).stream_writer(fileobj, closefd=False)

    def decompressor_file(self, fileobj: BinaryIO) -> Any:
        """Return a file that decompresses `fileobj`."""
        return zstandard.ZstdDecompressor().stream_reader(fileobj, closefd=False)


joblib.register_compressor(COMPRESSOR, _Zstd(), force=True)
