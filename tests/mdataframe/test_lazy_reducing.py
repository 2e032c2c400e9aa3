"""Statistics of lazy series and frames are those of pandas, by one command that sends no rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Lazily, Pulled, few, frames

NAMES = ["count", "sum", "mean", "min", "max", "std", "var", "median", "nunique", "any", "all"]
OF: dict[str, list[str]] = {
    "i": NAMES, "f": NAMES, "ok": NAMES[:-2], "n": NAMES, "text": ["count", "min", "max", "nunique"],
    "when": ["count", "min", "max", "nunique"], "there": ["count", "min", "max"], "s": ["count", "nunique"],
    "kind": ["count", "nunique"], "month": ["count"], "took": ["count"],
}  # fmt: skip
EMPTY = pd.DataFrame({label: pd.Series([], dtype=dtype) for label, dtype in {
    "i": "int64", "f": "float64", "ok": "bool", "n": "Int64", "text": "str", "when": "datetime64[ns]",
    "there": "datetime64[us, UTC]", "s": "string", "kind": "category", "month": "period[M]",
    "took": "timedelta64[ns]",
}.items()})  # fmt: skip


def assert_alike(got: Any, expected: Any, what: str) -> None:
    if isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(got, expected, check_exact=False, rtol=1e-12)
    elif pd.isna(expected):
        assert pd.isna(got), what
        assert (got is pd.NA) == (expected is pd.NA), what
    elif isinstance(expected, (float, np.floating)):
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-300), what
    else:
        assert got == expected, what
    if isinstance(expected, np.generic) and expected == expected:  # pandas has a NaN of either type
        assert type(got) is type(expected), what


@few
@given(frame=frames())
@example(frame=EMPTY)
def test_statistics_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame) -> None:
    lazy = lazily(frame)
    with np.errstate(all="ignore"):
        for label, names in OF.items():
            for name in names:
                assert_alike(getattr(lazy[label], name)(), getattr(frame[label], name)(), f"{name} of {label}")
        numbers = ["i", "f", "ok"]
        for name in ["count", "sum", "mean", "std", "median", "nunique"]:
            assert_alike(getattr(lazy[numbers], name)(), getattr(frame[numbers], name)(), name)
        assert_alike(lazy.mean(numeric_only=True), frame.mean(numeric_only=True), "mean of numbers")
        finite = frame.f.replace([np.inf, -np.inf], 3.5)
        lazy = lazily(frame.assign(f=finite))
        for q in (0, 0.1, 0.5, 0.99, [0.25, 1]):
            assert_alike(lazy.f.quantile(q), finite.quantile(q), f"quantile {q}")
        assert_alike(lazy.f.describe(), finite.describe(), "description")
        pd.testing.assert_frame_equal(
            lazy[["f", "i"]].describe(), frame.assign(f=finite)[["f", "i"]].describe(), rtol=1e-12
        )


@few
@given(frame=frames())
@example(frame=EMPTY)
def test_different_values_and_how_often_they_are_there_are_those_of_pandas(
    lazily: Lazily, frame: pd.DataFrame
) -> None:
    lazy = lazily(frame)
    for label in ["i", "text", "when", "there", "n", "s", "ok"]:
        for dropna in (True, False):
            got = lazy[label].value_counts(dropna=dropna)
            expected = frame[label].value_counts(dropna=dropna)
            assert got.astype("int64").sort_index().tolist() == expected.astype("int64").sort_index().tolist()
            assert got.tolist() == sorted(got.tolist(), reverse=True)
            assert (got.name, got.index.name, got.index.dtype) == ("count", label, expected.index.dtype)
        pd.testing.assert_index_equal(pd.Index(lazy[label].unique()), pd.Index(frame[label].unique()))


def test_a_statistic_is_one_command_and_one_document(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"x": np.arange(1000.0), "y": range(1000)}), "frame")
    lazy = watched.getl("frame")
    for name in ("mean", "median", "nunique", "sum"):
        for of in (lazy.x, lazy, lazy.x + lazy.y):
            pulled.clear()
            getattr(of, name)()
            assert (pulled.documents, pulled.names) == (1, ["aggregate"])
    pulled.clear()
    assert lazy.x.quantile(0.9) == pytest.approx(899.1)
    assert pulled.documents == 2


def test_what_has_no_such_statistic_is_refused_as_in_pandas(lazily: Lazily) -> None:
    lazy: Any = lazily(pd.DataFrame({"a": ["x"], "b": pd.Series(["x"], dtype="category")}))
    for of, name in ((lazy.a, "mean"), (lazy.a, "sum"), (lazy, "mean"), (lazy.a, "quantile")):
        with pytest.raises(TypeError):
            getattr(of, name)()
    with pytest.raises(ValueError, match="percentiles"):
        lazily(pd.DataFrame({"a": [1]})).a.quantile(2)
