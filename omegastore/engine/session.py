"""Session: the engine that was launched and the project that is set, in this process."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Executor
from dataclasses import dataclass, field

from omegastore.config import Settings
from omegastore.engine.register import BUCKET, Register
from omegastore.engine.runtime import Runtime
from omegastore.errors import NoProject, ServerUnavailable
from omegastore.naming import check_bucket
from omegastore.store import OmegaStore


@dataclass
class Session:
    """What `launch` and `set_project` have chosen."""

    url: str | None
    runtime: Runtime
    project: str | None = None
    projects: set[str] = field(default_factory=set[str])
    """All that were set."""

    @property
    def register(self) -> Register:
        """The projects of the server."""
        return Register(self.store(BUCKET))

    def store(self, bucket: str) -> OmegaStore:
        """Return the store of a bucket."""
        return OmegaStore(self.url, bucket=bucket)


_session: Session | None = None
_lock = threading.Lock()


def launch(url: str | None = None, runtime: str | int | Executor | None = None) -> None:
    """Connect to a server, or start or join the embedded one; again with others to change them.

    Parameters
    ----------
    url : str, optional
        A MongoDB URI, passed to the driver unchanged. Default: ``OMEGA_MONGO_URL``, else the embedded server.
    runtime : str, int or Executor, optional
        Where fits and predictions run: the address of a Dask scheduler, a number of processes of this machine, or an
        executor. Default: ``OMEGA_RUNTIME``, else one process.

    Raises
    ------
    ServerUnavailable
        When no server answers.
    InvalidSetting
        For a private socket with the workers of a cluster.
    """
    global _session
    settings = Settings.load()
    url = settings.OMEGA_MONGO_URL if url is None else url
    environ = {"OMEGA_MONGO_URL": url, "OMEGA_STORE_SIGNING_KEY": settings.OMEGA_STORE_SIGNING_KEY}
    if runtime is None:
        chosen = settings.OMEGA_RUNTIME or "1"
        runtime = int(chosen) if chosen.isdigit() else chosen
    made = Runtime(runtime, {name: value for name, value in environ.items() if value is not None})
    session = Session(url, made)
    connection = session.store(BUCKET).storage.connection
    made.check(connection)
    connection.now()
    with _lock:
        before, _session = _session, session
    if before is not None:
        before.runtime.close()


def is_alive() -> bool:
    """Return whether an engine was launched and its server answers."""
    if _session is None:
        return False
    try:
        _session.store(BUCKET).storage.connection.now()
    except ServerUnavailable:
        return False
    return True


def shutdown() -> None:
    """End the workers, and the projects that this session has set: their working copies are lost.

    A server that others use goes on.
    """
    global _session
    with _lock:
        before, _session = _session, None
    if before is None:
        return
    try:
        with contextlib.suppress(ServerUnavailable):  # there is nobody to be told
            for name in sorted(before.projects):
                before.register.renew(name, is_running=False)
    finally:
        before.runtime.close()


def set_project(name: str) -> None:
    """Set the project that all handles of this process are made in; it is created on first use.

    Parameters
    ----------
    name : str
        1 to 255 bytes in UTF-8, without NUL and ``[]@^#{}*?``.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched.
    TypeError, ValueError
        For what is no name.
    Conflict
        When somebody else is deleting it.
    """
    session = launched()
    session.register.enter(checked(name))
    session.project = name
    session.projects.add(name)


def checked(name: object) -> str:
    """Return the name of a project; TypeError or ValueError for what is none."""
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is not the name of a project, which is a text")
    if not name or name == BUCKET:
        raise ValueError(f"no project is called {name!r}; set_project(name) takes 1 to 255 bytes")
    return check_bucket(name)


def restart_project() -> None:
    """Lose the working copies of the project that is set; what was saved stays."""
    launched().register.renew(opened()[0].bucket, is_running=True)


def suspend_project(name: str) -> None:
    """Lose the working copies of a project, which is not running any more; silent where there is none."""
    session = launched()
    session.register.renew(name, is_running=False)
    session.projects.discard(name)
    if session.project == name:
        session.project = None


def delete_project(name: str) -> None:
    """Delete a project with all that is in its bucket; silent where there is none."""
    session = launched()
    session.register.remove(name)
    session.projects.discard(name)
    if session.project == name:
        session.project = None


def list_projects() -> list[str]:
    """Return the names of the projects of the server."""
    return launched().register.names()


def list_running_projects() -> list[str]:
    """Return the names of the projects that were set and since then neither suspended nor shut down."""
    return launched().register.names(is_running=True)


def memory_of(store: OmegaStore) -> OmegaStore:
    """Return the store of the working copies of a project, by the project's store, in any process.

    Raises
    ------
    ConnectionRefusedError
        When the project was deleted.
    """
    return Register(store).memory(store.bucket)


def launched() -> Session:
    """Return the session.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched.
    """
    if _session is None:
        raise NoProject("no engine was launched; call om.engine.launch() first")
    return _session


def opened() -> tuple[OmegaStore, Runtime]:
    """Return the store of the project that is set, and the runtime.

    Raises
    ------
    ConnectionRefusedError
        When none is set, or it was deleted.
    """
    session = launched()
    if session.project is None:
        raise NoProject("no project is set; call om.engine.set_project(name) first")
    session.register.epoch(session.project)
    return session.store(session.project), session.runtime
