"""Session: the engine that was launched and the project that is set, in this process.

A project is a bucket and an entry in a register, so that empty projects count.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from omegastore.config import Settings
from omegastore.engine.runtime import Runtime
from omegastore.errors import ServerUnavailable
from omegastore.naming import check_bucket
from omegastore.store import OmegaStore

REGISTER = "omegastore-projects"
"""The bucket whose objects are the projects."""


@dataclass
class Session:
    """What `launch` and `set_project` have chosen."""

    url: str | None
    runtime: Runtime
    project: str | None = None

    def store(self, bucket: str) -> OmegaStore:
        """Return the store of a bucket."""
        return OmegaStore(self.url, bucket=bucket)


_session: Session | None = None
_lock = threading.Lock()


def launch(url: str | None = None, runtime: str | int | Executor = 1) -> None:
    """Connect to a server, or start or join the embedded one; again with others to change them.

    Parameters
    ----------
    url : str, optional
        A MongoDB URI, passed to the driver unchanged. Default: ``OMEGA_MONGO_URL``, else the embedded server.
    runtime : str, int or Executor
        Where fits and predictions run: the address of a Dask scheduler, a number of processes of this machine, or an
        executor.

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
    made = Runtime(runtime, {name: value for name, value in environ.items() if value is not None})
    session = Session(url, made)
    connection = session.store(REGISTER).storage.connection
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
        _session.store(REGISTER).storage.connection.now()
    except ServerUnavailable:
        return False
    return True


def shutdown() -> None:
    """End the workers and forget the project; a server that others use goes on."""
    global _session
    with _lock:
        before, _session = _session, None
    if before is not None:
        before.runtime.close()


def set_project(name: str) -> None:
    """Set the project that all handles of this process are made in; it is created on first use.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched.
    TypeError, ValueError
        For what is no name.
    """
    session = launched()
    if not isinstance(name, str):
        raise TypeError(f"set_project({name!r}): a project has a name, which is a text")
    if not name or name == REGISTER:
        raise ValueError(f"set_project({name!r}): no project can have this name")
    check_bucket(name)
    register = session.store(REGISTER)
    if not register.exists(name):
        register.put({"project": name}, name, kind="python.object")
    session.project = name


def restart_project() -> None:
    """Lose the working copies of the project that is set; what was saved stays."""
    session = launched()
    store = memory()
    assert session.project is not None
    register = session.store(REGISTER)
    found: Any = register.metadata(session.project)
    found.attributes["epoch"] = found.attributes.get("epoch", 0) + 1
    found.save()
    names: Any = store.list(hidden=True, include_temp=True)
    for each in names:
        store.drop(each, force=True)


def memory() -> OmegaStore:
    """Return the store of the working copies of the project that is set.

    Raises
    ------
    ConnectionRefusedError
        When none is set.
    """
    return memory_of(opened()[0])


def memory_of(store: OmegaStore) -> OmegaStore:
    """Return the store of the working copies of a project, by the project's store, in any process."""
    connection = store.storage.connection
    register = OmegaStore(connection, bucket=REGISTER, defaults=store.defaults)
    found: Any = register.metadata(store.bucket)
    epoch = 0 if found is None else found.attributes.get("epoch", 0)
    return OmegaStore(connection, bucket=store.bucket, prefix=f"_memory/{epoch}/", defaults=store.defaults)


def list_projects() -> list[str]:
    """Return the names of the projects."""
    found: Any = launched().store(REGISTER).list(hidden=True, include_temp=True)
    return list(found)


def delete_project(name: str) -> None:
    """Delete a project with all that is in it; silent where there is none."""
    session = launched()
    if name not in list_projects():
        return
    for store in (session.store(name), memory_of(session.store(name))):
        found: Any = store.list(hidden=True, include_temp=True)
        for each in found:
            store.drop(each, force=True)
    session.store(REGISTER).drop(name, force=True)
    if session.project == name:
        session.project = None


def launched() -> Session:
    """Return the session.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched.
    """
    if _session is None:
        raise ConnectionRefusedError("no engine was launched; call om.engine.launch() first")
    return _session


def opened() -> tuple[OmegaStore, Runtime]:
    """Return the store of the project that is set, and the runtime.

    Raises
    ------
    ConnectionRefusedError
        When none is set.
    """
    session = launched()
    if session.project is None:
        raise ConnectionRefusedError("no project is set; call om.engine.set_project(name) first")
    return session.store(session.project), session.runtime
