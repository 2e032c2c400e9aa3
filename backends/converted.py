"""Converted: frames as other libraries have them, where nothing is lost on the way."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

from omegastore.errors import InvalidOption, UnsupportedValue

FORMS = ("pandas", "arrow", "polars", "dask")
"""What `as_` may be; None is pandas."""


def converter(form: str | None) -> Callable[[Any], Any]:
    """Return what makes an object of the library `form` of a pandas frame or series.

    Raises
    ------
    InvalidOption
        For a form that is not known.
    """
    if form not in (None, *FORMS):
        raise InvalidOption(f"as_={form!r} is not one of {list(FORMS)}")
    return {"arrow": to_arrow, "polars": to_polars}.get(form or "", lambda frame: frame)


def to_arrow(frame: pd.DataFrame | pd.Series[Any]) -> Any:
    """Return the Arrow table that `pyarrow.Table.from_pandas` makes; of a series, the chunked array.

    Raises
    ------
    UnsupportedValue
        For labels that Arrow does not have, and values that it has no type for.
    """
    import pyarrow as pa

    if isinstance(frame, pd.Series):
        return _tried(lambda: pa.chunked_array([pa.Array.from_pandas(frame)]), "arrow")
    _check_labels(frame, "arrow")
    return _tried(lambda: pa.Table.from_pandas(frame), "arrow")


def to_polars(frame: pd.DataFrame | pd.Series[Any]) -> Any:
    """Return the polars frame of pandas' Arrow table; an index that does not only number the rows is a column.

    Raises
    ------
    UnsupportedValue
        For labels that polars does not have, and values that it has no type for.
    """
    import polars
    import pyarrow as pa

    if isinstance(frame, pd.Series):
        name = "" if frame.name is None else str(frame.name)
        return _tried(lambda: polars.Series(name, pa.Array.from_pandas(frame)), "polars")
    _check_labels(frame, "polars")
    is_plain = frame.index.equals(pd.RangeIndex(len(frame))) and frame.index.name is None
    return _tried(lambda: polars.from_arrow(pa.Table.from_pandas(frame, preserve_index=not is_plain)), "polars")


def _check_labels(frame: pd.DataFrame, form: str) -> None:
    labels = list(frame.columns)
    wrong = [label for label in labels if not isinstance(label, str) or labels.count(label) > 1]
    if wrong:
        raise UnsupportedValue(
            f"the columns {wrong} are no text, or not unique, which as_={form!r} cannot keep; "
            "take others with columns=, or leave out as_= and rename them"
        )


def _tried(step: Callable[[], Any], form: str) -> Any:
    import pyarrow as pa

    try:
        with warnings.catch_warnings():  # of pandas to pyarrow, about what it uses
            warnings.filterwarnings("ignore", "Series.values", DeprecationWarning)
            return step()
    except (pa.ArrowException, TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise UnsupportedValue(
            f"as_={form!r} has no type for values of this frame ({error}); "
            "take other columns with columns=, or leave out as_="
        ) from error
