"""Versions: the states that an object had, their tags, and going back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegastore import naming
from omegastore.base import BaseStore
from omegastore.catalog import Doc
from omegastore.metadata import Metadata
from omegastore.reader import Version
from omegastore.restore import restore
from omegastore.tags import move, retain

if TYPE_CHECKING:
    import pandas as pd


def kept(document: Doc) -> list[dict[str, Any]]:
    """Return what `VersionsMixin.versions` tells of each version that is kept, by its columns."""
    tags = document.get("tags", ())
    current = {**document, "size": document["payload"].get("size", 0)}
    return [
        {
            "version": int(each["rev"]),
            "created": each["modified"],
            "kind": each["kind"],
            "bytes": int(each["size"]),
            "tags": sorted(tag["tag"] for tag in tags if tag["rev"] == each["rev"]),
            "by": each.get("by"),
        }
        for each in (*document["versions"], current)
        if "gone" not in each
    ]


class VersionsMixin(BaseStore):
    """Looking at versions, naming them, keeping them, going back."""

    def versions(self, name: str) -> pd.DataFrame:
        """Return the versions of an object that are kept, the oldest first.

        Parameters
        ----------
        name : str
            The name of the object.

        Returns
        -------
        DataFrame
            Indexed by version number: ``created`` (UTC), ``kind``, ``bytes`` of the payload, ``tags``, and ``by``,
            who stored it.

        Raises
        ------
        DoesNotExist
            For an unknown name.
        """
        import pandas as pd

        found = kept(self.storage.whole(naming.check_name(name)))
        rows: dict[str, Any] = {column: [each[column] for each in found] for column in found[0]}
        rows["created"] = pd.DatetimeIndex(rows["created"]).tz_convert("UTC")
        return pd.DataFrame(rows, index=pd.Index(rows.pop("version"), name="version"))

    def tag(self, name: str, tag: str, version: Version = -1) -> Metadata:
        """Name a version; a tagged version is kept however many come after it.

        Parameters
        ----------
        name : str
            The name of the object.
        tag : str
            The tag; one that another version has moves to this one, which `tag_log` remembers.
        version : int, str or datetime
            As for `get`.

        Raises
        ------
        DoesNotExist
            When there is no such version.
        InvalidName
            When the tag is a number, or has a character that names reserve.
        """
        number = self.storage.find(naming.check_name(name), version)["rev"]
        return self._described(name, move(self.storage.catalog, name, naming.check_tag(tag), number))

    def untag(self, name: str, tag: str) -> Metadata:
        """Take a tag away.

        Raises
        ------
        DoesNotExist
            When no version has it.
        """
        return self._described(name, move(self.storage.catalog, naming.check_name(name), tag, None))

    def tag_log(self, name: str) -> list[tuple[str, int | None]]:
        """Return where each tag was put, in the order of time; None where it was taken away."""
        return [(each["tag"], each["rev"]) for each in self.storage.whole(name).get("tag_log", ())]

    def retain(self, name: str, keep: int) -> Metadata:
        """Keep so many displaced versions of this object, from its next put on.

        Parameters
        ----------
        name : str
            The name of the object.
        keep : int
            At least 0; tagged versions come on top.
        """
        return self._described(name, retain(self.storage.catalog, naming.check_name(name), keep))

    def restore(self, name: str, version: Version) -> Metadata:
        """Make an earlier version the current one again, as a new version; no payload is copied.

        Raises
        ------
        DoesNotExist
            When there is no such version.
        """
        meta = self.storage.metadata(restore(self.storage, naming.check_name(name), version))
        self.storage.tell("put", meta)
        return meta

    def _described(self, name: str, document: Doc | None) -> Metadata:
        if document is None:
            raise self.storage.missing(name)
        return self.storage.metadata(document)
