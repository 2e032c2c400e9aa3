"""An archive of a gigabyte is written and read in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore

MEGABYTE = 1 << 20
FILE, ROWS, BATCHES = 600 * MEGABYTE, 500_000, 16
BOUND = 150 * MEGABYTE
"""Bytes that moving may take beyond what a process takes that has moved a small object."""
CLIENT = """
import json, re, sys, time
from pathlib import Path
from omegastore import OmegaStore

def peak():  # getrusage would tell that of the process that started this one, too
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

url, folder = sys.argv[1:]
source, target = OmegaStore(url), OmegaStore(url, "target")
source.to_archive("small", folder + "/small.zip")
target.from_archive(folder + "/small.zip")
told = {"before": peak()}
start = time.monotonic()
source.to_archive("large/*", folder + "/large.zip")
told |= {"written": peak(), "write seconds": time.monotonic() - start}
start = time.monotonic()
target.from_archive(folder + "/large.zip")
told |= {"read": peak(), "read seconds": time.monotonic() - start}
print(json.dumps(told))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.timeout(900)
def test_a_gigabyte_is_moved_in_little_memory(store: OmegaStore, store_url: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    with (tmp_path / "file").open("wb") as file:
        for _ in range(FILE // MEGABYTE):
            file.write(random.bytes(MEGABYTE))
    for name in ("small", "large/rows"):
        for _ in range(BATCHES if "/" in name else 1):
            values = random.normal(size=ROWS if "/" in name else 10)
            store.put(pd.DataFrame({"key": np.arange(len(values)), "value": values, "b": values}), name, append=True)
    store.put(tmp_path / "file", "large/file")
    (tmp_path / "file").unlink()
    keys = os.environ | {"OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
    command = [sys.executable, "-c", CLIENT, store_url, str(tmp_path)]
    run = subprocess.run(command, env=keys, capture_output=True, text=True, check=True)
    told = json.loads(run.stdout)
    size = (tmp_path / "large.zip").stat().st_size
    megabytes = {name: value // MEGABYTE for name, value in told.items() if "seconds" not in name}
    sys.stdout.write(f"{size // MEGABYTE} MB archive; peak memory in MB {megabytes}; {told}\n")
    assert size > 1000 * MEGABYTE
    assert max(told["written"], told["read"]) - told["before"] < BOUND
    target = OmegaStore(store_url, "target", defaults=store.defaults)
    meta = target.metadata("large/rows")
    assert meta is not None
    assert meta.rows == ROWS * BATCHES
    assert target.fsck() == []
