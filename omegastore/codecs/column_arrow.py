"""Columns of Arrow dtypes, nested ones included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import bson
import numpy as np
import pandas as pd
from bson.decimal128 import Decimal128
from numpy.typing import NDArray

from omegastore.codecs.column import Cells, Column, Values
from omegastore.codecs.column_number import INT64_MAX, Numbers
from omegastore.codecs.column_text import Objects, text_sizes, values_of_objects
from omegastore.codecs.column_time import NAT, Dates
from omegastore.errors import UnsupportedValue

_DECIMAL128_DIGITS = 34


def _form(arrow: Any) -> str:
    """Return how values of an Arrow type become BSON values."""
    import pyarrow.types as kind

    if kind.is_timestamp(arrow) or kind.is_date(arrow):
        return "date"
    if kind.is_duration(arrow) or kind.is_time(arrow):
        return "count"
    if kind.is_uint64(arrow):
        return "unsigned"
    if kind.is_boolean(arrow):
        return "bool"
    if kind.is_integer(arrow) or kind.is_floating(arrow):
        return "number"
    if kind.is_string(arrow) or kind.is_large_string(arrow) or kind.is_string_view(arrow):
        return "text"
    if kind.is_decimal(arrow) and arrow.precision <= _DECIMAL128_DIGITS:
        return "decimal"
    return "object"


@dataclass(frozen=True)
class Arrow(Column):
    """Values of any Arrow type: simple ones as the BSON value next to them, nested ones as documents and arrays."""

    tag: ClassVar[str] = "arrow"
    arrow: Any

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of an ArrowDtype."""
        return cls(values.dtype.pyarrow_dtype) if isinstance(values.dtype, pd.ArrowDtype) else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored Arrow type."""
        import pyarrow as pa

        return cls(pa.ipc.read_schema(pa.py_buffer(document["schema"])).field(0).type)

    def to_document(self) -> dict[str, Any]:
        """Return the Arrow type as text, and exactly as the bytes of an Arrow schema."""
        import pyarrow as pa

        schema = pa.schema([pa.field("", self.arrow)]).serialize().to_pybytes()
        return {"arrow": str(self.arrow), "schema": schema}

    @property
    def dtype(self) -> Any:
        """The ArrowDtype."""
        return pd.ArrowDtype(self.arrow)

    @property
    def family(self) -> str:
        """The Arrow type, but numbers are numbers."""
        return {"unsigned": "number"}.get(self.form, self.form if self.form == "number" else str(self.arrow))

    @property
    def sample(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]  # told by the parameters
        """A value of the form; None for nested types, whose concatenation needs none."""
        samples: dict[str, Any] = {
            "date": Dates.sample,
            "number": 1,
            "unsigned": 1,
            "count": 1,
            "text": "a",
            "bool": True,
        }
        return samples.get(self.form)

    @property
    def nested(self) -> bool:  # type: ignore[override]  # it depends on the Arrow type
        """Whether the values may be documents or arrays."""
        return self.form == "object"

    @property
    def has_digits(self) -> bool:  # type: ignore[override]  # it depends on the Arrow type
        """Whether the values are Dates."""
        return self.form == "date"

    @property
    def form(self) -> str:
        """How values become BSON values: date, count, unsigned, bool, number, text, decimal or object."""
        return _form(self.arrow)

    @property
    def unit(self) -> str:
        """The unit in which dates are counted."""
        import pyarrow as pa

        return str(self.arrow.unit) if pa.types.is_timestamp(self.arrow) else "ms"

    @property
    def plain(self) -> Any:
        """The Arrow type of the numbers that are kept: that of the counts of durations and times."""
        import pyarrow as pa

        if self.form != "count":
            return self.arrow
        return pa.int32() if self.arrow.bit_width == 32 else pa.int64()

    @property
    def _dates(self) -> Dates:
        return Dates(self.unit, None)

    def check(self, values: Values, where: str) -> int | NDArray[np.int64]:
        """Return the size of the values; nested ones are also read back and compared."""
        form = self.form
        if form == "text":
            return text_sizes(values.__arrow_array__().to_pylist(), where)
        if form == "date":
            return self._dates.check(self.ticks(values).view(self._dates.dtype), where)
        if form != "object":
            return 16
        cells = self.cells(values)
        sizes = Objects().check(values_of_objects(values.__arrow_array__().to_pylist()), where)
        if _bytes(self.cells(self.array(cells))) != _bytes(cells):
            raise UnsupportedValue(
                f"{where} has dtype {self.dtype!s}, whose values do not survive the way through Python objects; "
                "convert the column with astype(object)"
            )
        return sizes

    def ticks(self, values: Values) -> NDArray[np.int64]:
        """Return the counts of the unit since 1970; NAT where a date is missing."""
        import pyarrow as pa

        chunks = values.__arrow_array__()
        if not pa.types.is_timestamp(self.arrow):
            chunks = chunks.cast(pa.timestamp("ms"))
        ticks: NDArray[np.int64] = chunks.cast(pa.int64()).fill_null(NAT).to_numpy()
        return ticks

    def from_ticks(self, ticks: NDArray[np.int64]) -> Values:
        """Return the array of counts of the unit since 1970."""
        import pyarrow as pa

        counts = pa.array(ticks, pa.int64(), mask=ticks == NAT)
        if not pa.types.is_timestamp(self.arrow):
            counts = counts.cast(pa.timestamp("ms"))
        return extension(counts.cast(self.arrow))

    def cells(self, values: Values) -> Cells:
        """Return the values as Dates, numbers, strings, or whatever `Objects` makes of them."""
        import pyarrow as pa

        form, chunks = self.form, values.__arrow_array__()
        if form == "date":
            return self._dates.cells(self.ticks(values).view(self._dates.dtype))
        naturals: list[Any] = chunks.cast(self.plain).to_pylist()
        if form == "object":
            return Objects().cells(values_of_objects(naturals))
        if form == "decimal":
            naturals = [None if n is None else Decimal128(n) for n in naturals]
        elif form == "unsigned":
            naturals = [Decimal128(str(n)) if n is not None and n > INT64_MAX else n for n in naturals]
        elif pa.types.is_float16(self.arrow):
            naturals = [None if n is None else float(n) for n in naturals]
        return Cells(naturals)

    def array(self, cells: Cells) -> Values:
        """Return the Arrow array."""
        import pyarrow as pa

        form, naturals = self.form, cells.naturals
        if form == "date":
            return self.from_ticks(self._dates.array(cells).view(np.int64))
        if form == "count":
            array = pa.array(naturals, self.plain).cast(self.arrow)
        elif form in ("decimal", "unsigned"):
            plain = [n.to_decimal() if isinstance(n, Decimal128) else n for n in naturals]
            array = pa.array([int(n) if form == "unsigned" and n is not None else n for n in plain], self.arrow)
        elif form == "object":
            array = _arrow_of(Objects().array(cells).tolist(), self.arrow)
        elif pa.types.is_float16(self.arrow):
            array = pa.array([None if n is None else np.float16(n) for n in naturals], self.arrow)
        else:
            array = pa.array(naturals, self.arrow)
        return extension(array)

    def term(self, value: Any) -> Any:
        """Return what a column of the same form compares with."""
        form = self.form
        if form == "date":
            zone = self.arrow.tz if hasattr(self.arrow, "tz") else None
            return Dates(self._dates.unit, pd.DatetimeTZDtype("ns", zone).tz if zone else None).term(value)
        if form in ("number", "unsigned", "decimal", "bool"):
            return Numbers(np.dtype(float)).term(value)
        if form == "count":
            import pyarrow as pa

            return pa.scalar(value, self.arrow).value
        return Objects().term(value)


def extension(array: Any) -> Values:
    """Return an Arrow array as pandas' own."""
    import pyarrow as pa

    return pd.arrays.ArrowExtensionArray(pa.chunked_array([array]))


def _arrow_of(objects: list[Any], arrow: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(arrow):
        return pa.array(objects, arrow.value_type).dictionary_encode().cast(arrow)
    return pa.array(objects, arrow)


def _bytes(cells: Cells) -> bytes:
    """Return cells as bytes: they compare NaN as equal to itself."""
    extras = {str(row): extra for row, extra in cells.extras.items()}
    parts = [bson.encode({"": natural, "x": extras.get(str(row))}) for row, natural in enumerate(cells.naturals)]
    return b"".join(parts)
