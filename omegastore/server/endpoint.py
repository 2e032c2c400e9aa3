"""The Unix socket of an embedded server: where it lies, its URL, and whether something answers there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from omegastore.errors import EmbeddedServerError

_LONGEST = 107 if sys.platform == "linux" else 103  # bytes of a socket path that the kernel takes


def place(home: Path) -> Path:
    """Return the path of the socket for the server of `home`, in a folder that only this user may enter.

    The home itself will not do: a socket path holds 107 bytes (103 on macOS).

    Parameters
    ----------
    home : Path
        Absolute path of the server's home.

    Returns
    -------
    Path
        ``<runtime folder>/<hash of home>/mongod.sock``; the folders exist, the socket may not.

    Raises
    ------
    EmbeddedServerError
        If the folder for temporary files holds a folder of our name that is not safely ours.
    """
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    for base in _bases():
        path = base / name / "mongod.sock"
        if len(os.fsencode(path)) <= _LONGEST:
            _make_private(base)
            _make_private(path.parent)
            return path
    raise EmbeddedServerError("no folder for the server's socket has a short enough path; set XDG_RUNTIME_DIR")


def url(path: Path) -> str:
    """Return the MongoDB URL of the socket at `path`."""
    return f"mongodb://{quote(str(path), safe='')}/?directConnection=true"


def answers(path: Path) -> bool:
    """Return whether a process accepts connections at `path`."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _bases() -> Iterator[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    # it may be another user's (sudo keeps the variable) or gone (it ends with the login)
    if runtime and _is_private(Path(runtime)):
        yield Path(runtime) / "omegastore"
    yield Path(tempfile.gettempdir()) / f"omegastore-{os.getuid()}"
    yield Path("/tmp") / f"omegastore-{os.getuid()}"  # noqa: S108  # _make_private checks whose it is


def _is_private(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _make_private(path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    if not _is_private(path):
        raise EmbeddedServerError(
            f"{path} is not a folder that belongs to you alone, so that others could pose as the server: "
            f"remove it, or `chmod 700` it if it is your own, or set XDG_RUNTIME_DIR to a private folder"
        )
