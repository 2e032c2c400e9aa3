"""Conditions and Q trees: how they are read, combined and refused, without a server."""

from __future__ import annotations

import copy
import datetime as dt
import decimal
import re
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bson import Binary, Code, Decimal128, Regex
from bson import encode as bson_encode
from hypothesis import given
from hypothesis import strategies as st

from omegastore.errors import InvalidFilter, UnknownColumn, UnknownOperator, UnsafeFilter
from omegastore.query import Field, Q, compile_filter, milliseconds, natural, raw

FIELDS = {name: Field(f"p_{name}", natural) for name in ("x", "y", "my__col", "gt", "7", "price")}
FIELDS["n"] = Field("p_n", natural, nested=True)
FIELDS["n__deep"] = Field("p_nd", natural)
OPERATORS = (
    *("eq", "ne", "lt", "lte", "gt", "gte", "in", "nin", "between", "isnull", "exists", "contains", "startswith"),
    *("endswith", "regex", "not", "type", "all", "elemmatch", "near", "geowithin", "geointersects"),
)


def compiled(q: Q | None = None, /, **conditions: object) -> dict[str, object]:
    return compile_filter(conditions, q, FIELDS)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("x", "p_x"),
        ("x__eq", "p_x"),
        ("my__col", "p_my__col"),
        ("my__col__eq", "p_my__col"),
        ("gt", "p_gt"),
        ("gt__eq", "p_gt"),
        ("7__eq", "p_7"),
        ("n__a__b", "p_n.a.b"),
        ("n__a__b__eq", "p_n.a.b"),
        ("n__deep", "p_nd"),
        ("n__deep__eq", "p_nd"),
        ("n__deep__er", "p_n.deep.er"),
        ("n__deeper", "p_n.deeper"),
    ],
)
def test_a_key_names_the_longest_column_and_then_a_path(key: str, path: str) -> None:
    assert compile_filter({key: 1}, None, FIELDS) == {path: {"$eq": 1}}


def test_no_condition_selects_everything() -> None:
    assert compile_filter(None, None, FIELDS) == compile_filter({}, Q(), FIELDS) == {}


def test_conditions_on_one_column_do_not_replace_each_other() -> None:
    q = Q(x__between=(1, 5)) & Q(x__between=(3, 9))
    first, second = {"p_x": {"$gte": 1, "$lte": 5}}, {"p_x": {"$gte": 3, "$lte": 9}}
    assert compiled(q) == {"$and": [first, second]}
    assert compiled(Q(x__ne=3), x__gt=1, x__lt=5)["$and"] == [
        {"p_x": {"$gt": 1}},
        {"p_x": {"$lt": 5}},
        {"p_x": {"$not": {"$eq": 3}}},
    ]


def test_an_unknown_column_raises_and_names_the_nearest_first() -> None:
    with pytest.raises(UnknownColumn, match="unknown column 'prise'; known are 'price', ") as caught:
        compiled(prise__gt=1)
    assert isinstance(caught.value, KeyError)
    many = {f"column{n}": Field("p", natural) for n in range(1000)}
    with pytest.raises(UnknownColumn, match=r"known are 'column77'.*970 more") as caught:
        compile_filter({"colum77": 1}, None, many)


@pytest.mark.parametrize("key", ["x__gtt", "x__a__gt", "x__", "my__col__", "n__deep__gtt__x__"])
def test_an_unknown_operator_raises_and_names_the_known_ones(key: str) -> None:
    expected = InvalidFilter if key.startswith("n") else UnknownOperator
    with pytest.raises(expected) as caught:
        compile_filter({key: 1}, None, FIELDS)
    if expected is UnknownOperator:
        assert all(repr(operator) in str(caught.value) for operator in OPERATORS)


@pytest.mark.parametrize("key", ["n__$where", "n__a.b", "n____a", "n__a\0"])
def test_a_path_cannot_smuggle_in_what_is_no_field_name(key: str) -> None:
    with pytest.raises(InvalidFilter):
        compile_filter({key: 1}, None, FIELDS)


