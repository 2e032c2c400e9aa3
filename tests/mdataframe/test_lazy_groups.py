"""Groups of lazy frames have the statistics that pandas finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Lazily, Pulled, few, frames

NUMBERS = ["count", "sum", "mean", "min", "max", "std", "var", "median", "first", "last", "nunique"]
ANY = ["count", "first", "last", "nunique"]


def assert_alike(got: Any, expected: Any) -> None:
    """Assert that values are those of pandas, but for the last digits of sums."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=1e-12, check_column_type=False)
    else:
        pd.testing.assert_series_equal(got, expected, check_exact=False, rtol=1e-12)


KEYS: list[Any] = ["i", "text", "kind", "there", ["ok", "n"], ["month", "maybe"], ["when", "s"]]


@few
@given(frame=frames(), key=st.sampled_from(KEYS), sort=st.booleans(), dropna=st.booleans())
@example(frame=pd.DataFrame({
    **{label: [] for label in ["i", "f", "text", "when", "there", "kind", "n", "ok", "maybe", "month", "took", "s"]}
}).astype({"i": "int64", "f": "float64", "kind": "category", "n": "Int64", "ok": "bool", "s": "string"}), key="i",
    sort=True, dropna=True)  # fmt: skip
def test_groups_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame, key: Any, sort: bool, dropna: bool) -> None:
    frame = frame.replace([np.inf, -np.inf], 7.25)
    options: dict[str, Any] = {"sort": sort, "dropna": dropna, "observed": True}
    keys = key if isinstance(key, list) else [key]
    numbers = [label for label in ["f", "i", "n"] if label not in keys]
    others = [label for label in ["text", "when", "there", "kind", "s", "took", "ok"] if label not in keys]
    lazy, plain = lazily(frame).groupby(key, sort=sort, dropna=dropna), frame.groupby(key, **options)
    assert_alike(lazy[numbers].agg(NUMBERS).value, plain[numbers].agg(NUMBERS))
    assert_alike(lazy[others].agg(ANY).value, plain[others].agg(ANY))
    assert_alike(lazy.size().value, plain.size())
    assert_alike(lazy.f.mean().value if "f" not in keys else lazy.n.sum().value,
                 plain.f.mean() if "f" not in keys else plain.n.sum())  # fmt: skip


FRAME = pd.DataFrame(
    {
        "k": ["b", "a", "b", None, "a"],
        "j": [1, 1, 2, 2, 1],
        "x": [1.0, np.nan, 3.0, 4.0, np.nan],
        "n": pd.Series([1, 2, None, 4, 5], dtype="Int64"),
    }
)
FORMS: dict[str, Any] = {
    "all": lambda m: m.groupby("k").sum(),
    "named": lambda m: m.groupby(["k", "j"]).agg(total=("x", "sum"), most=("n", "max"), many=("x", "size")),
    "mapping": lambda m: m.groupby("k").agg({"x": ["mean", "count"], "n": "first"}),
    "plain mapping": lambda m: m.groupby("k").agg({"n": "median", "x": "std"}),
    "columns": lambda m: m.groupby(["k"], as_index=False)[["x", "n"]].mean(),
    "size": lambda m: m.groupby("j", as_index=False).size(),
    "series": lambda m: m.groupby("j")["x"].agg(["min", "max"]),
    "named series": lambda m: m.groupby("j").x.agg(low="min"),
    "filtered": lambda m: m[m.x > 0].groupby("j").count(),
    "sorted": lambda m: m.sort_values("x").groupby("j").first(),
    "again": lambda m: m.groupby(["k", "j"], as_index=False).sum().groupby("k").max(),
}


@pytest.mark.parametrize("form", FORMS)
def test_statistics_are_asked_for_as_in_pandas(lazily: Lazily, form: str) -> None:
    assert_alike(FORMS[form](lazily(FRAME)).value, FORMS[form](FRAME))


def test_groups_are_one_command_that_returns_a_document_a_group(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"k": [1, 2, 3, 4] * 500, "x": np.arange(2000.0)}), "frame")
    groups = watched.getl("frame").groupby("k").agg(m=("x", "median"), s=("x", "sum"), n=("x", "count"))
    pulled.clear()
    assert groups.value.n.tolist() == [500] * 4
    assert (pulled.documents, pulled.names) == (4, ["aggregate"])


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda m: m.groupby("z"), KeyError),
        (lambda m: m.groupby([]), ValueError),
        (lambda m: m.groupby("j").agg("mode"), TypeError),
        (lambda m: m.groupby("j").agg(a="sum"), TypeError),
        (lambda m: m.groupby("j").k.mean(), TypeError),
        (lambda m: m.groupby("j").z, AttributeError),
    ],
)
def test_what_cannot_be_grouped_is_refused(lazily: Lazily, ask: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(lazily(FRAME))
