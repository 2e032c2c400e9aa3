"""Copies: a frame's working copy, which all clients share, and its saved one.

Both are objects of a store: the working copy under a prefix that a restart of the project leaves behind, the saved
one under its plain name. So every change is a version, made by one compare-and-set, and readers never see a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from omegastore import naming
from omegastore.data import roles as known
from omegastore.data.note import ROLES, Note, Notes, to_attributes
from omegastore.engine import session
from omegastore.errors import Conflict, Frozen, InvalidName, NoFrame, VersionGone
from omegastore.flip import NOBODY
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata
from omegastore.store import OmegaStore

T = TypeVar("T")
FROZEN, CHANGED = "frozen", "changed"
KIND = "pandas.dfrows"
TRIES = 50
"""Times that something is tried again because a change was faster."""


class Copies:
    """The working copy of a frame and the saved one, by its name in the project that is set.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched, or no project is set.
    InvalidName
        For what is no name.
    """

    def __init__(self, name: str) -> None:
        self.name, self._disk = _checked(name), session.opened()[0]

    @classmethod
    def of(cls, store: OmegaStore, name: str) -> Self:
        """Return the handle of a frame of the project of a store, whatever project is set."""
        made = cls.__new__(cls)
        made.name, made._disk = _checked(name), store
        return made

    @classmethod
    def beside(cls, other: Copies, name: str) -> Self:
        """Return the handle of a frame in the project of another one, whatever project is set."""
        return cls.of(other._disk, name)

    @property
    def project(self) -> str:
        """The name of the project that it belongs to."""
        return self._disk.bucket

    @property
    def _memory(self) -> OmegaStore:
        """The store of the working copies, which is another one after a restart of the project."""
        return session.memory_of(self._disk)

    def _meta(self) -> Metadata | None:
        return self._memory.metadata(self.name)

    def _saved(self) -> Metadata | None:
        meta = self._disk.metadata(self.name)
        return meta if meta is not None and meta.kind == KIND else None

    def _found(self) -> Metadata:
        meta = self._meta()
        if meta is None:
            raise self._absent()
        return meta

    def _absent(self) -> NoFrame:
        hint = "it is saved: load() it" if self._saved() is not None else "there is no saved one either"
        return NoFrame(f"frame {self.name!r} of project {self.project!r} has no working copy; {hint}")

    def _pinned(self) -> tuple[Metadata, MDataFrame]:
        """Return what is known of the working copy, and its rows of the same moment."""
        return self._pinned_in(self._memory)

    def _pinned_in(self, store: OmegaStore) -> tuple[Metadata, MDataFrame]:
        def step() -> tuple[Metadata, MDataFrame]:
            meta = store.metadata(self.name)
            if meta is None:
                raise self._absent()
            return meta, store.getl(self.name, version=meta.version)

        return self._repeated(step)

    def _change(self, change: Callable[[Metadata, MDataFrame], tuple[Any, Mapping[str, Any]]]) -> None:
        """Replace rows and attributes together by what `change` makes of them, again when others were faster."""

        def step() -> None:
            meta, rows = self._pinned()
            self._refuse_frozen(meta)
            made, attributes = change(meta, rows)
            self._put(made, attributes, append=False, expect=meta.version)

        self._repeated(step)

    def _replace(self, rows: Any, attributes: Mapping[str, Any]) -> None:
        """Make rows the working copy, in place of the one that is there unless that is frozen."""

        def step() -> None:
            # of a name that was dropped, what is left tells how its versions are numbered
            there = self._memory.storage.catalog.read(self.name) or NOBODY
            before = self._meta()
            if before is not None:
                self._refuse_frozen(before)
            self._put(rows, attributes, append=False, expect=there["rev"])

        self._repeated(step, rows)

    def _append(self, rows: Any, follow: Callable[[Any, Metadata, MDataFrame], Any]) -> None:
        """Append what `follow` makes of rows that are to follow those of the working copy."""

        def step() -> None:
            meta, before = self._pinned()
            self._refuse_frozen(meta)
            self._put(follow(rows, meta, before), {}, append=True, expect=meta.version)

        self._repeated(step, rows)

    def _note(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the attributes by one compare-and-set, again when others were faster."""

        def step() -> None:
            meta = self._found()
            self._refuse_frozen(meta)
            change(meta.attributes)
            meta.save()

        self._repeated(step)

    def _put(self, rows: Any, attributes: Mapping[str, Any], append: bool, expect: int) -> None:
        self._memory.put(rows, self.name, stamped(attributes), append=append, expect=expect)

    def _repeated(self, step: Callable[[], T], rows: object = None) -> T:
        """Do a step again when others were faster; not where it takes rows of an iterator, which are read by then."""
        for _ in range(1 if isinstance(rows, Iterator) else TRIES):
            try:
                return step()
            except (Conflict, VersionGone):
                continue
        raise Conflict(f"frame {self.name!r} of project {self.project!r} was changed by others meanwhile; try again")

    def _refuse_frozen(self, meta: Metadata) -> None:
        if meta.attributes.get(FROZEN):
            raise Frozen(f"frame {self.name!r} of project {self.project!r} is frozen; it is not changed, copy() it")


def described(meta: Metadata, rows: MDataFrame) -> Mapping[str, Any]:
    """Return the attributes of a frame; columns of an object that was put without roles are unused."""
    if ROLES in meta.attributes:
        return meta.attributes
    return attributes_of({name: Note(role) for name, role in known.unused(rows.dtypes).items()})


def attributes_of(notes: Notes) -> dict[str, Any]:
    """Return the attributes of a frame whose columns have these notes."""
    return {**to_attributes(notes), FROZEN: False}


def stamped(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes with what tells other rows from those before; it is saved and loaded with them."""
    return {CHANGED: datetime.now(UTC).isoformat(), **attributes}


def _checked(name: object) -> str:
    """Return a name that a frame may have: objects whose names begin with a dot or underscore are no user's."""
    found = naming.check_name(name)
    if naming.is_hidden(found) or naming.is_temporary(found):
        raise InvalidName(f"a frame is not called {found!r}: names that begin with '.' or '_' are hidden ones")
    return found
