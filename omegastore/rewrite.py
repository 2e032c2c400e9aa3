"""Rewrite: a new version of stored rows that the server copies, all but the rows that are changed on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from omegastore import naming
from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import Conflict, Corrupt, UnsupportedObject
from omegastore.fill import Order
from omegastore.metadata import Metadata
from omegastore.rows import Rows
from omegastore.storage import Storage
from omegastore.write import Write
from omegastore.writer import ATTEMPTS, Writer

S = TypeVar("S", bound="Stored")


class Stored:
    """An object of rows as it stood when the rewrite began.

    Parameters
    ----------
    storage : Storage
        Where it is.
    document : dict
        Its document.
    """

    def __init__(self, storage: Storage, document: Doc) -> None:
        self.name: str = document["name"]
        self.document = document
        self.rows = Rows(storage.connection, document["payload"])


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a rewrite does."""

    stages: Callable[[str], Sequence[Mapping[str, Any]]]
    """Takes the name of the fresh collection and returns the stages over the visible rows."""
    count: int
    """How many rows there will be."""
    describe: Callable[[], Doc]
    """Returns the backend's part of Metadata; called when all is written."""
    start: Iterable[Callable[[int], Documents]] = ()
    """Rows that go to the fresh collection before the stages run, as `Rows.fill` takes them."""
    order: Order = ()
    """As for `Rows.fill`."""


def rewrite(
    storage: Storage,
    name: str,
    view: Callable[[Storage, Doc], S],
    plan: Callable[[S], Rewritten | None],
    expect: int | None = None,
) -> Metadata:
    """Make the rows that `plan` returns the next version of an object; anew when others were faster.

    Parameters
    ----------
    storage : Storage
        Where the object is.
    name : str
        The object.
    view : callable
        Makes of the storage and the document what `plan` takes.
    plan : callable
        Checks the change against what is stored, and returns what is to be done, or None for nothing.
    expect : int, optional
        The version that must be the current one.

    Raises
    ------
    DoesNotExist
        When there is no such object.
    UnsupportedObject
        When it is not stored as rows.
    Conflict
        When `expect` is not the current version, or others kept changing the object.
    """
    naming.check_name(name)
    for _ in range(ATTEMPTS):
        document = storage.find(name)
        if expect is not None and document["rev"] != expect:
            raise Conflict(f"{name!r} is at version {document['rev']}, not at {expect}")
        if document["payload"].get("where") != "rows":
            raise UnsupportedObject(f"{name!r} is of kind {document['kind']!r}, which is not stored as rows")
        stored = view(storage, document)
        try:
            rewritten = plan(stored)
            if rewritten is None:
                return storage.metadata(document)
            return Writer(storage, (None, None)).done(name, _write(storage, stored, rewritten))
        except (Conflict, Corrupt):
            if expect is not None or storage.find(name)["rev"] == document["rev"]:
                raise
    raise Conflict(f"{name!r} was changed {ATTEMPTS} times while it was rewritten")


def _write(storage: Storage, stored: Stored, rewritten: Rewritten) -> Doc:
    """Write and commit."""
    document = stored.document
    with Write(storage.catalog, stored.name, document["kind"], "", storage.settings) as write:
        write.hold()
        stages = [{"$match": stored.rows.visible}, *rewritten.stages(write.collection)]
        indexes = stored.rows.indexes()
        count = write.rows.fill(
            stored.rows.collection, stages, order=rewritten.order, indexes=indexes, start=rewritten.start
        )
        if count != rewritten.count:
            raise Corrupt(f"the server wrote {count} rows, not {rewritten.count}")
        meta = storage.metadata({**document, "kind_meta": rewritten.describe()})
        return write.commit(write.draft(meta, write.payload(), expect=document["rev"]))


def compact(storage: Storage, name: str, expect: int | None = None) -> Metadata:
    """Rewrite the rows of an object as one batch; what is read stays the same.

    Raises
    ------
    UnsupportedObject
        When the object is not stored as rows, or has files beside them.
    """

    def plan(stored: Stored) -> Rewritten | None:
        payload = stored.document["payload"]
        if payload.get("parts"):
            raise UnsupportedObject(f"{name!r} has files beside its rows, which cannot be compacted")
        if len(payload["rows"]["batches"]) < 2:
            return None
        return Rewritten(lambda _: [], stored.rows.count(), lambda: dict(stored.document["kind_meta"]))

    return rewrite(storage, name, Stored, plan, expect)
