"""Columns built over other columns: categories, intervals and sparse values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omegastore.codecs.column import (
    Cells,
    Column,
    Values,
    column_document,
    column_from,
    column_of,
    refused,
    values_of,
)
from omegastore.codecs.label import index_document, index_from, name_document, name_from

_CODE_SIZE = 16


@dataclass(frozen=True)
class Categories(Column):
    """Categories, as the values themselves; all categories stand in the schema."""

    tag: ClassVar[str] = "category"
    category: pd.CategoricalDtype

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a category dtype."""
        return cls(values.dtype) if isinstance(values.dtype, pd.CategoricalDtype) else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored categories."""
        return cls(pd.CategoricalDtype(index_from(document["categories"]), ordered=document["ordered"]))

    def to_document(self) -> dict[str, Any]:
        """Return all categories in their order."""
        index: pd.Index[Any] | None = self.category.categories
        if index is None:  # pyright: ignore[reportUnnecessaryComparison]  # a dtype without values has none
            index = pd.Index([], dtype=object)
        return {"categories": index_document(index, "the categories"), "ordered": bool(self.category.ordered)}

    @property
    def dtype(self) -> Any:
        """The category dtype."""
        return self.category

    @property
    def family(self) -> str:
        """That of the categories."""
        is_text = pd.api.types.infer_dtype(self.category.categories) == "string"
        return "string" if is_text else self.inner.family

    @property
    def sample(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]  # told by the parameters
        """The first category."""
        return self._cells.naturals[0]

    @cached_property
    def inner(self) -> Column:
        """The column of the categories."""
        return column_of(values_of(self.category.categories), "the categories")

    @cached_property
    def _cells(self) -> Cells:
        return self.inner.cells(values_of(self.category.categories))

    @cached_property
    def _codes(self) -> dict[Any, int] | None:
        """The code of each natural value, or None if natural values do not tell categories apart."""
        naturals = self._cells.naturals
        if not all(isinstance(n, str | int | float | bool) or hasattr(n, "isoformat") for n in naturals):
            return None
        codes = {natural: code for code, natural in enumerate(naturals)}
        return codes if len(codes) == len(naturals) else None

    @property
    def naturals(self) -> list[Any] | None:
        """The natural value of each category, or None if they do not tell categories apart."""
        return None if self._codes is None else self._cells.naturals

    def check(self, values: Values, where: str) -> int | NDArray[np.int64]:
        """Return the size of the category of each row; raise for a category that cannot be kept."""
        sizes = self.inner.check(values_of(self.category.categories), f"{where}, the categories")
        if isinstance(sizes, int):
            return sizes + _CODE_SIZE
        each: NDArray[np.int64] = np.append(sizes, 0)[values.codes] + _CODE_SIZE
        return each

    def cells(self, values: Values) -> Cells:
        """Return the category of each row, and its code where that is not enough."""
        naturals = [*self._cells.naturals, None]
        codes = values.codes.tolist()
        extras = {} if self._codes is not None else {row: code for row, code in enumerate(codes) if code >= 0}
        return Cells([naturals[code] for code in codes], extras)

    def array(self, cells: Cells) -> Values:
        """Return the categorical array."""
        if (known := self._codes) is not None:
            codes = [-1 if n is None else known[n] for n in cells.naturals]
        else:
            codes = [cells.extras.get(row, -1) for row in range(len(cells.naturals))]
        return self.from_codes(np.array(codes, np.intp))

    def from_codes(self, codes: NDArray[np.intp]) -> Values:
        """Return the categorical array of the code of each row, -1 where it is missing."""
        return pd.Categorical.from_codes(codes, dtype=self.category)

    def term(self, value: Any) -> Any:
        """Return what the categories' own column compares with."""
        term = self.inner.term(value)
        return term[0] if self.inner.has_digits else term


