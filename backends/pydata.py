"""Kind ``python.data``: a growing list of dicts, lists and tuples, one document each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.codecs import pydocument
from omegastore.codecs.documents import Documents
from omegastore.codecs.value import encode, is_field
from omegastore.query import Field, Q, Raw, compile_filter, natural

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

Data: TypeAlias = "dict[Any, Any] | list[Any] | tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class PyDataPutOptions(Options):
    """Keywords of put for kind ``python.data``."""

    append: bool | None = None
    """Whether to add to the objects that are stored, which is the default; False replaces them."""


@dataclass(frozen=True, slots=True)
class PyDataGetOptions(Options):
    """Keywords of get for kind ``python.data``."""

    filter: Mapping[str, Any] | None = None
    """Conditions ``{"key__op": value}`` on dicts; keywords that are no options are conditions too."""
    q: Q | Raw | None = None
    """Further conditions, or a MongoDB filter on the documents wrapped by `raw`."""


class PyDataBackend(Backend[Any, PyDataPutOptions, PyDataGetOptions]):
    """Keeps a growing list of dicts, lists and tuples: each put appends one, and ``get`` returns all in order.

    Each object is one document: the keys of a dict are its fields, so that any MongoDB client and filters
    (``get(name, a__b__gt=1)``) reach into it; a list or tuple is the field ``_data``. Keys that begin with ``_`` get
    one more ``_``. Types that BSON lacks stand in ``_x``. An object above 4 MB goes to a file in GridFS; of a dict
    the small fields stay, for filters.

    Examples
    --------
    >>> PyDataBackend.kind
    'python.data'
    """

    kind = "python.data"
    types = types_of(kind)
    put_options = PyDataPutOptions
    get_options = PyDataGetOptions
    supports_append = True

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a dict, list or tuple itself; a type derived from one could not be restored."""
        return type(obj) in (dict, list, tuple)

    def check(self, obj: Data, options: PyDataPutOptions) -> None:
        """Raise for what cannot be kept, naming the place."""
        value, extra = encode(obj, "the object")
        row = pydocument.row_of(value, extra)
        self._body, self._large = pydocument.unnumbered(row), None
        if len(self._body) > pydocument.LARGEST:
            self._body, self._large = b"", (pydocument.to_bson(obj), pydocument.small(row))

    def put(self, obj: Data, meta: Metadata, options: PyDataPutOptions) -> Metadata:
        """Write the object as one more document."""
        self.context.rows.write([self._document])
        meta.objid = self._id
        odd = {key for key in obj if is_field(key) and "__" in key} if isinstance(obj, dict) else set[str]()
        meta.kind_meta = {"odd": sorted(odd.union(meta.kind_meta.get("odd", ())))}
        return meta

    def get(self, meta: Metadata, options: PyDataGetOptions) -> list[Data]:
        """Return the objects that were put, in order; with conditions, those dicts that meet them."""
        q = Q(options.q) if isinstance(options.q, Raw) else options.q
        condition = compile_filter(options.filter, q, Names(meta.kind_meta["odd"]))
        return [
            self._object(row)
            for documents in self.context.rows.read(condition or None)
            for row in pydocument.rows_of(documents)
        ]

    def _document(self, row_id: int) -> Documents:
        self._id = row_id
        if self._large is None:
            return pydocument.numbered(self._body, row_id)
        data, small = self._large
        part = str(row_id)
        self.context.blobs.write(data, part)
        return pydocument.numbered(pydocument.unnumbered({**small, pydocument.PART: part}), row_id)

    def _object(self, row: dict[str, Any]) -> Data:
        if pydocument.PART in row:
            return cast(Data, pydocument.from_bson(self.context.blobs.read(row[pydocument.PART])))
        return cast(Data, pydocument.object_of(row))


class Names(Mapping[str, Field]):
    """The keys of dicts as filters see them: any key is a field; one with ``__`` in it only where it is known.

    Parameters
    ----------
    odd : collection of str
        The known keys with ``__`` in them.
    """

    def __init__(self, odd: Collection[str]) -> None:
        self._odd = odd

    def __contains__(self, name: object) -> bool:
        return is_field(name) and ("__" not in name or name in self._odd)

    def __getitem__(self, name: str) -> Field:
        if name not in self:
            raise KeyError(name)
        return Field(pydocument.field_of(name), _comparable, nested=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._odd)

    def __len__(self) -> int:
        return len(self._odd)


def _comparable(value: object) -> object:
    if type(value) is timedelta or (type(value) is time and value.tzinfo is None):
        return encode(value, "the value")[0]
    return natural(value)
