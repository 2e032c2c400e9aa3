"""Batches: a function over the rows of a frame, run by a worker that reads and writes them by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from omegastore.engine.runtime import Runtime
from omegastore.mdataframe import MDataFrame
from omegastore.metadata import Metadata
from omegastore.reservation import Reservation, Ticket
from omegastore.store import OmegaStore

if TYPE_CHECKING:
    import pandas as pd


def map_batches(
    store: OmegaStore,
    runtime: Runtime,
    source: str | MDataFrame,
    function: Callable[[pd.DataFrame], pd.DataFrame],
    name: str,
    chunksize: int = 10_000,
    timeout: float | None = None,
) -> Metadata:
    """Store what a function makes of the rows of a frame, chunk by chunk; no row comes to this process.

    Parameters
    ----------
    store : OmegaStore
        Where the result goes.
    runtime : Runtime
        Who does it.
    source : str or lazy frame
        The name of a frame in the store, or a lazy frame.
    function : callable
        From a pandas frame to another; one that is defined in ``__main__`` is sent along.
    name : str
        What the result is called; one that is there gets a new version.
    chunksize : int
        Rows of each chunk.
    timeout : float, optional
        Seconds after which it is given up.

    Returns
    -------
    Metadata
        Of the result.

    Raises
    ------
    WorkTimeout, WorkerDied
        When it was not done. Nothing of it is left then, as after any other error.
    """
    runtime.check(store.storage.connection)
    with Reservation(store.storage, name) as ticket:
        arguments = (store, source, function, chunksize, ticket)
        runtime.run(_mapped, *arguments, timeout=timeout, label=f"making {name!r}")
    found: Any = store.metadata(name)
    meta: Metadata = found
    return meta


def _mapped(store: OmegaStore, source: str | MDataFrame, function: Any, chunksize: int, ticket: Ticket) -> None:
    frame = store.getl(source) if isinstance(source, str) else source
    ticket.redeem(store.storage, (store, store), frame.map_batches(function, chunksize))
