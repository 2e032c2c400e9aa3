"""Growth: time for each row as frames grow, and for each call as objects become many; both have to stay the same."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import timed
from benchmarks.sample import frame
from omegastore import OmegaStore

FEW, ALONE = "a tenth of the rows", "alone"
FRAMES_IN = 20
"""One of so many objects is a frame, with a collection of its own."""


def cases(setting: Setting) -> list[Case]:
    """Return the cases: microseconds for each of `setting.rows` rows, and for each of a tenth of them."""
    store = setting.store("growth")
    sizes = {OURS: setting.rows, FEW: max(1, setting.rows // 10)}
    frames = {name: frame(rows) for name, rows in sizes.items()}

    def put(name: str) -> float:
        return timed(lambda: store.put(frames[name], name, append=False)) / sizes[name] * 1e6

    def get(name: str) -> float:
        return timed(lambda: store.get(name)) / sizes[name] * 1e6

    return among_others(setting) + [
        Case(f"growth: {verb.__name__}", {name: lambda verb=verb, name=name: verb(name) for name in sizes},
             (Goal(FEW, 1.3),), unit="us a row")
        for verb in (put, get)
    ]  # fmt: skip


def among_others(setting: Setting) -> list[Case]:
    """Return the cases: calls in a bucket of `setting.objects` inline objects and frames, and in an empty one."""
    crowd, alone = setting.store("crowd"), setting.store("alone")
    small = frame(5)
    for store in (crowd, alone):
        store.put({"a": 1}, "value", kind="python.object")
        store.put(small, "frame", append=False)
    catalog = crowd.storage.catalog
    seed = catalog.read("value")
    for start in range(0, setting.objects, 10_000):
        names = [f"other{number:06}" for number in range(start, min(start + 10_000, setting.objects))]
        catalog.collection.insert_many([{**(seed or {}), "_id": catalog.key(name), "name": name} for name in names])
    for number in range(setting.objects // FRAMES_IN):
        crowd.put(small, f"frames/{number}", append=False)
    steps: dict[str, Callable[[OmegaStore], object]] = {
        "metadata": lambda store: store.metadata("value"),
        "exists": lambda store: store.exists("value"),
        "list of one name": lambda store: store.list("value"),
        "get of a value": lambda store: store.get("value"),
        "get of a frame": lambda store: store.get("frame"),
        "put of a value": lambda store: store.put({"a": 1}, "value", kind="python.object"),
        "put of a frame": lambda store: store.put(small, "frame", append=False),
    }
    return [
        Case(
            f"growth: {name} among {setting.objects} objects and {setting.objects // FRAMES_IN} frames",
            {OURS: lambda step=step: repeated(step, crowd), ALONE: lambda step=step: repeated(step, alone)},
            (Goal(ALONE, 1.3),),
        )
        for name, step in steps.items()
    ]


def repeated(step: Callable[[OmegaStore], object], store: OmegaStore, times: int = 30) -> float:
    """Return the seconds of one of `times` calls."""
    return timed(lambda: [step(store) for _ in range(times)]) / times
