"""Kind ``mongo.collection``: a reference to a collection that is in MongoDB already, read as a frame."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.errors import InvalidOption, UnsupportedObject
from omegastore.mdataframe import MDataFrame, sampled
from omegastore.query import Q

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


@dataclass(frozen=True, slots=True)
class ReferenceGetOptions(Options):
    """Keywords of get for kind ``mongo.collection``; others are conditions ``column__op=value``."""

    columns: Sequence[Hashable] | None = None
    filter: Mapping[str, object] | None = None
    q: Q | None = None
    chunksize: int | None = None
    """Return an iterator of frames of so many rows."""


class ReferenceBackend(Backend[Any, Options, ReferenceGetOptions]):
    """Keeps where a collection is; nothing is copied, and dropping the object leaves the collection alone.

    It is read as a frame with a column for each field that the first thousand documents have.

    Examples
    --------
    >>> ReferenceBackend.kind
    'mongo.collection'
    """

    kind = "mongo.collection"
    types = types_of(kind)
    get_options = ReferenceGetOptions
    supports_lazy = True

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a pymongo collection."""
        return f"{type(obj).__module__}.{type(obj).__qualname__}" in cls.types

    def check(self, obj: Any, options: Options) -> None:
        """Raise for a collection of another database, which the store could not reach."""
        here = self.context.collections.collection_of(obj.name).database
        if obj.database.name != here.name:
            raise UnsupportedObject(
                f"the collection {obj.full_name!r} is not in this store's database {here.name!r}; "
                "make a store on that database, or copy the collection"
            )

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Note the name of the collection."""
        meta.collection = obj.name
        return meta

    def get(self, meta: Metadata, options: ReferenceGetOptions) -> Any:
        """Return the documents as a frame, in the order of their `_id`."""
        lazy = self.getl(meta, options)
        if options.chunksize is not None and options.chunksize < 1:
            raise InvalidOption(f"chunksize={options.chunksize} is not positive")
        return lazy.value if options.chunksize is None else lazy.iterchunks(options.chunksize)

    def getl(self, meta: Metadata, options: ReferenceGetOptions) -> MDataFrame:
        """Return the documents as a lazy frame."""
        if isinstance(options.columns, str):
            raise InvalidOption(f"columns={options.columns!r} is not a list; use columns=[{options.columns!r}]")
        collections = self.context.collections
        rows = sampled(collections.collection_of(str(meta.collection)), collections)
        rows = replace(rows, home=self.context.data_store)
        frame = MDataFrame(rows, options.columns, options.filter or {})
        return frame if options.q is None else frame.query(options.q)
