"""BaseStore: put, get, getl and drop; all other verbs are mixins beside it. BoundBackend: a backend of one store."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

from omegastore import naming, server, trash
from omegastore.backend import ObjectSource
from omegastore.catalog import SHOWN
from omegastore.config import Settings
from omegastore.errors import DoesNotExist, InvalidOption
from omegastore.extension import extended, origin, refuse_hiding
from omegastore.metadata import Metadata
from omegastore.moment import Moment
from omegastore.mongo import Client, Connection
from omegastore.past import PastCatalog
from omegastore.reader import Reader, Version, as_python
from omegastore.registry import AnyBackend
from omegastore.storage import Sources, Storage
from omegastore.writer import Request, Writer


class BaseStore:
    """The four verbs over the objects of one bucket and prefix.

    Parameters
    ----------
    mongo_url : str or MongoClient, optional
        A MongoDB URI, passed to the driver unchanged, or a ready client. Default: ``OMEGA_MONGO_URL``, else the
        embedded server. Nothing is connected before the first operation.
    bucket : str, optional
        Default: ``OMEGA_MONGO_COLLECTION``.
    prefix : str, optional
        Stands before the names of this store's objects; default ``""``.
    kind : str or list of str, optional
        Limits what `list` returns.
    defaults : object or mapping, optional
        Settings by their names, see `omegastore.config.Settings`; it is read, never changed.
    dbalias : str, optional
        Kept for code that names its mongoengine connection; the store has its own.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        refuse_hiding(cls)

    def __init__(
        self,
        mongo_url: str | Client | Connection | None = None,
        bucket: str | None = None,
        prefix: str | None = None,
        kind: str | list[str] | None = None,
        defaults: object = None,
        dbalias: str | None = None,
    ) -> None:
        self.defaults = Settings.load(defaults)
        """The settings of this store."""
        self.bucket = naming.check_bucket(self.defaults.OMEGA_MONGO_COLLECTION if bucket is None else bucket)
        self.prefix = naming.check_prefix("" if prefix is None else prefix)
        self.kind, self.dbalias = kind, dbalias
        own = self.bucket if self.defaults.OMEGA_STORE_BUCKET_DATABASES else None
        connection = _connection(self.defaults.OMEGA_MONGO_URL if mongo_url is None else mongo_url, own)
        self.storage = Storage(connection, self.bucket, self.prefix, self.defaults)
        """What the verbs work with; for mixins of this store."""

    def put(
        self,
        obj: Any,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        kind: str | None = None,
        replace: bool = False,
        expect: int | None = None,
        **options: Any,
    ) -> Metadata:
        """Store an object under a name.

        Parameters
        ----------
        obj : object
            Anything that a backend keeps; it is never changed.
        name : str
            1 to 255 bytes in UTF-8.
        attributes : dict, optional
            The user's part of Metadata: None leaves it, ``{}`` resets it, another one updates it.
        kind : str, optional
            How to store it; default: by the type of the object.
        replace : bool
            Replace rows that are stored, for kinds that append.
        expect : int, optional
            The version that must be the current one.
        **options
            What the backend takes.

        Returns
        -------
        Metadata
            Of the new version.

        Raises
        ------
        InvalidName, UnknownKind, InvalidOption, UnsupportedObject, UnsupportedValue, SchemaMismatch
            Before anything is written.
        Conflict
            When `expect` is not the current version.
        """
        request = Request(obj, name, attributes, replace, expect)
        return Writer(self.storage, self._sources).put(request, kind, options)

    def get(
        self,
        name: str,
        version: Version = -1,
        force_python: bool = False,
        kind: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the object stored under a name, equal to what was put.

        Parameters
        ----------
        name : str
            Also ``name[a,b]``, ``name@3``, ``name@tag``, ``name^``, ``name#iterchunks:chunksize=10``.
        version : int, str or datetime
            -1 is the latest, -2 the one before, a positive number absolute, a str a tag, an aware datetime as of
            then.
        force_python : bool
            Return lists and dicts instead of frames and arrays.
        kind : str, optional
            Read with the backend of this kind.
        **options
            What the backend takes; for frames also conditions ``column__op=value``.

        Raises
        ------
        DoesNotExist
            For an unknown name, with the nearest ones, or an unknown version.
        Corrupt, UntrustedError
            When the payload is not what was written, or may run code and is not signed.
        """
        value = Reader(self.storage, self._sources).get(name, version, kind, options)
        return as_python(value) if force_python else value

    def getl(self, name: str, version: Version = -1, kind: str | None = None, **options: Any) -> Any:
        """Return a lazy frame over the rows stored under a name; the parameters are those of `get`."""
        return Reader(self.storage, self._sources).getl(name, version, kind, options)

    def drop(self, name: str, force: bool = False, version: int = -1, **kwargs: Any) -> bool:
        """Drop an object with all of its versions, or one version.

        Parameters
        ----------
        name : str
            A pattern such as ``models/*`` drops all objects that `list` shows for it.
        force : bool
            Return True for an unknown name or version instead of raising.
        version : int
            A positive number drops that version alone.
        **kwargs
            None are known.

        Raises
        ------
        DoesNotExist
            For an unknown name, unless `force` is set.
        """
        if kwargs:
            raise InvalidOption(f"drop() takes ['force', 'version'], not {sorted(kwargs)}")
        if type(version) is not int or (version != -1 and version < 1):
            raise ValueError(f"version={version!r}: -1 drops all versions, a positive number that one")
        if naming.is_glob(naming.check_text(name)):
            kinds = [self.kind] if isinstance(self.kind, str) else self.kind
            shown = [SHOWN, {"kind": {"$in": kinds}}] if kinds else [SHOWN]
            query = {"$and": [{"name": {"$regex": naming.glob_regex(name)}}, *shown]}
            names = [each["name"] for each in self.storage.catalog.scan(query, ["name"])]
        else:
            names = [naming.check_name(name)]
        with contextlib.suppress(*([DoesNotExist] if force else [])):
            if not [each for each in names if self._drop(each, version)]:
                raise self.storage.missing(name)
        return True

    @property
    def _sources(self) -> Sources:
        source = cast(ObjectSource, self)  # metadata() is a mixin's
        return source, source

    def _drop(self, name: str, version: int) -> bool:
        """Drop one object or version; return whether it was there."""
        catalog = self.storage.catalog
        document = catalog.find(name)
        if document is None or version != -1:
            return document is not None and trash.drop_version(catalog, name, version)
        trash.drop(catalog, name)
        Writer(self.storage, self._sources).release(document)
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseStore):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        return (self.storage.connection.identity, self.bucket, self.prefix, self.storage.catalog.moment)

    def __repr__(self) -> str:
        name = origin(type(self))[0].__name__
        moment = self.storage.catalog.moment
        shown = f"{name}({self.storage.connection.address!r}, bucket={self.bucket!r}, prefix={self.prefix!r})"
        return shown if moment is None else f"<{shown} at {moment}>"

    def __reduce__(self) -> tuple[Any, ...]:
        cls, mixins = origin(type(self))
        given = {each.name: getattr(self.defaults, each.name) for each in fields(self.defaults)}
        kept = {name: value for name, value in given.items() if name not in SECRETS}
        arguments = (self.storage.connection, self.bucket, self.prefix, self.kind, kept, self.dbalias)
        return _rebuilt, (cls, arguments, mixins, self.storage.catalog.moment)


class BoundBackend:
    """A backend that puts to and gets from one store.

    Parameters
    ----------
    store : BaseStore
        The store.
    backend : subclass of Backend
        The backend.
    model_store, data_store : BaseStore, optional
        Where the backend reads other objects from; default: `store`.
    """

    def __init__(
        self,
        store: BaseStore,
        backend: AnyBackend,
        model_store: ObjectSource | None = None,
        data_store: ObjectSource | None = None,
    ) -> None:
        self._store, self.backend = store, backend
        source = cast(ObjectSource, store)
        self._sources: Sources = (model_store or source, data_store or source)

    @property
    def kind(self) -> str:
        """The kind of the backend."""
        return self.backend.kind

    def supports(self, obj: object) -> bool:
        """Return whether the backend keeps `obj`."""
        return self.backend.supports(obj)

    def put(
        self,
        obj: Any,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        replace: bool = False,
        expect: int | None = None,
        **options: Any,
    ) -> Metadata:
        """Store `obj` under `name` by this backend, whatever its type."""
        request = Request(obj, name, attributes, replace, expect)
        return Writer(self._store.storage, self._sources).put(request, self.kind, options)

    def get(self, name: str, version: Version = -1, **options: Any) -> Any:
        """Return the object stored under `name`, read by this backend."""
        return Reader(self._store.storage, self._sources).get(name, version, self.kind, options)

    def getl(self, name: str, version: Version = -1, **options: Any) -> Any:
        """Return the lazy frame over the rows stored under `name`."""
        return Reader(self._store.storage, self._sources).getl(name, version, self.kind, options)

    def drop(self, name: str, force: bool = False, version: int = -1) -> bool:
        """Drop the object stored under `name`."""
        return self._store.drop(name, force=force, version=version)

    def __repr__(self) -> str:
        return f"<{self.backend.__qualname__} {self.kind!r} of {self._store!r}>"


SECRETS = ("OMEGA_MONGO_URL", "OMEGA_STORE_SIGNING_KEY")
"""Settings that are not pickled."""


def _rebuilt(
    cls: type[BaseStore], arguments: tuple[Any, ...], mixins: tuple[type, ...], moment: Moment | None
) -> BaseStore:
    for mixin in mixins:
        cls = extended(cls, mixin)
    made = cls(*arguments)
    if moment is not None:
        made.storage = made.storage.of(PastCatalog(made.storage.catalog, moment))
    return made


def _connection(place: str | Client | Connection | None, bucket: str | None) -> Connection:
    if isinstance(place, Connection):
        return place
    if place is None:
        return Connection(embedded=server.ensure, bucket=bucket)
    return Connection(url=place, bucket=bucket) if isinstance(place, str) else Connection(client=place, bucket=bucket)