HIDDEN: list[Any] = [
    {"$where": "1"},
    {"$gt": 1},
    {"a": {"$gt": 1}},
    [{"a": [{"$ne": None}]}],
    ({"$gt": 1},),
    np.array([{"$gt": 1}], object),
    pd.Series([{"$gt": 1}]),
    re.compile("a"),
    [re.compile("a")],
    Regex("a"),
    Code("1"),
    [Code("1")],
]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("value", HIDDEN, ids=repr)
def test_no_operator_takes_an_operator_in_a_value(operator: str, value: object) -> None:
    if operator == "regex" and isinstance(value, re.Pattern | str):
        assert compile_filter({"n__regex": value}, None, FIELDS)["p_n"]
        return
    for wrapped in (value, [value], (value, value), {"a": value}, {"type": "Polygon", "coordinates": value}):
        with pytest.raises(InvalidFilter):
            compile_filter({f"n__{operator}": wrapped}, None, FIELDS)
        with pytest.raises(InvalidFilter):
            compile_filter(None, ~Q(**{f"n__{operator}": wrapped}) | Q(x=1), FIELDS)


@pytest.mark.parametrize("value", [{"$where": "1"}, {"a": {"$gt": 1}}, [{"$function": {}}], np.array([{"$a": 1}])])
def test_an_operator_in_a_value_is_called_unsafe_and_the_condition_named(value: object) -> None:
    with pytest.raises(UnsafeFilter, match=r"raw\(\.\.\.\)"):
        compiled(x=value)
    with pytest.raises(UnsafeFilter, match=r"^x__in: .*raw\(\.\.\.\)"):
        compiled(x__in=[value])


class Sneaky(str):
    """A str that says of itself what it likes."""

    __slots__ = ()

    def startswith(self, *_: object) -> bool:
        return False


def test_a_subclass_of_str_is_refused_as_key_and_value() -> None:
    with pytest.raises(UnsafeFilter, match="Sneaky"):
        compiled(x=Sneaky("a"))
    with pytest.raises(UnsafeFilter):
        compiled(x={Sneaky("$where"): 1})
    with pytest.raises(InvalidFilter):
        compile_filter({Sneaky("x"): 1}, None, FIELDS)


def test_raw_lets_a_caller_write_operators_within_the_allow_list() -> None:
    assert compiled(x=raw({"$mod": [2, 0]})) == {"p_x": {"$mod": [2, 0]}}
    assert compiled(Q(raw({"p_x": {"$gt": 1}}), y=2)) == {"$and": [{"p_x": {"$gt": 1}}, {"p_y": {"$eq": 2}}]}
    unsafe: list[dict[str, Any]] = [
        {"$where": "1"},
        {"$not": {"$where": "1"}},
        {"$elemMatch": {"a": {"$function": {}}}},
    ]
    for dangerous in unsafe:
        for q in (Q(x=raw(dangerous)), Q(raw(dangerous)), Q(raw({"x": [dangerous]})), Q(n__elemmatch=raw(dangerous))):
            with pytest.raises(UnsafeFilter):
                compiled(q)


def test_raw_is_no_value_of_other_operators() -> None:
    for operator in ("gt", "in", "contains", "isnull", "type", "all", "regex"):
        with pytest.raises(UnsafeFilter):
            compiled(**{f"x__{operator}": raw({"$gt": 1})})
    with pytest.raises(InvalidFilter):
        compiled(x__in=[raw({"$gt": 1})])
    with pytest.raises(InvalidFilter):
        raw([1])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidFilter):
        Q({"x": 1})  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize(
    "conditions",
    [
        *({"x__in": 1}, {"x__in": "abc"}, {"x__in": {"a": 1}}, {"x__nin": None}, {"x__in": np.array(1)}),
        *({"x__between": 1}, {"x__between": (1,)}, {"x__between": (1, 2, 3)}, {"x__between": {1, 2}}),
        *({"x__isnull": 1}, {"x__isnull": None}, {"x__isnull": "yes"}, {"x__exists": 0}),
        *({"x__contains": 1}, {"x__startswith": None}, {"x__endswith": b"a"}, {"x__contains": "\ud800"}),
        *({"x__regex": "("}, {"x__regex": re.compile(b"a")}, {"x__regex": 1}, {"x__regex": "\ud800"}),
        *({"x__type": "strng"}, {"x__type": 99}, {"x__type": True}, {"x__type": ["string", str]}),
        *({"x__all": 1}, {"x__elemmatch": 1}, {"x__elemmatch": {}}, {"x__elemmatch": {"__gtt": 1}}),
        *({"x__elemmatch": {"__gt": 1, "a": 2}}, {"x__elemmatch": {"__in": [1, None]}}, {"x__elemmatch": {1: 2}}),
        *({"x__near": 1}, {"x__near": (1,)}, {"x__near": (1, "a")}, {"x__near": {"point": (1, 2), "max": 3}}),
        *({"x__near": {"point": (1, 2), "max_distance": "far"}}, {"x__near": {"max_distance": 1}}),
        *({"x__geowithin": (1, 2)}, {"x__geowithin": {"type": "Circle"}}, {"x__geointersects": {"type": "Point"}}),
        *({"x__geowithin": {"type": "Point", "coordinates": [1, 2], "more": 1}},),
        *(
            {"x": ValueError("no value")},
            {"x": 10**40},
            {"x": 1j},
            {"x": "\ud800"},
            {"x": {1: 2}},
            {"x": {"a": {"b\0": 1}}},
        ),
        *({"x": decimal.Decimal("1." + "3" * 50)}, {"x": np.longdouble(1)}, {"x": dt.timedelta(1)}),
        *({"x": dt.datetime(2020, 1, 1, microsecond=1)}, {"x": pd.Timestamp(1)}, {"x": np.datetime64("20000-01-01")}),
    ],
    ids=repr,
)
def test_a_value_that_the_operator_does_not_take_is_refused(conditions: dict[str, object]) -> None:
    with pytest.raises(InvalidFilter):
        compile_filter(conditions, None, FIELDS)


