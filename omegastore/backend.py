"""The contract between the store and the classes that keep one kind of object.

The store gives a backend a draft `Metadata` and a `BackendContext`. The backend writes its payload through the
context, notes in ``meta.kind_meta`` what it needs for reading, and returns the draft. It never saves metadata
and never sees names, buckets or other stores: the store's commit makes the payload visible.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from omegastore.blobs import Blobs
    from omegastore.metadata import Metadata
    from omegastore.rows import Rows

T = TypeVar("T")
P = TypeVar("P", bound="Options")
G = TypeVar("G", bound="Options")


@dataclass(frozen=True, slots=True)
class Options:
    """Keywords of one verb of one backend; a subclass adds a field for each."""


class ObjectSource(Protocol):
    """The part of a store that a backend may read other objects through."""

    def get(self, name: str) -> Any:
        """Return the object stored under `name`."""
        ...

    def metadata(self, name: str) -> Metadata | None:
        """Return the Metadata of `name`, or None."""
        ...


class CollectionSource(Protocol):
    """Read-only access to collections that exist in the database."""

    def collection_of(self, name: str) -> Any:
        """Return the pymongo collection of that name."""
        ...


@dataclass(frozen=True, slots=True)
class BackendContext:
    """All that a backend may use for one put, get or drop, and nothing else."""

    rows: Rows
    """The row collection of this version: fresh on put, the stored one on get."""
    blobs: Blobs
    """The GridFS files of this version: fresh on put, the stored ones on get."""
    collections: CollectionSource
    """Existing collections of the database, for references to them."""
    make_tmppath: Callable[[], Path]
    """Makes the folder for temporary files on first use."""
    model_store: ObjectSource | None = None
    data_store: ObjectSource | None = None

    @property
    def tmppath(self) -> Path:
        """A folder for temporary files; it goes with the store."""
        return self.make_tmppath()


class Backend(ABC, Generic[T, P, G]):
    """Keeps objects of one kind.

    A subclass sets `kind` and writes `put` and `get`; all else has a default. An instance serves one operation.

    Parameters
    ----------
    context : BackendContext
        The payload of the version that is written or read.
    """

    kind: ClassVar[str]
    """The name of the kind, such as ``"pandas.dfrows"``."""
    types: ClassVar[tuple[str, ...]] = ()
    """Qualified names of the types that it keeps, such as ``"pandas.DataFrame"``."""
    put_options: ClassVar[type[Options]] = Options
    get_options: ClassVar[type[Options]] = Options
    executes_code: ClassVar[bool] = False
    """Whether reading the payload can run code, so that it must be signed."""
    supports_append: ClassVar[bool] = False
    supports_lazy: ClassVar[bool] = False

    def __init__(self, context: BackendContext) -> None:
        self.context = context

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` can be kept, found by its type, by a probe or by ``kind=``.

        Unless it is written anew: whether one of `types` is its class or one that it derives from.
        """
        names = {f"{base.__module__}.{base.__qualname__}" for base in type(obj).__mro__}
        return not cls.types or not names.isdisjoint(cls.types)

    def check(self, obj: T, options: P) -> None:
        """Raise for what cannot be kept; called before anything is written, on the instance that will `put`.

        What is worked out here may be kept on the instance for `put`.
        """

    @abstractmethod
    def put(self, obj: T, meta: Metadata, options: P) -> Metadata:
        """Write the payload of `obj` and return `meta` completed."""

    @abstractmethod
    def get(self, meta: Metadata, options: G) -> T:
        """Read the payload that `meta` describes."""

    def needs_trust(self, meta: Metadata) -> bool:
        """Return whether reading this payload can run code."""
        return self.executes_code

    def drop(self, meta: Metadata) -> None:
        """Release what lies outside of the payload; the payload itself is removed by the store."""

    def getl(self, meta: Metadata, options: G) -> Any:
        """Return a lazy frame over the payload."""
        raise TypeError(f"kind {self.kind!r} has no lazy form; use get()")


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """A backend that is known but not imported."""

    kind: str
    types: tuple[str, ...]
    target: str | type[Backend[Any, Any, Any]]
    """The class, or ``"module:Class"``."""
    extra: str | None = None
    """The extra of omegastore that installs what the backend imports."""
    probe: Callable[[object], bool] | None = None
    """Cheap test for objects whose type is not listed; it imports nothing."""
    keyword: str | None = None
    """A keyword of put() that chooses this kind, for objects of `types`, such as ``groupby``."""
