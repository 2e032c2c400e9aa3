"""No verb of lazy frames pulls more rows than its result has: the server's answers are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Pulled

FRAME = pd.DataFrame(
    {"a": np.arange(500) % 7, "b": np.arange(500) * 0.5, "t": ["x", "y"] * 250, "g": [1.0, np.nan] * 250},
    index=[f"r{n % 250}" for n in range(500)],
)
OTHER = pd.DataFrame({"a": [1, 2], "c": ["u", "v"]})
VERBS: dict[str, tuple[Any, int]] = {
    "len": (lambda m: len(m), 0),
    "len of a mask": (lambda m: len(m[m.a > 3]), 1),
    "len of what is computed": (lambda m: len(m.assign(c=m.a * 2)), 0),
    "shape": (lambda m: m.query(a=3).shape, 1),
    "empty": (lambda m: m.query(a=3).empty, 1),
    "head": (lambda m: m.head(3).value, 3),
    "head of nothing": (lambda m: m.head(0).value, 0),
    "tail": (lambda m: m.tail(4).value, 4),
    "skip": (lambda m: m.skip(495).value, 5),
    "rows": (lambda m: m.rows(10, 15).value, 5),
    "iloc of a row": (lambda m: m.iloc[7], 1),
    "iloc from the end": (lambda m: m.iloc[-2], 1),
    "iloc of a slice": (lambda m: m.iloc[4:400:50].value, 8),
    "iloc of a list": (lambda m: m.iloc[[5, 5, -1]].value, 3),
    "iloc of a query": (lambda m: m.query(a=3).iloc[-2:].value, 2),
    "a list of booleans": (lambda m: m[[True, *[False] * 499]].value, 1),
    "loc": (lambda m: m.loc["r3"].value, 4),
    "loc of a list": (lambda m: m.loc[["r3", "r4"]].head(1).value, 3),
    "a mask": (lambda m: m[m.a == 6].value, 71),
    "a mask of two columns": (lambda m: m[m.b < m.a].value, 7),
    "a mask of texts": (lambda m: m[m.t.str.startswith("y") & (m.b < 2)].value, 2),
    "a sort": (lambda m: m.sort_values(["a", "b"], ascending=False).head(2).value, 2),
    "nlargest": (lambda m: m.nlargest(2, "b").value, 2),
    "the count of a column": (lambda m: m.a.count(), 1),
    "sum": (lambda m: m.a.sum(), 1),
    "mean": (lambda m: m.mean(numeric_only=True), 1),
    "std": (lambda m: m.b.std(), 1),
    "min": (lambda m: m.t.min(), 1),
    "median": (lambda m: m.b.median(), 1),
    "quantile": (lambda m: m.b.quantile([0.1, 0.5]), 4),
    "nunique": (lambda m: m.nunique(), 1),
    "unique": (lambda m: m.a.unique(), 7),
    "value_counts": (lambda m: m.t.value_counts(), 2),
    "describe": (lambda m: m.b.describe(), 12),
    "any": (lambda m: (m.a > 5).any(), 1),
    "groupby": (lambda m: m.groupby("a").b.mean().value, 7),
    "groupby of a mask": (lambda m: m[m.a > 4].groupby(["a", "t"]).agg(["min", "max"]).value, 4),
    "size of groups": (lambda m: m.groupby("t").size().value, 2),
    "drop_duplicates": (lambda m: m.drop_duplicates("a").value, 7),
    "duplicated": (lambda m: len(m[m.duplicated("a")]), 1),
    "dropna": (lambda m: m.dropna().tail(3).value, 3),
    "sample": (lambda m: m.sample(5, random_state=1).value, 5),
    "a merge, and Metadata": (lambda m: m.merge("other", on="a").head(3).value, 4),
    "a concat": (lambda m: m.append(m).tail(2).value, 2),
    "a window": (lambda m: m.b.cumsum().tail(2).value, 2),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_pulls_no_more_rows_than_its_result_has(watched: OmegaStore, pulled: Pulled, verb: str) -> None:
    watched.put(FRAME, "frame")
    watched.put(OTHER, "other")
    lazy = watched.getl("frame")
    step, most = VERBS[verb]
    pulled.clear()
    step(lazy)
    assert pulled.documents <= most
