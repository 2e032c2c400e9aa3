"""Casting: the values of a series in another dtype, or with fewer digits."""

from __future__ import annotations

from typing import Any, Self

import pandas as pd

from omegastore import expr
from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.schema import Entry
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import computed, term_of, type_of


class Copying(Lazy):
    """Lazy frames and series are immutable, so that a copy is cheap."""

    def copy(self, deep: bool = True) -> Self:
        """Return an object of its own, into which columns can be set; the rows are the same."""
        return self._like(self.plan)


class SeriesCasting(Copying):
    """The values of a series as others."""

    def astype(self, dtype: Any) -> Any:
        """Return the values in another dtype.

        Integers, floats, booleans and texts become each other where pandas' result does not depend on its version;
        dates become coarser ones. A value that the dtype cannot hold is an error when the value is asked for, where
        numpy would wrap it around.

        Parameters
        ----------
        dtype : dtype
            As for pandas.

        Raises
        ------
        Uncomputable
            For other casts.
        """
        empty = pd.Series([], dtype=pd.api.types.pandas_dtype(dtype))
        entry = self.plan.schema.columns[0]
        if empty.dtype == entry.result.dtype:
            return self._like(self.plan)
        codec = column_of(values_of(empty), "the result")
        return computed(self, expr.cast(term_of(self.plan), type_of(Entry("", ((0, codec),), codec, "some"))))

    def round(self, decimals: int = 0) -> Any:
        """Return the numbers rounded to so many decimals, half to even, with the digits that numpy has."""
        return computed(self, expr.rounded(term_of(self.plan), decimals))
