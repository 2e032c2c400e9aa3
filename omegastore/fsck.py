"""Fsck: whether what Metadata says is in the database, and whether anything is there that no Metadata knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omegastore import history
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog, Doc
from omegastore.errors import Corrupt, DoesNotExist
from omegastore.naming import collection_name
from omegastore.rows import Rows


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    what: str
    """``corrupt``: a payload is missing or not what was written; ``orphan``: nobody refers to it."""
    where: str
    """The name and version of an object, or of a collection, or the id of a file."""
    detail: str


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield what is wrong with the objects of a bucket and prefix; this reads every payload that is kept."""
    for name in [each["name"] for each in catalog.scan(fields=["name"])]:
        document = catalog.read(name)
        if document is not None and history.is_live(document):
            for number in history.numbers(document):
                yield from _check_version(catalog, document, number)


def _check_version(catalog: Catalog, document: Doc, number: int) -> Iterator[Finding]:
    try:
        payload = catalog.at(document, number)["payload"] or {}
        if payload.get("rows"):
            for _ in Rows(catalog.connection, payload).read():
                pass
        blobs = Blobs(catalog.connection, catalog.space, payload)
        for part in blobs.parts:
            with blobs.open(part) as file:
                while file.read(1 << 20):
                    pass
    except (Corrupt, DoesNotExist) as error:
        yield Finding("corrupt", f"{document['name']}@{number}", str(error))


def orphans(catalog: Catalog) -> Iterator[Finding]:
    """Yield the collections and files of a bucket that no Metadata refers to.

    A collection of rows without a version in its name is left out: it may be a user's own.
    """
    known = set[Any]()
    for document in catalog.connection.retry(lambda: list(catalog.collection.find({}, {"payload.parts": 0}))):
        known |= _payloads(document)
    head = collection_name(catalog.bucket, "", "").removesuffix(".datastore").rstrip(".")
    pattern = re.compile(rf"{re.escape(head)}\..*\.datastore@([0-9a-f]{{24}})", re.DOTALL)
    database = catalog.connection.database
    for name in sorted(catalog.connection.retry(database.list_collection_names)):
        match = pattern.fullmatch(name)
        if match and match[1] not in {str(pid) for pid in known}:
            yield Finding("orphan", name, "a collection of rows")
    for suffix, path in (("files", "_id"), ("chunks", "files_id")):
        files = database[f"{catalog.space}.{suffix}"]
        for file in catalog.connection.retry(lambda c=files, p=path: list(c.distinct(p))):  # type: ignore[misc]
            if (file["p"] if isinstance(file, dict) else file) not in known:
                yield Finding("orphan", str(file), f"in {files.name}")


def _payloads(document: Doc) -> set[Any]:
    """Return the ids of all payloads that a document holds, writes or is about to remove."""
    found = {(document.get("payload") or {}).get("pid")}
    found |= {each["pid"] for each in document.get("versions", ())}
    found |= {each["v"] for each in document.get("pending", ())}
    return found | {each["p"] for each in document.get("trash", ())}
