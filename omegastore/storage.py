"""Storage: what the verbs of one store work with, so that readers and writers share it."""

from __future__ import annotations

import difflib
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from omegastore import history, naming
from omegastore.backend import BackendContext, ObjectSource
from omegastore.blobs import Blobs
from omegastore.catalog import BULK, Catalog, Doc
from omegastore.config import Settings
from omegastore.errors import DoesNotExist, InvalidName
from omegastore.events import Event, Observers, Verb
from omegastore.metadata import Metadata
from omegastore.mongo import Connection
from omegastore.registry import Registry
from omegastore.rows import Rows
from omegastore.seal import Seal
from omegastore.write import Write

Sources = tuple[ObjectSource | None, ObjectSource | None]
"""The stores of models and of data that a backend may read other objects from."""


class Storage:
    """The catalog, backends, temporary folder and signing keys of one store.

    Parameters
    ----------
    connection : Connection
        The database.
    bucket, prefix : str
        Where the store's objects are.
    settings : Settings
        How long things last, and the keys.
    """

    def __init__(self, connection: Connection, bucket: str, prefix: str, settings: Settings) -> None:
        self.catalog: Catalog = Catalog(connection, bucket, prefix, naming.bucket_space(bucket))
        self.connection = self.catalog.connection
        self.bucket, self.prefix, self.settings = bucket, prefix, settings
        self.registry, self.observers = Registry(), Observers()
        self.seal = Seal(self.catalog, settings)
        self._tmppath: Path | None = None

    def make_tmppath(self) -> Path:
        """Return the folder for temporary files; it is removed with the store."""
        if self._tmppath is None:
            folder = tempfile.mkdtemp(prefix="omegastore-", dir=self.settings.OMEGA_TMP)
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._tmppath = Path(folder)
        return self._tmppath

    def metadata(self, document: Doc) -> Metadata:
        """Return the Metadata of a document, which can be saved and opened."""
        return Metadata.from_document(document, self.catalog.edit, self._open_file)

    def of(self, catalog: Catalog) -> Storage:
        """Return the storage of the objects of another catalog, with the same settings and backends."""
        if catalog is self.catalog:
            return self
        made = Storage(self.connection, catalog.bucket, catalog.prefix, self.settings)
        made.catalog, made.registry = catalog, self.registry
        return made

    def has(self, name: str) -> bool:
        """Return whether there is an object of this name, taken literally."""
        try:
            document = self.catalog.read(naming.check_name(name), BULK)
        except InvalidName:
            return False
        return document is not None and history.is_live(document)

    def find(self, name: str, version: Any = -1) -> Doc:
        """Return the document of an object.

        Raises
        ------
        DoesNotExist
            When there is no such object or version.
        """
        document = self.catalog.find(name, version)
        if document is None:
            raise self.missing(name)
        return document

    def whole(self, name: str) -> Doc:
        """Return the document of an object with all that the protocol keeps in it.

        Raises
        ------
        DoesNotExist
            When there is no such object.
        """
        document = self.catalog.read(name)
        if document is None or not history.is_live(document):
            raise self.missing(name)
        return document

    def missing(self, name: str) -> DoesNotExist:
        """Return the error that says that there is no `name`, with the nearest names."""
        names = [each["name"] for each in self.catalog.scan(fields=["name"])]
        near = difflib.get_close_matches(name, names, 3)
        hint = f"; the nearest names are {near}" if near else ""
        return DoesNotExist(f"no object {name!r} in bucket {self.bucket!r}, prefix {self.prefix!r}{hint}")

    def stored(self, document: Doc, sources: Sources = (None, None)) -> BackendContext:
        """Return what a backend may use to read the payload of `document`."""
        payload = document.get("payload")
        blobs = Blobs(self.connection, self.catalog.space, payload, make_tmppath=self.make_tmppath)
        return self._context(Rows(self.connection, payload), blobs, sources)

    def fresh(self, write: Write, sources: Sources = (None, None)) -> BackendContext:
        """Return what a backend may use to write a payload."""
        return self._context(write.rows, write.blobs, sources)

    def tell(self, verb: Verb, meta: Metadata) -> None:
        """Tell the observers that `verb` was done."""
        self.observers.tell(Event(verb, meta.name, self.bucket, self.prefix, meta.kind, meta.version))

    def _context(self, rows: Rows, blobs: Blobs, sources: Sources) -> BackendContext:
        return BackendContext(rows, blobs, self.connection, self.make_tmppath, *sources)

    def _open_file(self, meta: Metadata) -> Any:
        return Blobs(self.connection, self.catalog.space, meta.payload).open()
