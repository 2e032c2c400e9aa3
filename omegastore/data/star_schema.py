"""StarSchema: a population and the tables around it; TimeSeries: a population that is joined to its own past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

from omegastore.data import relationship as relationships
from omegastore.data.container import FULL, Container, Subset
from omegastore.data.data_model import DataModel, to_placeholder
from omegastore.data.placeholder import Keys
from omegastore.data.summary import Aggregations
from omegastore.mdataframe import MDataFrame


class Schema:
    """A container and the data model of its tables.

    Parameters
    ----------
    population, split, **subsets
        As for `Container`.
    peripheral : mapping, optional
        Tables beside the population.
    alias : str
        What the population is called in the data model.
    """

    def __init__(
        self,
        population: Any = None,
        peripheral: Mapping[str, Any] | None = None,
        split: Any = None,
        alias: str = "population",
        **subsets: Any,
    ) -> None:
        self.container = Container(population, peripheral, split, **subsets)
        first = population if population is not None else next(iter(subsets.values()))
        self.data_model = DataModel(to_placeholder(first, alias))

    def join(
        self,
        right: Any,
        on: Keys,
        aggregations: Aggregations | None = None,
        time_stamps: str | tuple[str, str] | None = None,
        horizon: timedelta = timedelta(0),
        memory: timedelta | None = None,
        relationship: str = relationships.many_to_many,
        lagged_targets: bool = False,
        upper_time_stamp: str | None = None,
        alias: str | None = None,
    ) -> Self:
        """Join a table to the population, and return this schema; nothing is read.

        The parameters but the following, and the errors, are those of `Placeholder.join`.

        Parameters
        ----------
        right : frame, view or lazy frame
            The table.
        alias : str, optional
            What it is called in the data model; default: its name.
        """
        name = alias if alias is not None else self._free(right)
        placeholder = to_placeholder(right, name)
        self.data_model.population.join(
            placeholder,
            on,
            aggregations,
            time_stamps,
            horizon,
            memory,
            relationship,
            lagged_targets,
            upper_time_stamp,
        )
        self.data_model.add(placeholder)
        self.container.add(**{name: right})
        return self

    @property
    def full(self) -> Subset:
        """All rows of the population with the columns of all joins."""
        return self[FULL]

    def __getitem__(self, name: str) -> Subset:
        return self.container[name].joined_by(self.data_model)

    def __getattr__(self, name: str) -> Subset:
        if name.startswith("_") or name not in self.container.names:
            raise AttributeError(f"there is no subset {name!r}; there are {self.__dict__.get('container')!r}")
        return self[name]

    def _free(self, right: Any) -> str:
        """Return the name of a table, numbered where it is taken, as that of one that is joined twice is."""
        found = None if isinstance(right, MDataFrame) else getattr(right, "name", None)
        name = found if isinstance(found, str) else "table"
        taken = (*self.data_model.names, self.data_model.population.name)
        return next(each for each in (name, *(f"{name}_{at}" for at in range(2, 10_000))) if each not in taken)

    def __repr__(self) -> str:
        return f"{self.data_model!r}\n{self.container!r}"

    def _repr_html_(self) -> str:
        return str(self.data_model.to_pandas().to_html(index=False))


class StarSchema(Schema):
    """A population and tables around it that are joined to it by `join`.

    `full`, and each subset by its name, is what a pipeline takes: ``pipe.fit(star.train)``. MongoDB computes the
    columns when they are read, and an index on the key of each table is made.
    """


class TimeSeries(Schema):
    """A population with columns that tell of its own earlier rows, computed by a window over sorted rows.

    Subsets that a split makes have the same past as all rows together; those that are tables of their own have none
    but their own. Other tables can be joined too.

    Parameters
    ----------
    population : frame, view or lazy frame, optional
        The rows.
    time_stamps : str
        The time that they are in the order of.
    aggregations, horizon, memory, lagged_targets
        As for `Placeholder.join`. Rows count that are later than ``time - memory``, up to ``time - horizon``; with
        horizon 0 a row counts itself.
    on : str or sequence of str
        Rows of another key do not count.
    split, **subsets
        As for `Container`.
    """

    def __init__(
        self,
        population: Any = None,
        time_stamps: str = "",
        aggregations: Aggregations | None = None,
        memory: timedelta | None = None,
        horizon: timedelta = timedelta(0),
        on: str | Sequence[str] | None = None,
        lagged_targets: bool = False,
        split: Any = None,
        **subsets: Any,
    ) -> None:
        super().__init__(population, None, split, **subsets)
        if not time_stamps or memory is None or not aggregations:
            raise ValueError("a time series has time_stamps, aggregations={name: (column, 'avg')}, and a memory")
        self.data_model.population.look_back(time_stamps, aggregations, memory, horizon, on or (), lagged_targets)
