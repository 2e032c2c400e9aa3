"""Metadata: what is stored under a name, without reading it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegastore import history, naming
from omegastore.base import BaseStore
from omegastore.catalog import PROTOCOL
from omegastore.errors import InvalidOption
from omegastore.metadata import Metadata, check_attributes, merged
from omegastore.reader import Version

SETTABLE = ("attributes", "kind_meta", "uri", "s3file")


class MetadataMixin(BaseStore):
    """Looking at and editing Metadata."""

    def exists(self, name: str, hidden: bool = False) -> bool:
        """Return whether there is an object of this name.

        Parameters
        ----------
        name : str
            The name, taken literally.
        hidden : bool
            Say so of names that begin with ``.`` too.
        """
        is_shown = hidden or not naming.is_hidden(naming.check_text(name))
        return is_shown and self.storage.has(naming.check_text(name))

    def metadata(
        self,
        name: str | None = None,
        bucket: str | None = None,
        prefix: str | None = None,
        version: Version = -1,
    ) -> Metadata | None:
        """Return the Metadata of an object, None if there is none of this name.

        Parameters
        ----------
        name : str
            Also ``name@3``, ``name@tag``, ``name^``.
        bucket, prefix : str, optional
            Default: those of the store.
        version : int, str or datetime
            As for `get`.

        Raises
        ------
        DoesNotExist
            When the object has no such version.
        """
        if name is None:
            raise TypeError("metadata() needs the name of an object; list(raw=True) returns all Metadata")
        parsed = naming.parse(name)
        wanted = parsed.version if parsed.version is not None else version
        storage = self.storage.of(self.storage.catalog.beside(bucket, prefix))
        document = storage.catalog.find(parsed.base, wanted)
        return None if document is None else storage.metadata(document)

    def make_metadata(
        self, name: str, kind: str, bucket: str | None = None, prefix: str | None = None, **kwargs: Any
    ) -> Metadata:
        """Return the Metadata of a name with changes, or new Metadata; ``.save()`` stores it.

        Parameters
        ----------
        name, kind : str
            What it describes.
        bucket, prefix : str, optional
            Default: those of the store.
        **kwargs
            ``attributes`` and ``kind_meta``: None leaves them, ``{}`` resets them, another dict updates them;
            ``uri``, ``s3file``.

        Raises
        ------
        InvalidOption
            For another keyword.
        """
        unknown = sorted(set(kwargs) - set(SETTABLE))
        if unknown:
            raise InvalidOption(f"make_metadata() takes {list(SETTABLE)}, not {unknown}")
        storage = self.storage.of(self.storage.catalog.beside(bucket, prefix))
        # of a name that was dropped, what is left tells how its versions are numbered
        document = storage.catalog.read(naming.check_name(name), PROTOCOL) or {"rev": 0, "etag": 0}
        document |= {"name": name, "bucket": storage.bucket, "prefix": storage.prefix}
        if history.is_live(document) and document["kind"] != kind:
            raise ValueError(
                f"{name!r} is stored as {document['kind']!r}, not as {kind!r}; put it anew to change that"
            )
        check_attributes(kwargs.get("attributes"))
        for field in ("attributes", "kind_meta"):
            given: Mapping[str, Any] | None = kwargs.pop(field, None)
            document[field] = merged(document.get(field), given)
        return storage.metadata({**document, "kind": kind, **kwargs})
