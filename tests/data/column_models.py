"""What column expressions are compared with: Python's own values, None for null; for tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, settings

from omegastore import OmegaStore
from omegastore.data import Column

some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
INT64 = range(-(2**63), 2**63)


def computed(store: OmegaStore, frame: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, list[Any]]:
    """Return the values of columns over the rows of a frame, all by one command."""
    store.put(frame, "rows", append=False)
    rows = store.getl("rows")
    found = rows.assign(**{name: column.over(rows) for name, column in columns.items()}).value
    return {name: [plain(value) for value in found[name].tolist()] for name in columns}


def plain(value: Any) -> Any:
    """Return a value, None for one that is missing."""
    return None if value is None or value is pd.NA or value is pd.NaT or value != value else value


def each(make: Callable[..., Any], *operands: Sequence[Any]) -> list[Any]:
    """Return what `make` makes of the values of each row; None where one is missing or it raises ArithmeticError."""

    def of(values: Sequence[Any]) -> Any:
        given = [plain(value) for value in values]
        try:
            return None if None in given else plain(make(*given))
        except (ArithmeticError, ValueError):
            return None

    return [of(values) for values in zip(*operands, strict=True)]


def assert_same(got: Mapping[str, list[Any]], expected: Mapping[str, list[Any]], within: float = 0.0) -> None:
    """Assert that values are equal, floats up to a relative error."""
    for name, values in expected.items():
        for one, other in zip(got[name], values, strict=True):
            is_near = isinstance(other, float) and one is not None and math.isclose(one, other, rel_tol=within)
            assert one == other or is_near, (name, one, other)
