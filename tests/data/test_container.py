"""Containers, their subsets, and data models over handles of a project."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

import omegastore as om
from omegastore.data import Container, DataModel, Placeholder, StarSchema, TimeSeries, relationship, to_placeholder
from omegastore.errors import UnknownColumn

ORDERS = pd.DataFrame(
    {
        "customer": ["a", "b", "a", "c", "b"],
        "at": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]),
        "price": [1.0, 2.0, 3.0, 4.0, 5.0],
        "returned": [0, 1, 0, 1, 1],
        "part": ["train", "test", "train", "train", "test"],
    }
)
CUSTOMERS = pd.DataFrame({"customer": ["a", "b"], "city": ["Rome", "<Bari>"], "id": [7, 8]})
ROLES = {"join_key": ["customer"], "time_stamp": ["at"], "numerical": ["price"], "target": ["returned"]}
DAY = timedelta(days=1)


@pytest.fixture
def frames(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """Return orders and customers as frames of a project."""
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    om.set_project("shop")
    orders = om.DataFrame.from_pandas(ORDERS, name="orders", roles=ROLES)
    roles = {"join_key": ["customer"], "categorical": ["city"]}
    yield orders, om.DataFrame.from_pandas(CUSTOMERS, name="customers", roles=roles)
    om.engine.shutdown()


def test_a_split_divides_the_population_and_each_part_is_joined(frames: tuple[Any, Any]) -> None:
    orders, customers = frames
    star = StarSchema(orders, split="part").join(customers, "customer", relationship=relationship.many_to_one)
    assert star.container.names == ["full", "test", "train"]
    train = pickle.loads(pickle.dumps(star.train))
    assert (len(train), len(star.test), len(star.full)) == (3, 2, 5)
    found = train.to_pandas()
    assert found["price"].tolist() == [1.0, 3.0, 4.0]
    assert found["customers_city"].tolist()[:2] == ["Rome", "Rome"]
    assert found["customers_city"].isna().tolist() == [False, False, True]
    assert found.attrs["roles"] == train.roles
    assert train.roles["categorical"] == ["customers_city"]
    assert train.roles["unused_float"] == ["customers_id"]
    assert train.roles["target"] == ["returned"]
    with pytest.raises(AttributeError, match="'validation'"):
        _ = star.validation


def test_the_past_of_a_row_may_be_in_another_part(frames: tuple[Any, Any]) -> None:
    orders, _ = frames
    asked: dict[str, Any] = {"before": ("price", "sum")}
    options: dict[str, Any] = {"aggregations": asked, "memory": 9 * DAY, "horizon": DAY}
    series = TimeSeries(orders, "at", split="part", **options)
    assert series.train.to_pandas()["before"].tolist() == [0.0, 3.0, 6.0]
    assert series.test.to_pandas()["before"].tolist() == [1.0, 10.0]
    alone = TimeSeries(time_stamps="at", train=orders, **options)
    assert alone.train.to_pandas()["before"].tolist() == [0.0, 1.0, 3.0, 6.0, 10.0]
    assert "before" in alone.train.roles["numerical"]


def test_targets_are_aggregated_of_the_past_alone_and_if_one_says_so(frames: tuple[Any, Any]) -> None:
    orders, _ = frames
    asked: dict[str, Any] = {"rate": ("returned", "avg")}
    refusals: list[dict[str, Any]] = [{}, {"lagged_targets": True}, {"horizon": DAY}]
    for refused in refusals:
        with pytest.raises(ValueError, match=r"\['returned'\].*targets"):
            TimeSeries(orders, "at", asked, memory=9 * DAY, **refused)
    series = TimeSeries(orders, "at", asked, memory=9 * DAY, horizon=DAY, lagged_targets=True)
    assert series.full.to_pandas()["rate"].tolist()[1:] == [0.0, 0.5, 1 / 3, 0.5]
    with pytest.raises(ValueError, match="targets"):
        StarSchema(orders).join(orders, "customer", asked)


def test_a_container_names_its_subsets_and_tables_and_can_be_frozen(frames: tuple[Any, Any]) -> None:
    orders, customers = frames
    container = Container(train=orders, test=orders).add(customers=customers)
    assert container.names == ["train", "test"]
    assert container.customers is customers
    assert container["train"].name == "train"
    assert {"train", "test", "customers"} <= set(dir(container))
    assert {name: len(rows) for name, rows in container.to_pandas().items()} == {
        "train": 5,
        "test": 5,
        "customers": 2,
    }
    assert container.train.to_pandas().attrs["roles"] == orders.roles
    container.freeze()
    with pytest.raises(OSError, match="frozen"):
        container.add(more=customers)
    assert list(container.peripheral) == ["customers"]
    assert repr(container) == "<Container of the subsets ['train', 'test'] and the tables ['customers'], frozen>"
    with pytest.raises(AttributeError, match="'validation'"):
        _ = container.validation
    with pytest.raises(KeyError, match="'validation'"):
        container["validation"]
    neither: list[dict[str, Any]] = [{}, {"split": "part", "train": orders}]
    for wrong in neither:
        with pytest.raises(ValueError, match="population"):
            Container(**wrong)


def test_a_data_model_is_a_table_of_joins_and_finds_its_tables_in_a_container(frames: tuple[Any, Any]) -> None:
    orders, customers = frames
    model = DataModel(to_placeholder(orders)).add(customers=customers, again=orders)
    model.population.join(model.customers, on="customer", relationship=relationship.many_to_one)
    model.population.join(
        model.again, on="customer", aggregations={"n": "count"}, time_stamps="at", horizon=DAY, memory=9 * DAY
    )
    container = Container(orders).add(customers=customers, again=orders)
    found = container.full.joined_by(pickle.loads(pickle.dumps(model)))
    assert found.to_pandas()["n"].tolist() == [0, 0, 1, 0, 1]
    lines = [line.split() for line in repr(model).splitlines()]
    assert lines[1] == ["table", "joined", "on", "times", "relationship", "columns"]
    assert lines[2] == ["orders", "customers", "customer", "many_to_one", "all"]
    assert " ".join(lines[3]) == (
        "orders again customer at <= at, horizon 1 day, 0:00:00, memory 9 days, 0:00:00 many_to_many n"
    )
    assert "<td>customers</td>" in model._repr_html_()
    with pytest.raises(ValueError, match=r"joins table 'customers'.*container.add\(customers"):
        _ = Container(orders).full.joined_by(model).lazy
    with pytest.raises(AttributeError, match="'nothing'"):
        _ = model.nothing
    with pytest.raises(ValueError, match="'again' already"):
        model.add(Placeholder("again"))
    with pytest.raises(UnknownColumn, match="'nothing'"):
        model.population.join(model.customers, on="nothing", relationship=relationship.many_to_one)
    triple: Any = ("a", "b", "c")
    with pytest.raises(ValueError, match="several keys are a list"):
        model.population.join(model.customers, on=triple, aggregations={"m": "count"})


def test_views_are_joined_and_divided_by_lot_and_the_parts_are_disjoint_and_complete(frames: tuple[Any, Any]) -> None:
    orders, customers = frames
    rows = pd.concat([ORDERS] * 20, ignore_index=True).assign(number=range(100))
    many = om.DataFrame.from_pandas(rows, name="many", roles={**ROLES, "unused_float": ["number"]})
    split = om.data.split.random(train=0.7, test=0.3, seed=3)
    dear = many[many.price > 1]
    asked: dict[str, Any] = {"n": "count", "total": ("price", "sum")}
    star = StarSchema(dear, split=split).join(orders[orders.price < 5].with_name("cheap"), "customer", asked)
    star.join(customers, "customer", relationship=relationship.many_to_one)
    assert star.container.names == ["full", "test", "train"]
    parts = [pickle.loads(pickle.dumps(each)).to_pandas() for each in (star.train, star.test)]
    numbers = [set(part["number"]) for part in parts]
    assert not numbers[0] & numbers[1]
    assert numbers[0] | numbers[1] == set(rows.loc[rows["price"] > 1, "number"])
    cheap = ORDERS[ORDERS["price"] < 5].groupby("customer")["price"]
    for part in parts:
        assert part["n"].tolist() == part["customer"].map(cheap.size()).tolist()
        assert part["total"].tolist() == part["customer"].map(cheap.sum()).tolist()
    series = TimeSeries(dear, "at", {"past": "count"}, memory=DAY, split=split)
    assert [set(series[name].to_pandas()["number"]) for name in ("train", "test")] == numbers
    assert set(series.full.to_pandas()["past"]) == {20}
