"""Plain Python values come back from BSON equal and of the same types."""

from __future__ import annotations

import collections
import copy
import datetime as dt
import enum
import math
import re
import subprocess
import sys
import uuid
import zoneinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import bson
import pytest
from bson.tz_util import FixedOffset, utc
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from omegastore.codecs.value import OPTIONS, decode, encode
from omegastore.errors import UnsupportedValue


def same(a: Any, b: Any) -> bool:
    """Return whether `a` and `b` are equal and of the same types at every level."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, Decimal):
        return bool(a.as_tuple() == b.as_tuple())
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(*keys) and same(a[keys[0]], b[keys[1]]) for keys in zip(a, b, strict=True)
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, set | frozenset):
        return len(a) == len(b) and all(any(same(x, y) for y in b) for x in a)
    if isinstance(a, dt.datetime | dt.time):
        zones = str(a.tzinfo) == str(b.tzinfo) and type(a.tzinfo) is type(b.tzinfo)
        return zones and a.fold == b.fold and a.replace(tzinfo=None) == b.replace(tzinfo=None)
    return bool(a == b)


def through_bson(value: object) -> object:
    natural, extra = encode(value, "obj")
    document = bson.decode(bson.encode({"v": natural, "x": extra}), OPTIONS)
    return decode(document["v"], document["x"])


ZONES = st.one_of(
    st.just(dt.UTC),
    st.builds(dt.timezone, st.timedeltas(dt.timedelta(hours=-23), dt.timedelta(hours=23))),
    st.just(dt.timezone(dt.timedelta(hours=1), "CET")),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]).map(zoneinfo.ZoneInfo),
)
TEXT = st.text(st.characters() | st.sampled_from("\0.$_\ud800"), max_size=8)
HASHABLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**80), 2**80),
    st.integers(2, 400).map(lambda power: 10**power),
    st.floats(),
    st.complex_numbers(),
    TEXT,
    st.binary(max_size=8),
    st.datetimes(timezones=st.none() | ZONES),
    st.dates(),
    st.times(timezones=st.none() | st.just(dt.UTC)),
    st.timedeltas(),
    st.decimals().filter(lambda value: not value.is_snan()),
    st.fractions(),
    st.uuids(),
    st.builds(range, st.integers(-5, 5), st.integers(-(2**70), 2**70), st.integers(1, 3)),
)
SCALARS = HASHABLE | st.one_of(
    st.binary(max_size=8).map(bytearray),
    st.builds(slice, st.none() | st.integers(), st.integers(), st.none() | st.dates()),
    st.just(Decimal("-sNaN17")),
)
KEYS = st.recursive(
    HASHABLE,
    lambda keys: st.lists(keys, max_size=3).map(tuple) | st.frozensets(keys, max_size=3),
    max_leaves=4,
)
VALUES = st.recursive(
    SCALARS,
    lambda values: st.one_of(
        st.lists(values, max_size=4),
        st.lists(values, max_size=4).map(tuple),
        st.sets(KEYS, max_size=4),
        st.dictionaries(st.text("abc", min_size=1), values, max_size=4),
        st.dictionaries(KEYS, values, max_size=4),
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
@example({"a.b": 1, "a_b": 2, "a$b": 3, "a_b_2": 4, "": 5, "_": 6, "$": 7})
@example({1: "a", "1": "b", 1.5: "c", "1_5": "d", None: "e", "None": "f", (): "g", "()": "h"})
@example({"_id": 2, "b": 1, "$ref": "x", "$id": 3})
@example([dt.datetime(2020, 3, 29, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))])
@example(dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5))))
@example(dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.timezone(dt.timedelta(hours=-5))))
@example([Decimal("1E+6144"), Decimal("-0E-6176"), Decimal("NaN12"), Decimal("1" * 40), Decimal("-Infinity")])
@example([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**34, 10**34 + 1, 10**6144, 10**6145, -(10**9000)])
@example({-(10**9000): 1, (10**9000,): 2})
@example([{1.0}, {True}, {frozenset({(1,)})}])
def test_a_value_comes_back_equal_and_of_the_same_types(value: object) -> None:
    got = through_bson(value)
    assert same(got, value), (got, value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_encoding_leaves_the_value_as_it_was_and_needs_no_bson_in_between(value: object) -> None:
    before = copy.deepcopy(value)
    natural, extra = encode(value, "obj")
    assert same(value, before)
    assert same(decode(natural, extra), value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text("ab_é", min_size=1), values),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_a_value_of_json_is_its_own_natural_value_without_extra(value: object) -> None:
    natural, extra = encode(value, "obj")
    assert extra is None
    assert same(natural, value)


@pytest.mark.parametrize(
    ("value", "natural"),
    [
        (dt.date(2020, 2, 3), dt.datetime(2020, 2, 3)),
        (dt.datetime(2020, 2, 3, 4, 5, 6, 789123), dt.datetime(2020, 2, 3, 4, 5, 6, 789000)),
        (
            dt.datetime(2020, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
            dt.datetime(2020, 7, 1, 10),
        ),
        (dt.time(4, 5), "04:05:00.000000"),
        (dt.timedelta(seconds=1, microseconds=5), 1_000_005),
        (Decimal("1.50"), bson.Decimal128("1.50")),
        (2**64, bson.Decimal128("18446744073709551616")),
        (10**34 + 1, 1e34),
        (Fraction(1, 4), 0.25),
        (2 + 1j, {"real": 2.0, "imag": 1.0}),
        (frozenset({1}), [1]),
        ((1, "a"), [1, "a"]),
        (range(3), [0, 3, 1]),
        (bytearray(b"ab"), b"ab"),
        (
            uuid.UUID("12345678123456781234567812345678"),
            bson.Binary.from_uuid(uuid.UUID("12345678123456781234567812345678")),
        ),
        ({1: 2, (3, 4): dt.date(2020, 1, 1)}, {"1": 2, "(3, 4)": dt.datetime(2020, 1, 1)}),
    ],
)
def test_the_natural_value_is_what_a_client_expects(value: object, natural: object) -> None:
    assert same(encode(value, "obj")[0], natural)


def test_an_int_beyond_every_number_of_bson_is_an_infinity() -> None:
    assert encode([10**9000, -(10**9000)], "obj")[0] == [math.inf, -math.inf]


def test_every_field_name_is_one_that_a_filter_can_address() -> None:
    natural, _ = encode({"a.b": {"$gt": 1, "": 2, "x\0": 3}, "é": 4}, "obj")
    assert natural == {"a_b": {"_gt": 1, "_": 2, "x_": 3}, "é": 4}


@pytest.mark.parametrize(
    "value",
    [
        bson.ObjectId("0123456789ab0123456789ab"),
        bson.Int64(5),
        bson.Decimal128("1.50"),
        bson.Decimal128.from_bid(b"\xff" * 8 + b"\xff\xff\x00\x00\x00\x00\x0a\x6c"),  # a form of 0
        bson.Binary(b"abc"),
        bson.Binary(b"0123456789abcdef", 4),
        bson.Binary(b"0123456789abcdef", 3),
        bson.Binary(b"abc", 128),
        bson.Regex("^a\0", re.IGNORECASE),
        bson.Timestamp(5, 6),
        bson.MinKey(),
        bson.MaxKey(),
        re.compile("(?i)a.b\0", re.MULTILINE),
        re.compile(b"\xff"),
        dt.datetime(2020, 1, 1, tzinfo=FixedOffset(60, "CET")),
        dt.datetime(2020, 1, 1, tzinfo=utc),
    ],
)
def test_values_of_bson_and_re_keep_their_type(value: object) -> None:
    assert same(through_bson([value, 1]), [value, 1])


def test_zones_of_dateutil_come_back() -> None:
    tz = pytest.importorskip("dateutil.tz")
    for zone in tz.tzutc(), tz.tzoffset("CET", 3600), tz.gettz("Europe/Berlin"):
        value = dt.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=zone)
        got = through_bson(value)
        assert isinstance(got, dt.datetime)
        assert got.tzinfo == zone
        assert same(got, value)


def test_zones_of_pytz_come_back_as_the_instance_of_their_moment() -> None:
    pytz = pytest.importorskip("pytz", reason="pandas 3 does not need it")
    berlin = pytz.timezone("Europe/Berlin")
    for zone in berlin, pytz.utc, pytz.FixedOffset(90):
        value = zone.localize(dt.datetime(2020, 7, 1, 12, 30, 1, 5))
        got = through_bson(value)
        assert isinstance(got, dt.datetime)
        assert got.tzinfo is value.tzinfo
        assert got == value
    with pytest.raises(UnsupportedValue, match="normalize"):
        encode(dt.datetime(2020, 7, 1, tzinfo=berlin), "obj")
    assert through_bson(dt.time(1, tzinfo=berlin)) == dt.time(1, tzinfo=berlin)


def levels_of(data: Any) -> int:
    if isinstance(data, dict):
        return 1 + max(map(levels_of, data.values()), default=0)
    if isinstance(data, list):
        return 1 + max(map(levels_of, data), default=0)
    return 0


def straight(levels: int) -> Any:
    value: Any = dt.date(2020, 1, 1)
    for level in range(levels):
        value = {(level, "k"): value} if level % 2 else (value, level)
    return value


@pytest.mark.parametrize("levels", [31, 32, 33, 64, 65, 100, 127])
def test_deep_values_come_back_and_stay_within_the_levels_of_the_server(levels: int) -> None:
    value = straight(levels)
    natural, extra = encode(value, "obj")
    assert levels_of([[natural]]) < 95
    assert levels_of([[extra]]) < 95
    assert same(through_bson(value), value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[object] = [1]
    value.append({"a": value})
    with pytest.raises(UnsupportedValue, match=r"obj\[1\]\['a'\]\[1\].* or contains itself"):
        encode(value, "obj")


class Text(str):
    __slots__ = ()


class Colour(enum.IntEnum):
    RED = 1


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Text("a"), r"Text; .*str\(\.\.\.\)"),
        (Point(1, 2), r"Point; .*tuple\(\.\.\.\)"),
        (collections.OrderedDict(a=1), r"OrderedDict; .*dict\(\.\.\.\)"),
        (collections.defaultdict(int), r"defaultdict; .*dict\(\.\.\.\)"),
        (Colour.RED, r"Colour; keep its \.value"),
        (memoryview(b"a"), r"memoryview; .*bytes\(\.\.\.\)"),
        (Broken(), "Broken; .*plain values"),
        (len, "builtin_function_or_method; .*plain values"),
        (..., "ellipsis"),
    ],
)
def test_a_type_that_cannot_be_restored_is_refused_with_path_type_and_remedy(value: object, message: str) -> None:
    for outer, where in (
        (value, "obj"),
        ([1, {"k": (0, value)}], r"obj\[1\]\['k'\]\[1\]"),
        ({2: {"n": [value]}}, r"obj\[2\]\['n'\]\[0\]"),
    ):
        with pytest.raises(UnsupportedValue, match=f"^{where}: .*{message}"):
            encode(outer, "obj")


def test_a_key_that_cannot_be_restored_is_refused_like_a_value() -> None:
    with pytest.raises(UnsupportedValue, match=r"obj\[.*Point\(x=1, y=2\).*Point; "):
        encode({Point(1, 2): 1}, "obj")


def test_extras_of_items_that_are_alike_are_written_once() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days) for days in range(1000)]
    _, extra = encode({"days": days, "pairs": [(1, 2)] * 1000}, "obj")
    assert len(bson.encode({"x": extra})) < 100
    assert same(through_bson(days), days)


def test_plain_values_import_neither_pandas_nor_numpy() -> None:
    code = """
import sys, datetime
from omegastore.codecs.value import decode, encode
assert decode(*encode([{1: (datetime.date(2020, 1, 1), 2**70)}], "obj"))
assert not {"numpy", "pandas"} & set(sys.modules), "imported"
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""
