"""Batching: frames that a function makes of the rows of others, on the runtime."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from omegastore.data import roles as known
from omegastore.data.copies import attributes_of, stamped
from omegastore.data.importing import refuse_missing
from omegastore.data.lifecycle import Lifecycle
from omegastore.data.note import Note, Notes
from omegastore.data.table import Tabular
from omegastore.engine import session
from omegastore.flip import NOBODY
from omegastore.reservation import Reservation, Ticket

if TYPE_CHECKING:
    import pandas as pd

Function = Callable[["pd.DataFrame"], "pd.DataFrame"]
"""From a chunk of rows to other rows."""


class Batching(Lifecycle):
    """Makes working copies by workers that read and write rows by themselves."""

    @classmethod
    def from_batches(
        cls, view: Any, function: Function, name: str, chunksize: int = 10_000, timeout: float | None = None
    ) -> Self:
        """Store what a function makes of the rows of a view, chunk by chunk, as the working copy of a frame.

        Columns keep what is known of them by their names; others are unused. No row comes to this process.

        Parameters
        ----------
        view : View or DataFrame
            The rows.
        function : callable
            From a pandas frame to another; one that is defined in ``__main__`` is sent along.
        name : str
            The name of the frame; one that is there is replaced.
        chunksize : int
            Rows of each chunk.
        timeout : float, optional
            Seconds after which it is given up.

        Raises
        ------
        Frozen
            When there is such a frame and it is frozen.
        WorkTimeout, WorkerDied
            When it was not done. Nothing of it is left then, as after any other error.
        Conflict
            When somebody else changed the frame meanwhile.
        """
        made = cls.beside(view.base, name)
        there, memory, runtime = made._meta(), made._memory, session.launched().runtime
        if there is not None:
            made._refuse_frozen(there)
        expect = (memory.storage.catalog.read(name) or NOBODY)["rev"]
        runtime.check(memory.storage.connection)
        with Reservation(memory.storage, name) as ticket:
            arguments = (view, function, chunksize, ticket, expect)
            runtime.run(made._fill, *arguments, timeout=timeout, label=f"making frame {name!r}")
        return made

    def _fill(self, view: Tabular, function: Function, chunksize: int, ticket: Ticket, expect: int) -> None:
        """Put the rows that are made, in a worker."""
        table, memory = view.table, self._memory
        chunks = table.rows.map_batches(function, chunksize)
        first = _checked(next(chunks, None) if len(table.rows) else function(table.rows.value), function)
        found = known.unused(first.dtypes)
        notes = {name: table.notes.get(name, Note(role)) for name, role in found.items()}
        rows = (_checked(each, function, notes) for each in chain([first], chunks))
        ticket.redeem(memory.storage, (memory, memory), rows, stamped(attributes_of(notes)), expect)


def _checked(made: object, function: Function, notes: Notes | None = None) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(made, pd.DataFrame):
        raise TypeError(f"{function!r} returned a {type(made).__name__}, not a pandas DataFrame")
    refuse_missing(made, notes or {})
    return made
