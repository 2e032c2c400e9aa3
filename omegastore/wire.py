"""Wire: encoded documents to the server in one message, as they are.

An insert is a command and a sequence of documents behind it (a section of kind 1 of OP_MSG,
https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md). pymongo writes the bytes of a
`RawBSONDocument` unseen into that sequence, so that one that holds a whole run of documents stands for all of them:
no object for each, and the connection, the session, compression, monitoring and logging are those of any command.
Whether the installed driver does so is probed once, without a server; if not, `insert_many` takes over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import bson
import bson.errors
import numpy as np
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import message
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError, WriteConcernError, WriteError

from omegastore.codecs.documents import Documents

MOST_DOCUMENTS = 100_000
"""The most documents that the server takes in one command."""
MOST_BYTES = 16 * 1024 * 1024
"""The most bytes that the driver sends in one command, which it takes for one document; a command has room beside."""
DUPLICATE_KEY = 11000


class Run(RawBSONDocument):
    """Documents that stand one after another, in the place of one; to those who look, it is their number and size.

    Parameters
    ----------
    documents : Documents
        At most `MOST_DOCUMENTS` of together at most `MOST_BYTES`.
    """

    __slots__ = ("_buffer", "_summary")

    def __init__(self, documents: Documents) -> None:  # that of the parent looks whether it is one document
        self._buffer = documents.buffer
        self._summary = {"documents": len(documents), "bytes": len(documents.buffer)}

    @property
    def raw(self) -> bytes:
        """The bytes that are sent."""
        return self._buffer

    def items(self) -> Any:
        """Return the items of the summary, which monitoring and logging see."""
        return self._summary.items()

    def __getitem__(self, item: str) -> Any:
        return self._summary[item]

    def __iter__(self) -> Iterator[str]:
        return iter(self._summary)

    def __len__(self) -> int:
        return len(self._summary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self._buffer == other._buffer

    __hash__ = None  # like other mappings

    def __repr__(self) -> str:
        return f"Run({self._summary})"


def insert(collection: Collection[Any], documents: Documents) -> None:
    """Insert `documents`, in any order, by the write concern of `collection`.

    Raises
    ------
    DuplicateKeyError, WriteError, WriteConcernError
        With the server's code, for the first document or the concern that failed.
    """
    encrypts = collection.database.client.options.auto_encryption_opts is not None  # by looking into documents
    send = _insert_many if encrypts or not is_driver_fit() else _insert_run
    for run in _cut(documents):
        send(collection, run)


@cache
def is_driver_fit() -> bool:
    """Whether the installed pymongo sends a run as it is; only this uses a name that is private to it."""
    two = Documents.join([bson.encode({"_id": 1}), bson.encode({"_id": 2, "a": "x"})])
    try:
        command = {"insert": "probe", "documents": [Run(two)]}
        _, sent, _, _ = message._op_msg(0, command, "probe", None, CodecOptions())  # pyright: ignore[reportPrivateUsage]
    except (AttributeError, TypeError, ValueError, LookupError, bson.errors.BSONError, PyMongoError):
        return False
    name = b"documents\0"
    size = (4 + len(name) + len(two.buffer)).to_bytes(4, "little")
    return b"\1" + size + name + two.buffer in bytes(sent)


def _cut(documents: Documents) -> Iterator[Documents]:
    """Yield the documents in runs that the server and the driver take."""
    offsets, start = documents.offsets, 0
    while start < len(documents):
        fit = int(np.searchsorted(offsets, offsets[start] + MOST_BYTES, side="right")) - 1
        stop = min(start + MOST_DOCUMENTS, max(fit, start + 1), len(documents))
        yield documents if stop - start == len(documents) else documents.part(start, stop)
        start = stop


def _insert_run(collection: Collection[Any], documents: Documents) -> None:
    command = {
        "insert": collection.name,
        "ordered": False,
        "writeConcern": collection.write_concern.document,
        "documents": [Run(documents)],
    }
    reply = collection.database.command(command)
    failures = [reply["writeConcernError"]] if "writeConcernError" in reply else []
    _check(reply.get("writeErrors", []), failures)
    if reply["n"] != len(documents):
        raise WriteError(f"the server took {reply['n']} of {len(documents)} documents")


def _insert_many(collection: Collection[Any], documents: Documents) -> None:
    try:
        collection.insert_many([RawBSONDocument(documents[at]) for at in range(len(documents))], ordered=False)
    except BulkWriteError as error:
        details: Mapping[str, Any] = error.details
        _check(details.get("writeErrors", []), details.get("writeConcernErrors", []))
        raise


def _check(writes: list[dict[str, Any]], concerns: list[dict[str, Any]]) -> None:
    """Raise for the first error."""
    for each in writes:
        kind = DuplicateKeyError if each.get("code") == DUPLICATE_KEY else WriteError
        raise kind(each.get("errmsg", ""), each.get("code"), {"writeErrors": writes})
    for each in concerns:
        raise WriteConcernError(each.get("errmsg", ""), each.get("code"), each)
