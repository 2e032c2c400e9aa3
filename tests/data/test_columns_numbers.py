"""Column expressions of numbers, against Python's integers, floats and decimals."""

from __future__ import annotations

import decimal
import math
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.data import Column
from tests.data.column_models import INT64, assert_same, computed, each, some

a, b = Column.named("a"), Column.named("b")
floats = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, -0.5, 2.5, 1.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]), st.floats()
)
integers = st.one_of(
    st.integers(-5, 5), st.sampled_from([INT64[0], INT64[-1], 2**31, 2**53 + 1]), st.integers(INT64[0], INT64[-1])
)
pairs: dict[str, Callable[[Any, Any], Any]] = {
    "plus": operator.add, "minus": operator.sub, "times": operator.mul, "over": operator.truediv,
    "modulo": operator.mod,
}  # fmt: skip
comparisons: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip


def on_floats(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of floats by the rules of IEEE 754, in which a division by zero is an error."""

    def of(*values: float) -> Any:
        with np.errstate(all="ignore", divide="raise"):
            return float(make(*map(np.float64, values)))

    return of


def by(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operator that has no result for a zero on its right, which numpy has."""

    def of(x: Any, y: Any) -> Any:
        if y == 0:
            raise ZeroDivisionError
        return make(x, y)

    return of


def to_power(x: Any, y: Any) -> Any:
    if x == 0 and y < 0:
        raise ZeroDivisionError
    return x**y


@some
@given(rows=st.lists(st.tuples(floats, floats), max_size=12))
def test_arithmetic_of_floats_is_that_of_ieee_with_null_for_nan(store: OmegaStore, rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="float64")
    x, y = frame["a"].tolist(), frame["b"].tolist()
    exact = {name: make(a, b) for name, make in pairs.items()} | {"negative": -a, "size": abs(a), "fixed": 2 - a}
    expected = {name: each(on_floats(make), x, y) for name, make in pairs.items()}
    expected |= {name: each(on_floats(by(pairs[name])), x, y) for name in ("over", "modulo")}
    expected |= {"negative": each(operator.neg, x), "size": each(abs, x), "fixed": each(lambda v: 2 - v, x)}
    assert_same(computed(store, frame, exact), expected)
    near = {"power": a**b, "square": a**2}
    assert_same(
        computed(store, frame, near),
        {"power": each(on_floats(to_power), x, y), "square": each(on_floats(lambda v: v**2), x)},
        within=1e-12,
    )


@some
@given(rows=st.lists(st.tuples(integers, integers), max_size=12))
def test_arithmetic_of_integers_is_exact_with_null_beyond_64_bits(store: OmegaStore, rows: Any) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="int64")
    x, y = frame["a"].tolist(), frame["b"].tolist()

    def inside(make: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: found if (found := make(*values)) in INT64 else None

    columns = {name: make(a, b) for name, make in pairs.items()}
    columns |= {"cube": a**3, "one": a**0, "huge": a**71, "negative": -a, "size": abs(a), "down": a.floor()}
    expected = {name: each(inside(make), x, y) for name, make in pairs.items() if name != "over"}
    expected["over"] = each(lambda v, w: float(v) / float(w), x, y)
    expected |= {"cube": each(inside(lambda v: v**3), x), "one": each(lambda v: 1, x), "down": x}
    expected |= {"huge": each(inside(lambda v: v**71), x), "negative": each(inside(operator.neg), x)}
    expected["size"] = each(inside(abs), x)
    assert_same(computed(store, frame, columns), expected)


@some
@given(rows=st.lists(st.tuples(floats, st.one_of(st.none(), integers)), max_size=12))
def test_comparisons_with_null_are_false_but_for_unequal(store: OmegaStore, rows: Any) -> None:
    frame = pd.DataFrame({"a": pd.Series([x for x, _ in rows], dtype="float64")})
    frame["b"] = pd.Series([y for _, y in rows], dtype="Int64")
    x, y = frame["a"].tolist(), frame["b"].tolist()
    columns = {name: make(a, b) for name, make in comparisons.items()} | {"ne": a != b, "two": a > 2, "turned": b < 2}
    expected = {name: [bool(told) for told in each(make, x, y)] for name, make in comparisons.items()}
    expected["ne"] = [not told for told in expected["eq"]]
    expected |= {"two": [bool(told) for told in each(lambda v: v > 2, x)]}
    expected |= {"turned": [bool(told) for told in each(lambda v: v < 2, y)]}
    columns |= {"null": a.is_null(), "nan": b.is_nan(), "inf": a.is_inf(), "both": (a > 2) & (b < 2), "not": ~(a > 2)}
    expected |= {"null": [v is None for v in each(abs, x)], "nan": [v is None for v in each(abs, y)]}
    expected |= {"inf": [abs(v) == math.inf for v in x], "not": [not told for told in expected["two"]]}
    expected["both"] = [one and other for one, other in zip(expected["two"], expected["turned"], strict=True)]
    columns["one"], expected["one"] = (a > 2) ^ (b < 2), [
        one != other for one, other in zip(expected["two"], expected["turned"], strict=True)
    ]  # fmt: skip
    assert_same(computed(store, frame, columns), expected)


def half_away(value: float) -> float:
    if math.isinf(value):
        return value
    with decimal.localcontext(prec=400):
        return float(Decimal(value).quantize(Decimal(1), rounding=decimal.ROUND_HALF_UP))


@some
@given(values=st.lists(st.one_of(floats, st.floats(-20, 20), st.integers(-40, 40).map(lambda n: n / 2)), max_size=15))
def test_functions_of_floats_are_numpys_with_null_where_they_are_not_defined(store: OmegaStore, values: Any) -> None:
    frame = pd.DataFrame({"a": pd.Series(values, dtype="float64")})
    exact = {"round": half_away, "floor": on_floats(np.floor), "ceil": on_floats(np.ceil), "sqrt": on_floats(np.sqrt)}
    names = {"exp", "log", "cbrt", "atan", "sqrt"} | {"sin", "cos", "tan", "asin", "acos"}
    numpys: dict[str, Any] = {"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan}
    near = {name: on_floats(numpys.get(name) or getattr(np, name)) for name in sorted(names)}
    got = computed(store, frame, {name: getattr(a, name)() for name in sorted({*exact, *names})})
    assert_same(got, {name: each(make, values) for name, make in exact.items()})
    assert_same(got, {name: each(make, values) for name, make in near.items()}, within=1e-11)


@some
@given(rows=st.lists(st.tuples(*[st.one_of(st.none(), st.decimals("-1e9", "1e9", places=3))] * 2), max_size=10))
def test_decimals_stay_decimals_of_34_digits(store: OmegaStore, rows: Any) -> None:
    x, y = [one for one, _ in rows], [other for _, other in rows]
    frame = pd.DataFrame({"a": pd.Series(x, dtype=object), "b": pd.Series(y, dtype=object)})
    columns = {"plus": a + b, "minus": a - 1, "times": a * b, "over": a / b, "less": a < b, "round": a.round()}
    with decimal.localcontext(prec=34, rounding=decimal.ROUND_HALF_EVEN):
        expected = {"plus": each(operator.add, x, y), "times": each(operator.mul, x, y)}
        expected |= {"minus": each(lambda v: v - 1, x), "over": each(operator.truediv, x, y)}
        expected["less"] = [bool(told) for told in each(operator.lt, x, y)]
        expected["round"] = each(lambda v: v.quantize(Decimal(1), rounding=decimal.ROUND_HALF_UP), x)
    got = computed(store, frame, columns)
    assert_same(got, expected)
    assert {type(value) for value in got["plus"]} <= {Decimal, type(None)}


@some
@given(rows=st.lists(st.tuples(floats, st.sampled_from([True, False, None]), integers), max_size=10))
def test_values_are_chosen_by_conditions_that_are_true(store: OmegaStore, rows: Any) -> None:
    frame = pd.DataFrame({"a": pd.Series([x for x, _, _ in rows], dtype="float64")})
    frame["ok"] = pd.Series([ok for _, ok, _ in rows], dtype="boolean")
    frame["b"] = pd.Series([y for _, _, y in rows], dtype="int64")
    ok = Column.named("ok")
    columns = {"update": a.update(ok, b), "none": b.update(ok, None), "word": ok.ternary("yes", None)}
    columns |= {"number": ok.as_num(), "truth": b.as_bool(), "text": b.as_str(), "same": ok.ternary(b, 0)}
    expected: dict[str, list[Any]] = {
        "update": [None if not told and x != x else float(y) if told else x for x, told, y in rows],
        "none": [None if told else y for _, told, y in rows],
        "word": ["yes" if told else None for _, told, _ in rows],
        "number": [None if told is None else int(told) for _, told, _ in rows],
        "truth": [y != 0 for _, _, y in rows],
        "text": [str(y) for _, _, y in rows],
        "same": [y if told else 0 for _, told, y in rows],
    }
    assert_same(computed(store, frame, columns), expected)
