"""Kind ``mongo.collection``: a reference to a collection that is in MongoDB already, read as a frame."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.errors import InvalidOption, UnknownColumn, UnsupportedObject
from omegastore.mdataframe import MDataFrame, Selection
from omegastore.query import Field, Q, compile_filter, natural

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

SAMPLE = 1000
"""Documents that are looked at to learn the columns."""


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

    def get(self, meta: Metadata, options: ReferenceGetOptions) -> pd.DataFrame | Iterator[pd.DataFrame]:
        """Return the documents as a frame, in the collection's order."""
        lazy = self.getl(meta, options)
        return lazy.value if options.chunksize is None else lazy.iterchunks(options.chunksize)

    def getl(self, meta: Metadata, options: ReferenceGetOptions) -> MDataFrame:
        """Return the documents as a lazy frame."""
        columns = None if options.columns is None else tuple(options.columns)
        source = CollectionSource(self.context.collections.collection_of(str(meta.collection)))
        return MDataFrame(source, Selection(columns, ((options.filter or {}, options.q),)))


class CollectionSource:
    """The documents of any collection as the rows of a lazy frame.

    Parameters
    ----------
    collection : pymongo Collection
        It is only read.
    """

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        found: dict[str, None] = {}
        for document in collection.find({}, limit=SAMPLE):
            found.update(dict.fromkeys(document))
        self.labels: Sequence[Hashable] = [*found]
        """The fields of the sampled documents."""
        self._fields = {name: Field(name, natural, nested=True) for name in found}

    def check(self, selection: Selection) -> None:
        """Raise UnknownColumn, or for a condition that cannot be asked."""
        missing = [each for each in selection.columns or () if each not in self._fields]
        if missing:
            raise UnknownColumn(f"{missing} not in the fields {list(self._fields)} of {self._collection.name!r}")
        self._filter(selection)

    def read(self, selection: Selection) -> pd.DataFrame:
        """Return the documents of `selection` as a frame."""
        return self._frame(self._find(selection), selection)

    def chunks(self, selection: Selection, chunksize: int) -> Iterator[pd.DataFrame]:
        """Yield the documents of `selection` as frames of `chunksize` rows."""
        if chunksize < 1:
            raise InvalidOption(f"chunksize={chunksize} is not positive")
        waiting: list[dict[str, Any]] = []
        for document in self._find(selection):
            waiting.append(document)
            if len(waiting) == chunksize:
                yield self._frame(waiting, selection)
                waiting = []
        if waiting:
            yield self._frame(waiting, selection)

    def count(self, selection: Selection) -> int:
        """Return how many documents meet the conditions."""
        return int(self._collection.count_documents(self._filter(selection)))

    def _find(self, selection: Selection) -> Any:
        if selection.limit == 0:
            return []
        fields = {"_id": 0, **dict.fromkeys(selection.columns, 1)} if selection.columns else None
        return self._collection.find(self._filter(selection), fields, skip=selection.skip, limit=selection.limit or 0)

    def _frame(self, documents: Any, selection: Selection) -> pd.DataFrame:
        rows = list(documents)
        return pd.DataFrame(rows, columns=list(self.labels if selection.columns is None else selection.columns))

    def _filter(self, selection: Selection) -> dict[str, Any]:
        found = [compile_filter(conditions, q, self._fields) for conditions, q in selection.conditions]
        return {"$and": found} if any(found) else {}
