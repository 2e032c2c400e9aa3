"""Lifecycle: a frame's working copy, which all clients share, and its saved one.

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


class Lifecycle:
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
    def beside(cls, other: Lifecycle, name: str) -> Self:
        """Return the handle of a frame in the project of another one, whatever project is set."""
        return cls.of(other._disk, name)

    @property
    def project(self) -> str:
        """The name of the project that it belongs to."""
        return self._disk.bucket

    @property
    def is_in_memory(self) -> bool:
        """Whether there is a working copy."""
        return self._meta() is not None

    @property
    def is_on_disk(self) -> bool:
        """Whether it was saved."""
        return self._saved() is not None

    @property
    def is_frozen(self) -> bool:
        """Whether the working copy is one that is not changed any more."""
        return bool(self._found().attributes.get(FROZEN))

    @property
    def last_change(self) -> datetime:
        """When the rows or columns of the working copy were last changed; aware, UTC."""
        modified = self._found().modified
        assert modified is not None
        return modified

    @property
    def memory_usage(self) -> int:
        """Bytes of the working copy on the server, before compression."""
        return self._found().size

    nbytes = memory_usage
    """The same."""

    def freeze(self) -> None:
        """Refuse all further changes; the flag is saved and loaded with the frame."""
        self._note(lambda attributes: attributes.update({FROZEN: True}))
        # a version that copies nothing: who was about to change the frame finds another one than the expected
        self._memory.restore(self.name, -1)

    def save(self) -> Self:
        """Save the working copy, roles included; the server copies the rows.

        Raises
        ------
        NoFrame
            When there is no working copy.
        Frozen
            When one that is frozen was saved, and the working copy is another one.
        InvalidName
            When the project's store has something else than a frame of this name.
        """
        meta, rows = self._pinned()
        saved = self._disk.metadata(self.name)
        if saved is not None and saved.kind != KIND:
            raise InvalidName(
                f"the store of project {self.project!r} has a {saved.kind!r} of the name {self.name!r}, which is no "
                "frame; drop it, or copy() the frame to another name"
            )
        if saved is not None and saved.attributes.get(FROZEN) and not meta.attributes.get(FROZEN):
            raise Frozen(
                f"frame {self.name!r} was saved frozen; delete() it before another one is saved in its place"
            )
        self._disk.put(rows, self.name, meta.attributes, append=False)
        return self

    def load(self) -> Self:
        """Replace the working copy by the saved one.

        Raises
        ------
        NoFrame
            When it was never saved; the working copy is as it was.
        """
        if not self.is_on_disk:
            raise NoFrame(f"frame {self.name!r} of project {self.project!r} was never saved; there is none to load")
        saved, rows = self._pinned_in(self._disk)
        self._memory.put(rows, self.name, described(saved, rows), append=False)
        return self

    def refresh(self) -> Self:
        """Return the handle, which reads anew what others have changed at each use.

        Raises
        ------
        NoFrame
            When there is no working copy any more.
        """
        self._found()
        return self

    def unload(self) -> None:
        """Drop the working copy; silent where there is none."""
        self._memory.drop(self.name, force=True)

    def delete(self) -> None:
        """Drop the working copy and the saved one; silent where there is none."""
        self.unload()
        if self.is_on_disk:  # what is no frame is the store's
            self._disk.drop(self.name, force=True)

    def exists(self) -> bool:
        """Return whether there is a working copy or a saved one."""
        return self.is_in_memory or self.is_on_disk

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
        hint = "it is saved: load() it" if self.is_on_disk else "there is no saved one either"
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
