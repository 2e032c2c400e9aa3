"""Columns of strings, and of any Python objects."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import bson
import bson.errors
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs import value as value_codec
from omegastore.codecs.column import Cells, Column, Values, filled, refused
from omegastore.errors import UnsupportedValue

_PLAIN = {str, type(None), float, bool}
"""Types whose values are their own natural value, and come back of the same type."""


def _text_size(text: Any, where: str, row: int) -> int:
    """Return the bytes of `text` in BSON, 0 for what is missing."""
    if not isinstance(text, str):
        return 0
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise UnsupportedValue(
            f"{where}, row {row}: {text!r} has a lone surrogate, which UTF-8 cannot hold; "
            "replace it with text.encode(errors='replace').decode()"
        ) from error


def text_sizes(texts: list[Any], where: str) -> NDArray[np.int64]:
    """Return the size of each text in bytes of BSON."""
    strings = [text if isinstance(text, str) else "" for text in texts]
    if "".join(strings).isascii():
        return np.fromiter(map(len, strings), np.int64, len(strings)) + 8
    sizes = (_text_size(text, where, row) for row, text in enumerate(texts))
    return np.fromiter(sizes, np.int64, len(texts)) + 8


@dataclass(frozen=True)
class Strings(Column):
    """Pandas' string dtypes: ``string`` with NA, ``str`` with NaN, held by Python or by Arrow."""

    tag: ClassVar[str] = "string"
    sample: ClassVar[Any] = "a"
    storage: str
    na: str
    """What is missing: ``NA`` or ``NaN``."""

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a StringDtype."""
        dtype = values.dtype
        if not isinstance(dtype, pd.StringDtype):
            return None
        return cls(dtype.storage, "NA" if dtype.na_value is pd.NA else "NaN")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored dtype."""
        # it stood under "na" once, in place of whether values of the column are missing
        return cls(document["storage"], document["missing" if "missing" in document else "na"])

    def to_document(self) -> dict[str, Any]:
        """Return who holds the strings, and what is missing."""
        return {"storage": self.storage, "missing": self.na}

    @property
    def dtype(self) -> Any:
        """The string dtype; object where this pandas has no ``str`` dtype."""
        storage: Any = self.storage
        if self.na == "NA":
            return pd.StringDtype(storage)
        try:
            return pd.StringDtype(storage, na_value=np.nan)
        except TypeError:
            warnings.warn("pandas before 2.3 has no dtype 'str'; the column is read as object", stacklevel=2)
            return np.dtype(object)

    def check(self, values: Values, where: str) -> NDArray[np.int64]:
        """Return the size of each string; raise for lone surrogates, which Arrow does not hold."""
        if self.storage == "pyarrow":
            import pyarrow as pa
            import pyarrow.compute

            compute: Any = pyarrow.compute
            lengths = compute.fill_null(compute.binary_length(pa.array(values)), 0)
            return np.asarray(lengths.to_numpy(), np.int64) + 8
        return text_sizes(self.cells(values).naturals, where)

    def cells(self, values: Values) -> Cells:
        """Return the strings, None for what is missing."""
        return Cells(values.to_numpy(object, na_value=None).tolist())

    def array(self, cells: Cells) -> Values:
        """Return the string array."""
        dtype = self.dtype
        naturals = filled(cells.naturals, np.nan) if self.na == "NaN" else filled(cells.naturals, pd.NA)
        if isinstance(dtype, np.dtype):
            return values_of_objects(naturals)
        return pd.array(values_of_objects(naturals), dtype=dtype)

    def term(self, value: Any) -> Any:
        """Return the string."""
        if not isinstance(value, str):
            raise refused(value, "strings")
        return str(value)


@dataclass(frozen=True)
class Objects(Column):
    """Python objects of any type that `codecs.value` keeps, cell by cell."""

    tag: ClassVar[str] = "object"
    sample: ClassVar[Any] = "a"
    nested: ClassVar[bool] = True

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of the object dtype."""
        return cls() if values.dtype == np.dtype(object) else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec; it has no parameters."""
        return cls()

    def to_document(self) -> dict[str, Any]:
        """Return no parameters."""
        return {}

    @property
    def dtype(self) -> Any:
        """The object dtype."""
        return np.dtype(object)

    def check(self, values: Values, where: str) -> NDArray[np.int64]:
        """Return the size of each cell; raise for the first that cannot be kept."""
        objects: list[Any] = values.tolist()
        if set(map(type, objects)) <= _PLAIN:
            return text_sizes(objects, where)
        sizes = np.empty(len(objects), np.int64)
        for row, item in enumerate(objects):
            here = f"{where}, row {row}"
            cell = value_codec.encode(item, here)
            try:
                sizes[row] = len(bson.encode({"": cell[0], "x": cell[1]}))
            except (bson.errors.InvalidDocument, bson.errors.InvalidStringData, OverflowError) as error:
                raise UnsupportedValue(f"{here}: {type(item).__qualname__} cannot be kept: {error}") from error
        return sizes

    def cells(self, values: Values) -> Cells:
        """Return the natural value of each object."""
        objects: list[Any] = values.tolist()
        if set(map(type, objects)) <= _PLAIN:
            return Cells(objects)
        extras: dict[int, Any] = {}
        for row, item in enumerate(objects):
            if type(item) not in _PLAIN:
                objects[row], extra = value_codec.encode(item, "a cell")
                if extra is not None:
                    extras[row] = extra
        return Cells(objects, extras)

    def array(self, cells: Cells) -> Values:
        """Return the object array."""
        objects = cells.naturals
        if cells.extras or not set(map(type, objects)) <= _PLAIN:
            extras = cells.extras
            objects = [
                item if type(item) in _PLAIN and row not in extras
                else value_codec.decode(item, extras.get(row))
                for row, item in enumerate(objects)
            ]  # fmt: skip
        return values_of_objects(objects)

    def term(self, value: Any) -> Any:
        """Return the natural value of any object."""
        return value_codec.encode(value, "the condition")[0]


def values_of_objects(objects: list[Any]) -> NDArray[np.object_]:
    """Return the object array of `objects`, whose lists and arrays stay single values."""
    return np.fromiter(objects, np.dtype(object), len(objects))
