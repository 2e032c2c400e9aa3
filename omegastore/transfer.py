"""Transfer: the versions of an object written into another store, each committed when all of it was verified.

What the store has is not written again, so that a transfer that was interrupted is finished by repeating it.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np

from omegastore import history, naming, tags
from omegastore.audit import ids
from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import Conflict, Corrupt
from omegastore.flip import NOBODY, flip
from omegastore.metadata import Metadata
from omegastore.parcel import FIELDS, Identity, Parcel, Shipment, identity_of
from omegastore.restore import restore
from omegastore.storage import Storage
from omegastore.write import Write


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
    held, numbers = _held(storage, name), dict[int, int]()
    identities = [parcel.identity for parcel in shipment.parcels]
    for parcel, identity in zip(shipment.parcels, identities, strict=True):
        # of versions that are the same, each has its own; one alone may be any of them
        places, at = held.get(identity, []), identities[: len(numbers)].count(identity)
        if len(shipment.parcels) == 1 and places:
            numbers[parcel.rev] = places[-1]
        elif at < len(places):
            numbers[parcel.rev] = places[at]
        else:
            numbers[parcel.rev] = _write(storage, name, parcel, numbers, keeps_times, len(shipment.parcels))["rev"]
    last, document = shipment.parcels[-1], storage.whole(name)
    if identity_of(document) != identities[-1]:
        document = restore(storage, name, numbers[last.rev])
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


def _held(storage: Storage, name: str) -> dict[Identity, list[int]]:
    """Return the versions that are kept, by what they hold, the oldest first."""
    found: dict[Identity, list[int]] = {}
    known = storage.catalog.read(name)
    if known is not None and history.is_live(known):
        for place in range(len(known.get("versions", ())) + 1):
            document = storage.catalog.at_place(known, place)
            found.setdefault(identity_of(document), []).append(document["rev"])
    return found


def _write(storage: Storage, name: str, parcel: Parcel, numbers: dict[int, int], keeps_times: bool, keep: int) -> Doc:
    """Write one version; as an append where the store has, as its current one, the version before it."""
    known = storage.catalog.read(name) or NOBODY
    rev, kind = known["rev"], parcel.facts["kind"]
    is_append = _can_append(known, parcel, numbers)
    filename = naming.object_store_key(
        storage.bucket, storage.prefix, name, kind, storage.settings.OMEGA_STORE_HASHEDNAMES
    )
    with Write(storage.catalog, name, kind, filename, storage.settings, is_append) as write:
        if is_append:
            write.hold()
            if write.stored is None or write.batch != parcel.batches[-1].first:
                raise Conflict(f"{name!r} was changed while a version of it was written; repeat it")
        payload = _send(write, [parcel] if is_append else parcel.whole)
        if parcel.signature:  # it was verified where it comes from
            payload["signature"] = storage.seal.sign(name, kind, write.vid, payload)
        draft = write.draft(_described(storage, name, parcel), payload, expect=rev)
        if payload.get("rows") and not is_append:
            runs = [dataclasses.replace(each, rev=rev + 1).to_document() for each in parcel.batches]
            payload["rows"] |= {"batches": runs, "next": parcel.next}
            draft = dataclasses.replace(draft, batch=None)
        draft = dataclasses.replace(draft, keep=max(draft.keep, keep))
        done = flip(storage.catalog, draft, parcel.moment if keeps_times else "$$NOW")
        write.settle()
        return done


def _can_append(known: Doc, parcel: Parcel, numbers: dict[int, int]) -> bool:
    """Return whether the version is one more batch on the current one, which will have the same number here."""
    rows = (known.get("payload") or {}).get("rows")
    if parcel.before is None or not rows or numbers.get(parcel.before.rev) != known["rev"]:
        return False
    return max(int(rows["next"]), 1) == parcel.batches[-1].first


def _send(write: Write, pieces: list[Parcel]) -> Doc:
    """Write the payload and return what Metadata is to say of it."""
    if any(piece.rows is not None for piece in pieces):
        write.rows.write(_chunks(pieces), indexes=pieces[0].indexes)
    for piece in pieces:
        for file in piece.files:
            write.blobs.write(file.read(), file.part)
            if write.blobs.written[file.part]["sha256"] != file.sha256:
                raise Corrupt(f"file {file.part!r} is not the one that was written (checksum)")
    return write.payload()


def _chunks(pieces: list[Parcel]) -> Iterator[Callable[[int], Documents]]:
    """Yield the rows as they are: their `_id` is part of what their checksum is of, and files are called by it."""
    for piece in pieces:
        for documents in piece.rows() if piece.rows is not None else ():
            for run in _runs(documents):
                yield lambda first, found=run: found  # type: ignore[misc]  # the default is typed


def _runs(documents: Documents) -> Iterator[Documents]:
    """Cut rows where their `_id` do not follow one another."""
    cuts = np.flatnonzero(np.diff(ids(documents)) != 1) + 1
    for start, stop in itertools.pairwise([0, *cuts.tolist(), len(documents)]):
        yield documents.part(start, stop)


def _described(storage: Storage, name: str, parcel: Parcel) -> Metadata:
    facts: Doc = {each: parcel.facts.get(each) for each in FIELDS if each not in ("vid", "kind")}
    place = {"bucket": storage.bucket, "prefix": storage.prefix, "name": name, "kind": parcel.facts["kind"]}
    return Metadata.from_document(facts | place)
