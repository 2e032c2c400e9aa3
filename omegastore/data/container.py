"""Container: the rows that something is learned from, in subsets, beside the tables that are joined to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from omegastore.data.data_model import DataModel, lazy_of, roles_of
from omegastore.mdataframe import MDataFrame

if TYPE_CHECKING:
    import pandas as pd

FULL = "full"


@dataclass(frozen=True)
class Part:
    """The rows in which a column has one value."""

    column: Any
    """The name of a column, a column expression, or a lazy series of the rows."""
    value: str

    def of(self, frame: MDataFrame) -> MDataFrame:
        """Return these rows of a lazy frame."""
        chosen: MDataFrame = frame[series_of(self.column, frame) == self.value]
        return chosen


@dataclass(frozen=True)
class Subset:
    """Rows of a container and the tables beside them; what a pipeline is fitted on, scored on and applied to.

    Examples
    --------
    >>> Subset("train", None).name
    'train'
    """

    name: str
    table: Any
    """The frame, view or lazy frame that the rows are of."""
    peripheral: Mapping[str, Any] = field(default_factory=dict)
    part: Part | None = None
    data_model: DataModel | None = None
    """How the tables are joined to the rows; where it is None, they are not."""

    @property
    def lazy(self) -> MDataFrame:
        """The rows with the columns of all joins, as a lazy frame."""
        rows = lazy_of(self.table, self.name)
        if self.data_model is None:
            return self._chosen(rows)
        if self.data_model.looks_back:  # the past of a row may be in another subset
            return self._chosen(self.data_model.joined(self.table, self.peripheral))
        return self.data_model.joined(_Chosen(self._chosen(rows), self.roles_of_table), self.peripheral)

    @property
    def roles(self) -> dict[str, list[str]]:
        """The roles of the columns; empty where the table has none."""
        if self.data_model is None:
            return self.roles_of_table
        return self.data_model.roles(self.table, self.peripheral)

    @property
    def roles_of_table(self) -> dict[str, list[str]]:
        """The roles of the columns before anything is joined."""
        return roles_of(self.table, self.name)

    def joined_by(self, data_model: DataModel) -> Subset:
        """Return the subset with the columns of the joins of a data model."""
        return replace(self, data_model=data_model)

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows, with the roles in ``attrs``."""
        frame: pd.DataFrame = self.lazy.value
        frame.attrs["roles"] = self.roles
        return frame

    def __len__(self) -> int:
        return len(self._chosen(lazy_of(self.table, self.name)))

    def _chosen(self, frame: MDataFrame) -> MDataFrame:
        return frame if self.part is None else self.part.of(frame)

    def __repr__(self) -> str:
        beside = f", beside {list(self.peripheral)}" if self.peripheral else ""
        return f"<Subset {self.name!r} of {getattr(self.table, 'name', self.table)!r}{beside}>"


@dataclass(frozen=True)
class _Chosen:
    """Rows of a table that were chosen, with the roles of its columns."""

    lazy: MDataFrame
    roles: dict[str, list[str]]


class Container:
    """Subsets of a population, and the tables that are joined to it, by names; no row is read.

    Parameters
    ----------
    population : frame, view or lazy frame, optional
        All rows, as the subset ``full``.
    peripheral : mapping, optional
        The tables that are joined, by their names.
    split : column or str, optional
        A column of texts, such as `omegastore.data.split.random` makes, or the name of one: each of its values is a
        subset.
    **subsets : frame, view or lazy frame
        Subsets that are tables of their own.

    Raises
    ------
    ValueError
        For a split without a population, or neither of them and no subsets.
    """

    def __init__(
        self, population: Any = None, peripheral: Mapping[str, Any] | None = None, split: Any = None, **subsets: Any
    ) -> None:
        if (split is not None and population is None) or (population is None and not subsets):
            raise ValueError(
                "a container has a population, which a split may divide, or subsets: Container(train=...)"
            )
        self._peripheral: dict[str, Any] = dict(peripheral or {})
        self._subsets: dict[str, tuple[Any, Part | None]] = {name: (each, None) for name, each in subsets.items()}
        self._frozen = False
        if population is not None:
            self._subsets[FULL] = (population, None)
        if split is not None:
            names = series_of(split, lazy_of(population, FULL)).to_frame().drop_duplicates().value.iloc[:, 0]
            for name in sorted(map(str, names.dropna())):
                self._subsets[name] = (population, Part(split, name))

    @property
    def names(self) -> list[str]:
        """The subsets."""
        return list(self._subsets)

    @property
    def peripheral(self) -> dict[str, Any]:
        """The tables that are joined."""
        return dict(self._peripheral)

    @property
    def is_frozen(self) -> bool:
        """Whether nothing can be added any more."""
        return self._frozen

    def add(self, **peripheral: Any) -> Container:
        """Add tables that are joined, or replace them, and return this container.

        Raises
        ------
        OSError
            When it is frozen.
        """
        if self._frozen:
            raise OSError("the container is frozen; make another one")
        self._peripheral |= peripheral
        return self

    def freeze(self) -> Container:
        """Refuse further tables, and return this container."""
        self._frozen = True
        return self

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """Return the rows of all subsets and tables by their names."""
        tables = {name: lazy_of(each, name).value for name, each in self._peripheral.items()}
        return {name: self[name].to_pandas() for name in self._subsets} | tables

    def __getitem__(self, name: str) -> Subset:
        if name not in self._subsets:
            raise KeyError(f"no subset {name!r} among {self.names}")
        table, part = self._subsets[name]
        return Subset(name, table, dict(self._peripheral), part)

    def __getattr__(self, name: str) -> Any:
        subsets, tables = self.__dict__.get("_subsets", {}), self.__dict__.get("_peripheral", {})
        if name in subsets:
            return self[name]
        if name in tables:
            return tables[name]
        raise AttributeError(
            f"the container has no {name!r}; it has the subsets {[*subsets]} and the tables {[*tables]}"
        )

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self._subsets, *self._peripheral])

    def __repr__(self) -> str:
        state = ", frozen" if self._frozen else ""
        return f"<Container of the subsets {self.names} and the tables {list(self._peripheral)}{state}>"


def series_of(column: Any, frame: MDataFrame) -> Any:
    """Return a column of a lazy frame: by its name, or by an expression; a lazy series is one already."""
    if isinstance(column, str):
        return frame[column]
    return column.over(frame) if hasattr(column, "over") else column
