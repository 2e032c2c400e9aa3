"""Given: a small pandas frame as rows that a pipeline brings along itself; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import bson
import pandas as pd

from omegastore.codecs.documents import Documents
from omegastore.codecs.frame import describe
from omegastore.codecs.schema import BSON
from omegastore.errors import InvalidOption
from omegastore.mdataframe.plan import Plan, Source, Stage

MOST_ROWS = 500
"""Rows that a pipeline brings along: the server compares each row of the other frame with all of them."""
MOST_BYTES = 2**20
_REMEDY = "put() it, and pass its name"


class GivenRows:
    """Rows that stand in the pipeline.

    Parameters
    ----------
    database : pymongo Database
        Where the pipeline runs.
    documents : list of dicts
        The rows.
    """

    def __init__(self, database: Any, documents: list[dict[str, Any]]) -> None:
        self._database = database
        self.visible: dict[str, Any] = {}
        self.is_clustered = False
        self.start: Stage = {"$documents": {"$literal": documents}}

    @property
    def collection(self) -> Any:
        """No collection: what needs one is refused."""
        raise InvalidOption(f"the rows of a pandas frame are in no collection; {_REMEDY}")

    def read(
        self,
        filter: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
        *,
        skip: int = 0,
        limit: int | None = None,
        batch_size: int = 20_000,
    ) -> Iterator[Documents]:
        """Yield the rows that `filter` selects; those of a join are aggregated, so that none are asked for here."""
        raise InvalidOption(f"the rows of a pandas frame are here already; {_REMEDY}")

    def aggregate(self, pipeline: Sequence[Stage], *, batch_size: int = 20_000) -> Iterator[Documents]:
        """Yield what an aggregation over the rows returns."""
        database = self._database.with_options(codec_options=BSON)
        with database.aggregate(self.committed(pipeline), batchSize=batch_size, allowDiskUse=True) as cursor:
            for document in cursor:
                yield Documents.join([bson.encode(document, codec_options=BSON)])

    def committed(self, pipeline: Sequence[Stage]) -> list[Stage]:
        """Return `pipeline` with the rows in front of it."""
        return [self.start, *pipeline]

    def count(self, filter: Mapping[str, Any] | None = None) -> int:
        """Return how many rows `filter` selects."""
        stages: list[Stage] = [{"$match": filter or {}}, {"$count": "n"}]
        return sum(int(bson.decode(batch[0])["n"]) for batch in self.aggregate(stages))


def given(frame: pd.DataFrame, database: Any) -> Plan:
    """Return the plan of the rows of a pandas frame.

    Raises
    ------
    InvalidOption
        If it has more rows or bytes than go along.
    """
    if len(frame) > MOST_ROWS:
        raise InvalidOption(f"a pandas frame of {len(frame)} rows: up to {MOST_ROWS} go along; {_REMEDY}")
    prepared = describe(frame)
    rows = prepared.encode(0, len(frame), 0)
    if len(rows.buffer) > MOST_BYTES:
        raise InvalidOption(f"a pandas frame of {len(rows.buffer)} bytes: up to {MOST_BYTES} go along; {_REMEDY}")
    documents: list[dict[str, Any]] = [bson.decode(rows[at], codec_options=BSON) for at in range(len(rows))]
    fields = frozenset(entry.field for entry in prepared.schema.entries)
    return Plan(GivenRows(database, documents), prepared.schema, rows=len(frame), fields=fields)


def begin(source: Source, key: str) -> tuple[dict[str, Any], list[Stage]]:
    """Return what names a source in ``$lookup`` or ``$unionWith``, and the first stages of the pipeline there.

    Parameters
    ----------
    source : Source
        Stored rows, or rows that the pipeline brings along.
    key : str
        The option that names a collection: ``from`` or ``coll``.
    """
    if isinstance(source, GivenRows):
        return {}, [source.start]
    return {key: source.collection.name}, [{"$match": source.visible}] if source.visible else []
