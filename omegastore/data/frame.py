"""DataFrame: the handle of a frame of the project; its rows stay in MongoDB."""

from __future__ import annotations

from typing import Self

from omegastore.data.batching import Batching
from omegastore.data.copies import CHANGED
from omegastore.data.editing import Editing
from omegastore.data.importing import Importing
from omegastore.data.note import from_attributes
from omegastore.data.reading import Reading
from omegastore.data.table import Table
from omegastore.data.viewing import Viewing
from omegastore.errors import NoFrame


class DataFrame(Batching, Editing, Importing, Reading, Viewing):
    """A frame of the project that is set, by its name.

    Parameters
    ----------
    name : str
        The name; nothing is read or made.
    """

    def copy(self, name: str) -> Self:
        """Copy the working copy to that of another name, roles included; the copy is not frozen."""
        return self.from_view(self, name)

    @property
    def base(self) -> DataFrame:
        """The frame itself."""
        return self

    @property
    def state(self) -> tuple[str, ...]:
        """The version of the working copy; another one after every change."""
        meta = self._found()
        return (f"{meta.id} {meta.vid} {meta.etag}",)

    @property
    def table(self) -> Table:
        """The rows of the working copy as they are now, and what is known of their columns."""
        meta, rows = self._pinned()
        return Table(rows, from_attributes(meta.attributes), {self.name: str(meta.attributes.get(CHANGED, ""))})


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
