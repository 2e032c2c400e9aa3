"""Hint: which index a read with conditions shall use, where the server's own trial may miss it.

The server tries the candidate plans until one has found 101 rows. Reading in the order of `_id`, a scan of the whole
collection finds its first rows at once, while an index on another field finds none before all of its rows are sorted.
So with more than some thousand rows the scan is taken even where the index would read a hundredth of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pymongo.collection import Collection

FEWEST_ROWS = 200_000
"""Below this, the trial is right, and no hint is asked for."""
_PLANNED = {"$near", "$nearSphere", "$text", "_id"}
"""What the server reads by an index of its own choice."""
SHARE = 0.04
"""With a larger share of the rows, they are read and sorted slower by an index than all of them are read."""


def hint(collection: Collection[Any], filter: Mapping[str, Any], rows: int) -> dict[str, Any] | None:
    """Return the key of the index to read by: one that finds few rows, or `_id`; None where the server shall decide.

    Parameters
    ----------
    collection : Collection
        Where the rows are.
    filter : mapping
        A compiled filter.
    rows : int
        How many rows there are.
    """
    conditions, paths = list(_conditions(filter)), set(_paths(filter))
    most, is_of_use = int(rows * SHARE), False
    for index in collection.list_indexes():
        key: dict[str, Any] = dict(index["key"])
        path = next(iter(key))
        is_of_use = is_of_use or "$**" in path or (path != "_id" and not paths.isdisjoint(key))
        here = [condition for each, condition in conditions if each == path]
        if not here or path == "_id" or key[path] not in (1, -1) or not {"sparse", "collation"}.isdisjoint(index):
            continue
        found = collection.count_documents({"$and": here}, hint=list(key.items()), limit=most)
        if found < most:
            return key
    return None if is_of_use or paths & _PLANNED else {"_id": 1}


def _paths(filter: Any) -> Iterator[str]:
    """Yield the paths and operators of a filter, at any depth."""
    if isinstance(filter, list):
        for each in filter:
            yield from _paths(each)
    elif isinstance(filter, Mapping):
        for path, condition in filter.items():
            yield path
            yield from _paths(condition)


def _conditions(filter: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield path and condition of what has to hold for every row that is found."""
    for path, condition in filter.items():
        if path == "$and":
            for each in condition:
                yield from _conditions(each)
        elif not path.startswith("$"):
            yield path, {path: condition}
