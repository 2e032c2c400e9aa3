"""Configuration files: where they are, whose they are, and the settings in them.

``OMEGASTORE_CONFIG`` names the one file to read; empty, none is read. Without it there are two: the project's,
which is ``omegastore.toml`` or a ``pyproject.toml`` with ``[tool.omegastore]``, in the working directory or the
nearest folder above; and the user's, ``omegastore.toml`` in the user's configuration folder.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from omegastore.errors import InvalidSetting

VARIABLE = "OMEGASTORE_CONFIG"
NAME = "omegastore.toml"
TABLE = "[tool.omegastore]"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file, and what it says."""

    path: Path
    is_project: bool
    """Whether it was found by where the process runs, so that it may be somebody else's work."""
    values: Mapping[str, Any]


def files(environ: Mapping[str, str]) -> Iterator[ConfigFile]:
    """Yield the configuration files that there are, the one that wins first.

    Raises
    ------
    InvalidSetting
        For a file that cannot be read, is not TOML, or belongs to another user.
    """
    named = environ.get(VARIABLE)
    if named is not None:
        if named:
            yield ConfigFile(Path(named), False, _read(Path(named)))
        return
    project = _project()
    if project is not None:
        yield project
    user = platformdirs.user_config_path("omegastore") / NAME
    if user.is_file():
        yield ConfigFile(user, False, _read(user))


def _project() -> ConfigFile | None:
    """Return the project's file: the nearest one upwards from the working directory."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder was removed under the process
        return None
    for folder in (here, *here.parents):
        own, shared = folder / NAME, folder / "pyproject.toml"
        if own.is_file():
            _check_owner(own)
            return ConfigFile(own, True, _read(own))
        if shared.is_file():
            try:
                values = _read(shared).get("tool", {}).get("omegastore")
            except InvalidSetting:  # not a file of ours, and not for us to complain of
                continue
            if values is not None:
                _check_owner(shared)
                return ConfigFile(shared, True, values)
    return None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        state = path.stat()
        return _parsed(path, state.st_mtime_ns, state.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"the configuration {path} cannot be read: {error}") from error


@functools.lru_cache(maxsize=32)
def _parsed(path: Path, changed: int, size: int) -> Mapping[str, Any]:
    """Return the content of a file, parsed once in each of its states."""
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"the configuration {path} is not TOML: {error}") from error


def _check_owner(path: Path) -> None:
    """Raise unless the file is this user's or root's: it says where data is sent."""
    if os.name == "posix" and path.stat().st_uid not in (os.getuid(), 0):
        raise InvalidSetting(
            f"the configuration {path} belongs to another user; if you trust it, set {VARIABLE}={path}, "
            f"else set {VARIABLE} to nothing"
        )
