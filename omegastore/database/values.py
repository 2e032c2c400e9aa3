"""Values: columns of frames as databases and JSON have them, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from omegastore.errors import UnsupportedValue

if TYPE_CHECKING:
    import pandas as pd

TYPES = {"i": "BIGINT", "u": "BIGINT", "f": "DOUBLE PRECISION", "b": "BOOLEAN", "M": "TIMESTAMP"}
"""The type of a column, by the kind of its dtype; of all others TEXT."""

NULLABLE = {int: "Int64", bool: "boolean"}
"""The dtype of a column of Python's values of which some are missing, where pandas would take another type."""


def frame_of(columns: dict[str, list[Any]], names: Sequence[str], start: int = 0) -> pd.DataFrame:
    """Return a frame of columns of Python values; integers and bools of which some are missing get nullable dtypes.

    Raises
    ------
    UnsupportedValue
        For a column of floats and integers that no float is.
    """
    import pandas as pd

    if len(set(names)) < len(names):
        raise UnsupportedValue(f"columns have the same name: {list(names)}; name them apart, by AS in a query")
    rows = len(next(iter(columns.values()), []))
    index = pd.RangeIndex(start, start + rows)
    return pd.DataFrame({name: _series(name, columns.get(name, []), index) for name in names}, index=index)


def _series(name: str, values: list[Any], index: Any) -> pd.Series[Any]:
    import pandas as pd

    types = {type(each) for each in values if each is not None}
    if types == {int, float}:
        wrong = next((each for each in values if type(each) is int and int(float(each)) != each), None)
        if wrong is not None:
            raise UnsupportedValue(f"column {name!r} holds floats and the integer {wrong}, which no float is")
    dtype = NULLABLE.get(next(iter(types))) if len(types) == 1 and None in values else None
    made: pd.Series[Any] = pd.Series(values, index=index, dtype=dtype if values else object)
    return made


def plain(column: pd.Series[Any]) -> list[Any]:
    """Return the values of a column as Python's own, None for what is missing."""
    pairs = zip(column.tolist(), column.isna(), strict=True)
    return [None if is_missing else value for value, is_missing in pairs]


def bound(name: str, column: pd.Series[Any]) -> list[Any]:
    """Return the values as drivers take them: times as texts, which all databases read.

    Raises
    ------
    UnsupportedValue
        For another value than a text in a column of objects.
    """
    found = plain(column)
    if column.dtype.kind == "M":
        return [None if each is None else each.isoformat(sep=" ") for each in found]
    if column.dtype.kind not in TYPES:
        wrong = next((each for each in found if each is not None and not isinstance(each, str)), None)
        if wrong is not None:
            raise UnsupportedValue(
                f"column {name!r} holds {wrong!r}; tables get numbers, bools, times and texts alone"
            )
    return found
