"""Edits of frames of every dtype and index against pandas: values, dtypes, labels and attrs are the same after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.testing.frames import assert_identical, frames

CHECKS = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
]


@st.composite
def keyed(draw: st.DrawFn) -> pd.DataFrame:
    """Return a frame of at least two rows with columns c0, c1, ... and a key."""
    drawn = draw(frames(max_rows=6, max_columns=4).filter(lambda each: len(each) > 1))
    frame = drawn.to_frame() if isinstance(drawn, pd.Series) else drawn
    frame.columns = pd.Index([f"c{at}" for at in range(frame.shape[1])], dtype=object)
    attrs = frame.attrs
    frame["key"] = draw(st.permutations([f"k{at}" for at in range(len(frame))]))
    frame.attrs = attrs
    return frame


def taken(frame: pd.DataFrame, places: list[int], labels: list[str]) -> pd.DataFrame:
    """Return the frame with the values that the columns `labels` have at `places`."""
    columns = {at: frame.iloc[:, at] for at in range(frame.shape[1])}
    for at, label in enumerate(frame.columns):
        if label in labels:
            columns[at] = frame.iloc[:, at].take(places).set_axis(frame.index)
    made = pd.DataFrame(columns, index=frame.index)
    made.columns, made.attrs = frame.columns, frame.attrs
    return made


def part_of(frame: pd.DataFrame, stays: list[bool]) -> pd.DataFrame:
    """Return the rows that stay; their labels follow no rule then."""
    made = frame[stays]
    if isinstance(frame.index, pd.RangeIndex):
        labels = [label for label, stay in zip(frame.index, stays, strict=True) if stay]
        made = made.set_axis(pd.Index(labels, dtype="int64", name=frame.index.name))
    if isinstance(made.index, pd.DatetimeIndex | pd.TimedeltaIndex):
        index: Any = made.index.copy()
        index.freq = None
        made = made.set_axis(index)
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=CHECKS)
@given(frame=keyed(), data=st.data())
def test_an_edited_frame_is_what_pandas_makes_of_it(store: OmegaStore, frame: pd.DataFrame, data: Any) -> None:
    rows = range(len(frame))
    labels = data.draw(st.lists(st.sampled_from([*frame.columns[:-1]]), unique=True)) if frame.shape[1] > 1 else []
    places = [data.draw(st.one_of(st.just(at), st.sampled_from(rows))) for at in rows]
    chosen = [at for at in rows if places[at] != at]
    changes = frame.iloc[[places[at] for at in chosen]][labels].reset_index(drop=True)
    changes["key"] = [frame["key"].iloc[at] for at in chosen]
    want = taken(frame, places, labels)

    store.put(frame, "f", append=False)
    if data.draw(st.booleans()):
        store.update("f", changes, on="key")
    else:
        store.upsert("f", changes, on="key")
    assert_identical(store.get("f"), want)

    stays = data.draw(st.lists(st.booleans(), min_size=len(frame), max_size=len(frame)))
    gone = [key for key, stay in zip(frame["key"], stays, strict=True) if not stay]
    store.delete_rows("f", key__in=gone)
    assert_identical(store.get("f"), want if all(stays) else part_of(want, stays))


@settings(max_examples=15, deadline=None, suppress_health_check=CHECKS)
@given(frame=keyed(), data=st.data())
def test_rows_that_are_added_are_those_of_concat(store: OmegaStore, frame: pd.DataFrame, data: Any) -> None:
    cut = data.draw(st.integers(1, len(frame) - 1))
    store.put(frame[:cut], "f", append=False)
    store.upsert("f", frame[cut:], on="key")
    got = store.get("f")
    store.put(frame[:cut], "g", append=False)
    store.put(frame[cut:], "g", append=True)
    assert_identical(got, store.get("g"))
    assert np.array_equal(got["key"], frame["key"])
