"""Memory: the peak of a process that puts and reads many rows as a stream, above what it needs anyway."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.case import OURS, Case, Goal, Setting

MEGABYTES = 200
PUT = """
import resource
from benchmarks.sample import frame
from omegastore import OmegaStore
store = OmegaStore({url!r}, bucket="memory")
chunk = {chunk}
warm = store.put(frame(1000), "warm", append=False), store.get("warm")
parts = {rows} // chunk
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
STEPS = {
    "put": 'store.put((frame(chunk, number) for number in range(parts)), "streamed", append=False)',
    "get": 'count = sum(len(part) for part in store.get("streamed", chunksize=chunk)); assert count == chunk * parts',
}
SHOW = "\nprint((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"


def cases(setting: Setting) -> list[Case]:
    """Return the cases of `setting.rows` rows in chunks of at most 100,000."""
    chunk = min(100_000, max(1, setting.rows // 4))

    def peak(step: str) -> float:
        code = PUT.format(url=setting.url, rows=setting.rows, chunk=chunk) + step + SHOW
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        return float(done.stdout)

    return [
        Case(
            f"memory: {name} of {setting.rows} rows as a stream",
            {OURS: lambda step=step: peak(step)},
            (Goal("value", MEGABYTES),),
            unit="MB",
        )
        for name, step in STEPS.items()
    ]  # fmt: skip
