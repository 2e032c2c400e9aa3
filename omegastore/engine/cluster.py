"""Cluster: a Dask cluster as an executor; its workers read and write MongoDB by themselves.

The URL of the server, its credentials and the signing key are in the environment of the workers, where who runs the
cluster has put them: ``OMEGA_MONGO_URL`` and ``OMEGA_STORE_SIGNING_KEY``. None of them is sent.
"""

from __future__ import annotations

import sys
from concurrent.futures import Executor
from typing import Any

from omegastore.errors import MissingExtra, WorkerDied

PATIENCE = 20.0
"""Seconds that a cluster may be without a worker: one that is started anew needs a few."""


def executor(address: str) -> Executor:
    """Return the executor of the cluster whose scheduler is at `address`.

    Raises
    ------
    MissingExtra
        When Dask is not installed.
    WorkerDied
        When no scheduler answers, or it has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtra("a runtime on a Dask cluster needs distributed: pip install 'omegastore[dask]'") from error
    connect: Any = Client  # it has no types
    try:
        client: Any = connect(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerDied(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close()
        raise WorkerDied(f"the Dask scheduler at {address} has had no worker for {PATIENCE} s") from error
    # each call is work of its own, even if the same was asked for before
    made: Executor = client.get_executor(pure=False)
    return made


def has_workers(executor: Executor) -> bool:
    """Return whether the cluster has a worker."""
    client: Any = getattr(executor, "_client")  # noqa: B009  # the executor has no public way to it
    return bool(client.scheduler_info(n_workers=-1).get("workers"))


def deaths() -> tuple[type[Exception], ...]:
    """Return the errors which say that workers died of some work so often that it is not tried again."""
    scheduler: Any = sys.modules.get("distributed.scheduler")
    return () if scheduler is None else (scheduler.KilledWorker,)


def leave(executor: Executor) -> None:
    """Close the connection to the cluster."""
    client: Any = getattr(executor, "_client")  # noqa: B009
    client.close()


def is_private(address: str) -> bool:
    """Return whether a server's address, as `Connection.address` has it, is a socket of this machine.

    Examples
    --------
    >>> is_private("mongodb://%2Ftmp%2Fmongod.sock/"), is_private("mongodb://db.example:27017")
    (True, False)
    """
    return address == "embedded" or "%2f" in address.lower() or ".sock" in address
