"""Parcel: one version of an object on its way to another store; Shipment: the versions of one object.

Kinds need no code for this. A payload is its files, by the names of their parts, and its rows, as BSON. A version
that only appended rows to the one before is a parcel of these rows alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import bson

from omegastore import history
from omegastore.blobs import CHUNK, Blobs
from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import InvalidOption
from omegastore.metadata import CODEC
from omegastore.payload import Batch, batches
from omegastore.rows import Index, Rows
from omegastore.storage import Storage

FIELDS = ("kind", "kind_meta", "collection", "uri", "s3file", "objid", "vid")
"""What a version is said to be, wherever it is."""
VERSIONS = ("latest", "all")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a payload."""

    part: str
    size: int
    sha256: str
    read: Callable[[], Iterator[bytes]] = field(compare=False)
    """Yields the bytes and raises Corrupt at their end unless they are those that were written."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One version, with the payload that it has more than `before`."""

    rev: int
    moment: datetime
    """When it was stored."""
    facts: Doc
    """The fields `FIELDS` of its Metadata."""
    origin: Any
    """The id of the payload where it was first put."""
    count: int | None
    """Rows of the whole payload; None for kinds without rows."""
    next: int
    """The number that the next batch of rows would have had."""
    size: int
    """Bytes of the whole payload."""
    signature: Doc | None
    files: Sequence[File]
    rows: Callable[[], Iterator[Documents]] | None = None
    """Yields the rows in their order and raises Corrupt at their end unless they are those that were written."""
    indexes: Sequence[Index] = ()
    before: Parcel | None = None
    """The version whose rows it appended to."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells one state of a payload from all others, in whichever store it is."""
        return identity(self.origin, self.count, self.size, self.facts["kind_meta"])

    @property
    def whole(self) -> list[Parcel]:
        """The parcels that are the whole payload together, the oldest first."""
        return [*(self.before.whole if self.before is not None else ()), self]


@dataclass(frozen=True, slots=True)
class Shipment:
    """The versions of an object that are moved, the oldest first, and what belongs to all of them."""

    name: str
    place: Doc
    """The id of the store, the bucket and the prefix, which signatures are bound to."""
    attributes: Doc
    keep: int | None
    tags: Mapping[str, int]
    """Versions by their tags."""
    parcels: Sequence[Parcel]


def identity(origin: Any, count: int | None, size: int, kind_meta: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what tells one state of a payload from all others."""
    return (origin, count, size, hashlib.sha256(bson.encode(kind_meta, codec_options=CODEC)).digest())


def identity_of(document: Doc) -> tuple[object, ...]:
    """Return the identity of the version that `document` shows."""
    payload = document["payload"]
    count = sum(each.rows for each in batches(payload)) if payload.get("rows") else None
    return identity(payload.get("origin") or payload.get("pid"), count, payload.get("size", 0), document["kind_meta"])


def pack(storage: Storage, name: str, versions: str = "latest", version: Any = -1) -> Shipment:
    """Return an object as it stands; its payload is read when it is asked for.

    Parameters
    ----------
    storage : Storage
        Where it is.
    name : str
        The object.
    versions : str
        ``"latest"`` for `version` alone, ``"all"`` for all that are kept.
    version : int, str or datetime
        As for `get`.

    Raises
    ------
    DoesNotExist
        When there is no such object or version.
    UntrustedError
        When a version is signed by nobody who is trusted, or was changed.
    """
    if versions not in VERSIONS or (versions == "all" and version != -1):
        raise InvalidOption(f"versions={versions!r}, version={version!r}; 'latest' or 'all', or one version")
    known = storage.whole(name)
    places = range(len(known.get("versions", ())) + 1) if versions == "all" else [history.pick(known, version)]
    parcels: list[Parcel] = []
    seen: list[Batch] = []
    for place in places:
        document = storage.catalog.at_place(known, place)
        if document["payload"].get("signature"):
            storage.seal.verify(document)
        before = parcels[-1] if parcels and _continues(parcels[-1], seen, document) else None
        parcels.append(_parcel(storage, document, before, len(seen) if before else 0))
        seen = batches(document["payload"])
    tags = {each["tag"]: each["rev"] for each in known.get("tags", ()) if versions == "all"}
    home = {"store": storage.catalog.identity(), "bucket": storage.bucket, "prefix": storage.prefix}
    return Shipment(name, home, dict(known["attributes"]), known.get("keep"), tags, parcels)


def _continues(last: Parcel, seen: Sequence[Batch], document: Doc) -> bool:
    """Return whether a version is the one before it and further batches of rows."""
    payload = document["payload"]
    now = [each.to_document() | {"rev": 0} for each in batches(payload)]
    then = [each.to_document() | {"rev": 0} for each in seen]
    same = (payload.get("origin") or payload.get("pid")) == last.origin and last.facts["kind"] == document["kind"]
    return bool(payload.get("rows")) and same and len(now) > len(then) > 0 and now[: len(then)] == then


def _parcel(storage: Storage, document: Doc, before: Parcel | None, skip: int) -> Parcel:
    payload = document["payload"]
    blobs = Blobs(storage.connection, storage.catalog.space, payload)
    known = {file.part for parcel in (before.whole if before else ()) for file in parcel.files}
    files = [
        File(each["part"], each["size"], each["sha256"], partial(_bytes, blobs, each["part"]))
        for each in payload.get("parts", ())
        if each["part"] not in known
    ]
    rows = count = None
    indexes: list[Index] = []
    if payload.get("rows"):
        count = sum(each.rows for each in batches(payload))
        added = [each.to_document() for each in batches(payload)[skip:]]
        reader = Rows(storage.connection, {**payload, "rows": {**payload["rows"], "batches": added}})
        rows, indexes = reader.read, [] if before else reader.indexes()
    return Parcel(
        document["rev"], document["modified"], {name: document.get(name) for name in FIELDS},
        payload.get("origin") or payload.get("pid"), count, (payload.get("rows") or {}).get("next", 1),
        payload.get("size", 0), payload.get("signature"), files, rows, indexes, before,
    )  # fmt: skip


def _bytes(blobs: Blobs, part: str) -> Iterator[bytes]:
    with blobs.open(part) as file:
        yield from iter(lambda: file.read(CHUNK), b"")
