"""DataFrame: the handle of a frame of the project; its rows stay in MongoDB.

A frame has a working copy, which all clients share, and a saved one. Both are objects of a store: the working copy
under a prefix that a restart of the project leaves behind, the saved one under its plain name. So every change is a
version, made by one compare-and-set, and readers never see a mixture.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from omegastore.data import roles as known
from omegastore.engine import session
from omegastore.errors import Conflict, DoesNotExist
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata
from omegastore.store import OmegaStore

if TYPE_CHECKING:
    import pandas as pd

ROLES, FROZEN = "roles", "frozen"
TRIES = 50
"""Times that a change is tried again because another one was faster."""


class DataFrame:
    """A frame of the project that is set, by its name.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._disk = session.opened()[0]

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
        if made._meta() is not None:
            made._refuse_frozen()
        given = pandas_df.attrs.get(ROLES, {}) if roles is None else roles
        columns = {column: pandas_df[column].dtype.kind in "biufc" for column in pandas_df.columns}
        found = known.by_column(given, columns)
        for column in known.by_role(found).get(known.target, ()):
            if pandas_df[column].isna().any():
                raise ValueError(f"target {column!r} is missing in {int(pandas_df[column].isna().sum())} rows")
        plain = pandas_df.copy(deep=False)
        plain.attrs = {key: value for key, value in pandas_df.attrs.items() if key != ROLES}
        attributes = {ROLES: list(map(list, found.items())), FROZEN: False}
        made._memory.put(plain, name, attributes, append=False)
        return made

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows, with the roles in ``attrs``."""
        frame: pd.DataFrame = self._memory.get(self.name)
        frame.attrs[ROLES] = self.roles
        return frame

    @property
    def lazy(self) -> MDataFrame:
        """The working copy as a lazy frame."""
        frame: MDataFrame = self._memory.getl(self.name)
        return frame

    @property
    def is_in_memory(self) -> bool:
        """Whether there is a working copy."""
        return self._meta() is not None

    @property
    def is_on_disk(self) -> bool:
        """Whether it was saved."""
        return self._disk.exists(self.name)

    @property
    def roles(self) -> dict[str, list[str]]:
        """The columns of each role that has some."""
        return known.by_role(self._roles())

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._roles())

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
        known.by_column({role: names}, dict.fromkeys(self.columns, True))
        if role == known.target:
            for name in names:
                missing = int(self.lazy[name].value.isna().sum())
                if missing:
                    raise ValueError(f"target {name!r} is missing in {missing} rows")
        self._note(lambda found: found | dict.fromkeys(names, role))

    def __setitem__(self, name: str, values: Any) -> None:
        """Add or replace a column: one value, or a function of the lazy frame that returns a lazy series.

        The server computes it, and no row comes to this process.
        """
        self._refuse_frozen()
        for _ in range(TRIES):
            meta = self._found()
            made = self.lazy.assign(**{name: values})
            found = dict(meta.attributes[ROLES])
            roles = list(map(list, {**found, name: found.get(name, known.unused_float)}.items()))
            try:
                self._memory.put(made, self.name, {ROLES: roles}, append=False, expect=meta.version)
            except Conflict:
                continue
            return
        raise Conflict(f"frame {self.name!r} was changed {TRIES} times meanwhile")

    def freeze(self) -> None:
        """Refuse all further changes; saved with the frame."""
        self._found()
        self._note(lambda found: found, frozen=True)

    def save(self) -> Self:
        """Save the working copy, roles included."""
        self._found()
        self._memory.copy(self.name, self._disk)
        return self

    def load(self) -> Self:
        """Replace the working copy by the saved one.

        Raises
        ------
        OSError
            When it was never saved; the working copy is as it was.
        """
        found: Any = self._disk.metadata(self.name)
        if found is None:
            raise OSError(f"frame {self.name!r} was never saved")
        self._disk.copy(self.name, self._memory)
        return self

    def unload(self) -> None:
        """Drop the working copy; silent where there is none."""
        self._memory.drop(self.name, force=True)

    def delete(self) -> None:
        """Drop the working copy and the saved one; silent where there is none."""
        self.unload()
        self._disk.drop(self.name, force=True)

    def exists(self) -> bool:
        """Return whether there is a working copy or a saved one."""
        return self.is_in_memory or self.is_on_disk

    def __len__(self) -> int:
        return len(self.lazy)

    @property
    def _memory(self) -> OmegaStore:
        """The store of the working copies, which is another one after a restart of the project."""
        return session.memory_of(self._disk)

    def _meta(self) -> Metadata | None:
        found: Any = self._memory.metadata(self.name)
        meta: Metadata | None = found
        return meta

    def _found(self) -> Metadata:
        meta = self._meta()
        if meta is None:
            hint = "it is saved: load() it" if self.is_on_disk else "there is no saved one either"
            raise DoesNotExist(f"frame {self.name!r} of project {self._disk.bucket!r} has no working copy; {hint}")
        return meta

    def _roles(self) -> dict[str, str]:
        return dict(self._found().attributes[ROLES])

    def _refuse_frozen(self) -> None:
        if self._found().attributes.get(FROZEN):
            raise OSError(f"frame {self.name!r} is frozen; it is not changed")

    def _note(self, change: Any, frozen: bool = False) -> None:
        """Change the roles by one compare-and-set of Metadata."""
        for _ in range(TRIES):
            self._refuse_frozen()
            meta = self._found()
            roles = change(dict(meta.attributes[ROLES]))
            meta.attributes |= {ROLES: list(map(list, roles.items())), FROZEN: frozen}
            try:
                meta.save()
            except Conflict:
                continue
            return
        raise Conflict(f"frame {self.name!r} was changed {TRIES} times meanwhile")

    def __repr__(self) -> str:
        return f"<DataFrame {self.name!r} of project {self._disk.bucket!r}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


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
            raise ValueError(f"there is no frame {name!r} in this project, neither a working copy nor a saved one")
        made.load()
    return made
