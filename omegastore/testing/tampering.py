"""Tampering: what somebody who can write to the database, and has no key, may do to a stored object."""

from __future__ import annotations

from typing import Any

from bson.binary import Binary

from omegastore.metadata import Metadata
from omegastore.store import OmegaStore

FORGERIES = {
    "files": ("parts",),
    "files and checksum": ("parts", "size", "sha256"),
    "files, checksum and signature": ("parts", "size", "sha256", "signature"),
    "files without a signature": ("parts", "size", "sha256", "no signature"),
}
"""Fields of a payload that are replaced by those of another object."""


def change_bytes(store: OmegaStore, meta: Metadata) -> None:
    """Change one byte of the first file or row of the payload."""
    if "rows" in meta.payload:
        store.mongodb[meta.payload["rows"]["collection"]].update_one({}, {"$set": {"changed": 1}})
        return
    record = meta.payload["parts"][0]
    if "data" in record:
        _edit(store, meta, {"$set": {"payload.parts.0.data": _changed(record["data"])}})
        return
    chunks = store.mongodb[f"{store.storage.catalog.space}.chunks"]
    chunk: Any = chunks.find_one({"files_id": record["id"]}, sort=[("n", -1)])
    chunks.update_one({"_id": chunk["_id"]}, {"$set": {"data": _changed(chunk["data"])}})


def remove_signature(store: OmegaStore, meta: Metadata) -> None:
    """Take the signature away."""
    _edit(store, meta, {"$unset": {"payload.signature": 1}})


def forge(store: OmegaStore, meta: Metadata, other: Metadata, fields: tuple[str, ...]) -> None:
    """Give the object the `fields` of another one's payload, and its description."""
    changes: dict[str, Any] = {f"payload.{each}": other.payload[each] for each in fields if each in other.payload}
    _edit(store, meta, {"$set": {**changes, "kind_meta": other.kind_meta}})
    if "no signature" in fields:
        remove_signature(store, meta)


def _changed(data: bytes) -> Binary:
    return Binary(data[:-1] + bytes([data[-1] ^ 1]))


def _edit(store: OmegaStore, meta: Metadata, change: dict[str, Any]) -> None:
    documents = store.mongodb[f"{store.storage.catalog.space}.metadata"]
    assert documents.update_one({"_id": meta.id}, change).matched_count == 1
