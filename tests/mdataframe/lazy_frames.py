"""Frames with all that is hard, and what it means to be equal to pandas' result; for tests of lazy frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from omegastore import MDataFrame

Lazily = Callable[[pd.DataFrame], MDataFrame]
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEYS = ["i", "f", "text", "when", "there", "kind", "n", "ok", "maybe", "month", "took", "s"]
"""Labels that every frame has."""


class Pulled(CommandListener):
    """Counts the documents that the server sent, and notes its commands."""

    def __init__(self) -> None:
        self.documents, self.names, self.sent = 0, list[str](), list[dict[str, Any]]()

    def clear(self) -> None:
        self.documents, self.names, self.sent = 0, [], []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(event.command_name)
        self.sent.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        for key in ("firstBatch", "nextBatch"):
            batch: Any = cursor.get(key, [])
            self.documents += sum(_count(part) for part in batch)

    def failed(self, event: CommandFailedEvent) -> None:
        pass


def _count(part: Any) -> int:
    """Return how many documents stand in a part of a batch, which is raw for raw cursors."""
    raw = part if isinstance(part, bytes) else getattr(part, "raw", b"")
    at, count = 0, 0
    while at < len(raw):
        at += int.from_bytes(raw[at : at + 4], "little")
        count += 1
    return max(count, 1)


COLUMNS: dict[str, tuple[list[Any], Any]] = {
    "i": ([0, 1, 2, -3], "int64"),
    "f": ([0.0, -0.0, 1.5, np.nan, np.inf, -np.inf], "float64"),
    "text": (["a", "b", "ü", "B", "", None], "str"),
    "when": ([pd.Timestamp("2024-01-31 10:11:12.123456789"), pd.Timestamp("1969-12-31"), None], "datetime64[ns]"),
    "there": ([pd.Timestamp("2024-07-01", tz="Europe/Berlin"), pd.NaT], "datetime64[us, Europe/Berlin]"),
    "kind": (["x", "y", None], pd.CategoricalDtype(["y", "x", "z"], ordered=True)),
    "n": ([1, 2, None], "Int64"),
    "ok": ([True, False], "bool"),
    "maybe": ([True, False, None], "boolean"),
    "month": ([pd.Period("2024-01"), None], "period[M]"),
    "took": ([pd.Timedelta(1, "s"), pd.Timedelta(-5, "ns"), None], "timedelta64[ns]"),
    "s": (["p", "q", None], "string"),
}
"""By label: values to draw from, and the dtype."""
LABELS = ["a.b", "$x", "_id", "ü name", "", 3]


@st.composite
def frames(draw: st.DrawFn, max_rows: int = 8) -> pd.DataFrame:
    """Return frames of a few rows with ties, missing values, odd labels and an index that repeats labels."""
    rows = draw(st.integers(0, max_rows))
    columns: dict[Any, Any] = {}
    for label, (values, dtype) in COLUMNS.items():
        places = draw(st.lists(st.integers(0, len(values) - 1), min_size=rows, max_size=rows))
        columns[label] = pd.Series([values[at] for at in places], dtype=dtype)
    columns[draw(st.sampled_from(LABELS))] = pd.Series(range(rows), dtype="int64")
    frame = pd.DataFrame(columns)
    labels = draw(st.sampled_from(["range", "ints", "text", "two"]))
    if labels == "ints":
        frame.index = pd.Index(
            draw(st.lists(st.integers(-2, 2), min_size=rows, max_size=rows)), dtype="int64", name="k"
        )
    elif labels == "text":
        values = draw(st.lists(st.sampled_from(["u", "v", "w.x", ""]), min_size=rows, max_size=rows))
        frame.index = pd.Index(values, dtype="str")
    elif labels == "two":
        frame.index = pd.MultiIndex.from_arrays([frame["i"], frame["text"]], names=["one", None])
    return frame


def assert_like(got: Any, expected: Any) -> None:
    """Assert that a value is pandas' own, but that an index of successive ints may be of either class."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected, check_exact=True, check_freq=False, check_column_type=False)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(got, expected, check_exact=True, check_freq=False)
    elif pd.api.types.is_scalar(expected) and pd.isna(expected):
        assert pd.isna(got)
    else:
        assert got == expected


def assert_close(got: Any, expected: Any) -> None:
    """Assert that a value is pandas' own, but for the last digits of sums."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected, rtol=1e-12, check_freq=False, check_column_type=False)
    else:
        pd.testing.assert_series_equal(got, expected, rtol=1e-12, check_freq=False)
