"""Q: composition as Python reads it, immutability, repr, equality."""

from __future__ import annotations

import copy
import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore.query import Field, Q, compile_filter, natural, raw

FIELDS = {name: Field(name, natural) for name in "abc"}


def holds(mongo_filter: object, row: dict[str, bool]) -> bool:
    """Evaluate a filter made of $and, $or, $nor and of $eq and $not on single columns."""
    assert isinstance(mongo_filter, dict)
    for key, value in mongo_filter.items():
        if key == "$and":
            found = all(holds(each, row) for each in value)
        elif key == "$or":
            found = any(holds(each, row) for each in value)
        elif key == "$nor":
            found = not any(holds(each, row) for each in value)
        else:
            negated = "$not" in value
            found = (row[key] == (value["$not"] if negated else value)["$eq"]) != negated
        if not found:
            return False
    return True


ROWS = [dict(zip("abc", bits, strict=True)) for bits in itertools.product([False, True], repeat=3)]
formulas = st.recursive(
    st.sampled_from("abc"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("&|"), inner).map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
        st.tuples(inner, st.sampled_from("&|"), inner).map(lambda it: f"{it[0]} {it[1]} {it[2]}"),
        inner.map(lambda it: f"~({it})"),
    ),
    max_leaves=8,
)


@given(formulas)
def test_qs_combine_exactly_as_python_reads_them(formula: str) -> None:
    code = compile(formula, "formula", "eval")
    q = eval(code, {}, {name: Q(**{name: True}) for name in "abc"})
    for row in ROWS:
        masks = {name: np.array([bit]) for name, bit in row.items()}
        assert holds(compile_filter(None, q, FIELDS), row) == bool(eval(code, {}, masks)[0])


@given(formulas)
def test_the_repr_of_a_q_is_the_q(formula: str) -> None:
    q = eval(formula, {}, {name: Q(**{name: True}) for name in "abc"})
    assert compile_filter(None, eval(repr(q)), FIELDS) == compile_filter(None, q, FIELDS)
    assert eval(repr(q)) == q


def test_the_repr_shows_keys_that_are_no_identifiers_and_raw_filters() -> None:
    q = Q(raw({"a": {"$gt": 1}}), **{"my col": 1, "class": 2, "x__gt": "a"})
    assert eval(repr(q)) == q


def test_an_empty_q_holds_for_every_row() -> None:
    for row in ROWS:
        assert holds(compile_filter(None, Q() | Q(a=True), FIELDS), row)
        assert holds(compile_filter(None, Q() & Q(a=True), FIELDS), row) == row["a"]
        assert not holds(compile_filter(None, ~Q(), FIELDS), row)


def test_a_q_does_not_change_with_the_values_it_was_made_of() -> None:
    values, document = [1, 2], {"a": {"$in": [1]}}
    q, r = Q(a__in=values), Q(raw(document))
    values.append(3)
    document["a"]["$in"].append(2)
    assert compile_filter(None, q, FIELDS) == {"a": {"$in": [1, 2]}}
    assert compile_filter(None, r, FIELDS) == {"a": {"$in": [1]}}


def test_a_q_made_of_an_iterator_can_be_compiled_twice() -> None:
    q = Q(a__in=(n for n in (1, 2)))
    assert compile_filter(None, q, FIELDS) == compile_filter(None, q, FIELDS) == {"a": {"$in": [1, 2]}}


def test_combining_does_not_change_the_operands() -> None:
    one, other = Q(a=1), Q(b=2)
    before = repr(one), repr(other)
    _ = (one & other) | ~one
    assert (repr(one), repr(other)) == before
    with pytest.raises(AttributeError, match="immutable"):
        one.operands = ()  # type: ignore[misc]  # on purpose


def test_equality_looks_at_structure_and_values() -> None:
    assert Q(a=1, b=2) == Q(a=1, b=2)
    assert Q(a=1) != Q(a=2)
    assert Q(a=1) != Q(a=True)
    assert Q(a=1) != Q(b=1)
    assert Q(a=1) != "Q(a=1)"
    assert ~~Q(a=1) == Q(a=1)
    assert (Q(a=1) | Q(b=2)) != (Q(a=1) & Q(b=2))
    assert Q(a__in=np.array([1, 2])) == Q(a__in=np.array([1, 2]))
    assert Q(a__in=np.array([1, 2])) != Q(a__in=np.array([1, 3]))
    assert Q(a__in=pd.Series([1, 2])) != Q(a__in=pd.Series([1, 2, 3]))
    assert Q(a=(1, [np.array([1])])) == Q(a=(1, [np.array([1])]))


def test_and_or_not_are_refused_because_they_would_drop_a_condition() -> None:
    with pytest.raises(TypeError, match="&"):
        _ = Q(a=1) and Q(b=2)
    with pytest.raises(TypeError, match="&"):
        _ = not Q(a=1)


def test_a_q_combines_with_qs_only() -> None:
    for other in (True, {"a": 1}, raw({"a": 1}), None):
        with pytest.raises(TypeError):
            _ = Q(a=1) & other
        with pytest.raises(TypeError):
            _ = Q(a=1) | other


def test_a_q_pickles_and_copies() -> None:
    q = ~(Q(a=1) | Q(raw({"b": 2}))) & Q(c__in=[1, 2])
    assert pickle.loads(pickle.dumps(q)) == q
    assert copy.deepcopy(q) == q
