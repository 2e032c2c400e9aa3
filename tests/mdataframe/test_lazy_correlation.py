"""Covariances and correlations of lazy frames are those of pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import InvalidOption
from omegastore.expr import Uncomputable
from tests.mdataframe.lazy_frames import Lazily, Pulled, few


@st.composite
def varied(draw: st.DrawFn) -> pd.DataFrame:
    """Return frames of numbers of which some are missing, infinite, or all equal."""
    rows = draw(st.integers(0, 8))

    def column(values: list[Any], dtype: str) -> pd.Series[Any]:
        return pd.Series(draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows)), dtype=dtype)

    return pd.DataFrame({
        "x.x": column([0.5, -1.25, 3.0, 0.1, np.nan], "float64"),
        "y": column([1e3, 2.5, 0.1, np.nan, *draw(st.sampled_from([[np.inf], []]))], "float64"),
        "i": column([1, 2, -7], "int64"),
        "n": column([1, 2, None], "Int64"),
        "ok": column([True, False], "bool"),
        "text": column(["a"], "str"),
    })  # fmt: skip


NUMBERS = ["x.x", "y", "i", "n", "ok"]


def alike(got: Any, expected: Any) -> None:
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=1e-9, atol=1e-12)
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:divide by zero")
@few
@given(frame=varied(), least=st.sampled_from([1, 3]), ddof=st.sampled_from([0, 1, 2]))
@example(frame=pd.DataFrame({**dict.fromkeys(NUMBERS, [0.1] * 49), "text": "a"}), least=1, ddof=1)
def test_covariances_and_correlations_are_those_of_pandas(
    lazily: Lazily, frame: pd.DataFrame, least: int, ddof: int
) -> None:
    lazy = lazily(frame)
    whole = frame[["i", "ok"]]
    alike(lazy[["i", "ok"]].cov(least, ddof), whole.cov(least, ddof))
    alike(lazy.cov(min_periods=least, ddof=ddof, numeric_only=True), frame.cov(least, ddof, numeric_only=True))
    alike(lazy[NUMBERS].corr(min_periods=least), frame[NUMBERS].corr(min_periods=least))
    alike(lazy[NUMBERS].corr("spearman", least), frame[NUMBERS].corr("spearman", least))
    finite = frame.replace([np.inf], 7.5)
    lazy = lazily(finite)
    alike(lazy["x.x"].cov(lazy.y, least, ddof), finite["x.x"].cov(finite.y, least, ddof))
    # pandas' corr of a series rounds the mean of equal values, and correlates what is left
    is_constant = finite["x.x"].nunique() <= 1
    alike(lazy["x.x"].corr(lazy.i * 2), np.nan if is_constant else finite["x.x"].corr(finite.i * 2))


def test_correlations_of_far_numbers_keep_their_digits(lazily: Lazily) -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"x": 1e9 + random.normal(size=200), "y": random.normal(size=200)})
    frame["z"] = frame.x * 3 + random.normal(size=200)
    lazy = lazily(frame)
    near = frame - [1e9, 0, 3e9]  # exactly; pandas loses digits of what is far from zero
    alike(lazy.corr(), near.corr())
    alike(lazy.cov(), near.cov())
    alike(lazy.corr("spearman"), frame.corr("spearman"))
    alike(lazy.x.corr(lazy.z, method="spearman"), frame.x.corr(frame.z, method="spearman"))


def test_correlations_send_a_document_for_each_step(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"x": np.arange(500.0), "y": range(500)}), "frame")
    lazy = watched.getl("frame")
    pulled.clear()
    lazy.corr()
    assert (pulled.documents, set(pulled.names)) == (3, {"aggregate"})


def test_what_does_not_correlate_is_refused(lazily: Lazily) -> None:
    lazy = lazily(pd.DataFrame({"x": [1.0], "text": ["a"]}))
    with pytest.raises(TypeError, match="text"):
        lazy.corr()
    with pytest.raises(Uncomputable, match="spearman"):
        lazy.x.corr(lazy.x, method="kendall")
    with pytest.raises(InvalidOption, match="best"):
        lazy[["x"]].corr("best")
    with pytest.raises(TypeError, match="list"):
        lazy.x.corr([1])
