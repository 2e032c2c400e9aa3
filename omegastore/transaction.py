"""Transaction: several small changes of documents that become visible together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bson.objectid import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from omegastore.catalog import Catalog, Doc
from omegastore.mongo import Connection
from omegastore.staging import Record, Step, moment

T = TypeVar("T")


class TransactionCatalog(Catalog):
    """A catalog within a transaction: nothing is tried again here, but the transaction as a whole.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    session : ClientSession
        The session of the transaction.
    """

    def __init__(self, catalog: Catalog, session: ClientSession) -> None:
        super().__init__(catalog.connection, catalog.bucket, catalog.prefix, catalog.space)
        self._session = session

    def read(self, name: str, hide: Sequence[str] = ()) -> Doc | None:
        """Return the document as the transaction sees it."""
        return self.collection.find_one({"_id": self.key(name)}, session=self._session)

    def update(self, query: Doc, pipeline: list[Doc], upsert: bool = False) -> Doc | None:
        """Change the document of `query` and return it."""
        return self.collection.find_one_and_update(query, pipeline, return_document=True, session=self._session)


def transact(catalog: Catalog, keys: Sequence[str], steps: Sequence[Step], record: Record) -> Doc:
    """Make all changes in one transaction, anew when another one was faster; return the record of the commit.

    Parameters
    ----------
    catalog : Catalog
        The objects.
    keys : sequence of str
        The documents that are changed.
    steps : sequence of callables
        The changes.
    record : callable
        Takes the documents after them and returns the record, but for its id and time.

    Raises
    ------
    ServerUnavailable
        When no server answers; whether the transaction was committed is then not known.
    """

    def work(session: ClientSession) -> Doc:
        inside = TransactionCatalog(catalog, session)
        at = moment(catalog, keys, session)
        made = {**record([step(inside, at) for step in steps]), "_id": ObjectId(), "at": at}
        inside.commits.insert_one(made, session=session)
        return made

    return run(catalog.connection, work)


def run(connection: Connection, work: Callable[[ClientSession], T]) -> T:
    """Run `work` within a transaction, anew when another one was faster, and return its result."""
    try:
        with connection.client.start_session() as session:
            return session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
            )
    except ConnectionFailure as error:
        raise connection.unavailable(error) from error
