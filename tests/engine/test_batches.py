"""Functions over the rows of a frame, run by a worker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.engine.batches import map_batches
from omegastore.engine.runtime import Runtime
from omegastore.errors import WorkerDied
from tests.engine import work

FRAME = pd.DataFrame({"a": np.arange(1000), "b": [f"row {number}" for number in range(1000)]})


def double(chunk: pd.DataFrame) -> pd.DataFrame:
    assert len(chunk) <= 300
    return chunk.assign(c=chunk["a"] * 2)


def die_late(chunk: pd.DataFrame) -> pd.DataFrame:
    if chunk["a"].iloc[0] > 500:
        work.die()
    return chunk


def test_a_worker_maps_chunks_of_a_frame_and_of_a_lazy_one(store: OmegaStore, runtime: Runtime) -> None:
    store.put(FRAME, "frame")
    meta = map_batches(store, runtime, "frame", double, "made", chunksize=300)
    assert (meta.name, meta.rows, meta.version) == ("made", 1000, 1)
    pd.testing.assert_frame_equal(store.get("made"), FRAME.assign(c=FRAME["a"] * 2))
    assert map_batches(store, runtime, store.getl("frame").query(a__lt=10), double, "made").version == 2
    assert store.get("made")["c"].tolist() == [number * 2 for number in range(10)]


def test_a_worker_that_dies_on_the_way_leaves_nothing(store: OmegaStore, runtime: Runtime, image: Any) -> None:
    store.put(FRAME, "frame")
    runtime.run(pow, 2, 3)
    before = {name: rows for name, rows in image().items() if rows}
    with pytest.raises(WorkerDied, match="made"):
        map_batches(store, runtime, "frame", die_late, "made", chunksize=100)
    assert {name: rows for name, rows in image().items() if rows} == before
