"""Windows of groups give each row what pandas gives it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from tests.mdataframe.lazy_frames import Lazily, Pulled, assert_close, few, frames

STATISTICS = ["count", "sum", "mean", "min", "max", "std", "var", "median", "first", "last", "nunique"]
BY_ROW: dict[str, Any] = {
    "shift when": lambda g: g.when.shift(),
    "shift back": lambda g: g.j.shift(-2),
    "shift text": lambda g: g.s.shift(),
    "diff": lambda g: g.j.diff(),
    "diff floats": lambda g: g.f.diff(2),
    "cumsum": lambda g: g.j.cumsum(),
    "cumsum floats": lambda g: g.f.cumsum(),
    "cummax": lambda g: g.j.cummax(),
    "cummin": lambda g: g.f.cummin(),
    **{f"rank {m}": lambda g, m=m: g.f.rank(m) for m in ("average", "min", "max", "first", "dense")},
    "rank down": lambda g: g.j.rank("first", ascending=False),
    "cumcount": lambda g: g.cumcount(),
    **{f"{name} of floats": lambda g, name=name: g.f.transform(name) for name in STATISTICS},
    **{f"{name} of ints": lambda g, name=name: g.j.transform(name) for name in STATISTICS},
    **{f"{name} of dates": lambda g, name=name: g.when.transform(name) for name in ("count", "first", "last")},
}  # fmt: skip
BY_GROUP: dict[str, Any] = {
    "all": lambda g: g[["f", "j"]].rolling(2).sum(),
    "one": lambda g: g.f.rolling(3, 1).mean(),
    "count": lambda g: g.j.rolling(2, min_periods=1).count(),
    "expanding": lambda g: g[["j"]].expanding().max(),
    "frame": lambda g: g[["f", "j"]].shift(),
    "frame ranks": lambda g: g[["f", "j"]].rank(),
    "frame means": lambda g: g[["f", "j"]].transform("mean"),
}


@few
@given(frame=frames(), key=st.sampled_from(["i", "text", "kind", "ok", ["ok", "n"]]), dropna=st.booleans())
def test_windows_of_groups_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame, key: Any, dropna: bool) -> None:
    assume(len(frame))  # pandas gives no rows the dtypes of the columns
    frame = frame.replace([np.inf, -np.inf], 2.25).assign(j=range(len(frame)))
    lazy = lazily(frame)
    groups, plain = lazy.groupby(key, dropna=dropna), frame.groupby(key, dropna=dropna, observed=True)
    got = lazy.assign(**{name: of(groups) for name, of in BY_ROW.items()})[list(BY_ROW)].value
    expected = pd.DataFrame({name: of(plain).array for name, of in BY_ROW.items()}, index=frame.index)
    assert_close(got, expected)
    if key == "kind":  # pandas loses rows without a category here
        groups, plain = lazy.groupby(key), frame.groupby(key, observed=True)
    assume(plain.ngroups)  # pandas fails without a group
    for of in BY_GROUP.values():
        assert_close(of(groups).value, of(plain))


def test_a_statistic_of_the_group_is_a_column_by_one_command(watched: OmegaStore, pulled: Pulled) -> None:
    frame = pd.DataFrame({"k": [1, 2] * 50, "x": np.arange(100.0)})
    watched.put(frame, "frame")
    lazy = watched.getl("frame")
    pulled.clear()
    far = lazy[lazy.x - lazy.groupby("k").x.transform("mean") > 48].value
    assert (pulled.documents, pulled.names) == (2, ["aggregate"])
    assert far.x.tolist() == [98.0, 99.0]


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda m: m.groupby("k").x.transform(abs), TypeError, "map_batches"),
        (lambda m: m.groupby("k").x.transform("kurt"), InvalidOption, "kurt"),
        (lambda m: m.groupby("k", sort=False).x.rolling(2), InvalidOption, "sort"),
        (lambda m: m.groupby("k").s.cumsum(), Uncomputable, "windows"),
    ],
)
def test_windows_that_the_server_has_not_are_refused(
    lazily: Lazily, ask: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        ask(lazily(pd.DataFrame({"k": [1], "x": [1.0], "s": ["a"]})))
