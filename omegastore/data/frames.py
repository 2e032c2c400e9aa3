"""DataFrames: the frames of a project as one container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from omegastore.data.copies import KIND
from omegastore.data.frame import DataFrame
from omegastore.engine import session
from omegastore.engine.members import Members
from omegastore.errors import NoFrame, NoMember
from omegastore.store import OmegaStore


class DataFrames(Members[DataFrame]):
    """The working copies of a project by number, slice or name; a name may also be asked for as an attribute.

    Parameters
    ----------
    store : OmegaStore, optional
        The store of the project; default: that of the project that is set.
    chosen : sequence of DataFrame, optional
        What was chosen of it.

    Raises
    ------
    ConnectionRefusedError
        When no engine was launched, or no project is set.
    """

    what = "frame"
    heads = ("name", "rows", "columns", "bytes", "frozen", "saved")

    def __init__(self, store: OmegaStore | None = None, chosen: Sequence[DataFrame] | None = None) -> None:
        super().__init__(chosen)
        self._store = session.opened()[0] if store is None else store

    @property
    def in_memory(self) -> list[str]:
        """The names of those that have a working copy."""
        return self._kept(session.memory_of(self._store))

    @property
    def on_disk(self) -> list[str]:
        """The names of those that were saved."""
        return self._kept(self._store)

    def retrieve(self, name: str) -> DataFrame:
        """Return the frame of a name; one that has no working copy is loaded.

        Raises
        ------
        AttributeError
            When there is neither a working copy nor a saved one.
        """
        if name in self.in_memory:
            return self._handle(name)
        if name in self.on_disk:
            return self._handle(name).load()
        raise self._missing(name)

    def save(self) -> None:
        """Save all working copies."""
        for name in self.in_memory:
            self._handle(name).save()

    def load(self) -> None:
        """Load all that were saved, in place of working copies that there are."""
        for name in self.on_disk:
            self._handle(name).load()

    save_all, load_all = save, load

    def unload(self) -> None:
        """Drop the working copies of those that were saved; what was never saved stays."""
        for name in set(self.in_memory).intersection(self.on_disk):
            self._handle(name).unload()

    def delete(self) -> None:
        """Delete all of them, the saved ones and those that were never saved."""
        for name in {*self.in_memory, *self.on_disk}:
            self._handle(name).delete()

    def _kept(self, store: OmegaStore) -> list[str]:
        found: Any = store.list(kind=KIND)
        chosen = None if self._chosen is None else {each.name for each in self._chosen}
        return [name for name in found if chosen is None or name in chosen]

    def _handle(self, name: str) -> DataFrame:
        return DataFrame.of(self._store, name)

    def _all(self) -> list[DataFrame]:
        return [self._handle(name) for name in self.in_memory]

    def _of(self, chosen: list[DataFrame]) -> Self:
        return type(self)(self._store, chosen)

    def _name(self, member: DataFrame) -> str:
        return member.name

    def _row(self, member: DataFrame) -> list[str]:
        try:
            facts: list[Any] = [*member.shape, member.nbytes, member.is_frozen]
        except NoFrame:  # it was chosen, and is gone since
            facts = ["", "", "", ""]
        return [member.name, *map(str, facts), str(member.is_on_disk)]

    def _missing(self, name: object) -> NoMember:
        if name in self.on_disk:
            return NoMember(f"frame {name!r} has no working copy; it is saved: om.data.load_data_frame({name!r})")
        return super()._missing(name)

    def __getattr__(self, name: str) -> DataFrame:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        found: DataFrame = self[name]
        return found

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.names]


def exists(name: str) -> bool:
    """Return whether the project that is set has a frame, be it a working copy or a saved one."""
    return DataFrame(name).exists()


def list_data_frames() -> dict[str, list[str]]:
    """Return the names of the frames of the project that is set, ``in_memory`` and ``on_disk``."""
    found = DataFrames()
    return {"in_memory": found.in_memory, "on_disk": found.on_disk}


def delete(name: str) -> None:
    """Delete a frame of the project that is set, the working copy and the saved one; silent where there is none."""
    DataFrame(name).delete()
