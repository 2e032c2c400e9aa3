"""DataModel: a population and the tables that are joined to it, as a plan that any rows can be put into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from omegastore.data import relationship as relationships
from omegastore.data import roles as known
from omegastore.data.lookup import aggregated, looked_up, refuse_repeats
from omegastore.data.placeholder import Join, Past, Placeholder, Roles
from omegastore.data.window import windowed
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.side import side

COLUMNS = ("table", "joined", "on", "times", "relationship", "columns")


class DataModel:
    """Tables and their joins; a pipeline that has one joins the tables of a container by itself.

    Parameters
    ----------
    population : Placeholder or str
        The table whose rows something is learned from; of a str, the placeholder is called so.

    Examples
    --------
    >>> model = DataModel("loans").add(Placeholder("trans"))
    >>> model.population.join(model.trans, on="account_id", aggregations={"n": "count"})
    <Placeholder 'loans', joined with ['trans']>
    """

    def __init__(self, population: Placeholder | str) -> None:
        self.population = Placeholder(population) if isinstance(population, str) else population
        self._tables: dict[str, Placeholder] = {}

    def add(self, *placeholders: Placeholder, **named: Any) -> DataModel:
        """Add tables that can be joined, which become attributes by their names, and return this model.

        Parameters
        ----------
        *placeholders : Placeholder
            The tables.
        **named : frame or view
            The placeholder of a handle, by the name that it gets.
        """
        for each in (*placeholders, *(to_placeholder(handle, name) for name, handle in named.items())):
            if each.name in (*self._tables, self.population.name):
                raise ValueError(f"there is a table {each.name!r} already; give this one another name")
            self._tables[each.name] = each
        return self

    @property
    def names(self) -> list[str]:
        """The tables that can be joined."""
        return list(self._tables)

    def __getattr__(self, name: str) -> Placeholder:
        tables: dict[str, Placeholder] = self.__dict__.get("_tables", {})
        if name not in tables:
            raise AttributeError(f"the data model has no table {name!r}; add(...) one, there are {list(tables)}")
        return tables[name]

    def joined(self, population: Any, peripheral: Mapping[str, Any]) -> MDataFrame:
        """Return the rows of a population with the columns of all joins, as a lazy frame.

        Parameters
        ----------
        population : frame, view or lazy frame
            The rows.
        peripheral : mapping
            The tables that are joined, by the names of their placeholders.
        """
        return _compiled(self.population, population, peripheral)[0]

    def roles(self, population: Any, peripheral: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the roles of the columns that `joined` has: those that are made by aggregations are numerical."""
        return _roles(self.population, population, peripheral)

    @property
    def looks_back(self) -> bool:
        """Whether rows of the population are joined to others of it."""
        return any(isinstance(each, Past) for each in self.population.joins)

    def to_pandas(self) -> pd.DataFrame:
        """Return a table of the joins."""
        return pd.DataFrame([_row(table, each) for table, each in _walk(self.population)], columns=list(COLUMNS))

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))

    def __repr__(self) -> str:
        joins = f"\n{self.to_pandas().to_string(index=False)}" if self.population.joins else ""
        return f"<DataModel of {self.population.name!r}>{joins}"


def to_placeholder(table: Any, name: str | None = None) -> Placeholder:
    """Return the placeholder of a frame or view.

    Parameters
    ----------
    table : frame or view
        Whose roles it takes.
    name : str, optional
        What it is called; default: the table's name.
    """
    found = name if name is not None else getattr(table, "name", None)
    if not isinstance(found, str):
        raise ValueError(f"a {type(table).__name__} has no name; give one")
    return Placeholder(found, roles_of(table, found), list(table.columns))


def lazy_of(table: Any, name: str) -> MDataFrame:
    """Return the rows of a table as a lazy frame; errors are those of `roles_of`."""
    _refuse_local(table, name)
    found: MDataFrame = table if isinstance(table, MDataFrame) else table.lazy
    return found


