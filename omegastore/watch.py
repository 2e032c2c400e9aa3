"""Watch: the changes of objects as they become visible, from the server's change stream.

Each change of an object sets the mark ``did`` of its metadata document (`omegastore.protocol.done`), in the same
update. The stream tells of these updates in their order, but of those of one commit by object. Each event has a token
after which another stream can go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, cast

from pymongo.change_stream import CollectionChangeStream
from pymongo.errors import OperationFailure

from omegastore.catalog import Catalog, Doc
from omegastore.errors import InvalidOption, UnsupportedServer, VersionGone
from omegastore.mongo import RETRYABLE

PAUSE = 1000
"""Milliseconds that the server waits for a change before it answers that there was none."""
NO_OPLOG = frozenset({40573, 8000})
"""Codes of a server that has no change streams."""
LOST = frozenset({136, 280, 286})
"""Codes for a token that is older than the log of the server."""
UNRELATED = frozenset({13, 18}) | RETRYABLE
"""Codes that say nothing of a token: not authorized, not authenticated, and those that are tried again."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to an object.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> Change("put", "sales", 3, None, datetime(2026, 1, 1, tzinfo=UTC), "82...")
    Change(verb='put', name='sales', version=3, tag=None, moment=datetime.datetime(2026, 1, 1, 0, ...
    """

    verb: str
    """``put``, ``append``, ``tag``, ``untag`` or ``drop``; ``restore`` and row edits put."""
    name: str
    version: int | None
    """The version that was put, tagged, or the last one of what was dropped; None for ``untag``."""
    tag: str | None
    moment: datetime
    """When, by the server's clock, in UTC."""
    token: str
    """Another watch goes on after this change by ``after=token``."""


class Watch:
    """An iterator of changes, from the moment it is made until it is closed.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    is_wanted : callable
        Takes a name and returns whether changes of that object are told.
    after : str, optional
        The token of a change, to go on after it.
    timeout : float, optional
        Seconds without a change after which the iteration ends; None goes on for ever.

    Raises
    ------
    UnsupportedServer
        On a standalone server, which has no change streams.
    InvalidOption, VersionGone
        When `after` is no token, or older than the log of the server.
    """

    def __init__(
        self,
        catalog: Catalog,
        is_wanted: Callable[[str], bool],
        after: str | None = None,
        timeout: float | None = None,
    ) -> None:
        self._catalog, self._is_wanted, self._timeout = catalog, is_wanted, timeout
        self._head = catalog.key("")
        self._stream: CollectionChangeStream[Doc] | None = catalog.connection.retry(lambda: self._open(after))

    @property
    def token(self) -> str | None:
        """Where the watch stands: another one goes on from here, also when there was no change yet."""
        found = None if self._stream is None else self._stream.resume_token
        return None if found is None else str(found["_data"])

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Change:
        end = None if self._timeout is None else time.monotonic() + self._timeout
        while self._stream is not None:
            stream = self._stream
            event = self._catalog.connection.retry(lambda s=stream: self._tried(s))  # type: ignore[misc]
            if event is not None and self._is_wanted(self._name(event)):
                return self._change(event)
            if end is not None and time.monotonic() >= end:
                break
        raise StopIteration

    def close(self) -> None:
        """End the iteration."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _open(self, after: str | None) -> CollectionChangeStream[Doc]:
        wait = PAUSE if self._timeout is None else max(1, min(PAUSE, int(self._timeout * 1000)))
        token = None if after is None else {"_data": after}
        try:
            return self._catalog.collection.watch(_stages(self._catalog), resume_after=token, max_await_time_ms=wait)
        except OperationFailure as error:
            raise _told(error, after) from error

    def _tried(self, stream: CollectionChangeStream[Doc]) -> Mapping[str, Any] | None:
        """Return the next event, None if there was none for a while; the driver resumes a stream that was cut off."""
        try:
            return stream.try_next()
        except OperationFailure as error:
            raise _told(error, None) from error

    def _name(self, event: Mapping[str, Any]) -> str:
        return str(event["documentKey"]["_id"])[len(self._head) :]

    def _change(self, event: Mapping[str, Any]) -> Change:
        verb, _, version, tag = event["did"].split(" ", 3)
        moment = event.get("wallTime") or event["clusterTime"].as_datetime()  # servers before 6.0 tell seconds
        number = int(version) if version else None
        return Change(verb, self._name(event), number, tag or None, cast(datetime, moment), event["_id"]["_data"])


def _stages(catalog: Catalog) -> Sequence[Mapping[str, Any]]:
    """Return the stages that leave the changes of the bucket and prefix that have a mark."""
    updated, whole = "updateDescription.updatedFields.did", "fullDocument.did"
    keys = {f"documentKey.{path}": condition for path, condition in catalog.here.items()}
    marked = [
        {updated: {"$exists": True}},
        {whole: {"$exists": True}, "operationType": {"$in": ["insert", "replace"]}},
    ]
    shown = {"documentKey": 1, "clusterTime": 1, "wallTime": 1, "did": {"$ifNull": [f"${updated}", f"${whole}"]}}
    return [{"$match": {**keys, "$or": marked}}, {"$project": shown}]


def _told(error: OperationFailure, after: str | None) -> Exception:
    """Return the error that says what was wrong, or the one that is given."""
    if error.code in NO_OPLOG:
        return UnsupportedServer("watch() needs change streams, which a standalone server has not: use a replica set")
    if error.code in LOST:
        return VersionGone(
            f"the server's log begins after {after or 'this watch'}: look at the store, and watch anew"
        )
    if after is not None and error.code not in UNRELATED:
        return InvalidOption(f"after={after!r} is not the token of a change")
    return error
