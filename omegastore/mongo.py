"""Connection: one MongoDB client per URL and process, its database, and the retry of idempotent steps."""

from __future__ import annotations

import atexit
import os
import random
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from gridfs import GridFS
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from omegastore.errors import InvalidSetting, ServerUnavailable
from omegastore.naming import bucket_database
from omegastore.room import Room

T = TypeVar("T")
Client = MongoClient[dict[str, Any]]

SELECTION_TIMEOUT = 4000
"""Milliseconds to wait for a server, where the URL does not say."""
TRIES = 8
HIDDEN = "(hidden)"
"""Stands for the hosts of a URL in which they cannot be told from a secret."""
RETRYABLE = frozenset({91, 133, 175, 189, 10107, 11600, 11602, 13435, 13436})
"""Codes of a server that steps down, shuts down or lost its primary; the step may be repeated."""
CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True,
    uuid_representation=UuidRepresentation.STANDARD,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
CLUSTERED_WIRE = 16
"""Wire version of MongoDB 5.3, the first with clustered collections."""

_clients: dict[tuple[str, int], Client] = {}
_lock = threading.Lock()


class Connection:
    """The way to one database.

    Parameters
    ----------
    url : str, optional
        A MongoDB URI, passed to the driver unchanged.
    client : MongoClient, optional
        A ready client, instead of `url`.
    embedded : callable, optional
        Starts or joins the embedded server and returns its URL, when neither is given.
    forgotten : str, optional
        The address of a server whose URL is not known here, when none of the others is given.
    bucket : str, optional
        The bucket whose own database it is; None for a database that all buckets share.
    """

    def __init__(
        self,
        url: str | None = None,
        client: Client | None = None,
        embedded: Callable[[], str] | None = None,
        forgotten: str = "embedded",
        bucket: str | None = None,
    ) -> None:
        self._bucket, self._others = bucket, dict[str, Connection]()
        self._url, self._given, self._embedded, self._forgotten = url, client, embedded, forgotten
        self._database: tuple[int, Database[dict[str, Any]]] | None = None
        self._durable: dict[str, Collection[dict[str, Any]]] = {}
        self.prepared: set[str] = set()
        """Names of what was made sure of once in the life of this connection, such as indexes."""
        self.room = Room(self._free)
        """The room on the server's disk."""

    def of(self, bucket: str) -> Connection:
        """Return the way to the database of `bucket`: another one, where each bucket has one of its own."""
        if self._bucket is None or self._bucket == bucket:
            return self
        with _lock:
            if bucket not in self._others:
                given = (self._url, self._given, self._embedded, self._forgotten)
                self._others[bucket] = Connection(*given, bucket)
                self._others[bucket]._others = self._others  # what was prepared is known to all of them
            return self._others[bucket]

    @property
    def is_by_bucket(self) -> bool:
        """Whether each bucket has a database of its own."""
        return self._bucket is not None

    @property
    def address(self) -> str:
        """Where the server is, without credentials."""
        if self._url is not None:
            return redact(self._url)
        if self._given is not None:
            hosts = self._given.topology_description.server_descriptions() or {}
            return ",".join(f"{host}:{port}" if port else host for host, port in sorted(hosts))
        return self._forgotten

    @property
    def identity(self) -> str:
        """What tells this place from others; may hold secrets."""
        place = self._url if self._url is not None and HIDDEN in self.address else self.address
        return place if self._bucket is None else f"{place} by bucket"

    @property
    def client(self) -> Client:
        """The client of this process; making it does no I/O."""
        if self._given is not None:
            return self._given
        url = self._url if self._url is not None else self._start()
        return _client(url)

    @property
    def database(self) -> Database[dict[str, Any]]:
        """The database that the URL names, else ``omega``, or that of the bucket beside it; times are aware."""
        if self._database is None or self._database[0] != os.getpid():
            database = self.client.get_default_database("omega", codec_options=CODEC)
            if self._bucket is not None:
                name = bucket_database(database.name, self._bucket)
                database = self.client.get_database(name, codec_options=CODEC)
            self._database = (os.getpid(), database)
        return self._database[1]

    @property
    def databases(self) -> list[Database[dict[str, Any]]]:
        """The databases of all buckets that this user may see."""
        if self._bucket is None:
            return [self.database]
        base = self.client.get_default_database("omega").name
        names = self.retry(self.client.list_database_names)
        mine = [name for name in names if name == base or name.startswith(f"{base}-")]
        return [self.client.get_database(name, codec_options=CODEC) for name in mine]

    @property
    def is_clustered(self) -> bool:
        """Whether the server has clustered collections; known after the first command, without another."""
        servers = self.client.topology_description.server_descriptions().values()
        return min((s.max_wire_version for s in servers if s.max_wire_version), default=0) >= CLUSTERED_WIRE

    @property
    def is_standalone(self) -> bool:
        """Whether the server is one without transactions and change streams; known after the first command."""
        servers = self.client.topology_description.server_descriptions().values()
        return any(each.server_type_name == "Standalone" for each in servers)

    def _free(self) -> int | None:
        """Return how many bytes are free on the server's disk, None where it does not tell this user."""
        try:
            told = self.retry(lambda: self.database.command("dbStats"))
        except OperationFailure:
            return None
        return int(told["fsTotalSize"] - told["fsUsedSize"]) if "fsTotalSize" in told else None

    def now(self) -> datetime:
        """Return the server's time, aware."""
        hello = self.retry(lambda: self.database.command("hello", codec_options=CODEC))
        return cast(datetime, hello["localTime"])

    def durable(self, name: str) -> Collection[dict[str, Any]]:
        """Return the collection of that name, read as a majority has it and written to journals of a majority."""
        database, known = self.database, self._durable.get(name)
        if known is None or known.database is not database:  # another process, or the server was started anew
            concerns: Any = {
                "read_concern": ReadConcern("majority"),
                "write_concern": WriteConcern("majority", j=True),
            }
            known = self._durable[name] = database.get_collection(name, **concerns)
        return known

    def collection_of(self, name: str) -> Collection[dict[str, Any]]:
        """Return the collection of that name, for kinds that refer to one."""
        return self.database[name]

    def file_system(self, space: str) -> GridFS:
        """Return the GridFS whose collections' names begin with `space`."""
        return GridFS(self.database, space)

    def __reduce__(self) -> tuple[Any, ...]:
        # a pickle holds no credentials: where it is loaded, the environment has them
        url = self._url if self._url is not None and not has_secrets(self._url) else None
        is_embedded = self._url is None and self._given is None
        return _revived, (url, self._embedded if is_embedded else None, self.address, self._bucket)

    def retry(self, step: Callable[[], T]) -> T:
        """Run an idempotent `step`, again while the server is failing over.

        Raises
        ------
        ServerUnavailable
            When no server answers.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return step()
            except ServerSelectionTimeoutError as error:
                if self._embedded is None or attempt > 1:
                    raise self.unavailable(error) from error
                self._database = None  # the embedded server is started anew, perhaps elsewhere
            except AutoReconnect as error:
                if attempt == TRIES:
                    raise self.unavailable(error) from error
            except OperationFailure as error:
                if attempt == TRIES or error.code not in RETRYABLE:
                    raise
            time.sleep(min(1.0, 0.02 * 2**attempt) * random.random())  # noqa: S311  # jitter, not a secret
        raise AssertionError("unreachable")

    def _start(self) -> str:
        if self._embedded is None:
            raise ServerUnavailable(
                f"the credentials for {self._forgotten} were not pickled with the store; set OMEGA_MONGO_URL"
            )
        return self._embedded()

    def unavailable(self, error: ConnectionFailure) -> ServerUnavailable:
        """Return the error that says where no server answers."""
        return ServerUnavailable(f"no server answers at {self.address}: {str(error)[:300]}")


def redact(url: str) -> str:
    """Return `url` without its user, password and options, which may hold secrets.

    Examples
    --------
    >>> redact("mongodb://me:secret@db.example:27017/x?authSource=admin")
    'mongodb://db.example:27017/x'
    """
    match = re.match(r"(mongodb(?:\+srv)?://)(.*@)?([^?]*)", url, re.DOTALL)
    if match is None:
        return "(not a MongoDB URL)"
    # where a "?" comes before the last "@", what is host and what is secret cannot be told
    return match[1] + (HIDDEN if "?" in (match[2] or "") else match[3])


def _revived(
    url: str | None, embedded: Callable[[], str] | None, address: str, bucket: str | None = None
) -> Connection:
    here = os.environ.get("OMEGA_MONGO_URL")
    if url is None and embedded is None and here is not None and redact(here) == address and HIDDEN not in address:
        url = here
    return Connection(url, embedded=embedded, forgotten=address, bucket=bucket)


def has_secrets(url: str) -> bool:
    """Return whether `url` holds credentials, in front of the host or in its options.

    Examples
    --------
    >>> has_secrets("mongodb://db.example/?replicaSet=rs0"), has_secrets("mongodb://me:secret@db.example")
    (False, True)
    """
    return "@" in url or bool(re.search(r"[?&][^=&]*(password|passphrase|properties)[^=&]*=", url, re.IGNORECASE))


def _client(url: str) -> Client:
    """Return this process's client of `url`; a forked child makes its own."""
    with _lock:
        key = (url, os.getpid())
        if key not in _clients:
            _clients[key] = _connect(url)
        return _clients[key]


def close(url: str) -> None:
    """Close this process's client of `url`, if there is one; the stores on it can be used no more."""
    with _lock:
        client = _clients.pop((url, os.getpid()), None)
    if client is not None:
        client.close()


@atexit.register
def close_all() -> None:
    """Close the clients of this process."""
    for (_, process), client in _clients.items():
        if process == os.getpid():
            client.close()


def _connect(url: str) -> Client:
    options: dict[str, Any] = {}
    if "serverselectiontimeoutms=" not in url.lower():
        options["serverSelectionTimeoutMS"] = SELECTION_TIMEOUT
    if not url.startswith(("mongodb://", "mongodb+srv://")):  # the driver would take it for a host
        raise InvalidSetting("the URL does not begin with mongodb:// or mongodb+srv://")
    try:
        return MongoClient(url, connect=False, **options)
    except (InvalidURI, ConfigurationError, ValueError, TypeError) as error:
        # the driver's message and traceback may quote parts of the URL, password included
        reason = type(error).__name__
    raise InvalidSetting(f"the URL {redact(url)} cannot be used ({reason}); see the MongoDB URI format")
