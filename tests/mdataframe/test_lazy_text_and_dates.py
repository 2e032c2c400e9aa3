"""``.str`` and ``.dt`` of lazy series give what pandas gives, all in one command, or are refused."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omegastore.errors import UnsupportedValue
from omegastore.expr import Uncomputable
from omegastore.expr.text import WHITESPACE
from tests.mdataframe.lazy_frames import Lazily, assert_like, few

TEXTS = ["", "a", "ab", "aab", "ü", "Straße", "x.y", "$x", "\U0001f600a", " a\n", "\u3000b\x1f", "A-b", "a\nb", "b]"]
ABSENT: list[Any] = [None] if pd.api.types.is_string_dtype(pd.Series(["", None], dtype="str")) else []
"""Where ``str`` is no dtype of its own, it is objects, of which missing ones are refused."""


@st.composite
def texts(draw: st.DrawFn) -> pd.DataFrame:
    """Return frames of texts with and without missing ones."""
    rows = draw(st.integers(0, 10))

    def column(values: list[Any], dtype: Any) -> pd.Series[Any]:
        found = draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows))
        made: pd.Series[Any] = pd.Series(found, dtype=dtype)
        return made

    return pd.DataFrame(
        {
            "a.b": column([*TEXTS, *ABSENT], "str"),
            "all": column(TEXTS, "str"),
            "s": column([*TEXTS, None], "string"),
            "py": column([*TEXTS, None], pd.StringDtype("python")),
            "$o": column(TEXTS, object),
        }
    )


OF_TEXT: dict[str, Any] = {
    "len": lambda s: s.str.len(),
    "find": lambda s: s.str.find("b"),
    "contains": lambda s: s.str.contains("ab"),
    "literal": lambda s: s.str.contains("x.y", regex=False),
    "dollar": lambda s: s.str.contains("$x", regex=False),
    "empty": lambda s: s.str.contains(""),
    "pattern": lambda s: s.str.contains("^a|[^ab]b|x\\.y"),
    "dot": lambda s: s.str.contains("a.b"),
    "more": lambda s: s.str.contains("a+b?-*"),
    "na": lambda s: s.str.contains("a", na=True),
    "starts": lambda s: s.str.startswith("a"),
    "starts with one of": lambda s: s.str.startswith(("ü", "$", "\U0001f600")),
    "ends": lambda s: s.str.endswith("b"),
    "ends with one of": lambda s: s.str.endswith(("aab", "ße"), na=False),
    "strip": lambda s: s.str.strip(),
    "lstrip": lambda s: s.str.lstrip(),
    "rstrip": lambda s: s.str.rstrip("b]"),
    "slice": lambda s: s.str.slice(1, 3),
    "last": lambda s: s.str[-2:],
    "but last": lambda s: s.str[:-1],
    "inside": lambda s: s.str[-3:-1],
    "turned": lambda s: s.str[2:1],
    "replace": lambda s: s.str.replace("a", "$b", regex=False),
    "all of it": lambda s: s.str.len() + s.str.strip().str.len(),
    "cat": lambda s: s.str.cat(s.str.slice(0, 1), sep="-"),
}
OF_SOME: dict[str, Any] = {"get": lambda s: s.str.get(1), "[-1]": lambda s: s.str[-1], "[-2]": lambda s: s.str[-2]}
"""For columns that are not of objects."""


@few
@given(frame=texts())
@example(frame=pd.DataFrame({
    "a.b": pd.Series([*TEXTS, *ABSENT], dtype="str"),
    "all": pd.Series([*TEXTS, *("" for _ in ABSENT)], dtype="str"),
    "s": pd.Series([*TEXTS, *ABSENT], dtype="string"),
    "py": pd.Series([*TEXTS, *ABSENT], dtype=pd.StringDtype("python")),
    "$o": pd.Series([*TEXTS, *("" for _ in ABSENT)], dtype=object),
}))  # fmt: skip
def test_texts_are_measured_searched_and_cut_as_pandas_does(lazily: Lazily, frame: pd.DataFrame) -> None:
    cases: dict[str, Any] = {}
    if frame.empty:
        frame = frame.drop(columns="$o")  # objects, of which none tells that they are texts
    for label in frame.columns:
        for name, of in {**OF_TEXT, **({} if label == "$o" else OF_SOME)}.items():
            cases[f"{label} {name}"] = lambda m, of=of, label=label: of(m[label])
    expected = pd.concat([frame, pd.DataFrame({name: of(frame) for name, of in cases.items()})], axis=1)
    assert_like(lazily(frame).assign(**cases).value, expected)


def test_all_that_python_calls_whitespace_is_stripped_and_nothing_else() -> None:
    assert set(WHITESPACE) == {chr(code) for code in range(0x110000) if chr(code).isspace()}


def test_case_is_changed_where_texts_are_ascii_and_else_an_error_tells_the_text(lazily: Lazily) -> None:
    frame = pd.DataFrame({"a": pd.Series(["aB", "", None, "z[Z"], dtype="string"), "b": ["ok", "ok", "ß", "ok"]})
    lazy = lazily(frame)
    assert_like(lazy.a.str.lower().value, frame.a.str.lower())
    assert_like(lazy.a.str.upper().value, frame.a.str.upper())
    if len(ABSENT):
        assert_like(lazy[lazy.b == "ok"].b.str.upper().value, frame[frame.b == "ok"].b.str.upper())
        with pytest.raises(UnsupportedValue, match=r"take \.value; the text is: ß"):
            assert lazy.b.str.upper().value is None


def test_a_mask_of_texts_selects_the_rows_that_pandas_selects(lazily: Lazily) -> None:
    frame = pd.DataFrame({"s": pd.Series(["ab", "b", None, "a"], dtype="string"), "i": range(4)})
    lazy = lazily(frame)
    some = lazy[lazy.s.str.contains("a", na=False) & (lazy.s.str.len() < lazy.i)]
    assert_like(some.value, frame[frame.s.str.contains("a", na=False) & (frame.s.str.len() < frame.i)])


STAMPS = [
    "1970-01-01", "1969-12-31 23:59:59.999999999", "1900-02-28 12:00", "1904-02-29 00:00:00.000001",
    "2000-02-29 23:30:59.123456789", "2100-03-01", "2024-03-31 00:59:59.999", "2024-03-31 01:00",
    "2024-10-27 00:30", "2024-10-27 01:00:00.000001001", "2024-12-30", "2021-01-03 23:00", "1850-06-01", "2090-07-01",
]  # fmt: skip
ZONES: list[Any] = [None, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                    timezone(timedelta(hours=-3, minutes=-30)), timezone(timedelta(hours=14))]  # fmt: skip
PARTS = ["year", "quarter", "month", "day", "day_of_week", "day_of_year", "days_in_month", "is_leap_year",
         "hour", "minute", "second", "microsecond", "nanosecond"]  # fmt: skip


@st.composite
def dates(draw: st.DrawFn) -> pd.DataFrame:
    """Return frames of dates of all units and several zones, with and without missing ones."""
    rows = draw(st.integers(0, 8))
    columns: dict[str, Any] = {}
    for at, zone in enumerate(ZONES):
        stamps = draw(st.lists(st.sampled_from([*STAMPS, None]), min_size=rows, max_size=rows))
        unit: Any = draw(st.sampled_from(["ns", "us", "ms", "s"]))
        column = pd.Series([pd.Timestamp(stamp) if stamp else pd.NaT for stamp in stamps], dtype="datetime64[ns]")
        column = column.dt.as_unit(unit)
        columns[str(at)] = column if zone is None else column.dt.tz_localize("UTC").dt.tz_convert(zone)
    return pd.DataFrame(columns)


def _cases(columns: Any) -> dict[str, Any]:
    cases: dict[str, Any] = {}
    for label in columns:
        for name in PARTS:
            cases[f"{label} {name}"] = lambda m, label=label, name=name: getattr(m[label].dt, name)
    for label in ("0", "1"):
        cases[f"{label} midnight"] = lambda m, label=label: m[label].dt.normalize()
        for unit in ("D", "h", "min", "s"):
            cases[f"{label} {unit}"] = lambda m, label=label, unit=unit: m[label].dt.floor(unit)
    return cases


ALL_STAMPS = pd.Series(pd.to_datetime(STAMPS, format="ISO8601")).astype("datetime64[ns]")


@few
@given(frame=dates())
@example(frame=pd.DataFrame({
    str(at): ALL_STAMPS if zone is None else ALL_STAMPS.dt.tz_localize("UTC").dt.tz_convert(zone)
    for at, zone in enumerate(ZONES)
}))  # fmt: skip
def test_parts_of_dates_are_pandas_own_in_every_zone_and_before_1970(lazily: Lazily, frame: pd.DataFrame) -> None:
    cases = _cases(frame.columns)
    expected = pd.concat([frame, pd.DataFrame({name: of(frame) for name, of in cases.items()})], axis=1)
    assert_like(lazily(frame).assign(**cases).value, expected)


def test_years_beyond_four_digits_have_parts_too(lazily: Lazily) -> None:
    frame = pd.DataFrame({"t": np.array([-(10**12), 10**12, 253402300800, -62135596801], "datetime64[s]")})
    lazy = lazily(frame)
    for name in ("year", "day_of_year", "day_of_week", "is_leap_year"):
        assert_like(getattr(lazy.t.dt, name).value, getattr(frame.t.dt, name))


@pytest.mark.parametrize(
    ("compute", "error", "said"),
    [
        (lambda m: m.i.str, AttributeError, "string values"),
        (lambda m: m.i.dt, AttributeError, "datetimelike"),
        (lambda m: m.o.str.len(), Uncomputable, "astype"),
        (lambda m: m.s.str.contains("A", case=False), Uncomputable, "ASCII"),
        (lambda m: m.s.str.contains("a$"), Uncomputable, "regex=False"),
        (lambda m: m.s.str.contains(r"\d"), Uncomputable, "otherwise than Python"),
        (lambda m: m.s.str.contains("(?i)a"), Uncomputable, "otherwise than Python"),
        (lambda m: m.s.str.replace("a", "b", regex=True), Uncomputable, "regex=False"),
        (lambda m: m.s.str.replace("", "b"), Uncomputable, "empty"),
        (lambda m: m.s.str[::2], Uncomputable, "steps"),
        (lambda m: m.s.str.cat("b"), TypeError, "lazy series"),
        (lambda m: m.s.str.startswith(1), TypeError, "tuple of strings"),
        (lambda m: m.z.dt.floor("D"), Uncomputable, "Europe/Berlin"),
        (lambda m: m.t.dt.floor("ME"), Uncomputable, "ME"),
    ],
)
def test_what_the_server_would_tell_otherwise_is_refused_with_the_remedy(
    lazily: Lazily, compute: Any, error: type[Exception], said: str
) -> None:
    frame = pd.DataFrame({
        "i": [1, 2], "o": pd.Series(["a", None], dtype=object), "s": pd.Series(["a", "b"], dtype="string"),
        "t": pd.to_datetime(["2024-01-01", "2024-01-02"]),
    })  # fmt: skip
    lazy = lazily(frame.assign(z=frame.t.dt.tz_localize("Europe/Berlin")))
    with pytest.raises(error, match=said):
        compute(lazy)


def test_older_names_of_parts_are_those_of_the_newer_ones(lazily: Lazily) -> None:
    dates = lazily(pd.DataFrame({"t": ALL_STAMPS})).t.dt
    assert_like(dates.weekday.value, ALL_STAMPS.dt.day_of_week.rename("t"))
    assert_like(dates.dayofweek.value, ALL_STAMPS.dt.day_of_week.rename("t"))
    assert_like(dates.dayofyear.value, ALL_STAMPS.dt.day_of_year.rename("t"))
