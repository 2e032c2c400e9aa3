"""Frames: a hypothesis strategy over the frames that come back identical, for tests of what stores frames.

Examples
--------
>>> from hypothesis import given
>>> @given(frames())
... def test_round_trip(frame):
...     assert_identical(round_trip(frame), frame)
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

from omegastore.testing.frame_cases import ARROW, CATEGORIES, INTERVALS, NUMBERS, OBJECTS, TEXT, TIMES, Case
from omegastore.testing.frame_identity import assert_identical, round_trip
from omegastore.testing.frame_shapes import INDEXES

__all__ = ["assert_identical", "frames", "round_trip"]

_NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(["_id", "_x", "a.b", "a_b", "$a", "", "_idx#0_", "_col#0_a"]),
)
_LABELS = st.one_of(_NAMES, st.integers(-3, 3), st.none(), st.tuples(_NAMES, st.integers(0, 3)), st.dates())


def _pool(case: Case) -> pd.Series[Any]:
    """Return the values of a case, which a column is drawn from."""
    return pd.DataFrame(case()).iloc[:, 0]


_POOLS = {
    name: case
    for cases in (NUMBERS, TEXT, OBJECTS, CATEGORIES, TIMES, INTERVALS, ARROW)
    for name, case in cases.items()
    if name not in ("big endian", "large str")  # pandas cannot take from the one, and the other is slow
}


@st.composite
def _columns(draw: st.DrawFn, rows: int, name: str) -> pd.Series[Any]:
    pool = _pool(_POOLS[name])
    places = draw(st.lists(st.integers(0, len(pool) - 1), min_size=rows, max_size=rows))
    return pool.iloc[places].reset_index(drop=True)


@st.composite
def _indexes(draw: st.DrawFn, rows: int) -> pd.Index[Any]:
    index = INDEXES[draw(st.sampled_from(sorted(INDEXES)))]().index
    if not len(index):
        return index if not rows else pd.RangeIndex(rows)
    places = draw(st.lists(st.integers(0, len(index) - 1), min_size=rows, max_size=rows))
    return index[:rows] if rows <= len(index) and draw(st.booleans()) else index.take(places)


@st.composite
def frames(draw: st.DrawFn, max_rows: int = 6, max_columns: int = 4) -> pd.DataFrame | pd.Series[Any]:
    """Return a strategy of DataFrames and Series of all dtypes, indexes, labels and names that are kept.

    Parameters
    ----------
    max_rows, max_columns : int
        The largest shape.
    """
    rows = draw(st.integers(0, max_rows))
    names = draw(st.lists(st.sampled_from(sorted(_POOLS)), max_size=max_columns))
    columns = [draw(_columns(rows, name)) for name in names]
    index = draw(_indexes(rows))
    columns = [column.set_axis(index) for column in columns]
    if len(columns) == 1 and draw(st.booleans()):
        return columns[0].rename(draw(st.one_of(_NAMES, st.integers(-3, 3), st.none(), st.dates())))
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    labels = draw(st.lists(_LABELS, min_size=len(columns), max_size=len(columns)))
    if draw(st.booleans()):
        frame.columns = pd.Index(labels, tupleize_cols=draw(st.booleans()))
    frame.attrs = draw(  # pyright: ignore[reportAttributeAccessIssue]  # pandas-stubs has it read only
        st.dictionaries(_NAMES, st.one_of(st.integers(), st.tuples(st.booleans()), st.none()), max_size=2)
    )
    return frame
