"""What the server is asked for lazy frames: rows that count and no others, and no more work than is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from omegastore import OmegaStore

FRAME = pd.DataFrame({"k": ["a", "b", "a"], "x": [1.0, 2.0, 3.0]})
REDUCTIONS: dict[str, Any] = {
    "groups": lambda m: list(m.groupby("k", as_index=False)[["x"]].sum().itertuples()),
    "a column": lambda m: m.x.sum(),
    "a computed column": lambda m: (m.x * 2).sum(),
    "a mask": lambda m: m[m.x > 1].x.sum(),
    "a count": lambda m: m.x.count(),
}


def failing() -> Iterator[pd.DataFrame]:
    yield FRAME
    raise RuntimeError("the writer fails")


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_rows_that_are_not_committed_are_in_no_statistic(store: OmegaStore, reduction: str) -> None:
    found = REDUCTIONS[reduction]
    store.put(FRAME, "frame")
    with pytest.raises(RuntimeError):
        store.put(failing(), "frame", append=True)
    meta = store.put(FRAME, "frame", append=True)
    assert [batch["b"] for batch in meta.payload["rows"]["batches"]] == [0, 2]
    collection = store.mongodb[meta.payload["rows"]["collection"]]
    # what a writer left that was killed, and what one writes that is under way
    for batch in (1, 3):
        collection.insert_many([{"_id": (batch << 32) + at, "k": "a", "x": 100.0} for at in range(5)])
    assert found(store.getl("frame")) == found(pd.concat([FRAME, FRAME]))
    assert found(store.getl("frame", version=1)) == found(FRAME)


def test_a_mean_of_values_that_are_all_there_asks_of_no_row_whether_they_are(store: OmegaStore) -> None:
    store.put(FRAME, "frame")
    sort, limit, group, *_ = store.getl("frame").groupby("k").x.mean().inspect()["pipeline"]
    assert (sort, limit) == ({"$sort": {"_id": 1}}, {"$limit": 3})
    assert group == {"$group": {"_id": {"k0_0": "$k"}, "a0": {"$avg": "$x"}}}
