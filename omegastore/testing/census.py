"""Census: what stands in a database, so that two moments can be compared."""

from __future__ import annotations

from typing import Any

from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

Census = dict[str, list[bytes]]
"""The documents of each collection, as bytes, sorted."""

SHARED = (".metadata", ".versions", ".files", ".chunks")
"""Ends of the names of collections that a bucket's objects share; empty ones may stay."""
STORE_ID = "omegastore"
"""The `_id` of the document that holds the id of a database's stores; it is made once and stays."""


def census(database: Database[Any]) -> Census:
    """Return all that stands in `database`, but for empty shared collections.

    A collection of a single object counts even when it is empty.
    """
    options = database.codec_options.with_options(document_class=RawBSONDocument)
    found: Census = {}
    for name in database.list_collection_names(filter={"name": {"$not": {"$regex": "^system\\."}}}):
        documents = database.get_collection(name, options).find({"_id": {"$ne": STORE_ID}})
        raw = sorted(bytes(document.raw) for document in documents)
        if raw or not name.endswith(SHARED):
            found[name] = raw
    return found


def payloads(found: Census) -> Census:
    """Return the part of a census that is neither metadata nor the log of commits."""
    told = (".metadata", ".commits")
    return {name: documents for name, documents in found.items() if not name.endswith(told)}
