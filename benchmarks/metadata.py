"""Metadata: a look-up, the list of all objects, and small objects."""

from __future__ import annotations

from typing import Any

import pandas as pd

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import nothing, timed

FIND, ENGINE, PROJECTED = "pymongo find_one", "mongoengine", "projected pymongo find"
ROUND_TRIP = "two pings"

NAME = {"_id": 0, "name": 1}


def cases(setting: Setting) -> list[Case]:
    """Return the cases over `setting.objects` objects."""
    store, database = setting.store("many"), setting.database()
    store.put(1, "seed")
    catalog = store.storage.catalog
    seed = catalog.read("seed")
    assert seed is not None
    copies: list[dict[str, Any]] = [
        {**seed, "_id": catalog.key(f"o{number:06}"), "name": f"o{number:06}"} for number in range(setting.objects)
    ]
    metadata = catalog.collection
    metadata.insert_many(copies, ordered=False)
    one, many = {"_id": catalog.key("o000007")}, {"bucket": seed["bucket"], "prefix": seed["prefix"]}
    small = pd.DataFrame({"a": range(5)})
    store.put(small, "small")

    def repeated(step: Any, times: int = 50) -> Any:
        return lambda: timed(lambda: [step() for _ in range(times)]) / times

    def engine() -> float:
        import mongoengine

        class Peer(mongoengine.DynamicDocument):  # type: ignore[misc]  # mongoengine has no types
            meta = {"collection": metadata.name, "abstract": False, "auto_create_index": False}  # noqa: RUF012

        alias = "bench"
        mongoengine.disconnect(alias)
        mongoengine.connect(metadata.database.name, alias=alias, host=setting.url)
        Peer._meta["db_alias"] = alias
        found: float = repeated(lambda: Peer.objects(name="o000007", **many).first())()
        mongoengine.disconnect(alias)
        return found

    return [
        Case(
            f"metadata: look-up among {setting.objects}",
            {OURS: repeated(lambda: store.metadata("o000007")), FIND: repeated(lambda: metadata.find_one(one)),
             ENGINE: engine},
            (Goal(FIND, 1.1),),
        ),
        Case(
            f"metadata: list of {setting.objects}",
            {
                OURS: nothing(lambda: store.list()),
                PROJECTED: nothing(lambda: [each["name"] for each in metadata.find(many, NAME, sort=[("name", 1)])]),
            },
            (Goal(PROJECTED, 1.5),),
        ),
        Case(
            "metadata: get of a value and of a frame of 5 rows",
            {OURS: repeated(lambda: (store.get("seed"), store.get("small"))),
             ROUND_TRIP: repeated(lambda: (database.command("ping"), database.command("ping")))},
            (),
            close=lambda: metadata.delete_many({"name": {"$regex": "^o"}}),
        ),
    ]  # fmt: skip
