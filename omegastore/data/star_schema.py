"""StarSchema: a population and the tables around it; TimeSeries: a population that is joined to its own past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from omegastore.data.lookup import Bounds, accumulator, aggregated, field_of, milliseconds, with_columns
from omegastore.mdataframe import MDataFrame
from omegastore.mdataframe.plan import fresh_field

Aggregations = Mapping[str, str | tuple[str, str]]


class StarSchema:
    """Joins tables to a population; no row is read, and the key of a table that is joined gets an index.

    Parameters
    ----------
    population : MDataFrame
        The rows that something is learned from, as `OmegaStore.getl` returns them.
    """

    def __init__(self, population: MDataFrame) -> None:
        self._frame = population

    @property
    def full(self) -> MDataFrame:
        """The population with the columns of all joins, as a lazy frame."""
        return self._frame

    def join(
        self,
        right: MDataFrame,
        on: str | tuple[str, str],
        aggregations: Aggregations,
        time_stamps: str | tuple[str, str] | None = None,
        horizon: timedelta = timedelta(0),
        memory: timedelta | None = None,
    ) -> StarSchema:
        """Return the schema with columns that tell of the rows of another table that have the same key.

        Parameters
        ----------
        right : MDataFrame
            The other table.
        on : str or tuple of str
            The key: its column in the population, and in `right` if that is another one.
        aggregations : mapping
            Name of the new column to ``"count"``, or to a column of `right` and one of ``"avg"``, ``"max"``,
            ``"min"``, ``"sum"``.
        time_stamps : str or tuple of str, optional
            Only rows that are not later than that of the population count.
        horizon : timedelta
            How much earlier they must be.
        memory : timedelta, optional
            How far back they count.

        Raises
        ------
        UnknownColumn, ValueError
            For columns that are not there, a name that is, or an unknown aggregation.
        """
        bounds = None if time_stamps is None else Bounds(*_pair(time_stamps), horizon, memory)
        if bounds is None and (horizon or memory is not None):
            raise ValueError("horizon and memory are times before a time stamp; give time_stamps too")
        return StarSchema(aggregated(self._frame, right, _pair(on), aggregations, bounds))


class TimeSeries:
    """A population with columns that tell of its own earlier rows, computed by a window over sorted rows.

    Parameters
    ----------
    population : MDataFrame
        The rows.
    time_stamp : str
        The time that they are in the order of.
    aggregations : mapping
        As for `StarSchema.join`.
    memory : timedelta
        How far back rows count, exclusive.
    horizon : timedelta
        How much earlier than its own time a row must have been known, inclusive; with 0 a row counts itself.
    on : str, optional
        Rows of another key do not count.
    """

    def __init__(
        self,
        population: MDataFrame,
        time_stamp: str,
        aggregations: Aggregations,
        memory: timedelta,
        horizon: timedelta = timedelta(0),
        on: str | None = None,
    ) -> None:
        plan = population.plan.numbered()
        # the bounds of a window are inclusive, and times are whole milliseconds
        span = [1 - milliseconds(memory), -milliseconds(horizon)]
        fields = {name: fresh_field() for name in aggregations}
        outputs = {
            fields[name]: {**accumulator(plan, name, asked), "window": {"range": span, "unit": "millisecond"}}
            for name, asked in aggregations.items()
        }
        window: dict[str, Any] = {"sortBy": {field_of(plan, time_stamp): 1}, "output": outputs}
        if on is not None:
            window["partitionBy"] = f"${field_of(plan, on)}"
        counts = {
            fields[name]: {"$toLong": f"${fields[name]}"} for name, each in aggregations.items() if each == "count"
        }
        made = plan.then([{"$setWindowFields": window}, *([{"$set": counts}] if counts else [])], rows=plan.rows)
        self._frame = MDataFrame(made.with_schema(with_columns(plan.schema, aggregations, fields)))

    @property
    def full(self) -> MDataFrame:
        """The population with the new columns, as a lazy frame."""
        return self._frame


def _pair(columns: str | tuple[str, str]) -> tuple[str, str]:
    return (columns, columns) if isinstance(columns, str) else columns
