"""Any collection as rows: its columns are those of a sample, and the layout of stored frames is recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import bson

from omegastore.codecs.column import Cells
from omegastore.codecs.column_sampled import Sampled
from omegastore.codecs.column_text import values_of_objects
from omegastore.codecs.documents import Documents
from omegastore.codecs.label import ERA, EXTRAS, index_of
from omegastore.codecs.schema import BSON, Entry, FrameSchema, IndexSchema
from omegastore.mdataframe.plan import Plan, Stage

SAMPLE = 1000
"""Documents that are looked at to learn the columns."""
_LEVEL = re.compile(r"_idx#(\d+)_(.*)", re.DOTALL)


class CollectionRows:
    """The documents of any collection as the source of a plan; it is only read.

    Parameters
    ----------
    collection : pymongo Collection
        Of any client.
    is_numbered : bool
        Whether the `_id` are integers.
    collections : object with ``collection_of``, optional
        Where a process that this is sent to finds the collection.
    """

    def __init__(self, collection: Any, *, is_numbered: bool = False, collections: Any = None) -> None:
        self.collection, self.is_numbered, self._collections = collection, is_numbered, collections
        self.visible: dict[str, Any] = {}
        self.is_clustered = False

    def __reduce__(self) -> tuple[Any, ...]:
        if self._collections is None:
            raise TypeError(
                f"a lazy frame over the collection {self.collection.name!r} would take its client along, and what "
                "that knows of passwords; store.put(collection, name), and send store.getl(name)"
            )
        return _revived, (self._collections, self.collection.name, self.is_numbered)

    def read(
        self,
        filter: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
        batch_size: int = 20_000,
    ) -> Iterator[Documents]:
        """Yield the documents that `filter` selects, in the order of their `_id`."""
        if limit == 0:
            return
        projection = dict.fromkeys(fields, 1) if fields is not None else None
        with self.collection.find_raw_batches(
            filter or {}, projection,
            sort=[("_id", 1)], skip=skip, limit=limit or 0, batch_size=batch_size, allow_disk_use=True,
        ) as cursor:  # fmt: skip
            yield from map(Documents.cut, cursor)

    def aggregate(self, pipeline: Sequence[Stage], *, batch_size: int = 20_000) -> Iterator[Documents]:
        """Yield what an aggregation over the documents returns."""
        with self.collection.aggregate_raw_batches(list(pipeline), batchSize=batch_size, allowDiskUse=True) as cursor:
            yield from map(Documents.cut, cursor)

    def committed(self, pipeline: Sequence[Stage]) -> list[Stage]:
        """Return `pipeline`: all documents count."""
        return list(pipeline)

    def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """Return how many documents `filter` selects."""
        return int(self.collection.count_documents(filter or {}))


def _revived(collections: Any, name: str, is_numbered: bool) -> CollectionRows:
    return CollectionRows(collections.collection_of(name), is_numbered=is_numbered, collections=collections)


def sampled(collection: Any, collections: Any = None) -> Plan:
    """Return the plan of all documents of `collection`, with the columns of its first thousand.

    `collections` is where another process finds the collection.

    Documents that the store wrote are read as the rows of a frame: ``_idx#...`` are index levels, and ``_id`` and
    what stands beside the natural values are no columns. Without Metadata their dtypes are those that pandas infers.
    """
    found = list(collection.with_options(codec_options=BSON).find({}, sort=[("_id", 1)], limit=SAMPLE))
    names: dict[str, None] = {}
    for document in found:
        names.update(dict.fromkeys(document))
    levels = sorted((name for name in names if _LEVEL.fullmatch(name)), key=_level)
    hidden = {*levels, "_id", EXTRAS, ERA} if levels else set[str]()
    columns = [name for name in names if name not in hidden]
    index = IndexSchema(
        levels=tuple(_entry(name, found) for name in levels),
        names=tuple(_name(name) for name in levels) or (None,),
        is_multi=len(levels) > 1,
    )
    labels = index_of(values_of_objects(list(columns)), None).infer_objects()
    entries = tuple(_entry(name, found) for name in columns)
    schema = FrameSchema(False, labels, entries, index, 0, ({}, None))
    is_numbered = all(type(document["_id"]) in (int, bson.Int64) for document in found)
    rows = CollectionRows(collection, is_numbered=is_numbered and bool(found), collections=collections)
    # numbering all documents before each filter would read them all
    return Plan(rows, schema, fields=frozenset(entry.field for entry in schema.entries), has_labels=False)


def _level(name: str) -> int:
    match = _LEVEL.fullmatch(name)
    assert match is not None
    return int(match[1])


def _name(name: str) -> str | None:
    match = _LEVEL.fullmatch(name)
    assert match is not None
    return match[2] or None


def _entry(name: str, found: list[dict[str, Any]]) -> Entry:
    extras = {at: each[EXTRAS][name] for at, each in enumerate(found) if _has_extra(each, name)}
    values = Sampled().array(Cells([document.get(name) for document in found], extras))
    codec = Sampled(values.dtype)
    return Entry(name, ((0, codec),), codec, "some")


def _has_extra(document: dict[str, Any], name: str) -> bool:
    extras = document.get(EXTRAS)
    return isinstance(extras, dict) and name in extras
