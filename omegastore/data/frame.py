"""DataFrame: the handle of a frame of the project; its rows stay in MongoDB."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from omegastore.data import roles as known
from omegastore.data.column import Column
from omegastore.data.lifecycle import ROLES, Lifecycle, attributes_of
from omegastore.errors import NoFrame, UnknownColumn
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata

if TYPE_CHECKING:
    import pandas as pd


class DataFrame(Lifecycle):
    """A frame of the project that is set, by its name.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.
    """

    @classmethod
    def from_pandas(
        cls, pandas_df: pd.DataFrame, name: str, roles: Mapping[str, Sequence[str]] | None = None
    ) -> Self:
        """Import a pandas frame as the working copy of a frame; one that is there is replaced.

        Parameters
        ----------
        pandas_df : DataFrame
            The rows.
        name : str
            The name of the frame.
        roles : mapping, optional
            Role to columns; default: those in ``attrs``, else columns are unused.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For roles that are none, or a target that is missing somewhere.
        """
        made = cls(name)
        given = pandas_df.attrs.get(ROLES, {}) if roles is None else roles
        found = known.by_column(given, known.unused(pandas_df.dtypes))
        for column in known.by_role(found).get(known.target, ()):
            if pandas_df[column].isna().any():
                raise ValueError(f"target {column!r} is missing in {int(pandas_df[column].isna().sum())} rows")
        plain = pandas_df.copy(deep=False)
        plain.attrs = {key: value for key, value in pandas_df.attrs.items() if key != ROLES}
        made._replace(plain, attributes_of(found))
        return made

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows, with the roles in ``attrs``."""
        meta, rows = self._pinned()
        frame: pd.DataFrame = rows.value
        frame.attrs[ROLES] = known.by_role(_roles(meta))
        return frame

    @property
    def lazy(self) -> MDataFrame:
        """The working copy as a lazy frame."""
        return self._pinned()[1]

    @property
    def roles(self) -> dict[str, list[str]]:
        """The columns of each role that has some."""
        return known.by_role(_roles(self._found()))

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(_roles(self._found()))

    def set_role(self, columns: str | Sequence[str], role: str) -> None:
        """Give columns a role; the others keep theirs.

        Raises
        ------
        OSError
            When the frame is frozen.
        ValueError
            For an unknown column or role, or a target that is missing somewhere.
        """
        names = [columns] if isinstance(columns, str) else list(columns)
        known.by_column({role: names}, dict.fromkeys(self.columns, ""))
        if role == known.target:
            for name in names:
                missing = int(self.lazy[name].value.isna().sum())
                if missing:
                    raise ValueError(f"target {name!r} is missing in {missing} rows")
        self._note(lambda found: found.update({ROLES: _pairs(dict(found[ROLES]) | dict.fromkeys(names, role))}))

    def __getitem__(self, name: str) -> Column:
        """Return a column.

        Raises
        ------
        UnknownColumn
            Naming those that there are.
        """
        if name not in self.columns:
            raise UnknownColumn(f"frame {self.name!r} has no column {name!r}; it has {self.columns}")
        return Column.named(name, self)

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_") or name not in self.columns:
            raise AttributeError(f"{type(self).__name__!r} has no attribute or column {name!r}")
        return Column.named(name, self)

    def __setitem__(self, name: str, values: Any) -> None:
        """Add or replace a column: a column expression, one value, or a function of the lazy frame.

        The server computes it, and no row comes to this process.
        """
        self._change(lambda meta, rows: (_assigned(rows, name, values), _with_column(meta, name)))

    def __len__(self) -> int:
        return len(self.lazy)

    def __repr__(self) -> str:
        return f"<DataFrame {self.name!r} of project {self._disk.bucket!r}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def _roles(meta: Metadata) -> dict[str, str]:
    return dict(meta.attributes[ROLES])


def _pairs(roles: Mapping[str, str]) -> list[list[str]]:
    return list(map(list, roles.items()))


def _assigned(rows: MDataFrame, name: str, values: Any) -> MDataFrame:
    return rows.assign(**{name: values.over(rows) if isinstance(values, Column) else values})


def _with_column(meta: Metadata, name: str) -> dict[str, Any]:
    found = _roles(meta)
    return {ROLES: _pairs({**found, name: found.get(name, known.unused_float)})}


def load_data_frame(name: str) -> DataFrame:
    """Return the handle of a frame: of the working copy if there is one, else of the saved one, which is loaded.

    Raises
    ------
    ValueError
        When there is neither.
    """
    made = DataFrame(name)
    if not made.is_in_memory:
        if not made.is_on_disk:
            raise NoFrame(f"there is no frame {name!r} in this project, neither a working copy nor a saved one")
        made.load()
    return made
