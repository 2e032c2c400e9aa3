"""Column expressions of a project: what they compute, and that rows stay where they are."""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import omegastore as om
from omegastore.data import Column
from omegastore.errors import InvalidOption, UnknownColumn, UnsupportedValue

ROWS = pd.DataFrame(
    {
        "amount": [100.0, np.nan, -3.5, np.inf],
        "months": [10, 0, 2**63 - 1, -(2**63)],
        "city": ["Rome", None, "Bari", "Rome"],
        "at": pd.Series(["2020-02-29", None, "1960-05-05", "2001-01-01"], dtype="datetime64[us]"),
        "price": [Decimal("1.10"), None, Decimal("2"), Decimal("0")],
        "kind": pd.Series(["u", "v", None, "u"], dtype="category"),
    }
)


@pytest.fixture
def loans(project: str) -> Any:
    return om.DataFrame.from_pandas(ROWS, "loans")


def values(column: Column) -> list[Any]:
    found: list[Any] = column.over(column.base.lazy).value.tolist()
    return found


def test_a_column_is_an_expression_without_rows(loans: Any) -> None:
    ratio = (loans.amount / loans["months"]) > 1
    assert isinstance(ratio, Column)
    assert (loans.amount.name, ratio.name, ratio.names) == ("amount", None, ["amount", "months"])
    assert ratio.project == "loans"
    again = pickle.loads(pickle.dumps(ratio))
    assert (again.tree, repr(again)) == (ratio.tree, repr(ratio))
    with pytest.raises(AttributeError, match="nothing"):
        getattr(loans, "nothing")  # noqa: B009
    with pytest.raises(UnknownColumn, match="nothing"):
        assert loans["nothing"]
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(ratio)


def test_a_comparison_with_null_is_false_but_for_unequal(loans: Any) -> None:
    assert values(loans.amount == loans.amount) == [True, False, True, True]
    assert values(loans.amount != loans.amount) == [False, True, False, False]
    assert values(loans.city == "Rome") == [True, False, False, True]
    assert values(loans.city != "Rome") == [False, True, True, False]
    assert values(loans.kind == "u") == [True, False, False, True]
    assert values(~(loans.amount > 0)) == [False, True, True, False]
    assert values((loans.at < "1970-01-01") | (loans.price == Decimal("1.1"))) == [True, False, True, False]


def test_what_is_not_defined_is_null_and_nothing_raises(loans: Any) -> None:
    np.testing.assert_array_equal(values(1 / loans.months), [0.1, np.nan, 1 / (2**63 - 1), 1 / -(2**63)])
    np.testing.assert_array_equal(values(loans.amount - loans.amount), [0.0, np.nan, 0.0, np.nan])
    np.testing.assert_array_equal(values(loans.amount**0.5), [10.0, np.nan, np.nan, np.inf])
    assert values(7 % loans.months) == [7, pd.NA, 7, 7 - 2**63]
    assert values(loans.price / loans.price) == [Decimal(1), None, Decimal(1), None]


def test_integers_are_exact_to_64_bits_and_null_beyond(loans: Any) -> None:
    assert values(loans.months - 1) == [9, -1, 2**63 - 2, pd.NA]
    assert values(-loans.months) == [-10, 0, 1 - 2**63, pd.NA]
    assert values(abs(loans.months)) == [10, 0, 2**63 - 1, pd.NA]
    assert values(loans.months % 3) == [1, 0, (2**63 - 1) % 3, -(2**63) % 3]
    series = ((loans.months / 2 > 0) * 3).over(loans.lazy).value
    assert (series.dtype, series.tolist()) == ("int64", [3, 0, 3, 0])


def test_chains_and_nests_of_300_operators_are_computed(loans: Any) -> None:
    chain, nest = loans.amount, loans.amount
    for _ in range(300):
        chain, nest = chain + 1, 1 - nest
    np.testing.assert_array_equal(values(chain), [400.0, np.nan, 296.5, np.inf])
    np.testing.assert_array_equal(values(nest), ROWS["amount"])
    assert len(pickle.dumps(chain)) < 20_000
    loans["sum"] = chain
    np.testing.assert_array_equal(loans.to_pandas()["sum"], [400.0, np.nan, 296.5, np.inf])


def test_what_is_used_several_times_is_computed_once(loans: Any) -> None:
    column, expected = loans.months, 10
    for _ in range(100):
        column = column.update(column > 7, column - column % 5 - 1)
        expected = expected - expected % 5 - 1 if expected > 7 else expected
    assert values(column)[0] == expected
    assert len(pickle.dumps(column)) < 40_000
    # equal values of different types are not the same
    assert values((loans.months > 0).ternary(1, 2) + (loans.months > 0).ternary(1.5, 0))[0] == 2.5
    assert values((loans.months == 10).as_str() + (loans.months == 10).ternary(1, 0).as_str())[0] == "true1"


