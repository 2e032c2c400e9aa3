"""Memory: the peak of a process that streams many rows or a large file, above what it needs anyway."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.case import OURS, Case, Goal, Setting

MEGABYTES = 200
PUT = """
import re
import tempfile
from pathlib import Path
from benchmarks.sample import frame
from omegastore import OmegaStore

def peak():  # in MB; getrusage would tell that of the process that started this one, too
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

store = OmegaStore({url!r}, bucket="memory")
chunk = {chunk}
warm = store.put(frame(1000), "warm", append=False), store.get("warm")
parts = {rows} // chunk
before = peak()
"""
STEPS = {
    "put of {rows} rows as a stream": """
store.put((frame(chunk, number) for number in range(parts)), "streamed", append=False)""",
    "get of {rows} rows as a stream": """
count = sum(len(part) for part in store.get("streamed", chunksize=chunk))
assert count == chunk * parts""",
    "put of a file of {megabytes} MB": """
with tempfile.NamedTemporaryFile() as file:
    file.truncate({megabytes} * 1_000_000)
    store.put(Path(file.name), "file", kind="python.file")""",
    "get of a file of {megabytes} MB": """
file = store.get("file")
assert sum(map(len, iter(lambda: file.read(1 << 20), b""))) == {megabytes} * 1_000_000""",
}
SHOW = "\nprint(peak() - before)"


def cases(setting: Setting) -> list[Case]:
    """Return the cases of `setting.rows` rows in chunks of at most 100,000, and of a file of `setting.megabytes`."""
    chunk = min(100_000, max(1, setting.rows // 4))

    def peak(step: str) -> float:
        given = {"url": setting.url, "rows": setting.rows, "chunk": chunk, "megabytes": setting.megabytes}
        code = PUT.format(**given) + step.format(**given) + SHOW
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        return float(done.stdout)

    return [
        Case(
            "memory: " + name.format(rows=setting.rows, megabytes=setting.megabytes),
            {OURS: lambda step=step: peak(step)},
            (Goal("value", MEGABYTES),),
            unit="MB",
        )
        for name, step in STEPS.items()
    ]  # fmt: skip
