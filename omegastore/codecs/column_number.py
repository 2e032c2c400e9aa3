"""Columns of numbers and booleans: numpy's, complex ones, and pandas' nullable ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from bson.decimal128 import Decimal128

from omegastore.codecs.column import Cells, Column, Values, filled, refused

INT64_MAX = 2**63 - 1
_WIDTHS = {"f2", "f4", "f8"}
_FAMILY = {"b": "bool", "i": "number", "u": "number", "f": "number"}


def _naturals(values: Values) -> list[Any]:
    """Return the numbers of a numpy array; those beyond int64 as Decimal128."""
    numbers: list[Any] = values.tolist()
    if values.dtype.kind == "u" and values.dtype.itemsize == 8 and len(values) and values.max() > INT64_MAX:
        return [Decimal128(str(n)) if n > INT64_MAX else n for n in numbers]
    return numbers


def _numbers(naturals: list[Any], dtype: np.dtype[Any]) -> Values:
    """Return the numpy array of natural numbers; None becomes NaN."""
    if dtype.kind == "u" and dtype.itemsize == 8:
        naturals = [int(n.to_decimal()) if isinstance(n, Decimal128) else n for n in naturals]
    return np.array(naturals, dtype)


def _number_term(value: Any) -> Any:
    """Return `value` as a number that BSON has."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Decimal):
        return Decimal128(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -INT64_MAX - 1 <= value <= INT64_MAX:
        return Decimal128(str(value))
    if isinstance(value, bool | int | float | Decimal128):
        return value
    raise refused(value, "numbers")


@dataclass(frozen=True)
class Numbers(Column):
    """Numpy's booleans, integers and floats."""

    tag: ClassVar[str] = "number"
    numpy: np.dtype[Any]

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a numpy bool, int, uint or float dtype."""
        dtype = values.dtype
        if not isinstance(dtype, np.dtype) or dtype.kind not in "biuf":
            return None
        return cls(dtype) if dtype.kind != "f" or dtype.str[1:] in _WIDTHS else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored numpy dtype."""
        return cls(np.dtype(document["dtype"]))

    def to_document(self) -> dict[str, Any]:
        """Return the numpy dtype, with its byte order."""
        return {"dtype": self.numpy.str}

    @property
    def dtype(self) -> Any:
        """The numpy dtype."""
        return self.numpy

    @property
    def family(self) -> str:
        """Booleans are not numbers to pandas."""
        return _FAMILY[self.numpy.kind]

    def check(self, values: Values, where: str) -> int:
        """Return the size of a double or of a Decimal128; every number can be kept."""
        return 16 if self.numpy.kind == "u" else 8

    def cells(self, values: Values) -> Cells:
        """Return the numbers."""
        return Cells(_naturals(values))

    def array(self, cells: Cells) -> Values:
        """Return the numpy array."""
        return _numbers(cells.naturals, self.numpy)

    def term(self, value: Any) -> Any:
        """Return the number."""
        return _number_term(value)


@dataclass(frozen=True)
class Nullable(Column):
    """Pandas' nullable integers, floats and booleans; NA is null, and a NaN stays a NaN."""

    tag: ClassVar[str] = "nullable"
    nullable: Any

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a masked dtype."""
        masked = pd.arrays.IntegerArray | pd.arrays.FloatingArray | pd.arrays.BooleanArray
        return cls(values.dtype) if isinstance(values, masked) else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored dtype."""
        return cls(pd.api.types.pandas_dtype(document["dtype"]))

    def to_document(self) -> dict[str, Any]:
        """Return the name of the dtype."""
        return {"dtype": self.nullable.name}

    @property
    def dtype(self) -> Any:
        """The masked dtype."""
        return self.nullable

    @property
    def family(self) -> str:
        """That of the numpy dtype below."""
        return _FAMILY[self.nullable.kind]

    def check(self, values: Values, where: str) -> int:
        """Return the size of a double or of a Decimal128; every number can be kept."""
        return 16 if self.nullable.kind == "u" else 8

    def cells(self, values: Values) -> Cells:
        """Return the numbers, None for NA."""
        # the mask itself: isna() takes a NaN for NA in some versions of pandas, and NaN is not NA here
        naturals = _naturals(values._data)
        for at in np.flatnonzero(values._mask).tolist():
            naturals[at] = None
        return Cells(naturals)

    def array(self, cells: Cells) -> Values:
        """Return the masked array."""
        mask = np.fromiter((n is None for n in cells.naturals), np.bool_, len(cells.naturals))
        default = False if self.nullable.kind == "b" else 1
        data = _numbers(filled(cells.naturals, default), self.nullable.numpy_dtype)
        return self.nullable.construct_array_type()(data, mask)

    def term(self, value: Any) -> Any:
        """Return the number."""
        return _number_term(value)


@dataclass(frozen=True)
class Complexes(Column):
    """Complex numbers, as ``{re, im}``."""

    tag: ClassVar[str] = "complex"
    sample: ClassVar[Any] = {"re": 1.0, "im": 0.0}
    numpy: np.dtype[Any]

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of complex64 or complex128."""
        dtype = values.dtype
        is_complex = isinstance(dtype, np.dtype) and dtype.str[1:] in {"c8", "c16"}
        return cls(dtype) if is_complex else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored numpy dtype."""
        return cls(np.dtype(document["dtype"]))

    def to_document(self) -> dict[str, Any]:
        """Return the numpy dtype, with its byte order."""
        return {"dtype": self.numpy.str}

    @property
    def dtype(self) -> Any:
        """The numpy dtype."""
        return self.numpy

    @property
    def family(self) -> str:
        """Real numbers may be appended."""
        return "number"

    def check(self, values: Values, where: str) -> int:
        """Return the size of a document of two doubles."""
        return 29

    def cells(self, values: Values) -> Cells:
        """Return the parts of each number."""
        parts = zip(values.real.tolist(), values.imag.tolist(), strict=True)
        return Cells([{"re": re, "im": im} for re, im in parts])

    def array(self, cells: Cells) -> Values:
        """Return the numpy array; None becomes NaN."""
        array = np.empty(len(cells.naturals), self.numpy)
        none = {"re": np.nan, "im": 0.0}
        array.real = [(n or none)["re"] for n in cells.naturals]
        array.imag = [(n or none)["im"] for n in cells.naturals]
        return array

    def term(self, value: Any) -> Any:
        """Return the parts of `value`."""
        if not isinstance(value, int | float | complex | np.number):
            raise refused(value, "complex numbers")
        number = complex(value)
        return {"re": number.real, "im": number.imag}
