"""Register: the projects of a server, and the epoch of each, which its working copies belong to.

A project is a bucket and an entry, so that empty ones count. A restart is a new epoch: what stood in memory is not
found any more, whoever looks, and is dropped. Epochs are drawn, not counted: no project ever has one twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import time
from collections.abc import Callable
from typing import Any

from omegastore.errors import Conflict, DoesNotExist, NoProject
from omegastore.flip import NOBODY
from omegastore.metadata import Metadata
from omegastore.store import OmegaStore

BUCKET = "omegastore-projects"
"""The bucket whose objects are the projects."""
MEMORY = "_memory/"
"""What the prefixes of working copies begin with; an epoch follows."""
EPOCH, IS_RUNNING = "epoch", "running"
KEPT = 1
"""Displaced versions of a working copy that stay for who has begun to read them."""
TRIES = 50
PATIENCE = 10.0
"""Seconds that a project is waited for that somebody else is deleting."""


class Register:
    """The projects of a server.

    Parameters
    ----------
    store : OmegaStore
        Any store of the server.
    """

    def __init__(self, store: OmegaStore) -> None:
        self._store = OmegaStore(store.storage.connection, bucket=BUCKET, defaults=store.defaults)

    def names(self, is_running: bool | None = None) -> list[str]:
        """Return the names of the projects, sorted; of those that are running, or not, where that is asked for."""
        found: Any = self._store.list(raw=True, hidden=True, include_temp=True)
        kept = [each for each in found if each.attributes.get(EPOCH)]
        return [each.name for each in kept if is_running in (None, each.attributes[IS_RUNNING])]

    def enter(self, name: str) -> None:
        """Make sure that there is a project, and note that it is running.

        Raises
        ------
        Conflict
            When it is being deleted.
        """
        end = time.monotonic() + PATIENCE
        while True:
            rev = (self._store.storage.catalog.read(name) or NOBODY)["rev"]
            entry = self._entry(name)
            with contextlib.suppress(Conflict):  # somebody else was faster; what they did is looked at again
                if entry is None:
                    made = {EPOCH: _fresh(), IS_RUNNING: True}
                    self._store.put({"project": name}, name, made, kind="python.object", expect=rev)
                elif entry.attributes[EPOCH] and not entry.attributes[IS_RUNNING]:
                    entry.attributes[IS_RUNNING] = True
                    entry.save()
                if entry is None or entry.attributes[EPOCH]:
                    return
            if time.monotonic() > end:
                raise Conflict(f"project {name!r} is being deleted; engine.delete_project({name!r}) finishes it")
            time.sleep(0.05)

    def epoch(self, name: str) -> str:
        """Return the epoch of a project.

        Raises
        ------
        NoProject
            When there is none, since it was deleted.
        """
        entry = self._entry(name)
        if entry is None or not entry.attributes[EPOCH]:
            raise NoProject(f"there is no project {name!r} any more; om.engine.set_project({name!r}) makes it anew")
        return str(entry.attributes[EPOCH])

    def renew(self, name: str, is_running: bool) -> None:
        """Begin a new epoch; the working copies of the one before are lost. Silent where there is no project."""
        self._change(name, lambda attributes: attributes.update({EPOCH: _fresh(), IS_RUNNING: is_running}))
        for store in self._stores(name):
            if store.prefix.startswith(MEMORY):
                _empty(store)

    def remove(self, name: str) -> None:
        """Delete a project with all that is in its bucket; silent where there is none."""
        if self._entry(name) is None:
            return
        # from here on it cannot be used, and whoever sets it waits
        self._change(name, lambda attributes: attributes.update({EPOCH: "", IS_RUNNING: False}))
        for snapshot in self._at(name).snapshots().index:
            with contextlib.suppress(DoesNotExist):  # somebody else deletes the project too
                self._at(name).drop_snapshot(str(snapshot))
        for store in self._stores(name):
            _empty(store)
        self._store.drop(name, force=True)

    def memory(self, name: str) -> OmegaStore:
        """Return the store of the working copies of a project as of now."""
        return self._at(name, f"{MEMORY}{self.epoch(name)}/", KEPT)

    def _entry(self, name: str) -> Metadata | None:
        return self._store.metadata(name)

    def _change(self, name: str, edit: Callable[[dict[str, Any]], object]) -> None:
        for _ in range(TRIES):
            entry = self._entry(name)
            if entry is None:
                return
            edit(entry.attributes)
            with contextlib.suppress(Conflict):
                entry.save()
                return
        raise Conflict(f"project {name!r} was changed {TRIES} times by others meanwhile; try again")

    def _stores(self, name: str) -> list[OmegaStore]:
        """Return a store of each prefix of a project's bucket but that of its working copies."""
        catalog, entry = self._at(name).storage.catalog, self._entry(name)
        found = catalog.connection.retry(lambda: list(catalog.collection.distinct("prefix", {"bucket": name})))
        current = f"{MEMORY}{entry.attributes[EPOCH]}/" if entry is not None else None
        return [self._at(name, prefix) for prefix in sorted(found) if prefix != current]

    def _at(self, name: str, prefix: str = "", kept: int | None = None) -> OmegaStore:
        settings = self._store.defaults
        if kept is not None:
            settings = dataclasses.replace(settings, OMEGA_STORE_KEEP_VERSIONS=kept)
        return OmegaStore(self._store.storage.connection, bucket=name, prefix=prefix, defaults=settings)


def _fresh() -> str:
    return secrets.token_hex(6)


def _empty(store: OmegaStore) -> None:
    """Drop all objects of a store, and remove what nobody reads any more."""
    names: Any = store.list(hidden=True, include_temp=True)
    for name in names:
        store.drop(name, force=True)
    store.gc()
