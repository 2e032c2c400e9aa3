"""Kind ``python.hdf``: lists, tuples and dicts that are frame-like, as PyTables HDF, by ``kind=`` only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from omegastore.backend import Backend, Options
from omegastore.backends.hdf import HdfBackend, HdfPutOptions
from omegastore.codecs.pydocument import to_bson
from omegastore.errors import UnsupportedObject, UnsupportedValue

if TYPE_CHECKING:
    from omegastore.metadata import Metadata

Data: TypeAlias = "dict[Any, Any] | list[Any] | tuple[Any, ...]"

_COLUMN = "data"
_CONTAINERS = (list, tuple, set, frozenset, dict)


@dataclass(frozen=True, slots=True)
class _Form:
    """A way in which a list or dict is like a frame."""

    frame: Callable[[Any], pd.DataFrame]
    data: Callable[[pd.DataFrame], Any]


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(*(frame.iloc[:, at].tolist() for at in range(frame.shape[1])), strict=True))


_FORMS = {
    "columns": _Form(pd.DataFrame, lambda frame: {name: frame[name].tolist() for name in frame}),
    "records": _Form(
        pd.DataFrame, lambda frame: [dict(zip(frame.columns, row, strict=True)) for row in _rows(frame)]
    ),
    "tuples": _Form(pd.DataFrame, _rows),
    "lists": _Form(pd.DataFrame, lambda frame: [list(row) for row in _rows(frame)]),
    "values": _Form(lambda data: pd.DataFrame({_COLUMN: data}), lambda frame: frame[_COLUMN].tolist()),
}
_OF_ITEMS: dict[type, str] = {dict: "records", tuple: "tuples", list: "lists"}


class PyHdfBackend(Backend[Any, Options, Options]):
    """Keeps a dict of columns, or a list or tuple of values, rows or records, as an HDF file.

    The object is made a DataFrame, which is stored as kind ``pandas.hdf`` stores it, and comes back as the same
    type and equal; what would not is refused before anything is written. Reading can run code, so the file needs a
    signature.

    Examples
    --------
    >>> PyHdfBackend.kind
    'python.hdf'
    """

    kind = "python.hdf"
    executes_code = True

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a dict, list or tuple itself."""
        return type(obj) in (dict, list, tuple)

    def check(self, obj: Data, options: Options) -> None:
        """Raise unless `obj` comes back equal from a frame in HDF."""
        self._form, self._frame = _formed(obj)
        self._hdf = HdfBackend(self.context)
        try:
            self._hdf.check(self._frame, HdfPutOptions())
        except (UnsupportedValue, UnsupportedObject) as error:
            raise UnsupportedValue(f"{error}; {_REMEDY}") from error

    def put(self, obj: Data, meta: Metadata, options: Options) -> Metadata:
        """Write the file that was checked."""
        meta = self._hdf.put(self._frame, meta, HdfPutOptions())
        meta.kind_meta |= {"form": self._form, "type": type(obj).__name__}
        return meta

    def get(self, meta: Metadata, options: Options) -> Data:
        """Return the dict, list or tuple."""
        frame = HdfBackend(self.context).get(meta, Options())
        assert isinstance(frame, pd.DataFrame)
        return _restored(frame, meta.kind_meta["form"], meta.kind_meta["type"])


_REMEDY = "store it by kind='python.object'"


def _formed(obj: Data) -> tuple[str, pd.DataFrame]:
    """Return the form that `obj` has, and its frame."""
    form = _form(obj)
    try:
        frame = _FORMS[form].frame(obj if isinstance(obj, dict) else list(obj))
        is_like = not _has_containers(frame) and to_bson(_restored(frame, form, type(obj).__name__)) == to_bson(obj)
    except (TypeError, ValueError, KeyError, OverflowError, AttributeError) as error:
        raise _refused(obj, str(error)) from error
    if not is_like:
        raise _refused(obj, "it would not come back equal from columns of one type each")
    return form, frame


def _form(obj: Data) -> str:
    if isinstance(obj, dict):
        return "columns"
    kinds = {type(item) for item in obj}
    form = _OF_ITEMS.get(kinds.pop(), "values") if len(kinds) == 1 else "values"
    if form != "values" and len({len(item) for item in obj}) > 1:
        raise _refused(obj, "its rows differ in length")
    return form


def _refused(obj: Data, reason: str) -> UnsupportedValue:
    return UnsupportedValue(f"this {type(obj).__name__} is not like a frame: {reason}; {_REMEDY}")


def _has_containers(frame: pd.DataFrame) -> bool:
    return any(type(cell) in _CONTAINERS for row in _rows(frame) for cell in row)


def _restored(frame: pd.DataFrame, form: str, kind: str) -> Data:
    data = _FORMS[form].data(frame)
    return tuple(data) if kind == "tuple" else data
