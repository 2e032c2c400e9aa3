"""Faults: backends whose put is interrupted while its payload is written."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Literal, cast

from omegastore.backend import Backend, BackendContext, Options
from omegastore.blobs import Blobs
from omegastore.chunks import Piece, Source
from omegastore.codecs.documents import Documents
from omegastore.metadata import Metadata
from omegastore.rows import Index, Rows
from omegastore.wrapper import WrapperBackend

Point = Literal["before", "within", "after", "end"]
POINTS: tuple[Point, ...] = ("before", "within", "after", "end")
"""Where a put is interrupted: before, within or after the first write of rows or files, or when all is written."""


class Interrupted(Exception):  # an interruption, as KeyboardInterrupt is
    """What the interrupted put raises."""


def interrupted(backend: type[Backend[Any, Any, Any]], point: Point) -> type[WrapperBackend]:
    """Return a backend that does as `backend` does until `point`, and raises Interrupted there."""

    class Interrupting(WrapperBackend, wraps=backend):
        """Stops in the middle."""

        def __init__(self, context: BackendContext) -> None:
            rows, blobs = cast(Rows, _Rows(context.rows, point)), cast(Blobs, _Blobs(context.blobs, point))
            super().__init__(dataclasses.replace(context, rows=rows, blobs=blobs))

        def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
            """Write, and raise at the end if nothing has raised before."""
            super().put(obj, meta, options)
            raise Interrupted("end")

    return Interrupting


class _Writes:
    """The rows or blobs of a put, but for `write`, which is interrupted."""

    def __init__(self, real: Any, point: Point) -> None:
        self._real, self._point = real, point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def _stop(self, point: Point) -> None:
        if self._point == point:
            raise Interrupted(point)


class _Rows(_Writes):
    def write(self, chunks: Iterable[Callable[[int], Documents]], *, indexes: Sequence[Index] = ()) -> None:
        self._stop("before")
        self._real.write(self._through(chunks), indexes=indexes)
        self._stop("after")

    def _through(self, chunks: Iterable[Callable[[int], Documents]]) -> Iterator[Callable[[int], Documents]]:
        whole = iter(chunks)
        yield from itertools.islice(whole, 1)
        self._stop("within")  # the first rows have been sent
        yield from whole


class _Blobs(_Writes):
    def write(self, source: Source, part: str = "") -> int:
        self._stop("before")
        size = self._real.write(self._through(source), part)
        self._stop("after")
        return cast(int, size)

    def _through(self, source: Source) -> Iterator[Piece]:
        if isinstance(source, (bytes, bytearray, memoryview)):
            yield bytes(source)
        elif hasattr(source, "read"):
            yield from iter(lambda: cast(BinaryIO, source).read(1 << 16), b"")
        else:
            yield from source
        self._stop("within")  # all chunks but the last few have been sent
