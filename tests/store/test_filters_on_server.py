"""Filters on a real server select what a pandas mask would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from omegastore.query import Field, Q, compile_filter, milliseconds, natural, raw

Rows = list[dict[str, Any]]
on_server = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EPOCH = pd.Timestamp("2020-01-01")


def nanos(value: object) -> tuple[dt.datetime, int]:
    """Encode a date of a column that keeps nanoseconds beside the date."""
    stamp = pd.Timestamp(value)  # type: ignore[arg-type]  # whatever pandas reads
    below = stamp.value % 10**6
    return pd.Timestamp(stamp.value - below).to_pydatetime(), int(below)


FIELDS = {
    "f": Field("f", natural),
    "i": Field("i", natural),
    "s": Field("s", natural),
    "t": Field("t", nanos, beside="_x.t"),
    "m": Field("m", milliseconds),
}


def selected(
    database: Database[dict[str, Any]], mongo_filter: dict[str, object], collection: str = "rows"
) -> list[int]:
    return [row["_id"] for row in database[collection].find(mongo_filter, {"_id": 1}).sort("_id")]


def fill(database: Database[dict[str, Any]], rows: Rows, collection: str = "rows") -> None:
    database[collection].delete_many({})
    if rows:
        database[collection].insert_many([{"_id": at, **row} for at, row in enumerate(rows)])


floats = st.sampled_from([float("nan"), float("-inf"), -1.5, -0.0, 0.0, 1.0, 2.0, float("inf")])
ints = st.sampled_from([-(2**63), -1, 0, 1, 2, 2**53 + 1, 2**63 - 1])
texts = st.sampled_from(["", "a", "A", "ab", "a.b", "axb", "b\n", "é", "🙂", "a\0b", "$a", "^"])
stamps = st.builds(
    lambda milli, nano: EPOCH + pd.Timedelta(milli, "ms") + pd.Timedelta(nano, "ns"),
    st.integers(-2, 2),
    st.sampled_from([0, 1, 999_999]),
)
millis = st.integers(-2, 2).map(lambda milli: EPOCH + pd.Timedelta(milli, "ms"))
frames = st.lists(
    st.fixed_dictionaries(
        {
            "f": floats,
            "i": ints,
            "s": st.none() | texts,
            "t": st.just(pd.NaT) | stamps,
            "m": st.just(pd.NaT) | millis,
        }
    ),
    max_size=8,
).map(lambda rows: pd.DataFrame(rows, columns=["f", "i", "s", "t", "m"]))


def stored(frame: pd.DataFrame, absent: bool) -> Rows:
    """Return the frame as row documents; what is missing as null or, if `absent`, as no field."""
    rows: Rows = []
    for record in frame.to_dict("records"):
        row: dict[str, Any] = {"f": record["f"], "i": int(record["i"])}
        row["s"] = None if pd.isna(record["s"]) else record["s"]
        row["m"] = None if pd.isna(record["m"]) else record["m"].to_pydatetime()
        row["t"] = None
        if not pd.isna(record["t"]):
            row["t"], below = nanos(record["t"])
            if below:
                row["_x"] = {"t": below}
        rows.append({key: value for key, value in row.items() if value is not None or not absent})
    return rows


Mask = Callable[[pd.DataFrame], "pd.Series[bool]"]
Case = tuple[Q, Mask]


def falsy(mask: Any) -> Any:
    """Return a mask of plain bools: text columns of pandas answer with missing values."""
    return pd.Series([value is True or value is np.True_ for value in mask], index=mask.index, dtype=bool)


def compared(column: str, operator: str, value: Any) -> Case:
    method = {"lte": "le", "gte": "ge"}.get(operator, operator)

    def mask(frame: pd.DataFrame) -> Any:
        if operator == "ne":
            return ~falsy(frame[column] == value)
        return falsy(getattr(frame[column], method)(value))

    return Q(**{f"{column}__{operator}": value}), mask


def member(column: str, operator: str, values: list[Any]) -> Case:
    def mask(frame: pd.DataFrame) -> Any:
        found = falsy(frame[column].isin([value for value in values if not pd.isna(value)]))
        if any(pd.isna(value) for value in values):
            found |= frame[column].isna()
        return found if operator == "in" else ~found

    return Q(**{f"{column}__{operator}": values}), mask


def bounded(column: str, low: Any, high: Any) -> Case:
    def mask(frame: pd.DataFrame) -> Any:
        return falsy(frame[column] >= low) & falsy(frame[column] <= high)

    return Q(**{f"{column}__between": (low, high)}), mask


def null(column: str, wanted: bool) -> Case:
    return Q(**{f"{column}__isnull": wanted}), lambda frame: frame[column].isna() == wanted


def missing(column: str, operator: str, value: Any) -> Case:
    return Q(**{f"{column}__{operator}": value}), lambda frame: frame[column].isna() == (operator == "eq")


def worded(operator: str, text: str) -> Case:
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda value: text in value,
        "startswith": lambda value: value.startswith(text),
        "endswith": lambda value: value.endswith(text),
    }
    test = tests[operator]
    return Q(**{f"s__{operator}": text}), lambda frame: falsy(
        frame["s"].map(lambda value: isinstance(value, str) and test(value))
    )


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "f": floats.filter(lambda x: x == x),
    "i": ints,
    "s": texts,
    "t": stamps,
}
VALUES["m"] = stamps
ORDER = st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"])
MISSING = st.sampled_from(
    [None, float("nan"), np.float64("nan"), pd.NaT, pd.NA, np.datetime64("NaT"), Decimal("nan")]
)


def leaves(column: str) -> st.SearchStrategy[Case]:
    values = VALUES[column]
    name = st.just(column)
    return st.one_of(
        st.builds(compared, name, ORDER, values),
        st.builds(member, name, st.sampled_from(["in", "nin"]), st.lists(values | MISSING, max_size=4)),
        st.builds(bounded, name, values, values),
        st.builds(null, name, st.booleans()),
        st.builds(missing, name, st.sampled_from(["eq", "ne"]), MISSING),
    )


words = st.builds(worded, st.sampled_from(["contains", "startswith", "endswith"]), texts)


def combined(cases: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    return st.one_of(
        st.tuples(cases, cases).map(lambda two: (two[0][0] & two[1][0], lambda f: two[0][1](f) & two[1][1](f))),
        st.tuples(cases, cases).map(lambda two: (two[0][0] | two[1][0], lambda f: two[0][1](f) | two[1][1](f))),
        cases.map(lambda one: (~one[0], lambda f: ~one[1](f))),
    )


leaf = st.one_of(words, *(leaves(column) for column in FIELDS))
level = leaf | combined(leaf)
trees = level | combined(level)


@on_server
@given(frame=frames, cases=st.lists(trees, min_size=8, max_size=8), absent=st.booleans())
def test_a_filter_selects_the_rows_of_the_pandas_mask_with_and_without_an_index(
    omegastore_database: Database[dict[str, Any]], frame: pd.DataFrame, cases: list[Case], absent: bool
) -> None:
    for column in FIELDS:
        omegastore_database.indexed.create_index(column)
    for collection in ("rows", "indexed"):
        fill(omegastore_database, stored(frame, absent), collection)
    for q, mask in cases:
        expected = [int(at) for at in np.flatnonzero(mask(frame))] if len(frame) else []
        mongo_filter = compile_filter(None, q, FIELDS)
        assert selected(omegastore_database, mongo_filter) == expected, q
        assert selected(omegastore_database, mongo_filter, "indexed") == expected, q


@pytest.mark.parametrize("operator", ["eq", "ne", "lt", "lte", "gt", "gte"])
def test_dates_compare_to_the_nanosecond(omegastore_database: Database[dict[str, Any]], operator: str) -> None:
    dates = [
        EPOCH + pd.Timedelta(f"{milli}ms") + pd.Timedelta(f"{nano}ns") for milli in (-1, 0, 1) for nano in (0, 1, 2)
    ]
    frame = pd.DataFrame({"t": dates})
    fill(omegastore_database, [{"t": nanos(date)[0], "_x": {"t": nanos(date)[1]}} for date in dates])
    for bound in dates:
        q, mask = compared("t", operator, bound)
        expected = [int(at) for at in np.flatnonzero(mask(frame))]
        assert selected(omegastore_database, compile_filter(None, q, FIELDS)) == expected


@pytest.mark.parametrize("operator", ["lt", "lte", "gt", "gte", "between"])
@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT, pd.NA])
def test_no_row_compares_with_a_missing_value(
    omegastore_database: Database[dict[str, Any]], operator: str, value: object
) -> None:
    fill(omegastore_database, [{"f": 1.0}, {"f": None}, {"f": float("nan")}, {}])
    for bound in [(value, value), (0, value), (value, 5)] if operator == "between" else [value]:
        q = Q(**{f"f__{operator}": bound})
        assert selected(omegastore_database, compile_filter(None, q, FIELDS)) == []
        assert selected(omegastore_database, compile_filter(None, ~q, FIELDS)) == [0, 1, 2, 3]


def test_a_list_is_never_missing_whatever_it_holds(omegastore_database: Database[dict[str, Any]]) -> None:
    fill(omegastore_database, [{"f": [1, None]}, {"f": []}, {"f": [float("nan")]}, {"f": None}])
    assert selected(omegastore_database, compile_filter({"f__isnull": True}, None, FIELDS)) == [3]
    assert selected(omegastore_database, compile_filter({"f": None}, None, FIELDS)) == [3]
    assert selected(omegastore_database, compile_filter({"f__isnull": False}, None, FIELDS)) == [0, 1, 2]


DOCUMENTS: Rows = [
    {"n": {"a": 1, "type": "x", "tags": ["red", "blue"], "items": [{"p": 1, "q": 9}, {"p": 9, "q": 1}]}},
    {"n": {"a": {"b": 5}, "tags": ["red"], "items": [{"p": 9, "q": 9}]}},
    {"n": [75, 85]},
    {"n": [60, 95]},
    {"n": None},
]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"n__a": 1}, [0]),
        ({"n__a__b__gt": 4}, [1]),
        ({"n__type__eq": "x"}, [0]),
        ({"n__type": "object"}, [0, 1]),
        ({"n__type": ("array", "null")}, [2, 3, 4]),
        ({"n__exists": True}, [0, 1, 2, 3, 4]),
        ({"n__a__exists": True}, [0, 1]),
        ({"n__tags__all": {"red", "blue"}}, [0]),
        ({"n__tags": "red"}, [0, 1]),
        ({"n__items__elemmatch": {"p__gt": 5, "q__gt": 5}}, [1]),
        ({"n__items__elemmatch": {"p__in": [1], "q": 9}}, [0]),
        ({"n__items__p__gt": 5, "n__items__q__gt": 5}, [0, 1]),
        ({"n__elemmatch": {"__gte": 80, "__lt": 90}}, [2]),
        ({"n__elemmatch": {"__ne": 75}}, [2, 3]),
        ({"n__gte": 80, "n__lt": 70}, [3]),
        ({"n__elemmatch": raw({"$gt": 90})}, [3]),
        ({"n__0": 75}, [2]),
        ({"n": raw({"$size": 2})}, [2, 3]),
        ({"n__ne": raw({"$size": 2})}, [0, 1, 4]),
        ({"n__ne": raw({"a": 1})}, [0, 1, 2, 3, 4]),
        ({"n": [75, 85]}, [2]),
        ({"n__a": {"b": 5}}, [1]),
    ],
)
def test_conditions_reach_into_documents_and_lists(
    omegastore_database: Database[dict[str, Any]], conditions: dict[str, object], expected: list[int]
) -> None:
    fill(omegastore_database, DOCUMENTS)
    fields = {"n": Field("n", natural, nested=True)}
    assert selected(omegastore_database, compile_filter(conditions, None, fields)) == expected


def test_places_are_found_on_the_globe(omegastore_database: Database[dict[str, Any]]) -> None:
    places = {"zurich": [8.54, 47.37], "bern": [7.45, 46.95], "tokyo": [139.69, 35.69]}
    fill(
        omegastore_database,
        [{"p": {"type": "Point", "coordinates": each}, "n": n} for n, each in places.items()],
    )
    omegastore_database.rows.create_index([("p", "2dsphere")])
    fields = {"p": Field("p", natural), "n": Field("n", natural)}
    box = {"type": "Polygon", "coordinates": [[[5, 45], [11, 45], [11, 48], [5, 48], [5, 45]]]}
    near = {"point": np.array([7.4, 46.9]), "max_distance": 300_000, "min_distance": 10}
    point = {"type": "Point", "coordinates": (7.45, 46.95)}

    def names(conditions: dict[str, object], q: Q | None = None) -> list[str]:
        return [row["n"] for row in omegastore_database.rows.find(compile_filter(conditions, q, fields))]

    assert names({"p__near": near}) == ["bern", "zurich"]
    assert names({"p__near": (8.5, 47.4)}) == ["zurich", "bern", "tokyo"]
    assert names({"p__near": point, "n__ne": "bern"}, Q(n__ne="tokyo") & Q(n__ne="x")) == ["zurich"]
    assert sorted(names({"p__geowithin": box})) == ["bern", "zurich"]
    assert names({}, ~Q(p__geowithin=box)) == ["tokyo"]
    assert names({"p__geointersects": point}) == ["bern"]


def test_values_of_every_accepted_type_find_their_equals(
    omegastore_database: Database[dict[str, Any]],
) -> None:
    date = dt.datetime(2020, 1, 2)
    fill(omegastore_database, [{"f": 3}, {"f": "x"}, {"f": date}, {"f": True}, {"f": b"x"}, {"f": 10**3}])
    found: list[tuple[list[object], int]] = [
        ([3, 3.0, np.int8(3), np.float32(3), np.array(3), Decimal(3)], 0),
        (["x", np.str_("x")], 1),
        (
            [date, pd.Timestamp(date), np.datetime64(date), dt.date(2020, 1, 2), date.replace(tzinfo=dt.UTC)],
            2,
        ),
        ([True, np.True_], 3),
        ([b"x", bytearray(b"x"), np.bytes_(b"x")], 4),
    ]
    for values, at in found:
        for value in values:
            assert selected(omegastore_database, compile_filter({"f": value}, None, FIELDS)) == [at], repr(value)
    for many in (
        [3, "x"],
        (3, "x"),
        {3, "x"},
        np.array([3, "x"], object),
        pd.Series([3, "x"]),
        pd.Index([3, "x"]),
    ):
        assert selected(omegastore_database, compile_filter({"f__in": many}, None, FIELDS)) == [0, 1]
    assert selected(omegastore_database, compile_filter({"f__in": range(2, 5)}, None, FIELDS)) == [0]


def test_as_many_levels_as_a_q_may_have_reach_the_server(
    omegastore_database: Database[dict[str, Any]],
) -> None:
    fill(omegastore_database, [{"i": 1}, {"i": 2}])
    q = Q(i__in=[1, None])
    for _ in range(19):
        q = (q | Q(i=5)) & Q(i__ne=6)
    assert selected(omegastore_database, compile_filter(None, ~q, FIELDS)) == [1]
    flat = Q(i=0)
    for value in range(1, 1000):
        flat = flat | Q(i=value)
    assert selected(omegastore_database, compile_filter(None, flat, FIELDS)) == [0, 1]
