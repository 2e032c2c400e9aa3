"""Values of lazy series and frames chosen, replaced, rounded and cast are those of pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from omegastore import OmegaStore
from omegastore.errors import UnsupportedValue
from omegastore.expr import Uncomputable
from tests.mdataframe.lazy_frames import KEYS, Lazily, Pulled, assert_like, few, frames

EARLY = pd.Timestamp("2000-01-01 00:00:00.000000007")
SERIES: dict[str, Any] = {
    **{f"where {label}": lambda m, label=label: m[label].where(m.f > 0) for label in KEYS},
    **{f"mask {label}": lambda m, label=label: m[label].mask(m.ok) for label in KEYS},
    "fillna": lambda m: m.f.fillna(7.5),
    "fillna ints": lambda m: m.i.fillna(7),
    "fillna when": lambda m: m.when.fillna(EARLY),
    "fillna text": lambda m: m.text.fillna("none"),
    "where NA": lambda m: m.f.where(m.maybe, -1.5),
    "mask NA": lambda m: m.f.mask(m.maybe, -1.5),
    "where function": lambda m: m.i.where(lambda s: s > 0, 7),
    "where text": lambda m: m.text.where(m.ok, "ü"),
    "where when": lambda m: m.when.where(m.ok, pd.Timestamp("2020-01-01 00:00:00.000000001")),
    "where series": lambda m: m.when.where(m.ok, m.when.shift()),
    "where n": lambda m: m.n.where(m.n > 1, 0),
    "clip": lambda m: m.f.clip(-1, 1.25),
    "clip turned": lambda m: m.i.clip(2, 0),
    "clip low": lambda m: m.n.clip(lower=2),
    "clip text": lambda m: m.text.clip("B", "a"),
    "clip nothing": lambda m: m.i.clip(upper=np.nan),
    "replace": lambda m: m.i.replace(1, 10),
    "replace at once": lambda m: m.i.replace({0: 1, 1: 2, 2: 0, "a": 5}),
    "replace list": lambda m: m.text.replace(["a", "b", ""], "new"),
    "replace lists": lambda m: m.f.replace([0, 1.5], [1.5, 9]),
    "replace nan": lambda m: m.f.replace({np.nan: 0.25, np.inf: -1.0}),
    "replace NA": lambda m: m.n.replace({1: 2}),
    "replace when": lambda m: m.when.replace(pd.Timestamp("1969-12-31"), EARLY),
    "replace nothing": lambda m: m.text.replace(1, 2),
    "replace ok": lambda m: m.ok.replace({True: False, False: True}),
    "map": lambda m: m.i.map({0: "zero", 1: "one", -3: ""}),
    "map to ints": lambda m: m.i.map({1: 1, 2: 2, 5: 3}),
    "map texts": lambda m: m.text.map({"a": 0.5, "b": 2.5, None: 0.25}),
    "map all": lambda m: m.i.map({0: 1, 1: 2, 2: 3, -3: 4}),
    "map bools": lambda m: m.i.map({0: True, 1: False}),
    "map floats": lambda m: m.f.map({0.0: 0.5, np.nan: -1.0, np.inf: 7.0}),
    "map ignoring": lambda m: m.f.map({0.0: 0.5, np.nan: -1.0}, na_action="ignore"),
    "map dates": lambda m: m.i.map({1: EARLY, 2: EARLY.floor("D")}),
    "map nothing": lambda m: m.i.map({}),
    "round": lambda m: (m.f * 1.123456789).round(3),
    "round whole": lambda m: (m.f + 0.5).round(),
    "round tens": lambda m: (m.f * 17).round(-1),
    "round ints": lambda m: m.i.round(2),
    "int to float": lambda m: m.i.astype("float64"),
    "int to Int": lambda m: m.i.astype("Int64"),
    "int to int8": lambda m: m.i.astype("int8"),
    "int to bool": lambda m: m.i.astype(bool),
    "int to str": lambda m: m.i.astype("string"),
    "bool to int": lambda m: m.ok.astype(int),
    "bool to float": lambda m: m.ok.astype("float64"),
    "bool to boolean": lambda m: m.ok.astype("boolean"),
    "bool to string": lambda m: m.ok.astype("string"),
    "float to bool": lambda m: m.f.astype("bool"),
    "float to Int": lambda m: m.f.where(m.f.isin([0, -0.0])).astype("Int64"),
    "Int to float": lambda m: m.n.astype("float64"),
    "Int to Float": lambda m: m.n.astype("Float64"),
    "Int to string": lambda m: m.n.astype("string"),
    "boolean to Int": lambda m: m.maybe.astype("Int64"),
    "text to string": lambda m: m.text.astype("string"),
    "digits to float": lambda m: m.i.astype("string").astype("float64"),
    "digits to int": lambda m: m.i.astype("string").astype("int64"),
    "when to us": lambda m: m.when.astype("datetime64[us]"),
    "when to ms": lambda m: m.when.astype("datetime64[ms]"),
    "when to s": lambda m: m.when.astype("datetime64[s]"),
    "there to s": lambda m: m.there.astype("datetime64[s, Europe/Berlin]"),
    "same": lambda m: m.kind.astype(m.kind.dtype),
}  # fmt: skip
NUMBERS = ["i", "f", "ok"]
FRAMES: dict[str, Any] = {
    "isna": lambda m: m.isna(),
    "notna": lambda m: m[KEYS].notna(),
    "isin": lambda m: m[["i", "f", "text", "n"]].isin([1, 1.5, "a"]),
    "isin by label": lambda m: m[["i", "text"]].isin({"text": ["a", "b"]}),
    "times": lambda m: m[["i", "f"]] * 2,
    "minus": lambda m: 1 - m[["i", "f"]],
    "quotient": lambda m: (m[["i", "f"]] + 0.5) / 4,
    "greater": lambda m: m[NUMBERS] > 0,
    "not": lambda m: ~(m[["i", "f"]] <= 0),
    "equal": lambda m: m[["text", "s"]] == "a",
    "abs": lambda m: m[["i", "f"]].abs(),
    "negative": lambda m: -m[["i", "f"]],
    "round": lambda m: (m[["i", "f", "text"]]).round(1),
    "round by label": lambda m: m[["i", "f", "text"]].round({"f": 0}),
    "astype": lambda m: m[["i", "ok"]].astype("float64"),
    "astype by label": lambda m: m.astype({"i": "Int64", "ok": "int64", "text": "string"}),
    "clip": lambda m: m[["i", "f"]].clip(0, 1),
    "mask": lambda m: m[["i", "f"]][m[["f", "i"]] > 0],
    "where": lambda m: m[["i", "f"]].where(m[["i", "f"]] > 0, -1),
    "mask by function": lambda m: m[["i", "f"]].mask(lambda x: x == 1),
    "where by series": lambda m: m[["i"]].where(m[["i"]] > 0).where(m[["i"]] < 2, 9),
    "replace": lambda m: m[["i", "f", "text"]].replace(1, 5),
    "replace by label": lambda m: m[["i", "f", "text"]].replace({"i": {1: 5}, "text": {"a": "b", "b": "a"}}),
    "replace all": lambda m: m[["i", "f"]].replace({1: 2, 1.5: 1}),
    "copy": lambda m: m.copy(),
}  # fmt: skip


@few
@given(frame=frames())
def test_values_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame) -> None:
    cases = {
        name: of for name, of in SERIES.items() if len(frame) or "map" not in name
    }  # of no rows pandas maps none
    assert_like(lazily(frame).assign(**cases).value, frame.assign(**cases))


@few
@given(frame=frames())
def test_values_of_frames_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame) -> None:
    lazy = lazily(frame)
    for of in FRAMES.values():
        assert_like(of(lazy).value, of(frame))


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda m: m.i.where(m.ok, 0.5), TypeError, "0.5"),
        (lambda m: m.i.where(m.i), TypeError, "Boolean"),
        (lambda m: m.i.where([True]), TypeError, "list"),
        (lambda m: m.i.where(m.ok, m.f), TypeError, "astype"),
        (lambda m: m.i.clip([1]), TypeError, "where"),
        (lambda m: m.i.replace(1, "a"), TypeError, "'a'"),
        (lambda m: m.i.replace(1), ValueError, "mapping"),
        (lambda m: m.i.replace([1, 2], [3]), ValueError, "length"),
        (lambda m: m.kind.replace("x", "y"), Uncomputable, "category"),
        (lambda m: m.i.map(abs), TypeError, "map_batches"),
        (lambda m: m.i.round(-1), Uncomputable, "tens"),
        (lambda m: m.text.round(), Uncomputable, "round"),
        (lambda m: m.f.astype("string"), Uncomputable, "string"),
        (lambda m: m.i.astype("category"), Uncomputable, "category"),
        (lambda m: m.when.astype("datetime64[us, UTC]"), Uncomputable, "UTC"),
        (lambda m: m.astype({"nope": "int8"}), KeyError, "nope"),
        (lambda m: m[["i"]] + m[["i"]], TypeError, "scalar"),
        (lambda m: m[["i"]].where(m[["f"]] > 0), ValueError, "'i'"),
        (lambda m: bool(m[["i"]] > 0), ValueError, "ambiguous"),
    ],
)
def test_what_would_change_a_dtype_or_has_no_exact_result_is_refused(
    lazily: Lazily, ask: Any, error: type[Exception], said: str
) -> None:
    frame = pd.DataFrame({
        "i": [1], "f": [0.5], "ok": [True], "kind": pd.Series(["x"], dtype="category"), "text": ["a"],
        "when": pd.Series([pd.Timestamp("2024").as_unit("us")]),
    })  # fmt: skip
    with pytest.raises(error, match=said):
        ask(lazily(frame))


def test_a_value_that_a_dtype_cannot_hold_is_an_error_when_the_value_is_asked_for(lazily: Lazily) -> None:
    lazy = lazily(pd.DataFrame({"f": [0.5, np.nan], "n": pd.Series([1, None], dtype="Int64"), "i": [0, 300],
                                "text": ["0x10", None]}))  # fmt: skip
    casts = [(lazy.f, "int64", "missing"), (lazy.n, "int64", "missing"), (lazy.i, "int8", "300"),
             (lazy.f, "Int64", "no integer"), (lazy.text, "float64", "0x10")]  # fmt: skip
    for series, dtype, said in casts:
        with pytest.raises(UnsupportedValue, match=said):
            assert series.astype(dtype).value is None
    assert lazy.f.dropna().astype("int64").value.tolist() == [0]


def test_values_of_a_frame_are_one_command_without_rows_before(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"a": range(100), "b": range(100)}), "frame")
    lazy = watched.getl("frame")
    pulled.clear()
    found = (lazy.where(lazy > 50) * 2).head(3)
    assert pulled.names == []
    assert found.value["a"].isna().all()
    assert (pulled.documents, pulled.names) == (3, ["aggregate"])
