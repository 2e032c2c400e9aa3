"""Kind ``python.object``: one plain Python value, whole, as a BSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.codecs.pydocument import from_bson, to_bson
from omegastore.codecs.value import is_known

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


class PyObjectBackend(Backend[Any, Options, Options]):
    """Keeps one plain value per version: text, numbers, dates, sets, bytes, or by ``kind=`` a dict, list or tuple.

    The value is one BSON document ``{v: natural value, x: what BSON cannot say}``, inline in Metadata when small and
    a file in GridFS when large; nothing is pickled. It comes back equal and of the same types at every level.

    Examples
    --------
    >>> PyObjectBackend.kind
    'python.object'
    """

    kind = "python.object"
    types = types_of(kind)

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether the type of `obj` itself, not one that it derives from, can be restored."""
        return is_known(type(obj))

    def check(self, obj: Any, options: Options) -> None:
        """Raise for a value that cannot be kept, naming the place."""
        self._document = to_bson(obj)

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        """Write the document."""
        self.context.blobs.write(self._document)
        meta.kind_meta = {"type": f"{type(obj).__module__}.{type(obj).__qualname__}"}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        """Return the value."""
        return from_bson(self.context.blobs.read())
