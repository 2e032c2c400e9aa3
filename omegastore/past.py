"""Past: the objects of a bucket as they were at some time, or as a snapshot holds them; read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection

from omegastore import history
from omegastore.catalog import MAX_TIME, PROTOCOL, Catalog, Doc
from omegastore.errors import ReadOnly
from omegastore.moment import Moment
from omegastore.naming import bucket_space, check_bucket, check_prefix


class PastCatalog(Catalog):
    """The catalog of a bucket as it was; every change is refused.

    Parameters
    ----------
    now : Catalog
        The catalog as it is.
    moment : Moment
        The point that is shown.
    """

    def __init__(self, now: Catalog, moment: Moment) -> None:
        super().__init__(now.connection, now.bucket, now.prefix, now.space)
        self._now, self._moment = now, moment
        self.moment = moment

    @property
    def collection(self) -> Collection[Doc]:
        """Refused: it holds the present."""
        raise self._refusal()

    def read(self, name: str, hide: Sequence[str] = ()) -> Doc | None:
        """Return the document of `name` as it was, earlier versions included."""
        document = self._now.read(name)
        return None if document is None else self._told(document)

    def scan(self, filter: Mapping[str, Any] | None = None, fields: Sequence[str] | None = None) -> list[Doc]:
        """Return the documents of the objects that there were, by name; see `Catalog.scan`."""
        collection = self._now.collection
        stages: list[Doc] = [
            {"$match": self.here},
            {"$set": {"then": self._moment.expression()}},
            {"$match": {"then.kind": {"$type": "string"}}},
            {"$set": {name: f"$then.{name}" for name in history.SMALL}},
            {"$match": dict(filter or {})},
            {"$sort": {"_id": 1}},
            {"$project": {"name": 1}},
        ]
        options: dict[str, Any] = {"maxTimeMS": MAX_TIME, "batchSize": 10_000}
        found = self.connection.retry(lambda: list(collection.aggregate(stages, **options)))
        if fields == ["name"]:
            return found
        wanted = {"_id": {"$in": [each["_id"] for each in found]}}
        whole = self.connection.retry(lambda: list(collection.find(wanted, sort=[("_id", 1)])))
        told = [each for each in map(self._told, whole) if each is not None]
        shown = set(fields) | {"_id"} if fields else None
        return [
            {name: value for name, value in each.items() if (name in shown if shown else name not in PROTOCOL)}
            for each in told
        ]

    def count(self) -> int:
        """Return how many objects there were."""
        return len(self.scan(fields=["name"]))

    def update(self, query: Doc, pipeline: list[Doc], upsert: bool = False) -> Doc | None:
        """Refuse."""
        raise self._refusal()

    def identity(self) -> str:
        """Return the id of the bucket."""
        return self._now.identity()

    def beside(self, bucket: str | None, prefix: str | None) -> Catalog:
        """Return the catalog of another prefix at the same point; of another bucket as well, unless of a snapshot."""
        bucket = self.bucket if bucket is None else check_bucket(bucket)
        prefix = self.prefix if prefix is None else check_prefix(prefix)
        if bucket != self.bucket and self._moment.snapshot is not None:
            raise ReadOnly(f"snapshot {self._moment.snapshot!r} is one of bucket {self.bucket!r}, not of {bucket!r}")
        return PastCatalog(Catalog(self.connection, bucket, prefix, bucket_space(bucket)), self._moment)

    def _told(self, document: Doc) -> Doc | None:
        """Return the document as it was then; None if the object was not there."""
        place = self._moment.place(document)
        if place is None or history.entries(document)[place].get("kind") is None:
            return None
        told = document if place == len(document.get("versions", ())) else self.at_place(document, place)
        tags: dict[str, int | None] = {}
        for each in document.get("tag_log", ()):
            if each["at"] <= self._moment.at:
                tags[each["tag"]] = each["rev"]
        earlier = list(document.get("versions", ()))[:place]
        revs = {each["rev"] for each in (*earlier, told)}
        kept = [{"tag": tag, "rev": rev} for tag, rev in tags.items() if rev in revs]
        return {**told, "versions": earlier, "tags": kept, "pending": [], "trash": []}

    def _refusal(self) -> ReadOnly:
        return ReadOnly(
            f"this store shows bucket {self.bucket!r} at {self.moment}: it is read only; change the store"
        )
