"""Registry: which backend keeps which objects; nothing is imported to decide."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from omegastore import entrypoint
from omegastore.backend import Backend, BackendSpec
from omegastore.errors import MissingExtra, UnknownKind

AnyBackend = type[Backend[Any, Any, Any]]


class Registry:
    """Backends by kind and by object; each store has its own.

    Parameters
    ----------
    specs : iterable of BackendSpec
        The backends that are known from the start.
    """

    def __init__(self, specs: Iterable[BackendSpec] = ()) -> None:
        self._specs: dict[str, BackendSpec] = {}
        self._loaded: dict[str, AnyBackend] = {}
        self._has_plugins = False
        for spec in specs:
            self.add(spec)

    def __iter__(self) -> Iterator[BackendSpec]:
        return iter(self._specs.values())

    def add(self, spec: BackendSpec, *, replace: bool = False) -> None:
        """Make a backend known.

        Raises
        ------
        ValueError
            When the kind is known already and `replace` is not set.
        """
        if spec.kind in self._specs and not replace:
            raise ValueError(f"kind {spec.kind!r} is registered already; pass replace=True to replace it")
        self._specs[spec.kind] = spec
        self._loaded.pop(spec.kind, None)

    def by_kind(self, kind: str) -> AnyBackend:
        """Return the backend of `kind`.

        Raises
        ------
        UnknownKind
            Naming the known ones.
        MissingExtra
            When the backend needs a package that is not installed.
        """
        if kind not in self._specs:
            self._load_plugins()
        if kind not in self._specs:
            near = difflib.get_close_matches(kind, self._specs, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise UnknownKind(f"unknown kind {kind!r}; {hint}the known ones are {sorted(self._specs)}")
        if kind not in self._loaded:
            self._loaded[kind] = load(self._specs[kind])
        return self._loaded[kind]

    def by_object(
        self,
        obj: object,
        name: str | None = None,
        kind: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        keywords: Container[str] = (),
    ) -> AnyBackend | None:
        """Return the backend that keeps `obj`, or None.

        Installed plugins are loaded when no type name is found: one that names the type goes before a probe.

        Parameters
        ----------
        obj : object
            Its exact type is looked up first, then the types it derives from, then the probes.
        name : str, optional
            Accepted for backends that are chosen by it; none of the built-in ones is.
        kind : str, optional
            Take the backend of this kind.
        attributes : mapping, optional
            Accepted likewise.
        keywords : container of str
            Keywords of the put; some choose a backend.
        """
        if kind is not None:
            return self.by_kind(kind)
        found = self._by_type(obj, keywords)
        if found is None and self._load_plugins():
            found = self._by_type(obj, keywords)
        return found or self._by_probe(obj, keywords)

    def _by_type(self, obj: object, keywords: Container[str]) -> AnyBackend | None:
        for base in type(obj).__mro__[:-1]:
            name = f"{base.__module__}.{base.__qualname__}"
            for spec in self._candidates(keywords):
                if name in spec.types and (backend := self.by_kind(spec.kind)).supports(obj):
                    return backend
        return None

    def _by_probe(self, obj: object, keywords: Container[str]) -> AnyBackend | None:
        for spec in self._candidates(keywords):
            if spec.probe is not None and spec.probe(obj) and (backend := self.by_kind(spec.kind)).supports(obj):
                return backend
        return None

    def _candidates(self, keywords: Container[str]) -> list[BackendSpec]:
        """Return the specs, those that a keyword chooses first, then the newest first."""
        named = [spec for spec in self._specs.values() if spec.keyword is not None and spec.keyword in keywords]
        return named + [spec for spec in reversed(self._specs.values()) if spec.keyword is None]

    def _load_plugins(self) -> bool:
        """Register the backends of installed distributions, once; return whether there were new ones."""
        if self._has_plugins:
            return False
        self._has_plugins, before = True, len(self._specs)
        for entry in entrypoint.offered(entrypoint.BACKENDS):
            if entry.name not in self._specs:
                entrypoint.use(entry, partial(self._add_plugin, entry.name))
        return len(self._specs) > before

    def _add_plugin(self, kind: str, backend: AnyBackend | BackendSpec) -> None:
        self.add(spec_of(kind, backend))


def spec_of(kind: str, backend: str | AnyBackend | BackendSpec) -> BackendSpec:
    """Return the spec of a backend class, or of ``"module:Class"``, which is imported; a spec is returned itself.

    Raises
    ------
    TypeError
        When it is not a Backend, or one of another kind.
    """
    if isinstance(backend, BackendSpec):
        if backend.kind != kind:
            raise TypeError(f"the spec is of kind {backend.kind!r}, not {kind!r}")
        return backend
    loaded = load(BackendSpec(kind, (), backend))
    return BackendSpec(kind, loaded.types, loaded)


def load(spec: BackendSpec) -> AnyBackend:
    """Import the backend of `spec`.

    Raises
    ------
    MissingExtra
        When what it imports is not installed.
    TypeError
        When it is not a Backend, or one of another kind.
    """
    target = spec.target
    if isinstance(target, str):
        module, _, name = target.partition(":")
        try:
            target = getattr(importlib.import_module(module), name)
        except ImportError as error:
            extra = f"omegastore[{spec.extra}]" if spec.extra else f"what {module} imports"
            raise MissingExtra(f"kind {spec.kind!r} needs {extra}: {error}") from error
        except AttributeError as error:
            raise TypeError(f"{module} has no {name!r} for kind {spec.kind!r}") from error
    if not (isinstance(target, type) and issubclass(target, Backend)):
        raise TypeError(f"{target!r} is not a subclass of omegastore.backend.Backend")
    if target.kind != spec.kind:
        raise TypeError(f"{target.__qualname__} is of kind {target.kind!r}, not {spec.kind!r}")
    return target
