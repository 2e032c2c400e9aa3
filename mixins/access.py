"""Access: the database, the file system and the collections that a store works on, and the store as a container."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import partial
from typing import Any

from omegastore import naming
from omegastore.base import BaseStore
from omegastore.catalog import LIVE

SPACES = r"^omegaml(_[\s\S]*)?\.metadata(?![\s\S])"
"""What the names of all metadata collections look like."""


class AccessMixin(BaseStore):
    """Properties of a store, and the habits of a mapping."""

    @property
    def mongodb(self) -> Any:
        """The pymongo Database; its dates are aware."""
        return self.storage.connection.database

    @property
    def fs(self) -> Any:
        """The GridFS instance that holds the bucket's files."""
        return self.storage.connection.file_system(self.storage.catalog.space)

    @property
    def tmppath(self) -> str:
        """A folder for temporary files of this store alone; made on first use, removed with the store."""
        return str(self.storage.make_tmppath())

    @property
    def buckets(self) -> list[str]:
        """The buckets of the database, or of those that the buckets have, that hold objects, by name."""
        connection, found = self.storage.connection, set[str]()
        filter = {"name": {"$regex": SPACES}}
        for database in connection.databases:
            for name in connection.retry(partial(database.list_collection_names, filter=filter)):
                buckets = connection.retry(partial(database[name].distinct, "bucket", LIVE))
                found.update(each for each in buckets if connection.of(each).database.name == database.name)
        return sorted(found)

    def collection(self, name: str | None = None, bucket: str | None = None, prefix: str | None = None) -> Any:
        """Return the pymongo collection of an object.

        Parameters
        ----------
        name : str
            If there is an object of this name that has a collection, it is that one; otherwise the one that the
            naming rule ``{bucket}.{prefix}.{name}.datastore`` gives.
        bucket, prefix : str, optional
            Default: those of the store.

        Notes
        -----
        After a writer was killed, the collection may hold rows that no version has, until they are collected;
        `committed_filter` hides them.
        """
        if name is None:
            raise TypeError("collection() needs the name of an object")
        catalog = self.storage.catalog.beside(bucket, prefix)
        document = catalog.find(naming.check_name(name))
        found = (document or {}).get("collection")
        return self.mongodb[found or naming.collection_name(catalog.bucket, catalog.prefix, name)]

    def committed_filter(self, name: str) -> dict[str, Any]:
        """Return the MongoDB filter for the committed rows of an object within its collection."""
        return self.storage.stored(self.storage.find(name)).rows.visible

    def object_store_key(self, name: str, ext: str, hashed: bool | None = None) -> str:
        """Return the file name of an object's payload.

        Parameters
        ----------
        name : str
            The name of the object.
        ext : str
            The extension.
        hashed : bool, optional
            Hash the name, so that its length does not matter; default ``OMEGA_STORE_HASHEDNAMES``.

        Returns
        -------
        str
            ``{bucket}.{prefix}.{name}.{ext}``, escaped; no two objects share one.
        """
        hash_it = self.defaults.OMEGA_STORE_HASHEDNAMES if hashed is None else hashed
        return naming.object_store_key(self.bucket, self.prefix, naming.check_name(name), ext, hash_it)

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        return f"<code>{html.escape(repr(self))}</code>"

    def __iter__(self) -> Iterator[str]:
        return (each["name"] for each in self.storage.catalog.scan(fields=["name"]))

    def __len__(self) -> int:
        return self.storage.catalog.count()

    def __bool__(self) -> bool:
        return True  # an empty store is still a store

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.storage.has(name)

    def __getitem__(self, name: str) -> Any:
        return self.get(name)
