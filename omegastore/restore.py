"""Restore: an earlier version made the current one again, as a new version that copies nothing."""

from __future__ import annotations

from typing import Any

from omegastore import history
from omegastore.catalog import Doc
from omegastore.errors import Conflict
from omegastore.storage import Storage
from omegastore.write import Write

TRIES = 20
SKIPPED = 1024
"""Batch numbers that are left out after a restore.

A writer that was appending when the version was displaced may have reserved numbers that the version does not know
of, and may still write rows under them; they must not be used again.
"""


def restore(storage: Storage, name: str, version: Any) -> Doc:
    """Make `version` of an object the current one and return its document.

    Raises
    ------
    DoesNotExist
        When there is no such object or version.
    Conflict
        When others kept changing the object.
    """
    for _ in range(TRIES):
        try:
            return _attempt(storage, name, version)
        except Conflict:
            continue
    raise Conflict(f"{name!r} was changed {TRIES} times while version {version!r} was restored")


def _attempt(storage: Storage, name: str, version: Any) -> Doc:
    known = storage.whole(name)
    document = storage.catalog.at(known, version)
    payload = {key: value for key, value in document["payload"].items() if key != "signature"}
    if payload.get("rows"):
        entries = [*known.get("versions", ()), history.displaced(known, False, False)[0]]
        last = max(each["next"] or 0 for each in entries if each["pid"] == payload["pid"])
        payload["rows"] = {**payload["rows"], "open": [], "next": last + SKIPPED}
    with Write(storage.catalog, name, document["kind"], "", storage.settings) as write:
        if document["payload"].get("signature"):
            storage.seal.verify(document)  # a signature is bound to its version: only a good one is made anew
            payload["signature"] = storage.seal.sign(name, document["kind"], write.vid, payload)
        return write.commit(write.draft(storage.metadata(document), payload, expect=known["rev"]))
