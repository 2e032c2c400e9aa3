"""Scalars of numpy and small arrays come back from BSON equal and of the same types."""

from __future__ import annotations

import datetime as dt
from typing import Any

import bson
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from omegastore.codecs.value import OPTIONS, decode, encode
from omegastore.errors import UnsupportedValue

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.unicode_string_dtypes(endianness="?", max_len=5),
    hnp.byte_string_dtypes(max_len=5),
)


def through_bson(value: object) -> Any:
    natural, extra = encode(value, "obj")
    document = bson.decode(bson.encode({"v": natural, "x": extra}), OPTIONS)
    return decode(document["v"], document["x"])


def assert_same(got: Any, value: Any) -> None:
    assert type(got) is type(value)
    assert got.dtype == value.dtype
    assert got.shape == value.shape
    assert np.array_equal(np.signbit(got), np.signbit(value)) if value.dtype.kind == "f" else True
    np.testing.assert_array_equal(got, value)


@settings(max_examples=200, deadline=None)
@given(DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, ())))
def test_a_scalar_of_every_dtype_comes_back(zero_dimensional: np.ndarray[Any, Any]) -> None:
    value = zero_dimensional[()]
    assert_same(through_bson(value), value)
    assert_same(through_bson({1: [value]})[1][0], value)


@settings(max_examples=200, deadline=None)
@given(DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=3))))
def test_an_array_of_every_dtype_and_shape_comes_back(value: np.ndarray[Any, Any]) -> None:
    got = through_bson(value)
    assert_same(got, value)
    assert got.flags.writeable
    assert got.flags.owndata or got.base is None or got.size == 0 or got.base.flags.owndata


@pytest.mark.parametrize(
    "value",
    [
        np.longlong(5),
        np.ulonglong(2**64 - 1),
        np.longdouble("1.2345678901234567890123"),
        np.clongdouble(1 + 2j) / 3,
        np.float16("nan"),
        np.float32("-0.0"),
        np.str_("a\0"),
        np.str_("\ud800"),
        np.bytes_(b"a\0"),
        np.datetime64("NaT"),
        np.datetime64("NaT", "ns"),
        np.datetime64(2**62, "Y"),
        np.datetime64(-(2**62), "ns"),
        np.datetime64(123456789, "as"),
        np.timedelta64(5, ("s", 25)),
        np.timedelta64("NaT", "D"),
        np.timedelta64(3),
    ],
)
def test_scalars_at_the_edges_come_back(value: Any) -> None:
    got = through_bson(value)
    assert type(got) is type(value)
    assert got.dtype == value.dtype
    assert got == value or (value != value and got != got)


@pytest.mark.parametrize(
    ("value", "natural"),
    [
        (np.float32(0.5), 0.5),
        (np.uint64(2**64 - 1), bson.Decimal128("18446744073709551615")),
        (np.bool_(True), True),
        (np.datetime64("2020-01-02T03:04:05.123456789"), dt.datetime(2020, 1, 2, 3, 4, 5, 123000)),
        (np.datetime64("2020-01-02"), dt.datetime(2020, 1, 2)),
        (np.datetime64("20000-01-02"), "20000-01-02"),
        (np.datetime64("NaT"), None),
        (np.timedelta64(3, "h"), 3),
        (np.arange(4, dtype="u1").reshape(2, 2), [[0, 1], [2, 3]]),
        (np.array(5.5), 5.5),
        (np.array([dt.date(2020, 1, 1), "a"], object), [dt.datetime(2020, 1, 1), "a"]),
    ],
)
def test_the_natural_value_is_what_a_client_expects(value: object, natural: object) -> None:
    got, _ = encode(value, "obj")
    assert type(got) is type(natural)
    assert got == natural


def test_object_arrays_keep_every_element_and_lists_stay_elements() -> None:
    value = np.empty((2, 2), object)
    value[0, 0], value[0, 1], value[1, 0], value[1, 1] = [1, 2], (3,), {4: dt.date(2020, 1, 1)}, np.int8(5)
    got = through_bson(value)
    assert got.dtype == object
    assert got.tolist() == value.tolist()
    assert [type(item) for item in got.ravel()] == [list, tuple, dict, np.int8]


def test_an_object_array_without_dimensions_holds_its_list() -> None:
    value = np.empty((), object)
    value[()] = [1, 2]
    got = through_bson(value)
    assert got.shape == ()
    assert got.item() == [1, 2]


def test_structured_and_long_arrays_and_memory_order_come_back() -> None:
    structured = np.zeros(3, [("a", "<i4"), ("b", ">f8", (2, 2)), ("c", [("d", "S3")])])
    structured["b"] = 1.5
    for value in structured, structured[:0], np.arange(100_000.0), np.asfortranarray(np.ones((3, 4))):
        assert_same(through_bson(value), value)
    got = through_bson(np.asfortranarray(np.ones((3, 4))))
    assert got.flags.f_contiguous
    assert through_bson(np.asfortranarray(np.ones((300, 400)))).flags.f_contiguous


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_array([1, 2], [True, False]),
        np.zeros(2, [("a", "i4")]).view(np.recarray),
        np.zeros(2, [("a", object)]),
        np.zeros(1, [("a", "i4")])[0],
        np.dtype("i4"),
        np.ma.masked,
    ],
)
def test_what_cannot_be_restored_is_refused(value: object) -> None:
    with pytest.raises(UnsupportedValue, match=r"^obj\['a'\]: cannot keep .* of type numpy"):
        encode({"a": value}, "obj")
