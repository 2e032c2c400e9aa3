"""Plugins: the backends and mixins of a store, looked up and registered."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omegastore import entrypoint, naming
from omegastore.backend import Backend, BackendSpec
from omegastore.base import BaseStore, BoundBackend
from omegastore.extension import extended
from omegastore.registry import spec_of


class PluginsMixin(BaseStore):
    """Choosing and adding backends and mixins; each store has its own."""

    def get_backend(
        self, name: str, model_store: Any = None, data_store: Any = None, **kwargs: Any
    ) -> BoundBackend | None:
        """Return the backend of a stored object, bound to this store; None for an unknown name.

        Parameters
        ----------
        name : str
            The name of the object.
        model_store, data_store : OmegaStore, optional
            Where the backend reads other objects from; default: this store.
        **kwargs
            None are known.
        """
        document = self.storage.catalog.find(naming.parse(name).base)
        if document is None:
            return None
        return self.get_backend_bykind(document["kind"], model_store, data_store, **kwargs)

    def get_backend_bykind(
        self, kind: str, model_store: Any = None, data_store: Any = None, **kwargs: Any
    ) -> BoundBackend:
        """Return the backend of a kind, bound to this store.

        Raises
        ------
        UnknownKind
            A ValueError that names the known kinds.
        """
        _refuse(kwargs)
        return BoundBackend(self, self.storage.registry.by_kind(kind), model_store, data_store)

    def get_backend_byobj(
        self,
        obj: Any,
        name: str | None = None,
        kind: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        model_store: Any = None,
        data_store: Any = None,
        **kwargs: Any,
    ) -> BoundBackend | None:
        """Return the backend that keeps an object, bound to this store; None if there is none.

        Parameters
        ----------
        obj : object
            The object.
        name, attributes : optional
            Passed on to backends that are chosen by them.
        kind : str, optional
            Take the backend of this kind.
        model_store, data_store : OmegaStore, optional
            Where the backend reads other objects from; default: this store.
        **kwargs
            Keywords of the put: some choose a backend, such as ``groupby``.
        """
        backend = self.storage.registry.by_object(obj, name, kind, attributes, kwargs)
        if backend is None or not backend.supports(obj):
            return None
        return BoundBackend(self, backend, model_store, data_store)

    def register_backend(self, kind: str, backend: str | type[Backend[Any, Any, Any]] | BackendSpec) -> BaseStore:
        """Add a backend to this store, or replace the one of its kind; return the store.

        Parameters
        ----------
        kind : str
            The kind that the backend keeps.
        backend : subclass of Backend, str or BackendSpec
            The class, ``"module:Class"``, or a spec, of which nothing is imported before it is needed.
        """
        spec, registry = spec_of(kind, backend), self.storage.registry
        for known in registry:
            if known.kind == kind and spec is not backend:  # what chooses the kind stays, whichever class keeps it
                spec = replace(spec, probe=known.probe, keyword=known.keyword)
        registry.add(spec, replace=True)
        return self

    def register_backends(self) -> BaseStore:
        """Add the backends of ``OMEGA_STORE_BACKENDS``; a new store has done so."""
        for kind, backend in self.defaults.OMEGA_STORE_BACKENDS.items():
            self.register_backend(kind, backend)
        return self

    def register_mixin(self, mixincls: str | type) -> BaseStore:
        """Add the verbs of a class to this store alone; return the store.

        Parameters
        ----------
        mixincls : type or str
            The class, or ``"module:Class"``; any class whose public names the store does not have.

        Raises
        ------
        TypeError
            When it would hide a verb.
        """
        if isinstance(mixincls, str):
            module, _, name = mixincls.partition(":")
            mixincls = getattr(importlib.import_module(module), name)
        assert isinstance(mixincls, type)
        self.__class__ = extended(type(self), mixincls)
        return self

    def register_mixins(self) -> BaseStore:
        """Add the mixins of ``OMEGA_STORE_MIXINS``; a new store has done so."""
        for mixin in self.defaults.OMEGA_STORE_MIXINS:
            self.register_mixin(mixin)
        return self

    if not TYPE_CHECKING:  # or every misspelt verb would be right

        def __getattr__(self, name: str) -> Any:
            """Look for a verb in the mixins of installed distributions, which are not loaded before it is missed."""
            if not name.startswith("_") and "storage" in vars(self):
                for entry in entrypoint.offered(entrypoint.MIXINS):
                    if (type(self), entry) not in _used:
                        entrypoint.use(entry, self.register_mixin)
                        _used.add((type(self), entry))
                if hasattr(type(self), name):
                    return getattr(self, name)
            said = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(said, name=name, obj=self)  # by which Python suggests the nearest verb


_used: set[tuple[type, Any]] = set()
"""Classes of stores, and the mixins of distributions that were offered to them."""


def _refuse(kwargs: Mapping[str, Any]) -> None:
    if kwargs:
        raise TypeError(f"backends take no keywords on creation, not {sorted(kwargs)}; pass them to put() or get()")
