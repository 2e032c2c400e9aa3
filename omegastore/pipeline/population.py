"""Population: the rows that a pipeline works on, with the roles of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegastore.data import roles as known

if TYPE_CHECKING:
    import pandas as pd

    from omegastore.data import DataModel
    from omegastore.store import OmegaStore

INPUTS = (known.numerical, known.categorical, known.text, known.time_stamp)
"""Roles of the columns that a pipeline learns from."""
TARGET = known.target


@dataclass(frozen=True)
class Population:
    """Rows that stand somewhere, and what their columns are for.

    Parameters
    ----------
    data : str, DataFrame or lazy frame
        The name of a frame in the project's store, a lazy frame of it, or a pandas DataFrame, which is sent.
    roles : mapping
        Role to columns. Columns that have none are not used.

    Examples
    --------
    >>> Population("loans", {"numerical": ["amount"], "target": ["default"]}).roles["target"]
    ['default']
    """

    data: Any
    roles: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", by_role(self.roles))

    def read(self, store: OmegaStore) -> pd.DataFrame:
        """Return the rows."""
        found = store.get(self.data) if isinstance(self.data, str) else getattr(self.data, "value", self.data)
        frame: pd.DataFrame = found
        return frame

    @property
    def name(self) -> str:
        """What the rows are called."""
        if isinstance(self.data, _Handle):
            return str(getattr(self.data.handle, "name", type(self.data.handle).__name__))
        return self.data if isinstance(self.data, str) else type(self.data).__name__


def population(given: Any, data_model: DataModel | None = None) -> Population:
    """Return what a caller passes as a population; nothing is read.

    Parameters
    ----------
    given : Population, frame handle, view, subset of a container or DataFrame
        Anything that has ``roles`` and ``to_pandas()``; a DataFrame has its roles in ``attrs["roles"]``.
    data_model : DataModel, optional
        How the tables of a subset are joined.

    Raises
    ------
    TypeError
        For anything else, and with a data model for what is no subset.
    """
    if data_model is not None:
        if not hasattr(given, "joined_by"):
            raise TypeError(
                f"the pipeline has a data model, which joins tables: it takes a subset of a container, such as "
                f"container.train, not a {type(given).__name__}"
            )
        given = given.joined_by(data_model)
    if isinstance(given, Population):
        return given
    roles = getattr(given, "roles", None) or getattr(given, "attrs", {}).get("roles")
    if roles is None:
        raise TypeError(f"a population is a frame or view whose columns have roles, not {type(given).__name__}")
    return Population(_Handle(given) if hasattr(given, "to_pandas") else given, roles)


@dataclass(frozen=True)
class _Handle:
    """A handle of a frame or view, which a worker reads by itself."""

    handle: Any

    @property
    def value(self) -> Any:
        return self.handle.to_pandas()


def by_role(roles: Any) -> dict[str, list[str]]:
    """Return roles as a dict from role to columns, whichever way round they are given.

    Raises
    ------
    ValueError
        For an unknown role, or a column in two.
    """
    if not isinstance(roles, Mapping):
        roles = {role: getattr(roles, role) for role in known.ALL if getattr(roles, role, None)}
    found: dict[str, list[str]] = {}
    for key, value in roles.items():
        pairs = [(value, key)] if isinstance(value, str) and value in known.ALL else [(key, each) for each in value]
        for role, column in pairs:
            found.setdefault(role, []).append(column)
    unknown = sorted(set(found) - set(known.ALL))
    if unknown:
        raise ValueError(f"there are no roles {unknown}; the roles are {list(known.ALL)}")
    columns = [column for names in found.values() for column in names]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise ValueError(f"the columns {twice} have two roles")
    return found
