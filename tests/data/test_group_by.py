"""Aggregations of the rows of a frame or view that have the same keys."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import omegastore as om

IN_PANDAS = {"avg": "mean", "count_distinct": "nunique", "stddev": "std"}
OF_NUMBERS = ["avg", "median", "stddev", "sum", "var"]
OF_ALL = ["count", "count_distinct", "first", "last", "max", "min"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from([1.0, 2.0, None]),
        st.integers(-(2**50), 2**50),
        st.none() | st.floats(-1e6, 1e6),
        st.sampled_from(["x", "y", "Z", None]),
        st.none() | st.datetimes(pd.Timestamp(1950, 1, 1), pd.Timestamp(2050, 1, 1)),
        st.booleans(),
    ),
    max_size=8,
)
DTYPES: dict[str, Any] = {
    "k": "str",
    "l": "float64",
    "whole": "int64",
    "part": "float64",
    "text": "str",
    "when": "datetime64[us]",
    "yes": bool,
}


@given(rows=ROWS, keys=st.sampled_from(["k", ["l"], ["k", "l"]]))
@example(rows=[], keys="k")
@settings(max_examples=15, deadline=None)
def test_groups_are_aggregated_as_pandas_does_it(shared_project: None, rows: list[Any], keys: Any) -> None:
    frame = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
    asked = {f"{how}_{column}": (column, how) for column in ("whole", "part", "yes") for how in OF_NUMBERS}
    asked |= {
        f"{how}_{column}": (column, how) for column in ("whole", "part", "text", "when", "yes") for how in OF_ALL
    }
    handle = om.DataFrame.from_pandas(frame, "rows")
    found = handle.group_by(keys).agg(n="count", **asked).to_pandas()
    wanted = {name: (column, IN_PANDAS.get(how, how)) for name, (column, how) in asked.items()}
    expected = frame.groupby(keys, as_index=False).agg(n=("whole", "size"), **wanted)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-6)


def test_a_view_of_groups_is_stored_joined_and_its_expressions_are_computed(shared_project: None) -> None:
    frame = pd.DataFrame({"id": [1, 1, 2, None], "a": [2.0, 3.0, 5.0, 7.0], "b": [10.0, None, 1.0, 1.0]})
    rows = om.DataFrame.from_pandas(frame, "rows", {"join_key": ["id"]})
    view = rows[rows.a < 6.0].group_by("id").agg(n="count", product=(rows.a * rows.b, "sum"), last=("a", "last"))
    assert view.roles == {"join_key": ["id"], "unused_float": ["n", "product", "last"]}
    assert view.to_pandas().values.tolist() == [[1, 2, 20.0, 3.0], [2, 1, 5.0, 5.0]]
    made = view.to_df("made")
    made.set_role(["n", "product"], om.data.roles.numerical)
    assert rows.join(made, "id").to_pandas()["n"].fillna(-1).tolist() == [2, 2, 1, -1]
    assert rows.join(view, "id").to_pandas()["product"].fillna(-1).tolist() == [20.0, 20.0, 5.0, -1.0]


def test_what_cannot_be_aggregated_is_refused_by_name(shared_project: None) -> None:
    rows = om.DataFrame.from_pandas(pd.DataFrame({"k": ["a"], "v": [1]}), "rows")
    by = rows.group_by("k")
    for wrong, message in (
        ({"n": "sum"}, "n='sum': an aggregation is 'count', or a column and one of"),
        ({"n": ("v", "mean")}, r"n=\('v', 'mean'\)"),
        ({"n": ("w", "sum")}, r"unknown columns \['w'\]; known are \['k', 'v'\]"),
        ({"k": "count"}, "'k' is a key"),
        ({}, "agg\\(\\) takes the columns"),
    ):
        with pytest.raises(ValueError, match=message):
            by.agg(**wrong)
    with pytest.raises(TypeError, match="n: 'avg' is of numbers, and 'k' holds str"):
        by.agg(n=("k", "avg"))
    with pytest.raises(ValueError, match=r"unknown columns \['w'\]"):
        rows.group_by("w")
