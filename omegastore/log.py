"""Log: the records of commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.objectid import ObjectId

from omegastore.catalog import Catalog, Doc
from omegastore.errors import DoesNotExist

if TYPE_CHECKING:
    import pandas as pd


def is_id(value: object) -> bool:
    """Return whether `value` is the id of a commit, not the name of a snapshot."""
    return isinstance(value, ObjectId) or (isinstance(value, str) and ObjectId.is_valid(value))


def find(catalog: Catalog, commit: ObjectId | str) -> Doc:
    """Return the record of a commit.

    Raises
    ------
    DoesNotExist
        When there is none.
    """
    query = {"_id": ObjectId(commit), "aborted": None}
    record = catalog.connection.retry(lambda: catalog.commits.find_one(query))
    if record is None:
        raise DoesNotExist(f"there is no commit {commit} in bucket {catalog.bucket!r}")
    return record


def records(catalog: Catalog, limit: int | None = None) -> list[Doc]:
    """Return the records of all commits, or of the last ones, the latest first."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit={limit} is not positive")
    latest = [("at", -1), ("_id", -1)]
    return catalog.connection.retry(
        lambda: list(catalog.commits.find({"aborted": None}, sort=latest, limit=limit or 0))
    )


def frame(catalog: Catalog, limit: int | None = None) -> pd.DataFrame:
    """Return the records as a frame, see `CommitsMixin.log`."""
    import pandas as pd

    columns = list(zip(*rows(catalog, limit), strict=True)) or [()] * len(COLUMNS)
    found: dict[str, Any] = {name: list(values) for name, values in zip(COLUMNS, columns, strict=True)}
    found["at"] = pd.DatetimeIndex(found["at"], tz="UTC")
    return pd.DataFrame(found, index=pd.Index(found.pop("commit"), name="commit", dtype=object))


COLUMNS = ("commit", "at", "message", "by", "changes")


def rows(catalog: Catalog, limit: int | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of the frame, by `COLUMNS`."""
    return [
        (str(each["_id"]), each["at"], each["message"], each["by"], [_told(change) for change in each["changes"]])
        for each in records(catalog, limit)
    ]


def _told(change: Doc) -> str:
    name = f"{change['prefix']}{change['name']}@{change['rev']}"
    return f"{change['verb']} {change['tag']} {name}" if change.get("tag") else f"{change['verb']} {name}"
