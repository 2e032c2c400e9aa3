"""Maintenance: removing what no version needs, finding damage, telling what takes room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegastore import fsck, trash
from omegastore.base import BaseStore
from omegastore.storage import Storage

if TYPE_CHECKING:
    import pandas as pd


class MaintenanceMixin(BaseStore):
    """Keeping a store clean."""

    def gc(self, grace: float | None = None, dry_run: bool = False) -> trash.Collected:
        """Remove payloads that no version has any more, what killed writers left, and what no Metadata knows.

        Parameters
        ----------
        grace : float, optional
            Seconds that a payload stays for readers that have started; default ``OMEGA_STORE_GRACE``.
        dry_run : bool
            Remove nothing, only tell.

        Returns
        -------
        Collected
            How many ``payloads`` and ``orphans`` were removed, and their ``bytes``. Any number of processes may do
            so at any time. What no Metadata of the bucket knows is removed when it is older than a day.
        """
        limit = self.defaults.OMEGA_STORE_GRACE if grace is None else grace
        return trash.collect(self.storage.catalog, self.defaults.OMEGA_STORE_LEASE, limit, dry_run)

    def fsck(self) -> list[fsck.Finding]:
        """Read every payload of this bucket and prefix, and look for what no Metadata refers to.

        Returns
        -------
        list of Finding
            Empty when all is well.
        """
        catalog = self.storage.catalog
        return [*fsck.check(catalog), *fsck.orphans(catalog)]

    def du(self) -> pd.DataFrame:
        """Return the bytes of each object and version.

        Returns
        -------
        DataFrame
            Indexed by ``name`` and ``version``: ``kind``, ``bytes`` of the payload as it was written, and ``shared``,
            whether a later version holds the same rows and more, so that they take room once.
        """
        import pandas as pd

        return pd.DataFrame(usage(self.storage), columns=[*USAGE]).set_index([*USAGE[:2]])


USAGE = ("name", "version", "kind", "bytes", "shared")


def usage(storage: Storage) -> list[tuple[Any, ...]]:
    """Return the rows of `MaintenanceMixin.du`, by the columns of `USAGE`."""
    rows: list[tuple[Any, ...]] = []
    for name in [each["name"] for each in storage.catalog.scan(fields=["name"])]:
        document = storage.whole(name)
        current = {**document, "size": document["payload"].get("size", 0)}
        for each in (*document.get("versions", ()), current):
            rows.append((name, each["rev"], each["kind"], int(each["size"]), bool(each.get("like"))))
    return rows
