"""The home of an embedded server: the folder with its data, locks, state and logs."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from omegastore.errors import EmbeddedServerError


@dataclass(frozen=True, slots=True)
class State:
    """What a supervisor says about its server, kept in ``server.json``."""

    supervisor: int
    """Process id of the supervisor."""
    mongod: int = 0
    """Process id of mongod."""
    socket: str = ""
    """Path of the socket."""
    error: str = ""
    """Why the supervisor gave up; empty while the server runs."""


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of one server; two homes are two servers."""

    path: Path

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None) -> Home:
        """Return the home at `path`, made and closed to other users.

        Parameters
        ----------
        path : path, optional
            Default: the environment's ``OMEGASTORE_HOME``, else the user's data folder.

        Raises
        ------
        EmbeddedServerError
            If the folder cannot be made or belongs to somebody else, or on Windows.
        """
        if sys.platform == "win32":
            raise EmbeddedServerError(
                "the embedded server runs on Linux and macOS; set OMEGA_MONGO_URL to the URL of a server"
            )
        path = path or os.environ.get("OMEGASTORE_HOME") or platformdirs.user_data_dir("omegastore")
        home = Path(path).expanduser().resolve()
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
        except OSError as error:
            raise EmbeddedServerError(
                f"the folder {home} cannot be the home of the embedded server ({error.strerror}); "
                f"set OMEGASTORE_HOME to a folder of your own"
            ) from error
        return cls(home)

    @property
    def lease(self) -> Path:
        """Lock that clients share while they need the server."""
        return self.path / "lease.lock"

    @property
    def start(self) -> Path:
        """Lock of the client that starts a server."""
        return self.path / "start.lock"

    @property
    def server(self) -> Path:
        """Lock of the supervisor while it lives."""
        return self.path / "server.lock"

    @property
    def log(self) -> Path:
        """Log of mongod."""
        return self.path / "mongod.log"

    @property
    def supervisor_log(self) -> Path:
        """Log of the supervisor."""
        return self.path / "supervisor.log"

    def data(self, major: int) -> Path:
        """Return the folder for data of MongoDB `major`, made if it is not there.

        Raises
        ------
        EmbeddedServerError
            If there is data of another major version, which this one could not open.
        """
        mine = self.path / f"db-{major}"
        for other in sorted(self.path.glob("db-*")):
            if other != mine and any(other.iterdir()):
                theirs = other.name.removeprefix("db-")
                raise EmbeddedServerError(
                    f"{other} holds data of MongoDB {theirs}, and the mongod that was found is of version "
                    f"{major}: set OMEGASTORE_MONGOD to a mongod of version {theirs}, or OMEGASTORE_HOME "
                    f"to another folder, or move {other} away if its data is no longer needed"
                )
        mine.mkdir(mode=0o700, exist_ok=True)
        return mine

    def read_state(self) -> State | None:
        """Return what the last supervisor said, or None."""
        try:
            return State(**json.loads(self._state.read_bytes()))
        except (OSError, ValueError, TypeError):  # not there, or not ours
            return None

    def write_state(self, state: State | None) -> None:
        """Say `state`, at once and whole; None removes it."""
        if state is None:
            self._state.unlink(missing_ok=True)
            return
        draft = self._state.with_suffix(".new")
        draft.write_text(json.dumps(asdict(state)))
        draft.replace(self._state)

    @property
    def _state(self) -> Path:
        return self.path / "server.json"