def test_columns_are_added_by_expressions_values_and_functions(loans: Any) -> None:
    loans["less"] = loans.months - 1
    loans["plain"] = loans.months % 3
    loans["one"] = 1
    loans["twice"] = lambda rows: rows["amount"] * 2
    found = loans.to_pandas()
    assert found[["less", "plain", "one", "twice"]].dtypes.astype(str).tolist() == [
        "Int64",
        "int64",
        "int64",
        "float64",
    ]
    assert found["less"].tolist() == [9, -1, 2**63 - 2, pd.NA]
    mask = loans.months > 0
    rows = loans.lazy
    assert rows[mask.over(rows)].value["city"].tolist() == ["Rome", "Bari"]


def test_what_cannot_be_computed_is_refused_with_a_remedy(loans: Any) -> None:
    with pytest.raises(InvalidOption, match=r"\(amount \+ city\): text is no number; use as_num"):
        values(loans.amount + loans.city)
    with pytest.raises(InvalidOption, match="as_num"):
        values(loans.city == 1)
    with pytest.raises(InvalidOption, match="exact in neither"):
        values(loans.price * 1.5)
    other = om.DataFrame.from_pandas(ROWS, "other")
    with pytest.raises(ValueError, match="join the frames"):
        values(loans.amount + other.amount)
    with pytest.raises(UnknownColumn, match="amount"):
        loans.amount.over(other.lazy[["city"]])


def test_objects_are_decimals_texts_or_booleans_as_an_operation_takes_them(project: str) -> None:
    frame = pd.DataFrame(
        {
            "none": pd.Series([None, None], dtype=object),
            "flag": pd.Series([True, None], dtype=object),
            "mixed": pd.Series(["a", 1], dtype=object),
            "digits": pd.Series([Decimal("1." + "1" * 40), None], dtype=object),
        }
    )
    table: Any = om.DataFrame.from_pandas(frame, "objects")
    assert values((table.none + "a").is_null()) == [True, True]
    assert values(table.none.contains("a") | (table.none == "a") | (table.none > 1)) == [False, False]
    assert values((table.none + 1).is_null()) == [True, True]
    assert values(table.none.length().is_null() & table.none.as_num().is_null()) == [True, True]
    assert values(table.flag & True) == values(table.flag == True) == [True, False]  # noqa: E712
    for wrong in (table.mixed + "b", table.mixed > 1, table.digits * 2):
        with pytest.raises(UnsupportedValue, match=r"object column '(mixed|digits)' holds other values than"):
            values(wrong)


def test_columns_of_arrow_are_computed_as_those_of_pandas(project: str) -> None:
    stamp = pd.Timestamp("1960-05-05 01:02:03.123456", tz="Europe/Berlin")
    given: dict[str, tuple[Any, list[Any]]] = {
        "number": ("double[pyarrow]", [1.5, None]),
        "whole": ("int64[pyarrow]", [2**62, None]),
        "text": ("string[pyarrow]", ["a", None]),
        "at": (pd.ArrowDtype(pa.timestamp("us", "Europe/Berlin")), [stamp, None]),
        "day": (pd.ArrowDtype(pa.date32()), [date(2024, 2, 29), None]),
        "told": ("bool[pyarrow]", [True, None]),
        "price": (pd.ArrowDtype(pa.decimal128(10, 2)), [Decimal("1.10"), None]),
        "span": (pd.ArrowDtype(pa.duration("s")), [timedelta(days=1), None]),
    }
    frame = pd.DataFrame({name: pd.array(rows, dtype=dtype) for name, (dtype, rows) in given.items()})
    table: Any = om.DataFrame.from_pandas(frame, "arrow")
    assert values((table.number + 1).as_str() + table.text == "2.5a") == [True, False]
    assert values(table.whole - 1) == [2**62 - 1, pd.NA]
    assert values(table.at.hour()) == [1, pd.NA]
    assert values(table.at + table.span) == [stamp + timedelta(days=1), pd.NaT]
    assert values(table.day + om.data.time.days(1)) == [pd.Timestamp("2024-03-01"), pd.NaT]
    assert values(table.price * 2) == [Decimal("2.20"), None]
    assert values(table.told & (table.text == "a") & (table.price > 1)) == [True, False]
