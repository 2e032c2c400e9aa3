"""Masks select the rows that pandas selects, and comparisons with values use the indexes of their columns."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Lazily, Pulled, assert_like, few, frames

SIGNS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
VALUES: dict[str, list[Any]] = {
    "i": [0, 1, -3, 0.5, np.int64(2), float("inf")],
    "f": [0, -0.0, 1.5, float("inf"), float("-inf"), np.float64(1.5)],
    "text": ["a", "", "ü", "b"],
    "when": [pd.Timestamp("2024-01-31 10:11:12.123456789"), pd.Timestamp("2024-01-31 10:11:12.123"),
             pd.Timestamp("1969-12-31")],
    "there": [pd.Timestamp("2024-07-01", tz="Europe/Berlin"), pd.Timestamp("2024-06-30 22:00", tz="UTC")],
    "n": [1, 2, 7],
    "s": ["p", "x"],
}  # fmt: skip
"""By label: what the column is compared with."""
GAPS: dict[str, Any] = {"f": np.nan, "text": None, "n": pd.NA, "s": pd.NA}
"""By label: what is missing; of NaT and None, pandas decides by the other values whether they are in a list."""


@st.composite
def masks(draw: st.DrawFn, depth: int = 2) -> Any:
    """Return a function that makes a mask of a frame, of pandas or a lazy one."""
    if depth and draw(st.booleans()):
        left, right = draw(masks(depth - 1)), draw(masks(depth - 1))
        way = draw(st.sampled_from(["and", "or", "not"]))
        if way == "not":
            return lambda m: ~left(m)
        return lambda m: left(m) & right(m) if way == "and" else left(m) | right(m)
    label = draw(st.sampled_from(list(VALUES)))
    values = st.sampled_from(VALUES[label])
    kind = draw(st.sampled_from(["compared", "among", "missing", "between", "columns", "true"]))
    if kind == "compared":
        sign, value = draw(st.sampled_from(SIGNS)), draw(values)
        return lambda m: sign(m[label], value)
    if kind == "among":
        several = [GAPS[label]] if label in GAPS and draw(st.booleans()) else []
        several += draw(st.lists(values, max_size=3))
        return lambda m: m[label].isin(several)
    if kind == "missing":
        return (lambda m: m[label].isna()) if draw(st.booleans()) else (lambda m: m[label].notna())
    if kind == "between":
        low, high, way = draw(values), draw(values), draw(st.sampled_from(["both", "neither", "left", "right"]))
        return lambda m: m[label].between(low, high, inclusive=way)
    if kind == "columns":
        sign = draw(st.sampled_from(SIGNS))
        return lambda m: sign(m.i, m.f)
    return lambda m: m.ok


@few
@given(frame=frames(), mask=masks(), again=masks())
def test_masks_select_rows_as_in_pandas(lazily: Lazily, frame: pd.DataFrame, mask: Any, again: Any) -> None:
    lazy = lazily(frame)
    is_chosen = true(mask(frame))
    chosen, part = frame[is_chosen], lazy[mask(lazy)]
    assert_like(part.value, chosen)
    assert_like(part[again(part)].value, chosen[true(again(chosen))])
    # masks of the whole frame fit its rows too
    assert_like(part[again(lazy)].value, chosen[true(again(frame))[is_chosen]])


def true(mask: Any) -> Any:
    """Return where a mask is true; what is NA is not."""
    return mask.fillna(False).to_numpy(bool)


FRAME = pd.DataFrame({"a": range(100), "b": np.arange(100) % 7, "t": ["x", "y"] * 50})
INDEXED: dict[str, Any] = {
    "a comparison": lambda m: m.a > 90,
    "two comparisons": lambda m: (m.a >= 90) & (m.b == 3),
    "alternatives": lambda m: (m.a < 3) | (m.a > 95),
    "values": lambda m: m.a.isin([1, 5, 200]),
    "a span": lambda m: m.a.between(5, 9, inclusive="left"),
    "a negation": lambda m: ~(m.a > 3) & (m.b != 2),
    "with another column": lambda m: (m.a < 20) & (m.b > m.a),
    "with a text": lambda m: (m.a == 7) & m.t.str.startswith("x"),
    "with what is computed": lambda m: (m.a + m.b > 5) & (m.a < 9),
}


@pytest.mark.parametrize("name", INDEXED)
def test_masks_use_the_index_of_a_column_that_they_compare_with_values(store: OmegaStore, name: str) -> None:
    store.put(FRAME, "frame", index=["a"])
    lazy = store.getl("frame")
    chosen = lazy[INDEXED[name](lazy)]
    told = chosen.inspect(explain=True)
    assert told["indexes"] == ["a_1"]
    assert_like(chosen.value, FRAME[INDEXED[name](FRAME)])


def test_a_mask_is_a_find_of_the_rows_that_it_selects(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(FRAME, "frame")
    lazy = watched.getl("frame")
    for mask, count in ((lazy.a > 90, 9), (lazy.a > lazy.b, 93), (lazy.a.isin([3]) | (lazy.b == lazy.a), 7)):
        pulled.clear()
        assert len(lazy[mask].value) == count
        assert (pulled.documents, pulled.names) == (count, ["find"])


def test_masks_of_very_many_comparisons_select_rows_too(lazily: Lazily) -> None:
    frame = pd.DataFrame({"a": range(50)})
    lazy = lazily(frame)
    either, neither, mixed = lazy.a == 0, ~(lazy.a == 0), lazy.a > 0
    for number in range(1, 40):
        either, neither = either | (lazy.a == number), neither & ~(lazy.a == number)
        mixed = ~(mixed & (lazy.a != number))
    assert lazy[either].value.a.tolist() == list(range(40))
    assert lazy[neither].value.a.tolist() == list(range(40, 50))
    expected = frame.a > 0
    for number in range(1, 40):
        expected = ~(expected & (frame.a != number))
    assert lazy[mixed].value.a.tolist() == frame[expected].a.tolist()
