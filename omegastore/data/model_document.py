"""Data models as documents of MongoDB, so that a pipeline keeps how its tables are joined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from omegastore.data.data_model import DataModel
from omegastore.data.lookup import Bounds
from omegastore.data.placeholder import Join, Past, Placeholder

MICROSECOND = timedelta(microseconds=1)


def document_of(model: DataModel) -> dict[str, Any]:
    """Return a data model as a document.

    Raises
    ------
    ValueError
        When two of its tables have one name.
    """
    found: dict[str, Placeholder] = {}
    _collect(model.population, found)
    for name in model.names:
        _collect(getattr(model, name), found)
    tables = [_table(each) for each in found.values()]
    return {"population": model.population.name, "names": model.names, "tables": tables}


def model_of(document: Mapping[str, Any]) -> DataModel:
    """Return the data model of a document."""
    tables = {
        each["name"]: Placeholder(each["name"], dict(each["roles"]), each["columns"]) for each in document["tables"]
    }
    for each in document["tables"]:
        tables[each["name"]].joins += [_join_of(join, tables) for join in each["joins"]]
    return DataModel(tables[document["population"]]).add(*(tables[name] for name in document["names"]))


def _collect(table: Placeholder, found: dict[str, Placeholder]) -> None:
    known = found.setdefault(table.name, table)
    if known is not table:
        raise ValueError(f"the data model has two tables {table.name!r}; give them names of their own")
    for each in table.joins:
        if isinstance(each, Join) and found.get(each.right.name) is not each.right:
            _collect(each.right, found)


def _table(table: Placeholder) -> dict[str, Any]:
    roles = [[role, list(names)] for role, names in table.roles.items()]
    joins = [_document(each) for each in table.joins]
    return {"name": table.name, "roles": roles, "columns": table.columns, "joins": joins}


def _document(join: Join | Past) -> dict[str, Any]:
    asked = [[name, list(how) if isinstance(how, tuple) else how] for name, how in join.aggregations.items()]
    if isinstance(join, Past):
        span = {"memory": join.memory // MICROSECOND, "horizon": join.horizon // MICROSECOND}
        return {"time_stamp": join.time_stamp, "on": list(join.on), "aggregations": asked, **span}
    bounds = join.bounds
    return {
        "right": join.right.name,
        "on": [list(pair) for pair in join.on],
        "aggregations": asked,
        "relationship": join.relationship,
        "bounds": None
        if bounds is None
        else {
            "left": bounds.left,
            "right": bounds.right,
            "horizon": bounds.horizon // MICROSECOND,
            "memory": None if bounds.memory is None else bounds.memory // MICROSECOND,
            "upper": bounds.upper,
        },
    }


def _join_of(document: Mapping[str, Any], tables: Mapping[str, Placeholder]) -> Join | Past:
    asked: dict[str, Any] = {
        name: how if isinstance(how, str) else tuple(how) for name, how in document["aggregations"]
    }
    if "time_stamp" in document:
        memory, horizon = document["memory"] * MICROSECOND, document["horizon"] * MICROSECOND
        return Past(document["time_stamp"], tuple(document["on"]), asked, memory, horizon)
    bounds = None
    if document["bounds"] is not None:
        spans = {name: document["bounds"][name] for name in ("horizon", "memory")}
        times: Any = {name: None if span is None else span * MICROSECOND for name, span in spans.items()}
        bounds = Bounds(**{**document["bounds"], **times})
    on = tuple((here, there) for here, there in document["on"])
    return Join(tables[document["right"]], on, asked, bounds, document["relationship"])
