"""Reservation: a name that one process holds free and another one, which does the work, puts an object under.

The process that asks for the work announces the put, renews its lease while it waits, and hands a ticket on. Only the
ticket's write can be committed, and no more once the reservation is over: a worker that was given up and goes on all
the same gets `Aborted`, and what it had written is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bson.objectid import ObjectId

from omegastore.heartbeat import Heartbeat
from omegastore.metadata import Metadata
from omegastore.naming import check_name
from omegastore.storage import Sources, Storage
from omegastore.write import Write
from omegastore.writer import Request, Writer


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a worker needs to put the object that was asked for; it can be pickled."""

    name: str
    kind: str | None
    vid: ObjectId

    def redeem(
        self,
        storage: Storage,
        sources: Sources,
        obj: Any,
        attributes: Mapping[str, Any] | None = None,
        expect: int | None = None,
    ) -> Metadata:
        """Put the object under the reserved name.

        Parameters
        ----------
        storage : Storage
            Of the store that the name was reserved in.
        sources : tuple of ObjectSource
            What a backend may read other objects from.
        obj : object
            What the kind keeps.
        attributes : mapping, optional
            The user's part of Metadata.
        expect : int, optional
            The version that is replaced.

        Raises
        ------
        Aborted
            When the reservation is over.
        Conflict
            When another version is there.
        """
        writer, request = Writer(storage, sources), Request(obj, self.name, attributes, True, expect)
        backend, made = writer.check(request, self.kind, {})
        with writer.open(request, backend, made) as write:
            write.adopt(self.vid)
            return writer.done(self.name, write.commit(writer.draft(write, request, backend, made)))


class Reservation:
    """Holds a name while it is used as a context manager; at its end, a put that has not been done never will be.

    Parameters
    ----------
    storage : Storage
        Of the store.
    name : str
        What it is going to be called.
    kind : str, optional
        How it is going to be stored; default: by its type.
    """

    def __init__(self, storage: Storage, name: str, kind: str | None = None) -> None:
        self._name, self._kind, settings = check_name(name), kind, storage.settings
        # this process writes no payload: the kind and the file's name are the worker's
        self._write = Write(storage.catalog, name, kind or "", name, settings)
        self._heartbeat = Heartbeat(settings.OMEGA_STORE_LEASE / 3, [self._write])

    def __enter__(self) -> Ticket:
        ticket = Ticket(self._name, self._kind, self._write.share())
        self._heartbeat.__enter__()
        return ticket

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.__exit__(kind, error, trace)
        self._write.__exit__(kind, error, trace)