@dataclass(frozen=True)
class Intervals(Column):
    """Intervals, as ``{left, right}``."""

    tag: ClassVar[str] = "interval"
    nested: ClassVar[bool] = True
    bound: Column
    closed: Any

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of an interval dtype."""
        if not isinstance(values.dtype, pd.IntervalDtype):
            return None
        return cls(column_of(values_of(values.left), "the left bound"), values.closed)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored bounds."""
        return cls(column_from(document["bound"]), document["closed"])

    def to_document(self) -> dict[str, Any]:
        """Return the column of the bounds, and which are closed."""
        return {"bound": column_document(self.bound), "closed": self.closed}

    @property
    def dtype(self) -> Any:
        """The interval dtype."""
        return pd.IntervalDtype(self.bound.dtype, self.closed)

    @property
    def family(self) -> str:
        """Intervals that are closed on other sides are different things."""
        return f"interval of {self.bound.family}, closed {self.closed}"

    @property
    def sample(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]  # told by the parameters
        """An interval without width."""
        return {"left": self.bound.sample, "right": self.bound.sample}

    def check(self, values: Values, where: str) -> int | NDArray[np.int64]:
        """Return the size of two bounds."""
        left = self.bound.check(values_of(values.left), f"{where}, left")
        right = self.bound.check(values_of(values.right), f"{where}, right")
        return left + right + 40

    def cells(self, values: Values) -> Cells:
        """Return both bounds of each row, None for what is missing."""
        left, right = self.bound.cells(values_of(values.left)), self.bound.cells(values_of(values.right))
        pairs = zip(left.naturals, right.naturals, values.isna().tolist(), strict=True)
        naturals = [None if is_na else {"left": low, "right": high} for low, high, is_na in pairs]
        extras: dict[int, dict[str, Any]] = {}
        for side, cells in (("left", left), ("right", right)):
            for row, extra in cells.extras.items():
                extras.setdefault(row, {})[side] = extra
        return Cells(naturals, extras)

    def array(self, cells: Cells) -> Values:
        """Return the interval array."""
        bounds: list[Any] = []
        for side in ("left", "right"):
            naturals = [None if n is None else n[side] for n in cells.naturals]
            extras = {row: extra[side] for row, extra in cells.extras.items() if side in extra}
            bounds.append(pd.Index(self.bound.array(Cells(naturals, extras))))
        return pd.arrays.IntervalArray.from_arrays(bounds[0], bounds[1], closed=self.closed)

    def term(self, value: Any) -> Any:
        """Return both bounds of `value`."""
        if not isinstance(value, pd.Interval):
            raise refused(value, "intervals; reach for column__left or column__right")
        left, right = self.bound.term(value.left), self.bound.term(value.right)
        return {"left": left[0], "right": right[0]} if self.bound.has_digits else {"left": left, "right": right}


@dataclass(frozen=True)
class Sparse(Column):
    """Sparse arrays, as the values themselves."""

    tag: ClassVar[str] = "sparse"
    inner: Column
    fill: Any
    index_kind: Any

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a sparse dtype."""
        dtype = values.dtype
        if not isinstance(dtype, pd.SparseDtype):
            return None
        return cls(column_of(np.empty(0, dtype.subtype), "sparse values"), dtype.fill_value, values.kind)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored values."""
        inner = column_from(document["inner"])
        return cls(inner, name_from(document["fill"]), document["kind"])

    def to_document(self) -> dict[str, Any]:
        """Return the column of the values, and what is left out of the array."""
        fill = name_document(self.fill, "the fill value")
        return {"inner": column_document(self.inner), "fill": fill, "kind": self.index_kind}

    @property
    def dtype(self) -> Any:
        """The sparse dtype."""
        with warnings.catch_warnings():
            # pandas 2 makes such dtypes itself, by concat, and then announces that pandas 3 does not
            warnings.simplefilter("ignore", FutureWarning)
            return pd.SparseDtype(self.inner.dtype, self.fill)

    @property
    def family(self) -> str:
        """That of the values."""
        return self.inner.family

    @property
    def sample(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]  # told by the parameters
        """That of the values."""
        return self.inner.sample

    def check(self, values: Values, where: str) -> int | NDArray[np.int64]:
        """Return the size of the values."""
        return self.inner.check(np.asarray(values), where)

    def cells(self, values: Values) -> Cells:
        """Return the values, those that are filled in included."""
        return self.inner.cells(np.asarray(values))

    def array(self, cells: Cells) -> Values:
        """Return the sparse array."""
        return self.from_inner(self.inner.array(cells))

    def from_inner(self, values: Values) -> Values:
        """Return the sparse array of all values, those that are filled in included."""
        return pd.arrays.SparseArray(values, dtype=self.dtype, kind=self.index_kind)

    def term(self, value: Any) -> Any:
        """Return what the values compare with."""
        return self.inner.term(value)
