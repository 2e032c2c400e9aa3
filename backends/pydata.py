"""Kind ``python.data``: a growing list of dicts, lists and tuples, one document each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

import bson
from bson import Int64

from omegastore.backend import Backend, Options
from omegastore.backends.pyobject import document, from_bson
from omegastore.codecs.documents import Documents
from omegastore.codecs.value import OPTIONS, decode, encode, is_field
from omegastore.query import Field, Q, Raw, compile_filter, natural

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

Data: TypeAlias = "dict[Any, Any] | list[Any] | tuple[Any, ...]"

EXTRA, WHOLE, PART = "_x", "_data", "_part"
"""Fields of a row beside those of a dict: types that BSON lacks; a list or tuple; the file that holds a large one."""
LARGEST = 4 << 20
"""Bytes of the largest row; servers take 16 MB, but with a cache of 256 MB they refuse some of 10 MB and more."""
FILTERED = 1 << 10
"""Bytes of a field of a large dict up to which it stays in the row, so that filters find it."""


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
    types: ClassVar[tuple[str, ...]] = ("builtins.dict", "builtins.list", "builtins.tuple")
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
        row = _row(value) if extra is None else {**_row(value), EXTRA: extra}
        self._body, self._large = document({"_id": Int64(0), **row}), None
        if len(self._body) > LARGEST:
            self._body, self._large = b"", (document({"v": value, "x": extra}), _small(row))

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
            for rows in self.context.rows.read(condition or None)
            for row in bson.decode_all(rows.buffer, OPTIONS)
        ]

    def _document(self, row_id: int) -> Documents:
        self._id = row_id
        if self._large is not None:
            data, small = self._large
            part = str(row_id)
            self.context.blobs.write(data, part)
            return Documents.join([document({"_id": Int64(row_id), **small, PART: part})])
        # the placeholder of _id stands after the size, its type and its name
        return Documents.join([self._body[:9] + row_id.to_bytes(8, "little") + self._body[17:]])

    def _object(self, row: dict[str, Any]) -> Data:
        if PART in row:
            return cast(Data, from_bson(self.context.blobs.read(row[PART])))
        del row["_id"]
        extra = row.pop(EXTRA, None)
        value = row[WHOLE] if WHOLE in row else {_key(field): item for field, item in row.items()}
        return cast(Data, decode(value, extra))


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
        return Field(_field(name), _comparable, nested=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._odd)

    def __len__(self) -> int:
        return len(self._odd)


def _row(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return {_field(key): item for key, item in value.items()}
    return {WHOLE: value}


def _field(key: str) -> str:
    return f"_{key}" if key.startswith("_") else key


def _key(field: str) -> str:
    return field[1:] if field.startswith("__") else field


def _small(row: dict[str, object]) -> dict[str, object]:
    kept, size = dict[str, object](), 0
    for field, item in row.items():
        if field in (EXTRA, WHOLE):
            continue
        length = len(bson.encode({field: item}))
        if length <= FILTERED and size + length < LARGEST // 2:
            kept[field], size = item, size + length
    return kept


def _comparable(value: object) -> object:
    if type(value) is timedelta or (type(value) is time and value.tzinfo is None):
        return encode(value, "the value")[0]
    return natural(value)