def test_near_stands_alone_or_under_and() -> None:
    near = Q(x__near=(1, 2))
    assert compiled(near & Q(y=1), n=2)
    for q in (near | Q(y=1), ~near, Q(y=1) & ~near):
        with pytest.raises(InvalidFilter, match="near"):
            compiled(q)
    with pytest.raises(InvalidFilter, match="near"):
        compiled(n__elemmatch={"a__near": (1, 2)})


def test_an_encoder_that_refuses_is_an_invalid_filter_that_names_the_condition() -> None:
    def refuse(value: object) -> object:
        raise TypeError("not a number")

    with pytest.raises(InvalidFilter, match="x: cannot be compared with 'a': not a number"):
        compile_filter({"x": "a"}, None, {"x": Field("x", refuse)})


def test_too_deep_a_tree_or_value_is_refused() -> None:
    q, value = Q(x=1), [1]
    for _ in range(500):
        q, value = (q | Q(x=2)) & Q(x=3), [value]  # type: ignore[list-item]  # ever deeper
    with pytest.raises(InvalidFilter, match="deeper"):
        compiled(q)
    with pytest.raises(InvalidFilter, match="deeper"):
        compiled(x=value)


def test_what_the_caller_passed_is_not_changed() -> None:
    conditions: dict[str, Any] = {"x__in": [np.int64(1), {"a": (1, None)}], "n__elemmatch": {"a__gt": np.int8(1)}}
    before = copy.deepcopy(conditions)
    result = compile_filter(conditions, Q(raw({"x": {"$in": (1, 2)}})), FIELDS)
    assert conditions == before
    assert bson_encode(result)


@given(st.integers(-(10**34) + 1, 10**34 - 1))
def test_an_int_of_up_to_34_digits_keeps_its_value(value: int) -> None:
    stored = natural(value)
    assert (int(stored.to_decimal()) if isinstance(stored, Decimal128) else stored) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int8(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Index(["a"]), ["a"]),
        (range(3), [0, 1, 2]),
        ((1, [2, {3}]), [1, [2, [3]]]),
        ({"a": np.int64(1)}, {"a": 1}),
        (decimal.Decimal("1.50"), Decimal128("1.50")),
        (uuid.UUID(int=5), Binary.from_uuid(uuid.UUID(int=5))),
        (dt.date(2020, 1, 2), dt.datetime(2020, 1, 2)),
        (pd.Timestamp("2020-01-02 03:04:05.678"), dt.datetime(2020, 1, 2, 3, 4, 5, 678000)),
        (np.datetime64("1960-01-01T00:00:00.001"), dt.datetime(1960, 1, 1, 0, 0, 0, 1000)),
        ([None, pd.NaT, pd.NA], [None, None, None]),
        (bytearray(b"a"), b"a"),
    ],
    ids=repr,
)
def test_values_have_a_natural_form(value: object, expected: object) -> None:
    result = natural(value)
    assert result == expected
    assert type(result) is type(expected)


@given(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2250, 1, 1)), st.integers(0, 999))
def test_a_fine_date_is_split_into_milliseconds_and_nanoseconds(moment: dt.datetime, nanos: int) -> None:
    stamp = pd.Timestamp(moment).as_unit("ns") + pd.Timedelta(nanos, "ns")
    for value in (stamp, stamp.to_datetime64()):
        pair: Any = milliseconds(value)
        date, below = pair
        assert pd.Timestamp(date).as_unit("ns") + pd.Timedelta(below, "ns") == stamp
        assert date.microsecond % 1000 == 0
        assert 0 <= below < 10**6
