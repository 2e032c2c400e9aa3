"""Windows of lazy series give what pandas gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from tests.mdataframe.lazy_frames import Lazily, Pulled, few, frames

OF_NUMBERS: dict[str, Any] = {
    "cumsum": lambda s: s.cumsum(), "cummax": lambda s: s.cummax(), "cummin": lambda s: s.cummin(),
    "diff": lambda s: s.diff(), "diff back": lambda s: s.diff(-2),
    **{f"rolling {name}": lambda s, name=name: getattr(s.rolling(3), name)() for name in
       ("sum", "mean", "min", "max", "count")},
    **{f"rolling {name} of 1": lambda s, name=name: getattr(s.rolling(2, min_periods=1), name)() for name in
       ("sum", "mean", "min", "max", "count")},
}  # fmt: skip
OF_ORDERED: dict[str, Any] = {
    f"{method} {ascending}": lambda s, m=method, a=ascending: s.rank(method=m, ascending=a)
    for method in ("average", "min", "max", "first", "dense") for ascending in (True, False)
}  # fmt: skip
OF_ANY: dict[str, Any] = {f"shift {n}": lambda s, n=n: s.shift(n) for n in (0, 1, -2, 20)}


@few
@given(frame=frames(), is_sorted=st.booleans())
def test_windows_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame, is_sorted: bool) -> None:
    frame = frame.replace([np.inf, -np.inf], 2.25)
    lazy = lazily(frame)
    if is_sorted:
        lazy, frame = lazy.sort_values("f"), frame.sort_values("f", kind="stable")
    cases = [
        *((label, name, of) for label in ("i", "f") for name, of in (OF_NUMBERS | OF_ORDERED).items()),
        *(("text", name, of) for name, of in OF_ORDERED.items()),
        *((label, name, of) for label in frame.columns if label != "ok" for name, of in OF_ANY.items()),
    ]
    for label, name, of in cases:
        got, expected = of(lazy[label]).value, of(frame[label])
        pd.testing.assert_series_equal(got, expected, check_exact=False, rtol=1e-12, obj=f"{name} of {label}")


def test_a_window_is_one_command_and_can_be_a_column_and_a_mask(watched: OmegaStore, pulled: Pulled) -> None:
    frame = pd.DataFrame({"x": np.arange(100.0), "y": range(100)})
    watched.put(frame, "frame")
    lazy = watched.getl("frame")
    pulled.clear()
    some = lazy.assign(before=lazy.x.shift(), total=lazy.y.cumsum()).iloc[98:].value
    assert (pulled.documents, pulled.names) == (2, ["aggregate"])
    pd.testing.assert_frame_equal(some, frame.assign(before=frame.x.shift(), total=frame.y.cumsum()).iloc[98:])


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda m: m.ok.shift(), Uncomputable),
        (lambda m: m.text.cumsum(), Uncomputable),
        (lambda m: m.n.rolling(2), Uncomputable),
        (lambda m: m.x.rolling(0), ValueError),
        (lambda m: m.x.rolling(2, min_periods=3), ValueError),
        (lambda m: m.x.rank(method="best"), InvalidOption),
        (lambda m: m.n.rank(), Uncomputable),
    ],
)
def test_what_the_server_would_compute_otherwise_is_refused(lazily: Lazily, ask: Any, error: type[Exception]) -> None:
    frame = pd.DataFrame({"ok": [True], "text": ["a"], "n": pd.Series([1], dtype="Int64"), "x": [1.0]})
    with pytest.raises(error):
        ask(lazily(frame))
