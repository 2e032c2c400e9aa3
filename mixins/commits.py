"""Commits: changes of several objects together, the log of them, and the bucket as it was."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from omegastore import log, naming, snapshot
from omegastore.base import BaseStore
from omegastore.commit import Commit
from omegastore.errors import DoesNotExist, InvalidName
from omegastore.moment import Moment
from omegastore.past import PastCatalog

if TYPE_CHECKING:
    import pandas as pd


class CommitsMixin(BaseStore):
    """Changing several objects at once, and looking back."""

    def commit(self, message: str = "") -> Commit:
        """Return a context manager whose puts, drops and tags become visible together or not at all.

        Parameters
        ----------
        message : str
            What `log` says of it.

        Raises
        ------
        Conflict, Aborted
            At the end, when others changed an object first; then nothing is changed.
        """
        return Commit(self.storage, self._sources, message)

    def log(self, limit: int | None = None) -> pd.DataFrame:
        """Return the commits of the bucket, the latest first.

        Parameters
        ----------
        limit : int, optional
            The most to return.

        Returns
        -------
        DataFrame
            Indexed by ``commit``, its id as str: ``at`` (UTC), ``message``, ``by``, who made it, and ``changes``,
            a list of str such as ``"put sales@3"``.
        """
        return log.frame(self.storage.catalog, limit)

    def at(self, moment: datetime | str | Commit | Any) -> Self:
        """Return a read-only store of the whole bucket as it was.

        Nothing is read but the record of the commit or snapshot. Versions that were pruned since raise VersionGone
        or are not listed; a snapshot keeps what it holds.

        Parameters
        ----------
        moment : datetime, str, ObjectId or Commit
            An aware datetime; the name of a snapshot; or a commit, or its id: the state that it made.

        Raises
        ------
        DoesNotExist
            When there is no such commit or snapshot.
        """
        made = copy.copy(self)
        made.storage = self.storage.of(PastCatalog(self.storage.catalog, self._moment(moment)))
        return made

    def snapshot(self, name: str) -> datetime:
        """Give the state of the whole bucket a name and return the time; its versions stay until `drop_snapshot`.

        Parameters
        ----------
        name : str
            As for objects; not 24 hexadecimal digits, which is a commit.

        Raises
        ------
        Conflict
            When there is a snapshot of that name.
        """
        if log.is_id(naming.check_name(name)):
            raise InvalidName(f"{name!r} looks like the id of a commit; choose another name")
        return snapshot.take(self.storage.catalog, name)

    def snapshots(self) -> pd.DataFrame:
        """Return the snapshots of the bucket, indexed by ``snapshot``: ``at`` (UTC), and ``by``, who took it."""
        import pandas as pd

        records = snapshot.every(self.storage.catalog)
        rows = {
            "at": pd.DatetimeIndex([each["at"] for each in records], tz="UTC"),
            "by": [each["by"] for each in records],
        }
        return pd.DataFrame(rows, index=pd.Index([each["_id"] for each in records], name="snapshot", dtype=object))

    def drop_snapshot(self, name: str) -> None:
        """Drop a snapshot; versions that it alone held can be collected.

        Raises
        ------
        DoesNotExist
            When there is none of that name.
        """
        snapshot.drop(self.storage.catalog, name)

    def _moment(self, moment: Any) -> Moment:
        catalog = self.storage.catalog
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ValueError(f"{moment!r} has no time zone; give an aware datetime")
            return Moment(moment)
        if isinstance(moment, Commit):
            if moment.at is None:
                raise DoesNotExist(f"the commit {moment.message!r} is not visible, or has changed nothing")
            return Moment(moment.at)
        if log.is_id(moment):
            return Moment(log.find(catalog, moment)["at"])
        if not isinstance(moment, str):
            raise TypeError(f"{moment!r} is no datetime, commit or name of a snapshot")
        return Moment(snapshot.find(catalog, moment)["at"], moment)
