"""WrapperBackend: a backend around a backend, to change one of its steps by composition.

A subclass names the backend that it stands around and writes the steps that differ; all others are handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from omegastore.backend import Backend, BackendContext, Options

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

FACTS = ("kind", "types", "put_options", "get_options", "executes_code", "supports_append", "supports_lazy")
"""What a wrapper has from the backend within, unless it says otherwise."""


class WrapperBackend(Backend[Any, Any, Any]):
    """Keeps objects as the backend within does, but for what a subclass writes anew.

    The class keyword ``wraps`` names the backend within. Kind, types and options are its own; a wrapper with a
    `kind` of its own is a second way to keep the same objects.

    Parameters
    ----------
    context : BackendContext
        The payload of the version that is written or read; the backend within gets the same.

    Examples
    --------
    >>> from omegastore.backends.pyobject import PyObjectBackend
    >>> from omegastore.errors import UnsupportedValue
    >>> class ShortTexts(WrapperBackend, wraps=PyObjectBackend):
    ...     '''Keeps what `python.object` keeps, but no long text.'''
    ...
    ...     def check(self, obj, options):
    ...         if isinstance(obj, str) and len(obj) > 80:
    ...             raise UnsupportedValue("a text of more than 80 characters; store it as a file")
    ...         super().check(obj, options)
    >>> ShortTexts.kind
    'python.object'
    """

    wraps: ClassVar[type[Backend[Any, Any, Any]]]
    """The class of the backend within."""

    def __init_subclass__(cls, wraps: type[Backend[Any, Any, Any]] | None = None) -> None:
        super().__init_subclass__()
        if wraps is None:
            if not hasattr(cls, "wraps"):
                raise TypeError(f"{cls.__qualname__} wraps nothing; write class {cls.__name__}(..., wraps=Backend)")
            return
        cls.wraps = wraps
        for name in FACTS:
            if name not in vars(cls):
                setattr(cls, name, getattr(wraps, name))

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self.inner = self.wraps(context)
        """The backend within, for this operation."""

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether the backend within keeps `obj`."""
        return cls.wraps.supports(obj)

    def check(self, obj: Any, options: Options) -> None:
        """Raise for what the backend within cannot keep."""
        self.inner.check(obj, options)

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Write the payload by the backend within."""
        return self.inner.put(obj, meta, options)

    def get(self, meta: Metadata, options: Options) -> Any:
        """Read the payload by the backend within."""
        return self.inner.get(meta, options)

    def needs_trust(self, meta: Metadata) -> bool:
        """Return whether the backend within needs a signature, or this class says so of itself."""
        return self.executes_code or self.inner.needs_trust(meta)

    def drop(self, meta: Metadata) -> None:
        """Release what the backend within has outside of the payload."""
        self.inner.drop(meta)

    def getl(self, meta: Metadata, options: Options) -> Any:
        """Return the lazy frame of the backend within."""
        return self.inner.getl(meta, options)
