"""Transfer: the versions of an object written into another store, each committed when all of it was verified.

What the store has is not written again, so that a transfer that was interrupted is finished by repeating it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from omegastore import history, naming, tags
from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import Conflict, Corrupt
from omegastore.flip import flip
from omegastore.metadata import Metadata
from omegastore.parcel import FIELDS, Parcel, Shipment, identity_of
from omegastore.payload import BATCH_BITS
from omegastore.restore import restore
from omegastore.storage import Storage
from omegastore.write import Write

HEAD = np.frombuffer(b"\x12_id\0", np.uint8)
"""How a row begins after its size: an int64 that is called `_id`."""


def receive(storage: Storage, name: str, shipment: Shipment, keeps_times: bool) -> Doc:
    """Write what `storage` does not have of an object, and make its last version the current one.

    Parameters
    ----------
    storage : Storage
        Where to.
    name : str
        What the object is called there.
    shipment : Shipment
        The object.
    keeps_times : bool
        Whether versions are said to be stored when they were put, not now.

    Returns
    -------
    dict
        The document of the current version.

    Raises
    ------
    Corrupt
        When a payload is not what was written.
    Conflict
        When somebody else puts under that name meanwhile.
    """
    held = _held(storage, name)
    for parcel in shipment.parcels:
        if parcel.identity not in held:
            done = _write(storage, name, parcel, held, keeps_times, len(shipment.parcels))
            held[parcel.identity] = done["rev"]
    last = held[shipment.parcels[-1].identity]
    document = storage.whole(name)
    if document["rev"] != last:
        document = restore(storage, name, last)
        held[shipment.parcels[-1].identity] = document["rev"]
    numbers = {parcel.rev: held[parcel.identity] for parcel in shipment.parcels}
    standing = {each["tag"]: each["rev"] for each in document.get("tags", ())}
    for tag, rev in shipment.tags.items():
        if standing.get(tag) != numbers[rev]:
            tags.move(storage.catalog, name, tag, numbers[rev])
    if shipment.keep is not None and document.get("keep") != shipment.keep:
        tags.retain(storage.catalog, name, shipment.keep)
    if not history.is_same(document["attributes"], shipment.attributes):
        meta = storage.metadata(storage.find(name))
        meta.attributes = dict(shipment.attributes)
        meta.save()
    return storage.find(name)


def _held(storage: Storage, name: str) -> dict[tuple[object, ...], int]:
    """Return the versions that are kept, the newest of those that are the same."""
    known = storage.catalog.read(name)
    if known is None or not history.is_live(known):
        return {}
    documents = [storage.catalog.at_place(known, place) for place in range(len(known.get("versions", ())) + 1)]
    return {identity_of(each): each["rev"] for each in documents}


def _write(
    storage: Storage, name: str, parcel: Parcel, held: dict[tuple[object, ...], int], keeps_times: bool, keep: int
) -> Doc:
    """Write one version; as an append where the store has, as its current one, the version before it."""
    known = storage.catalog.read(name)
    rev = known["rev"] if known is not None else 0
    is_append = parcel.before is not None and held.get(parcel.before.identity) == rev
    kind = parcel.facts["kind"]
    filename = naming.object_store_key(
        storage.bucket, storage.prefix, name, kind, storage.settings.OMEGA_STORE_HASHEDNAMES
    )
    with Write(storage.catalog, name, kind, filename, storage.settings, is_append) as write:
        if is_append:
            write.hold()
            if write.stored is None:
                raise Conflict(f"{name!r} was replaced while a version of it was written")
        payload = _send(write, parcel, [parcel] if is_append else parcel.whole)
        if parcel.signature:  # it was verified where it comes from
            payload["signature"] = storage.seal.sign(name, kind, write.vid, payload)
        draft = write.draft(_described(storage, name, parcel, write), payload, expect=rev)
        draft = dataclasses.replace(draft, keep=max(draft.keep, keep))
        done = flip(storage.catalog, draft, parcel.moment if keeps_times else "$$NOW")
        write.settle()
        return done


def _send(write: Write, parcel: Parcel, pieces: list[Parcel]) -> Doc:
    """Write the payload and return what Metadata is to say of it."""
    if any(piece.rows is not None for piece in pieces):
        write.rows.write(_chunks(pieces), indexes=pieces[0].indexes)
    for piece in pieces:
        for file in piece.files:
            write.blobs.write(file.read(), file.part)
            if write.blobs.written[file.part]["sha256"] != file.sha256:
                raise Corrupt(f"file {file.part!r} is not the one that was written (checksum)")
    payload = write.payload()
    payload["origin"] = parcel.origin
    if payload.get("rows") and write.stored is None:
        # files are called by the batches that they came with: those to come must have other numbers
        payload["rows"]["next"] = max(parcel.next, payload["rows"]["next"])
    return payload


def _chunks(pieces: list[Parcel]) -> Iterator[Callable[[int], Documents]]:
    for piece in pieces:
        for documents in piece.rows() if piece.rows is not None else ():
            yield lambda first, found=documents: _numbered(found, first)  # type: ignore[misc]  # the default is typed


def _numbered(documents: Documents, first: int) -> Documents:
    """Return the rows with the `_id` that they have here."""
    buffer, starts = np.frombuffer(documents.buffer, np.uint8).copy(), documents.offsets[:-1]
    if not np.array_equal(buffer[starts[:, None] + np.arange(4, 9)], np.broadcast_to(HEAD, (len(starts), len(HEAD)))):
        raise Corrupt("a row does not begin with its _id, an int64")
    ids = np.arange(first, first + len(starts), dtype="<i8").view(np.uint8).reshape(-1, 8)
    buffer[starts[:, None] + np.arange(9, 17)] = ids
    return Documents(buffer.tobytes(), documents.offsets)


def _described(storage: Storage, name: str, parcel: Parcel, write: Write) -> Metadata:
    facts: Doc = {each: parcel.facts.get(each) for each in FIELDS if each not in ("vid", "kind")}
    written = write.rows.written
    if written is not None and type(facts["objid"]) is not type(None):
        facts["objid"] = _last_id(written.first, written.rows)
    place = {"bucket": storage.bucket, "prefix": storage.prefix, "name": name, "kind": parcel.facts["kind"]}
    return Metadata.from_document(facts | place)


def _last_id(batch: int, count: int) -> Any:
    return (batch << BATCH_BITS) + count - 1
