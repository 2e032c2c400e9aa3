"""Properties of the frame codec: any frame comes back, appending is concat, a part is a part."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omegastore.codecs.frame import describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.widen import widen
from omegastore.errors import SchemaMismatch
from omegastore.testing.frames import assert_identical, frames, round_trip

SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@SLOW
@given(frames(), st.integers(1, 4))
def test_any_frame_comes_back_identical(frame: Any, rows: int) -> None:
    assert_identical(round_trip(frame, rows), frame)


@SLOW
@given(frames(), st.data())
def test_a_part_has_exactly_the_rows_that_were_selected(frame: Any, data: st.DataObject) -> None:
    prepared = describe(frame)
    chosen = data.draw(st.lists(st.sampled_from(range(len(frame))), unique=True).map(sorted)) if len(frame) else []
    part = decode([prepared.encode(at, at + 1, at) for at in chosen], prepared.schema, whole=False)
    assert len(part) == len(chosen)
    labels = [repr(label) for label in part.index]
    assert labels == [repr(label) for label in frame.index.take(chosen)]


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 has rules of its own for columns of missing values")
@SLOW
@given(frames(), frames(), st.data())
def test_what_is_appended_reads_like_concat_or_is_refused(first: Any, other: Any, data: st.DataObject) -> None:
    assume(type(first) is type(other))
    second = data.draw(st.sampled_from([first, other, first.iloc[:1], first.iloc[1:]]))
    one = describe(first)
    try:
        schema, two = widen(one.schema, describe(second))
    except SchemaMismatch:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected: Any = pd.concat([first, second])
    batches = [p.encode(start, stop, start) for p in (one, two) for start, stop in p.chunks(2)]
    got: Any = decode(batches, schema)
    if isinstance(first, pd.Series):
        pd.testing.assert_series_equal(got, expected, check_exact=True, check_freq=True)
    else:
        pd.testing.assert_frame_equal(got, expected, check_exact=True, check_freq=True)
