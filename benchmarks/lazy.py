"""Lazy: groups, filters, joins and statistics of the flights of the demo, beside a bare aggregation or find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from benchmarks.case import OURS, Case, Goal, Setting
from examples.flights import new_york

BARE, QUERY = "bare", "ours, as a query"
GOAL = (Goal(BARE, 1.1),)
WEEK = {"month": 1, "day": {"$lt": 8}}
Stage = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flights:
    """The stored flights, and the collections that hold them."""

    lazy: Any
    rows: Collection[dict[str, Any]]
    names: Mapping[str, str]
    """The collections of the other frames, by their names."""

    def aggregate(self, *stages: Stage) -> Callable[[], None]:
        """Return the step that reads what an aggregation gives as a frame."""

        def run() -> None:
            pd.DataFrame(list(self.rows.aggregate(list(stages), allowDiskUse=True)))

        return run

    def find(self, filter: Stage) -> Callable[[], None]:
        """Return the step that reads the rows of a filter as a frame."""

        def run() -> None:
            pd.DataFrame(list(self.rows.find(filter)))

        return run

    def case(
        self,
        name: str,
        ours: Callable[[Any], Any],
        bare: Callable[[], None],
        query: Callable[[Any], Any] | None = None,
    ) -> Case:
        """Return a case of our own step, of the bare one and of ours with a query in place of a mask."""
        more = {} if query is None else {QUERY: self._step(query)}
        return Case(f"lazy: {name}", {OURS: self._step(ours), BARE: bare, **more}, GOAL)

    def _step(self, ours: Callable[[Any], Any]) -> Callable[[], None]:
        def run() -> None:
            ours(self.lazy)

        return run


def cases(setting: Setting) -> list[Case]:
    """Return the cases, of all 336,776 flights whatever `setting.rows` is."""
    store = setting.store("bench_lazy")
    names = {}
    for name, frame, index in new_york():
        meta = store.put(frame, name, index=[*index, "+distance"] if name == "nyc/flights" else index, append=False)
        names[name] = meta.payload["rows"]["collection"]
    rows: Collection[Any] = store.mongodb.get_collection(names["nyc/flights"], read_concern=ReadConcern("majority"))
    flights = Flights(store.getl("nyc/flights"), rows, names)
    return [*_groups(flights), *_filters(flights), *_joins(flights), *_statistics(flights)]


def _groups(flights: Flights) -> Iterator[Case]:
    delay, both = {"m": _mean("dep_delay")}, {"carrier": "$carrier", "origin": "$origin"}
    three = {**delay, "n": _mean("arr_delay"), "d": {"$avg": "$distance"}}
    columns = ["dep_delay", "arr_delay", "distance"]
    yield flights.case(
        "mean of a column by a key",
        lambda m: m.groupby("carrier")["dep_delay"].mean().value,
        flights.aggregate(*_grouped("$carrier", delay)),
    )
    yield flights.case(
        "means of 3 columns by a key",
        lambda m: m.groupby("carrier")[columns].mean().value,
        flights.aggregate(*_grouped("$carrier", three)),
    )
    yield flights.case(
        "mean of a column by 2 keys",
        lambda m: m.groupby(["carrier", "origin"])["dep_delay"].mean().value,
        flights.aggregate(*_grouped(both, delay)),
    )


def _filters(flights: Flights) -> Iterator[Case]:
    for share, miles, minutes in (("2 %", 2586, 354), ("30 %", 1100, 170)):
        yield flights.case(
            f"filter of {share} on an index",
            lambda m, miles=miles: m[m.distance >= miles].value,
            flights.find({"distance": {"$gte": miles}}),
            query=lambda m, miles=miles: m.query(distance__gte=miles).value,
        )
        yield flights.case(
            f"filter of {share} without an index",
            lambda m, minutes=minutes: m[m.air_time >= minutes].value,
            flights.find({"air_time": {"$gte": minutes}}),
            query=lambda m, minutes=minutes: m.query(air_time__gte=minutes).value,
        )
    yield flights.case(
        "filter by two columns",
        lambda m: m[m.arr_delay > m.dep_delay].value,
        flights.find({"$expr": {"$gt": ["$arr_delay", "$dep_delay"]}}),
    )


def _joins(flights: Flights) -> Iterator[Case]:
    for name, key in (("planes", "tailnum"), ("airlines", "carrier")):
        for how in ("inner", "left"):
            yield flights.case(
                f"{how} join of a week with {name}",
                lambda m, name=name, key=key, how=how: (
                    m.query(month=1, day__lt=8).merge(f"nyc/{name}", on=key, how=how, suffixes=("", "_right")).value
                ),
                flights.aggregate(*_joined(flights.names[f"nyc/{name}"], key, how == "left")),
            )


def _statistics(flights: Flights) -> Iterator[Case]:
    delay = {"$group": {"_id": None, "m": _mean("dep_delay")}}
    yield flights.case("mean of a column", lambda m: m.dep_delay.mean(), flights.aggregate(delay))
    most = {"$group": {"_id": None, "s": {"$sum": "$distance"}}}
    yield flights.case("sum of a column", lambda m: m.distance.sum(), flights.aggregate(most))
    columns = ["dep_delay", "arr_delay", "distance"]
    means = {"$group": {"_id": None, "a": _mean("dep_delay"), "b": _mean("arr_delay"), "c": {"$avg": "$distance"}}}
    yield flights.case("means of 3 columns", lambda m: m[columns].mean(), flights.aggregate(means))


def _mean(column: str) -> dict[str, Any]:
    """Return the mean of what is there; one NaN would make that of all NaN."""
    return {"$avg": {"$cond": [{"$eq": [f"${column}", nan]}, None, f"${column}"]}}


def _grouped(by: Any, accumulators: Stage) -> Sequence[Stage]:
    return {"$group": {"_id": by, **accumulators}}, {"$sort": {"_id": 1}}


def _joined(name: str, key: str, keep: bool) -> Sequence[Stage]:
    return (
        {"$match": WEEK},
        {"$lookup": {"from": name, "localField": key, "foreignField": key, "as": "right"}},
        {"$unwind": {"path": "$right", "preserveNullAndEmptyArrays": keep}},
        {"$replaceRoot": {"newRoot": {"$mergeObjects": ["$right", "$$ROOT"]}}},
        {"$unset": "right"},
    )
