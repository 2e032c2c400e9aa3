"""Columns of frames and views as single values, as arrays and in part; and as columns of views."""

from __future__ import annotations

import math
import statistics
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omegastore as om
from omegastore.data import Column
from omegastore.errors import InvalidOption
from tests.data.column_models import INT64, plain, some

floats = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))
counts = st.one_of(st.none(), st.integers(-1000, 1000))
days = st.one_of(st.none(), st.integers(-40_000, 40_000))
NAMES = ("avg", "sum", "min", "max", "median", "stddev", "var", "count", "count_distinct")


def expected(values: list[Any], name: str) -> Any:
    there = [value for value in values if plain(value) is not None]
    if name == "count":
        return len(there)
    if name == "count_distinct":
        return len(set(there))
    if name == "sum":
        return sum(there)
    if len(there) < (2 if name in ("stddev", "var") else 1):
        return None
    makes = {"avg": statistics.fmean, "min": min, "max": max, "median": statistics.median}
    return (makes | {"stddev": statistics.stdev, "var": statistics.variance})[name](there)  # type: ignore[operator]


@settings(some, max_examples=4)
@given(rows=st.lists(st.tuples(floats, counts, days), max_size=10))
def test_a_column_is_reduced_by_the_server_to_what_python_finds(project: str, rows: Any) -> None:
    frame = pd.DataFrame({"f": pd.Series([x for x, _, _ in rows], dtype="float64")})
    frame["n"] = pd.Series([y for _, y, _ in rows], dtype="Int64")
    dates = np.array(["NaT" if z is None else z for _, _, z in rows], "M8[D]").astype("M8[s]")
    table: Any = om.DataFrame.from_pandas(frame.assign(d=dates), "table")
    columns: dict[str, tuple[Column, list[Any]]] = {
        "f": (table.f, frame["f"].tolist()),
        "computed": (table.n * 2, [None if y is None else y * 2 for _, y, _ in rows]),
        "undefined": (1 / table.n, [None if not y else 1 / y for _, y, _ in rows]),
    }
    for label, (column, values) in columns.items():
        for name in NAMES:
            found, right = getattr(column, name)(), expected(values, name)
            assert found == right or math.isclose(found, right, rel_tol=1e-9, abs_tol=1e-9), (label, name)
            assert type(found) in (int, float, type(None))
    stamps = [pd.Timestamp(z, unit="D") for _, _, z in rows if z is not None]
    assert (table.d.min(), table.d.max()) == ((min(stamps), max(stamps)) if stamps else (None, None))
    assert table.d.count_distinct() == len(set(stamps))


@pytest.fixture
def table(project: str) -> Any:
    frame = pd.DataFrame(
        {
            "i": [INT64[0], INT64[-1], 2, 3],
            "price": [Decimal("1.10"), None, Decimal("2.2"), Decimal("1.10")],
            "t": pd.Series(["2020-01-01", "2020-01-03", None, "2019-12-31"], dtype="datetime64[us]"),
            "city": ["Rome", None, "Bari", "Rome"],
        }
    )
    return om.DataFrame.from_pandas(frame, "table")


def test_sums_of_integers_are_exact_and_decimals_and_durations_keep_their_type(table: Any) -> None:
    assert table.i.sum() == 4
    assert (table.price.sum(), table.price.min(), table.price.count()) == (Decimal("4.40"), Decimal("1.10"), 3)
    assert (table.price.avg(), table.price.count_distinct()) == (Context(prec=34).divide(Decimal("4.40"), 3), 2)
    gap = table.t - pd.Timestamp("2020-01-01")
    assert (gap.max(), gap.min(), gap.sum()) == (pd.Timedelta("2D"), pd.Timedelta("-1D"), pd.Timedelta("1D"))
    assert gap.avg() == pd.Timedelta("8h")
    assert table.city.unique().tolist()[::2] == ["Rome", "Bari"]
    assert (table.city.max(), table.city.count_distinct()) == ("Rome", 2)
    none: Any = table[table.city == "Oslo"]
    assert (none.i.sum(), none.i.max(), none.price.sum(), none.price.max(), none.i.count()) == (0, None, 0, None, 0)
    with pytest.raises(InvalidOption, match=r"city of (str|object) has no mean"):
        table.city.avg()
    with pytest.raises(InvalidOption, match="use as_num"):
        table.price.median()


def test_a_column_has_rows_that_are_sliced_as_a_list(table: Any) -> None:
    twice = table.i % 5 * 2
    values = [each % 5 * 2 for each in (INT64[0], INT64[-1], 2, 3)]
    assert twice.to_numpy().tolist() == values
    assert twice[1:].to_pandas().tolist() == values[1:]
    assert twice[::-1][:2].to_numpy().tolist() == values[::-1][:2]
    assert (twice[-1], len(twice), len(twice[1:3])) == (values[-1], 4, 2)
    assert table.city.to_pandas().name == "city"
    with pytest.raises(IndexError):
        twice[4]
    with pytest.raises(ValueError, match="no rows of its own"):
        om.data.random(7).to_numpy()
    with pytest.raises(ValueError, match="slice the frame"):
        (table.i + om.data.rowid())[:2]


def test_columns_that_may_be_null_are_columns_of_views(table: Any) -> None:
    view = table.with_column(table.i + 1, "more").with_column(table.t.month(), "month")
    kept = view[view.more < 5]
    assert kept.more.to_numpy().tolist() == [INT64[0] + 1, 3, 4]
    assert kept[::-1].more[0] == 4
    assert (view.more.count(), view.month.max(), (view.month + view.more).min()) == (3, 12, INT64[0] + 2)
    found = view.to_df("stored").to_pandas()
    assert (found["more"].dtype, found["more"].tolist()) == ("Int64", [INT64[0] + 1, pd.NA, 3, 4])
    groups = view.group_by("month").agg(n="count", most=("more", "max")).to_pandas().sort_values("most")
    assert groups["most"].tolist() == [INT64[0] + 1, 4]
    joined = view.join(view, on=("month", "month"), how="inner")
    assert len(joined) == 5


def test_odd_names_of_columns_are_columns(project: str) -> None:
    names = ["a.b", "$x", "_id", "ü name", "count", "base"]
    frame = pd.DataFrame([range(6), range(6, 12)], columns=names)
    table: Any = om.DataFrame.from_pandas(frame, "odd")
    for name in names:
        assert (table[name] + 0.5).to_numpy().tolist() == [at + 0.5 for at in frame[name]]
        table[name] = table[name] * 2
        table.add(table[name] + 1, f"{name}.next")
    found = table.to_pandas()
    pd.testing.assert_frame_equal(found[names], frame * 2, check_flags=False)
    assert found["a.b.next"].tolist() == [1, 13]
