"""Collecting: removing what no version needs any more."""

from __future__ import annotations

from omegastore import trash
from omegastore.base import BaseStore


class CollectingMixin(BaseStore):
    """Taking the trash out."""

    def gc(self, grace: float | None = None) -> int:
        """Remove payloads that no version has any more, and what killed writers left.

        Parameters
        ----------
        grace : float, optional
            Seconds that a payload stays for readers that have started; default ``OMEGA_STORE_GRACE``.

        Returns
        -------
        int
            How many payloads were removed. Any number of processes may do so at any time.
        """
        limit = self.defaults.OMEGA_STORE_GRACE if grace is None else grace
        return trash.collect(self.storage.catalog, self.defaults.OMEGA_STORE_LEASE, limit)
