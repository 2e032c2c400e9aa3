"""Edit: rows of a stored frame changed, added or deleted by a key or a condition, as one new version.

The rows that are touched travel: they are read, changed as a frame, and written anew by the codecs, so that every
dtype stays exact and widens as an append would widen it. All other rows are copied by the server, as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.audit import ids, with_ids
from omegastore.codecs.documents import Documents
from omegastore.codecs.fields import fields
from omegastore.codecs.frame import CHUNK_ROWS, Prepared, describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import FrameSchema
from omegastore.codecs.widen import widen
from omegastore.errors import UnsupportedObject
from omegastore.payload import BATCH_BITS, batches
from omegastore.query import Q, compile_filter
from omegastore.rewrite import Rewritten, Stored

if TYPE_CHECKING:
    from omegastore.catalog import Doc
    from omegastore.storage import Storage

LISTED = 50_000
"""Rows up to which those that are replaced are told by a list; more are looked up by the server."""
Chunk = Callable[[int], Documents]
Condition = Mapping[str, Any]


class Frame(Stored):
    """A stored frame that is edited; the parameters are those of `Stored`.

    Raises
    ------
    UnsupportedObject
        When the rows are not those of a frame.
    """

    kinds: ClassVar[tuple[str, ...]] = ("pandas.dfrows",)

    def __init__(self, storage: Storage, document: Doc) -> None:
        super().__init__(storage, document)
        if document["kind"] not in self.kinds:
            raise UnsupportedObject(f"{self.name!r} is of kind {document['kind']!r}; edits take {list(self.kinds)}")
        self.schema = FrameSchema.from_document(document["kind_meta"])

    def condition(self, filter: Mapping[str, object], q: Q | None) -> dict[str, Any]:
        """Return the compiled condition on columns and index levels."""
        return compile_filter(filter, q, fields(self.schema))

    def read(self, condition: Condition | None, columns: Sequence[int] | None = None) -> Iterator[Part]:
        """Yield the rows that meet `condition`, with their ids."""
        paths = None
        if columns is not None:
            entries = [*self.schema.index.levels, *(self.schema.columns[at] for at in columns)]
            paths = [*dict.fromkeys(entry.field for entry in entries), EXTRAS]
        for documents in self.rows.read(condition, paths, batch_size=CHUNK_ROWS):
            frame = decode(iter([documents]), self.schema, columns, whole=False)
            assert isinstance(frame, pd.DataFrame)
            yield Part(ids(documents), frame)


class Either(Frame):
    """A stored frame or series."""

    kinds = ("pandas.dfrows", "pandas.serows")


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a stored frame."""

    ids: NDArray[np.int64]
    frame: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Touched:
    """Which rows are replaced."""

    count: int
    conditions: Sequence[Condition]
    """Each selects some of them, in the order of rows."""
    others: Callable[[str], Sequence[Mapping[str, Any]]]
    """Takes the collection of the new rows, and returns the stages that leave the old ones out."""


def deletion(stored: Frame, condition: dict[str, Any]) -> Rewritten | None:
    """Return how the rows that meet `condition` are deleted; None if there are none."""
    gone, total = stored.rows.count(condition), stored.rows.count()
    if not gone:
        return None
    index = replace(stored.schema.index, steps=None, freq=None, edges=None)  # as df[mask] has it
    schema = replace(stored.schema, index=index, rows=total - gone)
    return Rewritten(lambda _: [{"$match": {"$nor": [condition]}}], total - gone, schema.to_document)


