"""Where extreme values are, and which are frequent, is what pandas says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mdataframe.lazy_frames import Lazily, assert_like, few, frames

EXTREMES = ["i", "f", "when", "there", "n", "ok"]


@few
@given(frame=frames(), data=st.data())
def test_labels_of_extremes_and_frequent_values_are_those_of_pandas(
    lazily: Lazily, frame: pd.DataFrame, data: st.DataObject
) -> None:
    frame["f"] = frame["f"].replace([np.inf, -np.inf], 2.25)
    lazy = lazily(frame)
    there = [label for label in EXTREMES if frame[label].notna().any()]
    for label in there[:1]:
        assert lazy[label].idxmax() == frame[label].idxmax()
    if there:
        assert_like(lazy[there].idxmax(numeric_only=True), frame[there].idxmax(numeric_only=True))
        assert_like(lazy[there].idxmin(), frame[there].idxmin())
    frequent = data.draw(st.sampled_from(["i", "text", "when", "there", "kind", "n", "ok", "s"]))
    assert_like(lazy[frequent].mode(), frame[frequent].mode())
    assert_like(lazy.n.mode(dropna=False), frame.n.mode(dropna=False))


def test_what_has_no_extreme_is_refused(lazily: Lazily) -> None:
    lazy: Any = lazily(pd.DataFrame({"x": [np.nan], "text": ["a"]}))
    with pytest.raises(ValueError, match="all NA"):
        lazy.x.idxmax()
    with pytest.raises(ValueError, match="empty"):
        lazy.head(0).x.idxmin()
    with pytest.raises(TypeError, match="idxmin"):
        lazy.text.idxmin()
