"""Folders as tar streams: written in bounded memory, the same bytes for the same folder; unpacked safely.

Kept are files, folders (empty ones too) and links within the folder, their times and permissions as far as
tarfile's "data" filter gives them back; owners are not.
"""

from __future__ import annotations

import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

from omegastore.errors import Corrupt, UnsupportedValue

PIECE = 1 << 20
"""Bytes of a file that are read at a time."""


def check(folder: Path) -> None:
    """Raise for what `unpack` would not give back.

    Raises
    ------
    UnsupportedValue
        For sockets, pipes and devices, and for links that lead out of the folder; names the path.
    """
    root = folder.resolve()
    for path in _walk(folder):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            _check_link(path, root)
        elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise UnsupportedValue(f"{path} is a socket, pipe or device, not a file; take it out of the folder")


def pack(folder: Path) -> Iterator[bytes]:
    """Yield the folder as a tar file, its paths relative to the folder.

    Raises
    ------
    UnsupportedValue
        When a file changes its size meanwhile.
    """
    size = 0
    for path in _walk(folder):
        entry = _entry(path, path.relative_to(folder).as_posix())
        header = entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        yield header
        size += len(header)
        if entry.isreg():
            yield from _content(path, entry.size)
            padding = bytes(-entry.size % tarfile.BLOCKSIZE)
            yield padding
            size += entry.size + len(padding)
    yield bytes(2 * tarfile.BLOCKSIZE + -(size + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack what `pack` made into `folder`, which is made if it is not there.

    Raises
    ------
    Corrupt
        When it is no tar file, or would write outside of `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:", encoding="utf-8", errors="surrogateescape") as tar:
            tar.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise Corrupt(f"the stored folder cannot be unpacked: {error}") from error


def _walk(folder: Path) -> Iterator[Path]:
    """Yield all paths below `folder`, sorted, a folder before what is in it."""
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _check_link(path: Path, root: Path) -> None:
    target = path.readlink()
    where = (path.parent / target).resolve()
    if target.is_absolute() or not where.is_relative_to(root):
        raise UnsupportedValue(f"{path} is a link to {target}, out of the folder; copy there what it leads to")


def _entry(path: Path, name: str) -> tarfile.TarInfo:
    status = path.lstat()
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = stat.S_IMODE(status.st_mode), status.st_mtime
    if stat.S_ISLNK(status.st_mode):
        entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
    elif stat.S_ISDIR(status.st_mode):
        entry.type = tarfile.DIRTYPE
    else:
        entry.size = status.st_size
    return entry


def _content(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        left = size
        while left and (piece := file.read(min(PIECE, left))):
            yield piece
            left -= len(piece)
        if left or file.read(1):
            raise UnsupportedValue(f"{path} changed its size of {size} bytes while it was stored; store it again")
