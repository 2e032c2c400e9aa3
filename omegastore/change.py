"""Change: one put, drop or tag of a commit; what is to be done before it counts, when, and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol

from omegastore import history, tags, trash
from omegastore.backend import Options
from omegastore.catalog import Catalog, Doc
from omegastore.flip import Draft, Overtaken, flip
from omegastore.heartbeat import Heartbeat
from omegastore.registry import AnyBackend
from omegastore.storage import Storage
from omegastore.write import Write
from omegastore.writer import Request, Writer


class Step(Protocol):
    """One change of one object."""

    @property
    def name(self) -> str:
        """The object."""
        ...

    @property
    def verb(self) -> str:
        """``put``, ``drop``, ``tag`` or ``untag``."""
        ...

    @property
    def tag(self) -> str | None:
        """The tag that is moved, if any."""
        ...

    def prepare(self) -> None:
        """Write what is to become visible; anew when others changed the object meanwhile."""
        ...

    def apply(self, catalog: Catalog, moment: Any) -> Doc:
        """Make the change, through a catalog of the commit, and return the document after it."""
        ...

    def finish(self, document: Doc) -> None:
        """Do what is left when the commit is visible."""
        ...


class Leases:
    """The writes of a commit, whose leases are renewed until its end; a context manager.

    Parameters
    ----------
    pause : float
        Seconds between two renewals.
    """

    def __init__(self, pause: float) -> None:
        self._heartbeat, self._stack = Heartbeat(pause), ExitStack()

    def enter(self, write: Write) -> None:
        """Take a write back at the end, unless it was committed."""
        self._stack.enter_context(write)

    def keep(self, write: Write) -> None:
        """Renew the lease of a write from now on, from another thread."""
        self._heartbeat.add(write)

    def __enter__(self) -> Leases:
        self._heartbeat.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.__exit__(kind, error, trace)
        self._stack.__exit__(kind, error, trace)


class Put:
    """An object that is put or appended.

    Parameters
    ----------
    writer : Writer
        What writes its payload.
    leases : Leases
        Those of the commit.
    request : Request
        What the caller asked for.
    backend : subclass of Backend
        What keeps the object.
    made : Options
        The backend's options.
    """

    verb, tag = "put", None

    def __init__(self, writer: Writer, leases: Leases, request: Request, backend: AnyBackend, made: Options) -> None:
        self._writer, self._leases, self._request = writer, leases, request
        self._backend, self._made, self.name = backend, made, request.name
        self._written: tuple[Write, Draft] | None = None

    def prepare(self) -> None:
        """Write the payload."""
        if self._written is not None and isinstance(self._request.obj, Iterator):
            raise Overtaken(f"{self.name!r} was changed meanwhile, and an iterator cannot be read again")
        write = self._writer.open(self._request, self._backend, self._made)
        self._leases.enter(write)
        self._written = write, self._writer.draft(write, self._request, self._backend, self._made, announce=True)
        self._leases.keep(write)

    def apply(self, catalog: Catalog, moment: Any) -> Doc:
        """Make it the current version."""
        assert self._written is not None
        return flip(catalog, self._written[1], moment)

    def finish(self, document: Doc) -> None:
        """Clean up, and tell the observers."""
        assert self._written is not None
        self._written[0].settle()
        self._writer.done(self.name, document)


@dataclass
class Drop:
    """An object that is dropped."""

    storage: Storage
    writer: Writer
    name: str
    verb: str = "drop"
    tag: str | None = None
    document: Doc | None = None
    """The object as it was."""

    def prepare(self) -> None:
        """Look whether it is there."""
        self.document = self.storage.find(self.name)

    def apply(self, catalog: Catalog, moment: Any) -> Doc:
        """Make it invisible."""
        done = trash.drop(catalog, self.name, moment)
        if done is None:
            raise self.storage.missing(self.name)
        return done

    def finish(self, document: Doc) -> None:
        """Let the backend release what is outside of the store, and tell the observers."""
        assert self.document is not None
        self.writer.release(self.document)


@dataclass(frozen=True)
class Tag:
    """A version that gets a tag, or loses it when `version` is None."""

    storage: Storage
    name: str
    tag: str
    version: int | str | datetime | None

    @property
    def verb(self) -> str:
        """What the log says of it."""
        return "untag" if self.version is None else "tag"

    def prepare(self) -> None:
        """Nothing: the version may be one of this commit."""

    def apply(self, catalog: Catalog, moment: Any) -> Doc:
        """Move the tag."""
        known = catalog.read(self.name)
        if known is None or not history.is_live(known):
            raise self.storage.missing(self.name)
        number = None if self.version is None else catalog.at(known, self.version)["rev"]
        done = tags.move(catalog, self.name, self.tag, number, moment)
        assert done is not None
        return done

    def finish(self, document: Doc) -> None:
        """Nothing is left."""
