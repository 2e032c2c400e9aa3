"""Fsck: whether what Metadata says is in the database, and whether anything is there that no Metadata knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from omegastore import history, inventory
from omegastore.blobs import Blobs
from omegastore.catalog import Catalog, Doc
from omegastore.errors import Corrupt, DoesNotExist
from omegastore.progress import track
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
    names = [each["name"] for each in catalog.scan(fields=["name"])]
    for name in track(names, "checking objects"):
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
    """Yield the collections and files of a bucket that no Metadata refers to; the parameter is that of `check`."""
    for each in inventory.orphans(catalog):
        if each.id is None:
            yield Finding("orphan", each.where, "a collection of rows")
        else:
            yield Finding("orphan", str(each.id), f"in {each.where}")
