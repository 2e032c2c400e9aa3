"""Operators of lazy series give what pandas gives, all in one command, or are refused."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import UnsupportedValue
from omegastore.expr import Uncomputable
from tests.mdataframe.lazy_frames import Lazily, Pulled, assert_like, few, frames

WIDE = [0.0, -0.0, 1.5, -2.5, 7.0, 0.1, 1e300, 5e-324, np.nan, np.inf, -np.inf]


@st.composite
def numbers(draw: st.DrawFn) -> pd.DataFrame:
    """Return frames of numbers that are hard to compute with."""
    rows = draw(st.integers(0, 8))

    def column(values: list[Any], dtype: str) -> pd.Series[Any]:
        return pd.Series(draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows)), dtype=dtype)

    small = [0, 1, -1, 2, -3, 7, 10**6, -(2**31)]
    return pd.DataFrame(
        {
            "x": column(WIDE, "float64"),
            "y.y": column(WIDE, "float64"),
            "i": column(small, "int64"),
            "j": column([1, -1, 3, -7, 2**30], "int64"),
            "k": column([0, 1, -1, 5], "int32"),
            "b": column([1, 2, 3], "int8"),
            "$n": column([0, 1, -2, None], "Int64"),
            "m": column([4, None, -3], "Int32"),
            "ok": column([True, False], "bool"),
            "maybe": column([True, False, None], "boolean"),
        }
    )


ARITHMETIC: dict[str, Any] = {
    **{f"x{name}y": lambda m, f=f: f(m["x"], m["y.y"]) for name, f in
       [("+", operator.add), ("-", operator.sub), ("*", operator.mul), ("/", operator.truediv), ("%", operator.mod)]},
    **{f"i{name}j": lambda m, f=f: f(m.i, m.j) for name, f in
       [("+", operator.add), ("-", operator.sub), ("*", operator.mul), ("/", operator.truediv), ("%", operator.mod),
        ("//", operator.floordiv)]},
    **{f"n{name}j": lambda m, f=f: f(m["$n"], m.j) for name, f in
       [("+", operator.add), ("-", operator.sub), ("*", operator.mul), ("%", operator.mod),
        ("//", operator.floordiv)]},
    "i/k": lambda m: m.i / m.k,
    "x*i": lambda m: m.x * m.i,
    "k+b": lambda m: m.k + m.b,
    "n+m": lambda m: m["$n"] + m.m,
    "b+1": lambda m: m.b + 1,
    "1-k": lambda m: 1 - m.k,
    "i*2.5": lambda m: m.i * 2.5,
    "3//j": lambda m: 3 // m.j,
    "-7%j": lambda m: -7 % m.j,
    "1/x": lambda m: 1 / m.x,
    "x%-2": lambda m: m.x % -2,
    "x/0": lambda m: m.x / 0,
    "x/-0.0": lambda m: m.x / -0.0,
    "i**3": lambda m: m.k**2,
    "-x": lambda m: -m.x,
    "abs": lambda m: abs(m.i) + abs(m["$n"]),
    "deep": lambda m: ((m.x + m.i) * 2 - m["y.y"]) / (m.j + 0.5),
}  # fmt: skip
LOGIC: dict[str, Any] = {
    **{f"x{name}y": lambda m, f=f: f(m["x"], m["y.y"]) for name, f in
       [("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge), ("==", operator.eq),
        ("!=", operator.ne)]},
    **{f"n{name}i": lambda m, f=f: f(m["$n"], m.i) for name, f in
       [("<", operator.lt), (">=", operator.ge), ("==", operator.eq), ("!=", operator.ne)]},
    "x<1": lambda m: m.x < 1,
    "1<x": lambda m: m.x > 1,
    "n!=1": lambda m: m["$n"] != 1,
    "ok==True": lambda m: m.ok == True,  # noqa: E712
    "ok<i": lambda m: m.ok < m.i,
    "and": lambda m: (m.x > 0) & (m.i < 3),
    "or not": lambda m: (m.x > 0) | ~(m.i < 3),
    "xor": lambda m: m.ok ^ (m.k == 1),
    "kleene and": lambda m: m.maybe & (m["$n"] > 0),
    "kleene or": lambda m: m.maybe | (m["$n"] > 0),
    "kleene xor": lambda m: m.maybe ^ m.ok,
    "kleene not": lambda m: ~m.maybe,
    "mixed": lambda m: m.ok & m.maybe,
    "(a & b) | c": lambda m: ((m.i > 0) & (m.k > 0)) | m.ok,
    "isna": lambda m: m.x.isna(),
    "notna": lambda m: m["$n"].notna(),
    "isin": lambda m: m.x.isin([1.5, 7, "a"]),
    "isin nan": lambda m: m.x.isin({np.nan, 0}),
    "isin n": lambda m: m["$n"].isin([1, -2]),
    "between": lambda m: m.x.between(-1, 2),
    "between left": lambda m: m.i.between(-1, 2, inclusive="left"),
    "between n": lambda m: m["$n"].between(0, 1, inclusive="neither"),
}  # fmt: skip


@pytest.mark.parametrize("cases", [ARITHMETIC, LOGIC], ids=["arithmetic", "logic"])
@few
@given(frame=numbers())
@example(frame=pd.DataFrame({
    "x": WIDE, "y.y": WIDE[::-1], "i": range(11), "j": [1, -2, 3, -4, 5, -6, 7, 2**53 + 1, 2**40, 1, 9],
    "k": pd.Series(range(-5, 6), dtype="int32"), "b": pd.Series(range(11), dtype="int8"),
    "$n": pd.Series([2**53 + 1, *range(9), None], dtype="Int64"), "m": pd.Series([None, *range(10)], dtype="Int32"),
    "ok": [True, False] * 5 + [True], "maybe": pd.Series([True, False, None] * 3 + [None, True], dtype="boolean"),
}))  # fmt: skip
def test_numbers_and_booleans_are_as_pandas_has_them(
    lazily: Lazily, cases: dict[str, Any], frame: pd.DataFrame
) -> None:
    lazy = lazily(frame)
    with np.errstate(all="ignore"):
        expected = frame.assign(**cases)
    assert_like(lazy.assign(**cases).value, expected)
    for name in ("kleene or", "or not", "(a & b) | c"):
        if name in cases:
            assert_like(lazy[cases[name](lazy)].value, frame[cases[name](frame)])


TEXTS_AND_DATES: dict[str, Any] = {
    "text<b": lambda m: m.text < "b",
    "text==": lambda m: m.text == "ü",
    "text!=": lambda m: m.text != "a",
    "s>": lambda m: m.s > "p",
    "s!=s": lambda m: m.s != m.s,
    "when<": lambda m: m.when < pd.Timestamp("2024-01-31 10:11:12.123456790"),
    "when==": lambda m: m.when == pd.Timestamp("2024-01-31 10:11:12.123456789"),
    "when!=": lambda m: m.when != "1969-12-31",
    "when between": lambda m: m.when.between(pd.Timestamp("1960-01-01"), pd.Timestamp("1980-01-01")),
    "there": lambda m: m.there >= pd.Timestamp("2024-06-30 22:00", tz="UTC"),
    "isin": lambda m: m.text.isin(["a", None]),
    "isna": lambda m: m.when.isna() | m.kind.isna() | m.month.isna() | m.took.isna(),
}


@few
@given(frame=frames())
def test_texts_and_dates_are_compared_as_pandas_does(lazily: Lazily, frame: pd.DataFrame) -> None:
    expected = frame.assign(**TEXTS_AND_DATES)
    assert_like(lazily(frame).assign(**TEXTS_AND_DATES).value, expected)


def test_an_expression_of_300_operators_is_computed(lazily: Lazily) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    lazy, plain = lazily(frame).a, frame.a
    for number in range(300):
        lazy, plain = lazy + number, plain + number
    assert_like(lazy.value, plain)


def test_no_row_is_pulled_before_a_value_is_asked_for_and_then_those_of_the_result(
    watched: OmegaStore, pulled: Pulled
) -> None:
    watched.put(pd.DataFrame({"a": range(1000), "b": range(1000)}), "frame")
    lazy = watched.getl("frame")
    pulled.clear()
    some = lazy[(lazy.a + lazy.b > 100) & (lazy.a != lazy.b + 1) & (lazy.a < 60)]
    assert pulled.names == []
    assert len(some.value) == 9
    assert pulled.documents == 9
    assert len(pulled.names) == 1


@pytest.mark.parametrize(
    ("compute", "error", "said"),
    [
        (lambda m: m.big + 1, Uncomputable, "uint64"),
        (lambda m: m.half * 2, Uncomputable, "float64"),
        (lambda m: m.text + "a", Uncomputable, "object|str"),
        (lambda m: m.text < 1, TypeError, "comparison"),
        (lambda m: m.kind == "x", Uncomputable, "value"),
        (lambda m: m.i // 0, Uncomputable, "0.0"),
        (lambda m: m.b + 300, OverflowError, "int8"),
        (lambda m: m.i & m.ok, Uncomputable, "booleans"),
        (lambda m: m.i * [1], TypeError, "list"),
        (lambda m: m.i + m, TypeError, "frame"),
        (lambda m: m.f // m.f, Uncomputable, "rounds"),
        (lambda m: m.n < m.f, Uncomputable, "NaN"),
        (lambda m: m.n / 2, Uncomputable, "NaN"),
        (bool, ValueError, "ambiguous"),
    ],
)
def test_what_the_server_would_compute_otherwise_is_refused_with_the_remedy(
    lazily: Lazily, compute: Any, error: type[Exception], said: str
) -> None:
    frame = pd.DataFrame({
        "big": pd.Series([2**63], dtype="uint64"), "half": pd.Series([1], dtype="float32"), "text": ["a"],
        "kind": pd.Series(["x"], dtype="category"), "i": [1], "b": pd.Series([1], dtype="int8"), "ok": [True],
        "f": [np.nan], "n": pd.Series([1], dtype="Int64"),
    })  # fmt: skip
    lazy = lazily(frame)
    with pytest.raises(error, match=said):
        compute(lazy.i if compute is bool else lazy)


def test_an_integer_that_leaves_its_dtype_and_a_division_by_zero_are_errors_that_name_them(lazily: Lazily) -> None:
    frame = pd.DataFrame({"i": [2**62], "b": pd.Series([100], dtype="int8"), "zero": [0]})
    lazy = lazily(frame)
    found = {"overflow": lazy.i * 4, "leaves int8: 200": lazy.b + lazy.b, "division by zero": lazy.i // lazy.zero}
    for said, series in found.items():
        with pytest.raises(UnsupportedValue, match=said):
            assert series.value is None
