"""Keys: what an object is called in the database; no two objects ever share one."""

from __future__ import annotations

import hashlib
import re
import string

from omegastore.errors import InvalidName

_MAX_COLLECTION = 160
"""MongoDB takes 255 bytes for database, collection and what a version adds to it."""
_SHORT = 34
_DATABASE_CHARS = frozenset(string.ascii_lowercase + string.digits + "_-")
_MAX_DATABASE = 63
"""Bytes that MongoDB takes for the name of a database."""


def document_key(bucket: str, prefix: str, name: str) -> str:
    """Return the ``_id`` of the object's Metadata; no two objects share one."""
    return f"{len(bucket)}.{len(prefix)}:{bucket}/{prefix}/{name}"


def collection_name(bucket: str, prefix: str, name: str) -> str:
    """Return the name of the object's row collection; no two objects share one.

    It is ``{bucket}.{prefix}.{name}.datastore``, with ``% . $`` in a part escaped as ``%XX``, and parts
    replaced by a hash, marked by ``%h``, where it would exceed 160 bytes.
    """
    parts = [_escaped(bucket), *([_escaped(prefix)] if prefix else []), _escaped(name)]
    if _size(parts) > _MAX_COLLECTION:
        parts[-1] = _hashed(document_key(bucket, prefix, name))
    if _size(parts) > _MAX_COLLECTION:
        parts[:-1] = [_shortened(part) for part in parts[:-1]]
    return ".".join([*parts, "datastore"])


def versioned_collection(collection: str, vid: object) -> str:
    """Return the name of the collection for one version of the rows of `collection`.

    Neither a bucket nor a name holds ``@``, so that it is the name of no other object's collection.
    """
    return f"{collection}@{vid}"


def bucket_space(bucket: str, default: str = "omegaml") -> str:
    """Return what the names of the bucket's own collections (``.files .chunks .metadata`` ...) begin with."""
    return "omegaml" if bucket == default else f"omegaml_{_shortened(_escaped(bucket), _MAX_COLLECTION)}"


def bucket_database(database: str, bucket: str, default: str = "omegaml") -> str:
    """Return the name of the bucket's own database, beside that of the URL; no two buckets share one.

    It is that of the URL for the default bucket, and ``{database}-{bucket}`` for others. Characters but lower case
    letters, digits, ``_`` and ``-`` are written as ``%xx`` for each byte, because the server tells no databases apart
    that differ in case only. A bucket that would exceed 63 bytes is replaced by a hash, marked by ``%h``.
    """
    if bucket == default:
        return database
    name = "".join(chr(byte) if chr(byte) in _DATABASE_CHARS else f"%{byte:02x}" for byte in bucket.encode())
    if len(f"{database}-{name}".encode()) > _MAX_DATABASE:
        name = _hashed(bucket)[: _MAX_DATABASE - len(f"{database}-".encode())]
        if len(name) < _SHORT:
            raise InvalidName(f"database {database!r} leaves no room for bucket {bucket!r} in the name of a database")
    return f"{database}-{name}"


def object_store_key(bucket: str, prefix: str, name: str, ext: str, hashed: bool) -> str:
    """Return the file name of an object's payload, ``{bucket}.{prefix}.{name}.{ext}``.

    With `hashed`, a hash stands for the name.
    No two objects share one, nor does a hashed one equal one that is not.
    """
    last = _hashed(document_key(bucket, prefix, name)) if hashed else _escaped(name)
    parts = [_escaped(bucket), *([_escaped(prefix)] if prefix else []), last, _escaped(ext)]
    return ".".join(parts)


def _escaped(part: str) -> str:
    # MongoDB keeps collections that begin with "system." to itself
    escaped = re.sub(r"[%.$]", lambda match: f"%{ord(match[0]):02X}", part)
    return f"%73{escaped[1:]}" if escaped == "system" else escaped


def _hashed(text: str) -> str:
    return "%h" + hashlib.sha256(text.encode()).hexdigest()


def _shortened(part: str, limit: int = _SHORT) -> str:
    return part if len(part.encode()) <= limit else _hashed(part)[:_SHORT]


def _size(parts: list[str]) -> int:
    return len(".".join([*parts, "datastore"]).encode())
