"""Room: whether the server's disk has room for what is about to be sent.

mongod ends itself when its disk is full, so what would fill it is not sent. The server is asked once for many
payloads: a look grants so many bytes that no more is risked before the next one.
"""

from __future__ import annotations

from collections.abc import Callable

from omegastore.errors import StoreFullError

FACTOR = 3
"""Times that a payload may take room: itself, the journal and the oplog."""
RESERVE = 300_000_000
"""Bytes that stay free."""
FIRST = 16 << 20
"""Bytes that are sent before the first look."""
MOST = 256 << 20
"""Bytes that a look grants at most: others fill the disk too."""


class Room:
    """The room on the disk of one server, as far as it can be known.

    Parameters
    ----------
    look : callable
        Returns how many bytes are free; None when the server does not tell.

    Examples
    --------
    >>> Room(lambda: 10**9).take(1_000_000)
    """

    def __init__(self, look: Callable[[], int | None]) -> None:
        self._look, self._granted = look, FIRST

    def take(self, size: int) -> None:
        """Note that `size` bytes are about to be sent.

        Raises
        ------
        StoreFullError
            When there is less room than three times that and 300 MB.
        """
        self._granted -= size
        if self._granted >= 0:
            return
        free = self._look()
        if free is not None and free < FACTOR * size + RESERVE:
            raise StoreFullError(
                f"the server's disk has {free:,} bytes free; to store {size:,} it needs {FACTOR * size + RESERVE:,}: "
                "make room there, or drop what is not needed and call gc()"
            )
        self._granted = MOST if free is None else min(MOST, (free - RESERVE) // FACTOR - size)
