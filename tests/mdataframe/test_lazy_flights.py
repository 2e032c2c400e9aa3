"""Lazy frames over the 336,776 flights of the demo give what pandas gives, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.flights import new_york
from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import assert_like

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_every_row_of_the_flights_is_that_of_pandas(store: OmegaStore, tmp_path: Path) -> None:
    frames: dict[str, pd.DataFrame] = {}
    for name, frame, index in new_york():
        store.put(frame, name, index=index)
        frames[name] = frame
    flights, planes = frames["nyc/flights"], frames["nyc/planes"]
    lazy: Any = store.getl("nyc/flights")
    late = flights[flights.arr_delay > flights.dep_delay]
    assert_like(lazy[lazy.arr_delay > lazy.dep_delay].value, late)
    by: Any = ["carrier", "dep_delay"]
    expected = flights.sort_values(by, ascending=[True, False], kind="stable")
    assert_like(lazy.sort_values(by, ascending=[True, False]).value, expected)
    assert_like(lazy.drop_duplicates(["origin", "dest"]).value, flights.drop_duplicates(["origin", "dest"]))
    assert_like(lazy.dropna().value, flights.dropna())
    assert_like(lazy.iloc[-5:1000:-7].value, flights.iloc[-5:1000:-7])
    assert_like(lazy.sample(500, random_state=1).value, flights.sample(500, random_state=1))
    known = flights[flights.tailnum.notna()].reset_index(drop=True)
    joined = known.merge(planes, on="tailnum", how="left", suffixes=("", "_built"))
    merged = lazy.query(tailnum__isnull=False).merge("nyc/planes", how="left", on="tailnum", suffixes=("", "_built"))
    assert_like(merged.value, joined)
    assert_like(pd.concat(lazy.iterchunks(100_000)), flights)
    assert_like(lazy.query(origin="JFK").persist("nyc/jfk").value, flights[flights.origin == "JFK"])
