"""Column expressions of texts against Python's, and positions and chance."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omegastore as om
from omegastore import OmegaStore
from omegastore.data import Column
from omegastore.errors import InvalidOption, UnsupportedServer, UnsupportedValue
from tests.data.column_models import assert_same, computed, each, some

s, p = Column.named("s"), Column.named("p")
texts = st.one_of(
    st.none(),
    st.text("ab.*$ \tÄ😀", max_size=6),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)


@some
@given(rows=st.lists(st.tuples(texts, texts), max_size=10), begin=st.integers(0, 5), length=st.integers(0, 5))
def test_functions_of_texts_are_pythons(store: OmegaStore, rows: Any, begin: int, length: int) -> None:
    x, y = [one for one, _ in rows], [other for _, other in rows]
    frame = pd.DataFrame({"s": pd.Series(x, dtype="str"), "p": pd.Series(y, dtype="str")})
    columns = {"plus": s + p, "behind": s.concat("$a"), "before": "$s" + s, "size": s.length(), "strip": s.strip()}
    columns |= {"part": s.substr(begin, length), "holds": s.contains(p), "dot": s.contains("."), "same": s == p}
    columns |= {"starts": s.startswith(p), "ends": s.endswith(p), "dollar": s.endswith("$"), "null": s.is_null()}
    expected: dict[str, list[Any]] = {
        "plus": each(str.__add__, x, y),
        "behind": each(lambda v: v + "$a", x),
        "before": each(lambda v: "$s" + v, x),
        "size": each(len, x),
        "strip": each(str.strip, x),
        "part": each(lambda v: v[begin : begin + length], x),
    }
    told = {
        "holds": each(lambda v, w: w in v, x, y),
        "dot": each(lambda v: "." in v, x),
        "starts": each(str.startswith, x, y),
        "ends": each(str.endswith, x, y),
        "dollar": each(lambda v: v.endswith("$"), x),
        "same": each(lambda v, w: v == w, x, y),
    }
    expected |= {name: [bool(value) for value in values] for name, values in told.items()}
    expected["null"] = [value is None for value in x]
    assert_same(computed(store, frame, columns), expected)


@some
@given(values=st.lists(st.one_of(st.none(), st.text("aZ1 _", max_size=5)), max_size=10))
def test_the_case_of_ascii_is_changed(store: OmegaStore, values: Any) -> None:
    frame = pd.DataFrame({"s": pd.Series(values, dtype="str")})
    got = computed(store, frame, {"upper": s.upper(), "lower": s.lower()})
    assert_same(got, {"upper": each(str.upper, values), "lower": each(str.lower, values)})


def test_the_case_of_other_texts_and_functions_that_take_python_are_refused(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"s": ["Ähre"]}), "rows")
    with pytest.raises(UnsupportedValue, match=r"upper\(\) changes ASCII only.*Ähre"):
        assert s.upper().over(store.getl("rows")).value is None
    for name in ("erf", "gamma", "lgamma"):
        with pytest.raises(UnsupportedServer, match="map_batches"):
            getattr(s, name)()
    with pytest.raises(InvalidOption, match="from 0"):
        s.substr(-1, 2)


NUMBERS = {
    "1": 1.0, " -2.5 ": -2.5, "1e3": 1000.0, "+4": 4.0, ".5": 0.5, "": None, "a": None, "1,5": None, "0x10": None,
    "1 2": None, "nan": None, "inf": float("inf"), "1_0": None, "٣": None,
}  # fmt: skip


@some
@given(values=st.lists(st.floats(allow_nan=False), max_size=10))
def test_texts_are_numbers_or_null(store: OmegaStore, values: list[float]) -> None:
    written = [*NUMBERS, *map(repr, values), None]
    got = computed(store, pd.DataFrame({"s": pd.Series(written, dtype="str")}), {"n": s.as_num()})
    tiny = [None if value and abs(value) < 2.3e-308 else value for value in values]
    for one, other in zip(got["n"], [*NUMBERS.values(), *tiny, None], strict=True):
        assert one == other or (other is None and abs(one) < 2.3e-308)


@some
@given(
    values=st.lists(
        st.one_of(st.integers(-(10**14), 10**14).map(float), st.decimals(-999, 999, places=6).map(float)), max_size=10
    )
)
def test_floats_are_texts_of_their_digits(store: OmegaStore, values: list[float]) -> None:
    kept = [value for value in values if value == int(value) or abs(value) >= 1e-4]
    frame = pd.DataFrame({"s": pd.Series([*kept, np.nan, np.inf], dtype="float64")})
    expected = [str(int(value)) if value == int(value) else repr(value) for value in kept]
    assert computed(store, frame, {"text": s.as_str()})["text"] == [*expected, None, "inf"]


def test_a_float_of_more_digits_is_no_text(store: OmegaStore) -> None:
    store.put(pd.DataFrame({"s": [0.1 + 0.2]}), "rows")
    with pytest.raises(UnsupportedValue, match="15 digits"):
        assert s.as_str().over(store.getl("rows")).value is None


def test_texts_are_booleans_or_null(store: OmegaStore) -> None:
    frame = pd.DataFrame({"s": ["True", " yes", "1", "t", "FALSE", "no", "0", "f", "", "2", None]})
    got = computed(store, frame, {"told": s.as_bool()})
    assert got["told"] == [True] * 4 + [False] * 4 + [None] * 3


def drawn(row: int, seed: int) -> float:
    """Return the number of a row by the documented rule: twice x -> (a x + c)^5 modulo 2^31 - 1."""
    digest = hashlib.sha256(str(seed).encode()).digest()
    prime, x = 2**31 - 1, row % (2**31 - 1)
    for at in (0, 16):
        factor = int.from_bytes(digest[at : at + 8], "big") % (prime - 1) + 1
        x = pow(x * factor + int.from_bytes(digest[at + 8 : at + 16], "big") % prime, 5, prime)
    return x / prime


def test_chance_is_a_function_of_seed_and_row_and_uniform(store: OmegaStore) -> None:
    rows, seeds = 5_000, (0, 7, 5849, -(10**30))
    columns = {f"r{seed}": om.data.random(seed) for seed in seeds} | {"row": om.data.rowid()}
    got = computed(store, pd.DataFrame({"s": np.zeros(rows)}), columns)
    assert got["row"] == list(range(rows))
    for seed in seeds:
        values = np.array(got[f"r{seed}"])
        assert values.tolist() == [drawn(row, seed) for row in range(rows)]
        assert (values.min() >= 0, values.max() < 1, len(set(values.tolist()))) == (True, True, rows)
        counts = np.histogram(values, 10, (0, 1))[0]
        assert ((counts - rows / 10) ** 2 / (rows / 10)).sum() < 30  # chi-squared of 9 degrees: 1 in 2,000 above
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.06
    with pytest.raises(TypeError, match="seed"):
        om.data.random(1.5)  # type: ignore[arg-type]