def roles_of(table: Any, name: str) -> dict[str, list[str]]:
    """Return the roles of the columns of a table; a lazy frame has none.

    Raises
    ------
    TypeError
        For a table that is not in the database.
    """
    _refuse_local(table, name)
    return {} if isinstance(table, MDataFrame) else dict(table.roles)


def _refuse_local(table: Any, name: str) -> None:
    if not isinstance(table, MDataFrame) and not hasattr(table, "lazy"):
        raise TypeError(
            f"table {name!r} is a {type(table).__name__}; joins take frames and views of a project and lazy frames "
            "of a store: put it there first"
        )


def _compiled(
    table: Placeholder, rows: Any, peripheral: Mapping[str, Any]
) -> tuple[MDataFrame, dict[str, list[str]]]:
    frame, roles = lazy_of(rows, table.name), roles_of(rows, table.name)
    for each in table.joins:
        if isinstance(each, Past):
            frame = windowed(frame, each.time_stamp, each.on, each.aggregations, each.memory, each.horizon)
            continue
        right, theirs = _compiled(each.right, _found(each.right, peripheral), peripheral)
        if relationships.is_from_one(each.relationship):
            refuse_repeats(side(frame.plan, [here for here, _ in each.on]), f"{table.name!r}")
        if relationships.is_to_one(each.relationship):
            columns = _brought(each, theirs) if theirs else _all_of(each, right)
            frame = looked_up(frame, right, each.on, columns, each.bounds)
        else:
            frame = aggregated(frame, right, each.on, each.aggregations, each.bounds)
    return frame, _roles(table, rows, peripheral) if roles else {}


def _roles(table: Placeholder, rows: Any, peripheral: Mapping[str, Any]) -> dict[str, list[str]]:
    roles = {role: list(names) for role, names in roles_of(rows, table.name).items()}
    if not roles:
        return {}
    for each in table.joins:
        if isinstance(each, Join) and relationships.is_to_one(each.relationship):
            theirs = _roles(each.right, _found(each.right, peripheral), peripheral)
            called = _brought(each, theirs)
            for role, names in theirs.items():
                found = [called[name] for name in names if name in called]
                if found:
                    roles.setdefault(role, []).extend(found)
        else:
            roles.setdefault(known.numerical, []).extend(each.aggregations)
    return roles


def _found(table: Placeholder, peripheral: Mapping[str, Any]) -> Any:
    if table.name not in peripheral:
        raise ValueError(
            f"the data model joins table {table.name!r}, which is not there; there are {sorted(peripheral)}: "
            f"container.add({table.name}=...)"
        )
    return peripheral[table.name]


def _brought(join: Join, roles: Roles) -> dict[str, str]:
    """Return the columns of a row that is joined, without keys and targets, and what they are called."""
    left_out = {there for _, there in join.on} | {*roles.get(known.join_key, ()), *roles.get(known.target, ())}
    return {name: f"{join.right.name}_{name}" for names in roles.values() for name in names if name not in left_out}


def _all_of(join: Join, right: MDataFrame) -> dict[str, str]:
    return _brought(join, {"": list(right.columns)})


def _walk(table: Placeholder) -> Iterator[tuple[Placeholder, Join | Past]]:
    for each in table.joins:
        yield table, each
        if isinstance(each, Join):
            yield from _walk(each.right)


def _row(table: Placeholder, join: Join | Past) -> list[str]:
    made = ", ".join(join.aggregations)
    if isinstance(join, Past):
        times = f"{join.time_stamp}, horizon {join.horizon}, memory {join.memory}"
        return [table.name, "its own past", ", ".join(join.on), times, "", made]
    on = ", ".join(here if here == there else f"{here} = {there}" for here, there in join.on)
    bounds, times = join.bounds, ""
    if bounds is not None:
        times = f"{bounds.right} <= {bounds.left}"
        times += f", horizon {bounds.horizon}" if bounds.horizon else ""
        times += f", memory {bounds.memory}" if bounds.memory is not None else ""
        times += f", until {bounds.upper}" if bounds.upper else ""
    return [table.name, join.right.name, on, times, join.relationship, made or "all"]
