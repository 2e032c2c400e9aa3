"""Heartbeat: a thread that renews the leases of writes that wait for something else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from types import TracebackType

from pymongo.errors import PyMongoError

from omegastore.errors import Aborted, ServerUnavailable
from omegastore.payload import Lease

logger = logging.getLogger("omegastore.heartbeat")


class Heartbeat:
    """Renews leases from time to time while it is used as a context manager.

    A lease that was lost is left alone: the commit finds out.

    Parameters
    ----------
    pause : float
        Seconds between two rounds.
    leases : iterable of Lease
        Those of the beginning; others may be added. Nobody else may renew them meanwhile.
    """

    def __init__(self, pause: float, leases: Iterable[Lease] = ()) -> None:
        self._pause, self._leases = pause, [*leases]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="omegastore-heartbeat", daemon=True)

    def add(self, lease: Lease) -> None:
        """Renew one more."""
        self._leases.append(lease)

    def remove(self, lease: Lease) -> None:
        """Renew one less."""
        self._leases.remove(lease)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            for lease in [*self._leases]:
                try:
                    lease.hold()
                except Aborted:
                    self._leases.remove(lease)
                except (ServerUnavailable, PyMongoError) as error:  # the next round may find the server again
                    logger.warning("a lease could not be renewed: %s", error)
