"""Columns of a frame added by expressions, and their roles, units and subroles."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pymongo import MongoClient

import omegastore as om
from omegastore import OmegaStore
from omegastore.data import roles
from omegastore.errors import InvalidOption
from tests.mdataframe.lazy_frames import Pulled

ROWS = pd.DataFrame(
    {
        "amount": ["100", " 2.5", "none", None],
        "months": [10, 0, 2, 5],
        "date": ["31/12/2020", "1/2/2021", "2020-01-01", None],
        "city": ["Rome", "Bari", None, "Rome"],
    }
)


@pytest.fixture
def loans(project: str) -> Any:
    return om.DataFrame.from_pandas(ROWS, "loans")


def test_texts_become_numbers_and_time_stamps_by_their_role(loans: Any) -> None:
    loans.set_role("amount", roles.numerical)
    loans.set_role("date", roles.time_stamp, time_formats=["%d/%m/%Y"])
    loans.set_role(["city", "months"], roles.categorical)
    found = loans.to_pandas()
    np.testing.assert_array_equal(found["amount"], [100.0, 2.5, np.nan, np.nan])
    assert found["date"].dropna().tolist() == [datetime(2020, 12, 31), datetime(2021, 2, 1)]
    pd.testing.assert_frame_equal(found[["months", "city"]], ROWS[["months", "city"]])
    assert loans.roles == {"numerical": ["amount"], "time_stamp": ["date"], "categorical": ["months", "city"]}
    with pytest.raises(InvalidOption, match=r"pandas.to_datetime"):
        loans.set_role("city", roles.time_stamp, time_formats=["%d %b %Y"])
    with pytest.raises(ValueError, match="time_formats are of the role 'time_stamp'"):
        loans.set_role("city", roles.text, time_formats=["%Y-%m-%d"])
    assert loans.roles["categorical"] == ["months", "city"]


def test_a_column_is_added_with_role_unit_and_subroles(loans: Any) -> None:
    loans.add(loans.months * 2, "twice", roles.numerical, unit="months", subroles=["only", "short"])
    loans.add(loans.date, "when", roles.time_stamp, time_formats="%d/%m/%Y")
    loans.add(loans.amount, "number", roles.numerical)
    loans.add(lambda rows: rows["months"] + 1, "more")
    loans["city"] = loans.city + "!"
    loans.add(7, "seven")
    column = loans.twice
    assert (column.name, column.role, column.unit, column.subroles) == (
        "twice",
        "numerical",
        "months",
        ("only", "short"),
    )
    assert (loans.city.role, loans.more.role, (loans.twice + 1).role) == ("unused_string", "unused_float", None)
    found = loans.to_pandas()
    assert found["twice"].tolist() == [20, 0, 4, 10]
    assert found["when"].dropna().tolist() == [datetime(2020, 12, 31), datetime(2021, 2, 1)]
    assert found["number"].dropna().tolist() == [100.0, 2.5]
    loans.add(loans.months * 3, "twice", unit="weeks")
    assert (loans.twice.role, loans.twice.unit, loans.twice.subroles) == ("numerical", "weeks", ("only", "short"))


def test_roles_units_and_subroles_survive_pandas_save_and_load(loans: Any) -> None:
    loans.set_role("months", roles.numerical)
    loans.set_unit(["months", "amount"], "month")
    loans.set_unit("amount", "")
    loans.set_subroles("city", ["email", "only"])
    loans.set_subroles("city", "only", append=True)
    loans.set_subroles("city", "short", append=True)
    again = om.DataFrame.from_pandas(loans.to_pandas(), "again")
    loans.save()
    om.project.restart()
    for each in (loans.load(), om.DataFrame.from_pandas(loans.to_pandas(), "again")):
        assert each.roles == {"numerical": ["months"], "unused_string": ["amount", "date", "city"]}
        assert (each.months.unit, each.amount.unit) == ("month", "")
        assert each.city.subroles == ("email", "only", "short")
    assert again.name == "again"
    with pytest.raises(ValueError, match="nothing"):
        loans.set_unit("nothing", "month")


def test_a_target_with_gaps_and_a_column_of_another_frame_are_refused_and_nothing_is_changed(loans: Any) -> None:
    before = loans.roles
    with pytest.raises(ValueError, match="target 'half' is missing in 1 rows"):
        loans.add(10 / loans.months, "half", roles.target)
    with pytest.raises(ValueError, match="target 'city' is missing in 1 rows"):
        loans.set_role("city", roles.target)
    with pytest.raises(ValueError, match="no role"):
        loans.add(1, "one", "nothing")
    other: Any = om.DataFrame.from_pandas(ROWS, "other")
    with pytest.raises(ValueError, match="join the frame first"):
        loans.add(other.months * 2, "twice")
    assert (loans.roles, loans.columns) == (before, list(ROWS.columns))


def test_a_frozen_frame_takes_no_column_role_or_unit(loans: Any) -> None:
    loans.freeze()
    changes: list[Callable[[], object]] = [
        lambda: loans.add(loans.months, "more"),
        lambda: loans.set_role("amount", roles.numerical),
        lambda: loans.set_unit("amount", "EUR"),
        lambda: loans.set_subroles("amount", "only"),
    ]
    for change in changes:
        with pytest.raises(OSError, match="frozen"):
            change()
    assert loans.columns == list(ROWS.columns)


def test_six_who_add_columns_by_expressions_at_the_same_time_all_keep_theirs(loans: Any) -> None:
    def add(number: int) -> None:
        mine = om.DataFrame("loans")
        mine.add(mine.months * number, f"new{number}", roles.numerical)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    found = loans.to_pandas()
    for number in range(6):
        assert found[f"new{number}"].tolist() == (ROWS["months"] * number).tolist()
    assert set(loans.roles["numerical"]) == {f"new{number}" for number in range(6)}


def test_columns_are_added_and_reduced_without_a_row_for_the_client(project: str) -> None:
    count, pulled = 100_000, Pulled()
    frame = pd.DataFrame({"amount": np.arange(count, dtype="float64"), "months": np.arange(count) % 12})
    loans: Any = om.DataFrame.from_pandas(frame, "loans")
    with MongoClient[dict[str, Any]](project, event_listeners=[pulled]) as client:
        loans._disk = OmegaStore(client, bucket="loans")
        ratio = loans.amount / loans.months
        pulled.clear()
        loans["ratio"] = ratio
        assert (loans.ratio.count(), loans.amount.avg()) == (count - len(range(0, count, 12)), (count - 1) / 2)
        assert "aggregate" in pulled.names
        assert pulled.documents < 100  # of Metadata
        for each in (loans, ratio, loans[ratio > 1]):
            assert len(pickle.dumps(each)) < 20_000
    again = pickle.loads(pickle.dumps(om.DataFrame("loans").amount > 99_990))
    assert len(again.base[again]) == 9
