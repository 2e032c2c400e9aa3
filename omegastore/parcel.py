"""Parcel: one version of an object on its way to another store; Shipment: the versions of one object.

Kinds need no code for this. A payload is its files, by the names of their parts, and its rows, as BSON. A version
that only appended rows to the one before is a parcel of these rows alone.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import bson

from omegastore import history
from omegastore.audit import Audit
from omegastore.blobs import BUFFER, Blobs
from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import InvalidOption
from omegastore.metadata import CODEC
from omegastore.payload import Batch, batches
from omegastore.rows import Index, Rows
from omegastore.storage import Storage

FIELDS = ("kind", "kind_meta", "collection", "uri", "s3file", "objid", "vid")
"""What a version is said to be, wherever it is."""
Identity = tuple[bytes, int, bytes, tuple[tuple[str, str], ...]]
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
    batches: Sequence[Batch]
    """Of the rows of the whole payload."""
    next: int
    """The number that the next batch of rows is to have."""
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
    def identity(self) -> Identity:
        """What tells one state of an object from all others, in whichever store it is."""
        files = [(file.part, file.sha256) for parcel in self.whole for file in parcel.files]
        return _identity(self.facts, self.batches, files)

    @property
    def whole(self) -> list[Parcel]:
        """The parcels that are the whole payload together, the oldest first."""
        found: list[Parcel] = [self]
        parcel = self.before
        while parcel is not None:
            found.append(parcel)
            parcel = parcel.before
        return found[::-1]


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
    rev: int = 0
    """The version that was the current one."""


def identity_of(document: Doc) -> Identity:
    """Return the identity of the version that `document` shows."""
    payload = document["payload"]
    files = [(each["part"], each["sha256"]) for each in payload.get("parts", ())]
    return _identity(document, batches(payload), files)


def _identity(facts: Doc, runs: Sequence[Batch], files: Sequence[tuple[str, str]]) -> Identity:
    described = bson.encode({name: facts.get(name) for name in ("kind", "kind_meta", "uri")}, codec_options=CODEC)
    files = sorted(files)
    if any(run.sha256 is None for run in runs):  # rows that are only counted may be any: they are like no others
        return (hashlib.sha256(described).digest(), 0, bytes(facts["vid"].binary), tuple(files))
    # batches that were merged have the checksum that this makes of those that were not
    sums = [run.sha256 or b"" for run in runs]
    rows = functools.reduce(lambda left, right: hashlib.sha256(left + right).digest(), sums) if sums else b""
    return (hashlib.sha256(described).digest(), sum(run.rows for run in runs), rows, tuple(files))


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
    for place in places:
        document = storage.catalog.at_place(known, place)
        if document["payload"].get("signature"):
            storage.seal.verify(document)
        before = parcels[-1] if parcels and _continues(parcels[-1], document) else None
        parcels.append(_parcel(storage, document, before))
        if before is not None:  # the number that its batch is to get
            parcels[-2] = dataclasses.replace(before, next=parcels[-1].batches[-1].first)
    tags = {each["tag"]: each["rev"] for each in known.get("tags", ()) if versions == "all"}
    home = {"store": storage.catalog.identity(), "bucket": storage.bucket, "prefix": storage.prefix}
    return Shipment(name, home, dict(known["attributes"]), known.get("keep"), tags, parcels, known["rev"])


def _continues(last: Parcel, document: Doc) -> bool:
    """Return whether a version is the one before it and one further batch of rows."""
    now, then = batches(document["payload"]), list(last.batches)
    is_one_more = len(now) == len(then) + 1 > 1 and now[-1].first == now[-1].last
    return (
        is_one_more
        and last.facts["kind"] == document["kind"]
        and [_fact(each) for each in now[:-1]] == [_fact(each) for each in then]
    )


def _fact(batch: Batch) -> Batch:
    return dataclasses.replace(batch, rev=0)


def _parcel(storage: Storage, document: Doc, before: Parcel | None) -> Parcel:
    payload, runs = document["payload"], batches(document["payload"])
    blobs = Blobs(storage.connection, storage.catalog.space, payload)
    known = {file.part for parcel in (before.whole if before else ()) for file in parcel.files}
    files = [
        File(each["part"], each["size"], each["sha256"], partial(_bytes, blobs, each["part"]))
        for each in payload.get("parts", ())
        if each["part"] not in known
    ]
    rows, indexes = None, list[Index]()
    if payload.get("rows"):
        added = [each.to_document() for each in (runs[-1:] if before else runs)]
        if any(
            each.sha256 is None for each in runs
        ):  # the server wrote them: what they are is known once they are read
            runs = Audit.summed(runs, Rows(storage.connection, payload).read())
        reader = Rows(storage.connection, {**payload, "rows": {**payload["rows"], "batches": added}})
        rows, indexes = reader.read, [] if before else reader.indexes()
    return Parcel(
        document["rev"], document["modified"], {name: document.get(name) for name in FIELDS},
        runs, (payload.get("rows") or {}).get("next", 1), payload.get("size", 0), payload.get("signature"),
        files, rows, indexes, before,
    )  # fmt: skip


def _bytes(blobs: Blobs, part: str) -> Iterator[bytes]:
    with blobs.open(part) as file:
        yield from iter(lambda: file.read(BUFFER), b"")
