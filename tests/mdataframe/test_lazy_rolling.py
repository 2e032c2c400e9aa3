"""Windows of time and of frames are those of pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omegastore.errors import UnsupportedValue
from tests.mdataframe.lazy_frames import Lazily, assert_close, few

NAMES = ["sum", "mean", "min", "max", "count"]
FORMS: dict[str, Any] = {
    "on": lambda m, name: getattr(m.rolling("2D", on="t"), name)(),
    "on, columns": lambda m, name: getattr(m.rolling("2D", on="t")[["x"]], name)(),
    "on, one": lambda m, name: getattr(m.rolling(pd.Timedelta("1D"), on="t", min_periods=2).x, name)(),
    "index": lambda m, name: getattr(m.set_index("t").rolling("36h"), name)(),
    "series": lambda m, name: getattr(m.set_index("t").y.rolling("3D"), name)(),
    "rows": lambda m, name: getattr(m[["x", "y"]].rolling(2), name)(),
    "expanding": lambda m, name: getattr(m[["x", "y"]].expanding(2), name)(),
    "groups": lambda m, name: getattr(m.assign(g=m.y % 2).groupby("g").rolling("3D", on="t").x, name)(),
    "all of groups": lambda m, name: getattr(m.assign(g=m.y % 2).groupby("g").rolling("3D", on="t"), name)(),
}  # fmt: skip
START = pd.Timestamp("1969-12-30")
TICKS = pd.DataFrame({"t": START + pd.to_timedelta([0, 0, 1, 86_400 * 10**9, 86_400 * 10**9 + 1], "ns"),
                      "x": [1.0, np.nan, 2.5, 4.0, 0.5], "y": range(5)})  # fmt: skip


@st.composite
def timed(draw: st.DrawFn) -> pd.DataFrame:
    """Return frames of numbers at times that repeat, in order."""
    hours = sorted(draw(st.lists(st.sampled_from([0, 12, 24, 36, 48, 60, 72, 200]), max_size=8)))
    values = draw(st.lists(st.sampled_from([0.5, -2.0, 3.0, np.nan]), min_size=len(hours), max_size=len(hours)))
    times = (START + pd.to_timedelta(hours, "h")).as_unit("ns")
    return pd.DataFrame({"t": times, "x": pd.Series(values, dtype="float64"), "y": range(len(hours))})


@few
@given(frame=timed(), name=st.sampled_from(NAMES))
@example(frame=TICKS, name="sum")
def test_windows_of_time_and_of_frames_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame, name: str) -> None:
    lazy = lazily(frame)
    for of in FORMS.values():
        assert_close(of(lazy, name).value, of(frame, name))


def test_windows_of_the_columns_of_a_frame_are_those_of_pandas(lazily: Lazily) -> None:
    lazy, frame = lazily(TICKS), TICKS
    forms: list[Any] = [
        lambda m: m.shift(-1), lambda m: m[["x", "y"]].diff(), lambda m: m[["x", "y"]].cumsum(),
        lambda m: m[["x", "y"]].cummax(), lambda m: m[["x", "y"]].cummin(),
        lambda m: m[["x", "y"]].rank(method="max", ascending=False),
    ]  # fmt: skip
    for of in forms:
        assert_close(of(lazy).value, of(frame))


def test_windows_without_times_are_refused(lazily: Lazily) -> None:
    lazy = lazily(TICKS)
    with pytest.raises(ValueError, match="on="):
        lazy.rolling("2D")
    with pytest.raises(ValueError, match="not compatible"):
        lazy.rolling("2 lots", on="t")
    with pytest.raises(ValueError, match="column 'x'"):
        lazy.rolling("2D", on="x")
    with pytest.raises(ValueError, match="no span"):
        lazy.rolling("-2D", on="t")
    with pytest.raises(AttributeError, match="nope"):
        assert lazy.rolling(2).nope
    gap = lazily(TICKS.assign(t=TICKS.t.where(TICKS.y > 0)))
    with pytest.raises(UnsupportedValue, match="dropna"):
        assert gap.rolling("2D", on="t").sum().value is None
