"""Archive: objects in one file, a zip archive without compression that any zip program opens; see docs/archive.md.

``manifest.bson`` says what is in it; the other members are files and rows of payloads, each with its size and SHA-256
in the manifest. Writing goes to a file beside the archive, which takes its name when it is whole. Reading compares
every member with the manifest before anything is given out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import zipfile
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from pathlib import Path

import bson
import bson.errors
import numpy as np
from bson.codec_options import CodecOptions, DatetimeConversion

from omegastore.catalog import Doc
from omegastore.codecs.documents import Documents
from omegastore.errors import Corrupt
from omegastore.metadata import CODEC
from omegastore.parcel import File, Parcel, Shipment
from omegastore.payload import Batch
from omegastore.progress import track

FORMAT = 1
"""The number of the format; a reader refuses higher ones."""
MANIFEST = "manifest.bson"
BLOCK = 4 << 20
"""Bytes that are read at a time."""
READING: CodecOptions[Doc] = CODEC.with_options(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)


def write(path: Path, shipments: Iterable[Shipment]) -> list[str]:
    """Write objects into an archive and return their names; `path` is replaced when all is written, or left alone."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    names: list[str] = []
    try:
        with draft.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                manifest = [bson.encode({"format": FORMAT}, codec_options=CODEC)]
                for number, shipment in enumerate(track(shipments, "writing the archive")):
                    manifest.append(bson.encode(_object(archive, number, shipment), codec_options=CODEC))
                    names.append(shipment.name)
                archive.writestr(MANIFEST, b"".join(manifest))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return names


@contextlib.contextmanager
def read(path: Path) -> Generator[list[Shipment], None, None]:
    """Open an archive, compare all of it with its manifest, and return its objects; they are read when asked for.

    Raises
    ------
    Corrupt
        When it is not whole, or a byte of it was changed.
    """
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            head, *objects = bson.decode_all(archive.read(MANIFEST), READING)
        except (zipfile.BadZipFile, KeyError, ValueError, bson.errors.InvalidBSON) as error:
            raise Corrupt(f"{path} is not an archive, or not a whole one: {error}") from error
        if head.get("format") != FORMAT:
            raise Corrupt(f"{path} is of format {head.get('format')!r}; this omegastore reads {FORMAT}")
        members = [member for each in objects for version in each["versions"] for member in _members(version)]
        extra = sorted(set(archive.namelist()) ^ {MANIFEST, *(member["path"] for member in members)})
        if extra:
            raise Corrupt(f"{path} has not the members that its manifest lists: {extra[:3]}")
        for member in track(members, "verifying the archive"):
            for _ in _read(archive, member):
                pass
        yield [_shipment(archive, each) for each in objects]


def _object(archive: zipfile.ZipFile, number: int, shipment: Shipment) -> Doc:
    """Write the payloads of an object and return what the manifest says of it."""
    versions = [_version(archive, f"{number:06d}/{parcel.rev:06d}", parcel) for parcel in shipment.parcels]
    tags = [{"tag": tag, "rev": rev} for tag, rev in shipment.tags.items()]
    return {
        "name": shipment.name, "place": shipment.place, "attributes": shipment.attributes, "keep": shipment.keep,
        "tags": tags, "versions": versions,
    }  # fmt: skip


def _version(archive: zipfile.ZipFile, stem: str, parcel: Parcel) -> Doc:
    rows = None
    if parcel.rows is not None:
        rows = _member(archive, f"{stem}.rows", (documents.buffer for documents in parcel.rows()))
    files: list[Doc] = []
    for at, file in enumerate(parcel.files):
        files.append({"part": file.part, **_member(archive, f"{stem}.{at}.file", file.read())})
    return {
        "rev": parcel.rev, "moment": parcel.moment, "facts": parcel.facts, "next": parcel.next,
        "batches": [each.to_document() for each in parcel.batches],
        "size": parcel.size, "signature": parcel.signature,
        "appends": parcel.before is not None, "rows": rows, "files": files,
        "indexes": [[{"path": path, "way": way} for path, way in index] for index in parcel.indexes],
    }  # fmt: skip


def _member(archive: zipfile.ZipFile, path: str, blocks: Iterable[bytes]) -> Doc:
    digest, size = hashlib.sha256(), 0
    with archive.open(path, "w", force_zip64=True) as file:
        for block in blocks:
            file.write(block)
            digest.update(block)
            size += len(block)
    return {"path": path, "size": size, "sha256": digest.hexdigest()}


def _members(version: Doc) -> list[Doc]:
    return [*version["files"], *([version["rows"]] if version["rows"] is not None else ())]


def _read(archive: zipfile.ZipFile, member: Doc) -> Iterator[bytes]:
    """Yield the bytes of a member and raise Corrupt at the end unless they are those that the manifest means."""
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(member["path"]) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                yield block
    except (zipfile.BadZipFile, EOFError) as error:
        raise Corrupt(f"member {member['path']!r} of the archive is damaged: {error}") from error
    if size != member["size"] or digest.hexdigest() != member["sha256"]:
        raise Corrupt(f"member {member['path']!r} of the archive is not the one that was written (checksum)")


def _shipment(archive: zipfile.ZipFile, found: Doc) -> Shipment:
    parcels: list[Parcel] = []
    for version in found["versions"]:
        before = parcels[-1] if version["appends"] else None
        parcels.append(_parcel(archive, version, before))
    tags = {each["tag"]: each["rev"] for each in found["tags"]}
    return Shipment(found["name"], found["place"], found["attributes"], found["keep"], tags, parcels)


def _parcel(archive: zipfile.ZipFile, found: Doc, before: Parcel | None) -> Parcel:
    files = [
        File(each["part"], each["size"], each["sha256"], partial(_read, archive, each)) for each in found["files"]
    ]
    rows = None if found["rows"] is None else partial(_rows, archive, found["rows"])
    indexes = [[(each["path"], each["way"]) for each in index] for index in found["indexes"]]
    runs = [Batch.from_document(each) for each in found["batches"]]
    return Parcel(
        found["rev"], found["moment"], found["facts"], runs, found["next"], found["size"], found["signature"],
        files, rows, indexes, before,
    )  # fmt: skip


def _rows(archive: zipfile.ZipFile, member: Doc) -> Iterator[Documents]:
    """Yield the rows of a member, cut where blocks end."""
    rest = b""
    for block in _read(archive, member):
        data, offsets, at = rest + block, [0], 0
        while at + 4 <= len(data) and (end := at + max(5, int.from_bytes(data[at : at + 4], "little"))) <= len(data):
            offsets.append(at := end)
        rest = data[at:]
        if len(offsets) > 1:
            yield Documents(data[:at], np.array(offsets, np.int64))
    if rest:
        raise Corrupt(f"member {member['path']!r} of the archive ends within a row")
