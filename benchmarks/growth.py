"""Growth: time for each row as frames grow, which has to stay the same."""

from __future__ import annotations

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import timed
from benchmarks.sample import frame

FEW = "a tenth of the rows"


def cases(setting: Setting) -> list[Case]:
    """Return the cases: microseconds for each of `setting.rows` rows, and for each of a tenth of them."""
    store = setting.store("growth")
    sizes = {OURS: setting.rows, FEW: max(1, setting.rows // 10)}
    frames = {name: frame(rows) for name, rows in sizes.items()}

    def put(name: str) -> float:
        return timed(lambda: store.put(frames[name], name, append=False)) / sizes[name] * 1e6

    def get(name: str) -> float:
        return timed(lambda: store.get(name)) / sizes[name] * 1e6

    return [
        Case(f"growth: {verb.__name__}", {name: lambda verb=verb, name=name: verb(name) for name in sizes},
             (Goal(FEW, 1.3),), unit="us a row")
        for verb in (put, get)
    ]  # fmt: skip