def replacement(
    stored: Frame,
    touched: Touched,
    change: Callable[[Part], pd.DataFrame],
    fresh: pd.DataFrame | None = None,
) -> Rewritten:
    """Return how the touched rows are replaced by what `change` makes of them, and `fresh` ones added.

    Raises
    ------
    UnsupportedValue, SchemaMismatch
        For values that cannot be kept, or do not go together with the rows that stay; before anything is written.
    """
    widening = Widening(stored.schema)
    parts = (Part(part.ids, change(part)) for each in touched.conditions for part in stored.read(each))
    first = next(parts, None)
    # what the first part shows the others have: dtypes and columns are theirs too
    encoded = None if first is None else widening.replaced(first)
    added = describe(fresh) if fresh is not None else None
    if added is not None:
        widen(widening.schema, added)
    last = max((each.last for each in batches(stored.document["payload"])), default=-1)

    def chunks() -> Iterator[Chunk]:
        if encoded is not None:
            yield from encoded
        for part in parts:
            yield from widening.replaced(part)
        if added is not None:
            yield from widening.added(added, (last + 1) << BATCH_BITS)

    def stages(target: str) -> list[Mapping[str, Any]]:
        return [*touched.others(target), {"$unionWith": target}]

    count = stored.rows.count() + (0 if fresh is None else len(fresh))
    return Rewritten(stages, count, lambda: widening.schema.to_document(), chunks())


class Widening:
    """The schema of a stored frame while rows are replaced and added.

    Parameters
    ----------
    schema : FrameSchema
        That of the stored frame.
    """

    def __init__(self, schema: FrameSchema) -> None:
        self.schema = schema

    def replaced(self, part: Part) -> list[Chunk]:
        """Return the rows, which stand in the place of stored ones, encoded."""
        before = self.schema
        wider, fitted = widen(replace(before, unique_labels=False), describe(_plain(part.frame)))
        pairs = zip(before.index.levels, wider.index.levels, strict=True)
        levels = tuple(replace(old, codecs=new.codecs) for old, new in pairs)
        # labels of rows, and attrs, are not what is edited
        self.schema = replace(
            before, columns=wider.columns, index=replace(before.index, levels=levels), era=wider.era
        )
        return [partial(_encode, fitted, part.ids, start, stop) for start, stop in fitted.chunks()]

    def added(self, prepared: Prepared, first: int) -> Iterator[Chunk]:
        """Yield the rows, which come after the stored ones, encoded."""
        self.schema, fitted = widen(self.schema, prepared)
        numbers = np.arange(first, first + len(prepared), dtype=np.int64)
        return iter([partial(_encode, fitted, numbers, start, stop) for start, stop in fitted.chunks()])


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame if frame.flags.allows_duplicate_labels else frame.set_flags(allows_duplicate_labels=True)


def _encode(prepared: Prepared, numbers: NDArray[np.int64], start: int, stop: int, _: int) -> Documents:
    return with_ids(prepared.encode(start, stop, 0), numbers[start:stop])


def touched_by(stored: Frame, condition: dict[str, Any]) -> Touched:
    """Return the rows that meet `condition` as those to replace."""
    wanted = condition or {"_id": {"$gte": 0}}
    return Touched(stored.rows.count(wanted), [wanted], lambda _: [{"$match": {"$nor": [wanted]}}])


def touched_at(numbers: NDArray[np.int64]) -> Touched:
    """Return the rows of some `_id`, which are in order, as those to replace."""

    def listed(some: NDArray[np.int64]) -> Condition:
        # the range keeps the server from looking at all rows for the list
        return {"_id": {"$gte": int(some[0]), "$lte": int(some[-1]), "$in": some.tolist()}}

    def others(target: str) -> Sequence[Mapping[str, Any]]:
        if len(numbers) <= LISTED:
            return [{"$match": {"_id": {"$nin": numbers.tolist()}}}]
        found = {"from": target, "localField": "_id", "foreignField": "_id", "as": "_idx#"}
        return [{"$lookup": found}, {"$match": {"_idx#": []}}, {"$unset": "_idx#"}]

    runs = [numbers[at : at + CHUNK_ROWS] for at in range(0, len(numbers), CHUNK_ROWS)]
    return Touched(len(numbers), [listed(run) for run in runs], others)
