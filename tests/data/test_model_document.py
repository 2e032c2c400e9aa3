"""Data models as documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omegastore.data import DataModel, Placeholder, relationship
from omegastore.data.model_document import document_of, model_of


def test_a_data_model_comes_back_from_its_document() -> None:
    model = DataModel(Placeholder("loans", {"join_key": ["id"], "time_stamp": ["at"]}))
    model.add(Placeholder("accounts"), Placeholder("payments", columns=["account", "paid"]), Placeholder("free"))
    model.accounts.join(model.payments, "account", {"paid": ("paid", "sum"), "n": "count"})
    model.population.join(model.accounts, ["id", ("at", "day")], relationship=relationship.many_to_one)
    hour = timedelta(hours=1)
    model.population.join(
        model.accounts, "id", {"m": ("paid", "avg")}, time_stamps=("at", "day"), memory=2 * hour, horizon=hour,
        upper_time_stamp="until",
    )  # fmt: skip
    model.population.look_back("at", {"k": "count"}, memory=hour, on="id")
    again = model_of(document_of(model))
    assert document_of(again) == document_of(model)
    assert again.names == ["accounts", "payments", "free"]
    assert [dict(each.aggregations) for each in again.population.joins] == [
        {},
        {"m": ("paid", "avg")},
        {"k": "count"},
    ]
    assert repr(again) == repr(model)
    assert again.population.roles == {"join_key": ["id"], "time_stamp": ["at"]}


def test_a_table_that_is_joined_to_itself_is_refused() -> None:
    model = DataModel("loans").add(Placeholder("accounts"))
    model.population.join(model.accounts, "id", {"n": "count"})
    for table in (model.population, model.accounts):
        with pytest.raises(ValueError, match="placeholder of its own"):
            table.join(model.population, "id", {"k": "count"})


def test_two_tables_of_one_name_are_refused() -> None:
    model = DataModel("loans")
    model.population.join(Placeholder("loans"), "id", {"n": "count"})
    with pytest.raises(ValueError, match="two tables 'loans'"):
        document_of(model)
