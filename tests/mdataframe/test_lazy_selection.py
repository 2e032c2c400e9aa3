"""Rows and columns of lazy frames, chosen by the server, are those that pandas chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import KEYS, Lazily, Pulled, assert_like, few, frames


@few
@given(frame=frames(), data=st.data())
def test_slices_and_positions_are_those_of_iloc(lazily: Lazily, frame: pd.DataFrame, data: st.DataObject) -> None:
    lazy, count = lazily(frame), len(frame)
    bound = st.none() | st.integers(-count - 2, count + 2)
    parts = [
        slice(data.draw(bound), data.draw(bound), data.draw(st.sampled_from([None, 1, 2, -1, -2]))) for _ in "123"
    ]
    for part in parts:
        assert_like(lazy.iloc[part].value, frame.iloc[part])
    part = parts[0]
    for n in (0, 1, 3, -1, -2):
        assert_like(lazy.head(n).value, frame.head(n))
        assert_like(lazy.tail(n).value, frame.tail(n))
    # of rows whose number nobody knows
    some, mask = lazy.query(i__gte=0), frame["i"] >= 0
    assert_like(some.iloc[part].value, frame[mask].iloc[part])
    assert_like(some.tail(2).head(-1).value, frame[mask].tail(2).head(-1))
    assert (some.shape, some.empty) == (frame[mask].shape, frame[mask].empty)
    if count:
        places = data.draw(st.lists(st.integers(-count, count - 1), max_size=5))
        assert_like(lazy.iloc[places].value, frame.iloc[places])
        assert_like(lazy.iloc[places, [0, -1]].value, frame.iloc[places, [0, -1]])
        assert_like(lazy.iloc[places[0] if places else 0, 0], frame.iloc[places[0] if places else 0, 0])
        assert_like(lazy.sample(frac=0.7, random_state=3).value, frame.sample(frac=0.7, random_state=3))
    for wrong in (count, -count - 1):
        with pytest.raises(IndexError, match="bounds"):
            lazy.iloc[wrong]


@few
@given(frame=frames(), data=st.data())
def test_rows_are_in_the_order_of_pandas_stable_sort(
    lazily: Lazily, frame: pd.DataFrame, data: st.DataObject
) -> None:
    lazy = lazily(frame)
    for _ in range(4):
        by = data.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
        ways = data.draw(st.lists(st.booleans(), min_size=len(by), max_size=len(by)))
        how: Any = {"na_position": data.draw(st.sampled_from(["first", "last"]))}
        expected = frame.sort_values(by, ascending=ways, kind="stable", key=finite, **how)
        assert_like(lazy.sort_values(by, ascending=ways, **how).value, expected)
        assert_like(lazy.sort_values(by, ascending=ways, **how).head(3).tail(2).value, expected.head(3).tail(2))
    expected = frame.sort_values("f", kind="stable", ignore_index=True)
    assert_like(lazy.sort_values("f", ignore_index=True).value, expected)
    assert_like(lazy["f"].sort_values().value, frame["f"].sort_values(kind="stable"))
    assert_like(lazy.sort_index().value, frame.sort_index(kind="stable"))
    assert_like(lazy.sort_index(ascending=False).value, frame.sort_index(ascending=False, kind="stable"))


def finite(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return numbers without infinities, which pandas 3.1 takes for NaN where that of several keys comes first."""
    return column.replace({np.inf: 9.0, -np.inf: -9.0}) if column.dtype == np.float64 else column


@few
@given(frame=frames(), data=st.data())
def test_labels_find_the_rows_of_loc(lazily: Lazily, frame: pd.DataFrame, data: st.DataObject) -> None:
    lazy = lazily(frame)
    labels = list(dict.fromkeys(frame.index))
    if not isinstance(frame.index, pd.MultiIndex):
        wanted = data.draw(st.lists(st.sampled_from(labels), max_size=3)) if labels else []
        assert_like(lazy.loc[wanted].value, frame.loc[wanted])
        bounds = st.sampled_from([None, *labels, "t" if frame.index.dtype == "str" else 7])
        for _ in range(3):
            part = slice(data.draw(bounds), data.draw(bounds))
            try:
                expected = frame.loc[part]
            except KeyError:
                with pytest.raises(KeyError):
                    lazy.loc[part]
            else:
                assert_like(lazy.loc[part].value, expected)
        with pytest.raises(KeyError, match=r"nope|99"):
            lazy.loc[[*labels, "nope" if frame.index.dtype == "str" else 99]]
    for label in labels[:3]:
        if isinstance(label, tuple) and any(pd.isna(each) for each in label):
            continue
        got, expected = lazy.loc[label], frame.loc[label]
        unique = len(frame[[each == label for each in frame.index]]) == 1
        assert_like(got if unique else got.value, expected.iloc[0] if unique and expected.ndim == 2 else expected)
    with pytest.raises(KeyError):
        lazy.loc["nope"]


@few
@given(frame=frames())
def test_columns_keep_their_dtype_and_take_new_labels(lazily: Lazily, frame: pd.DataFrame) -> None:
    lazy = lazily(frame)
    assert list(lazy.columns) == list(frame.columns)
    assert lazy.dtypes.equals(frame.dtypes)
    for label in frame.columns:
        assert_like(lazy[label].value, frame[label])
    assert_like(lazy.when.head(2).value, frame.when.head(2))
    assert_like(lazy[["kind", "i"]].value, frame[["kind", "i"]])
    assert_like(lazy.drop(columns=["kind"]).value, frame.drop(columns=["kind"]))
    renamed = {"f": "g", "text": "i"}
    assert_like(lazy.rename(columns=renamed).value, frame.rename(columns=renamed))
    assert_like(lazy.set_index(["kind", "n"]).value, frame.set_index(["kind", "n"]))
    assert_like(lazy.set_index("when", drop=False).value, frame.set_index("when", drop=False))
    assert_like(lazy.set_index("i", append=True).value, frame.set_index("i", append=True))
    plain = frame.rename_axis(["one", None] if frame.index.nlevels == 2 else None)
    expected = plain.drop(columns=["i", "text"]).reset_index()
    dropped = lazy.drop(columns=["i", "text"]).reset_index()
    assert list(dropped.value.columns[1:]) == list(expected.columns[1:])
    assert_like(
        lazy.sort_values("f").reset_index(drop=True).value,
        frame.sort_values("f", kind="stable").reset_index(drop=True),
    )
    assert lazy.index.equals(frame.index)


@few
@given(frame=frames(), data=st.data())
def test_rows_without_values_go_or_are_filled(lazily: Lazily, frame: pd.DataFrame, data: st.DataObject) -> None:
    lazy = lazily(frame)
    some = data.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    assert_like(lazy.dropna().value, frame.dropna())
    for how in ("any", "all"):
        assert_like(lazy.dropna(how=how, subset=some).value, frame.dropna(how=how, subset=some))
    assert_like(lazy.dropna(thresh=9).value, frame.dropna(thresh=9))
    assert_like(lazy["f"].dropna().value, frame["f"].dropna())
    values: dict[str, Any] = {
        "f": 2.5, "text": "new", "when": pd.Timestamp("2020-02-02 00:00:00.000000007"), "kind": "z", "n": 5,
        "maybe": True, "s": "ü", "took": pd.Timedelta(3, "ns"), "month": pd.Period("2020-05", "M"),
    }  # fmt: skip
    assert_like(lazy.fillna(values).value, frame.fillna(values))
    assert_like(lazy.fillna(values).query(f=2.5).value, frame.fillna(values).query("f == 2.5"))
    if frame["kind"].isna().any():
        with pytest.raises(TypeError, match="'kind'"):
            lazy.fillna({"kind": "unknown"})


@few
@given(frame=frames(), data=st.data())
def test_repeated_rows_are_those_of_pandas(lazily: Lazily, frame: pd.DataFrame, data: st.DataObject) -> None:
    lazy = lazily(frame)
    for _ in range(3):
        some = data.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True))
        keep: Any = data.draw(st.sampled_from(["first", "last", False]))
        assert_like(lazy.drop_duplicates(some, keep=keep).value, frame.drop_duplicates(some, keep=keep))
        repeats = frame.duplicated(some, keep=keep)
        assert_like(lazy.duplicated(some, keep=keep).value, repeats)
        assert_like(lazy[lazy.duplicated(some, keep=keep)].value, frame[repeats])
    assert_like(lazy["f"].drop_duplicates().value, frame["f"].drop_duplicates())


@few
@given(frame=frames())
def test_columns_are_added_from_values_and_other_columns(lazily: Lazily, frame: pd.DataFrame) -> None:
    lazy = lazily(frame)
    moment = pd.Timestamp("2024-01-01 00:00:00.000000001")
    got = lazy.assign(x=1.5, when=moment, y=lazy["kind"], z=lambda each: each["i"])
    expected = frame.assign(x=1.5, when=moment, y=frame["kind"], z=frame["i"])
    expected["when"] = expected["when"].astype(got.dtypes["when"])
    assert_like(got.value[got.columns[:-4]], expected[expected.columns[:-4]])
    assert_like(got.value[["x", "y", "z"]], expected[["x", "y", "z"]])
    lazy["twice"] = lazy.duplicated(["i"])
    assert_like(lazy.query(twice=True).value, frame.assign(twice=frame.duplicated(["i"])).query("twice"))
    with pytest.raises(TypeError, match="lazy series"):
        lazy.assign(x=[1, 2])
    with pytest.raises(ValueError, match="rows of this frame"):
        lazy.head(1).assign(x=lazily(frame)["i"])


@pytest.mark.parametrize("key", [["nope"], "nope"])
def test_a_column_that_is_not_there_is_a_key_error(lazily: Lazily, key: Any) -> None:
    lazy = lazily(pd.DataFrame({"a": [1]}))
    with pytest.raises(KeyError, match="nope"):
        lazy[key]
    with pytest.raises(AttributeError, match="nope"):
        lazy.nope  # noqa: B018  # the access is what raises


def test_a_plain_selection_is_a_find_of_the_fields_that_it_needs(watched: OmegaStore, pulled: Pulled) -> None:
    watched.put(pd.DataFrame({"a": range(9), "b": range(9)}), "frame")
    lazy = watched.getl("frame").query(a__gt=2)[["b"]].iloc[1:4]
    pulled.clear()
    assert lazy.value["b"].tolist() == [4, 5, 6]
    assert pulled.names == ["find"]
    assert "a" not in pulled.sent[0]["projection"]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_chunks_are_paged_by_key_and_never_skip(watched: OmegaStore, pulled: Pulled, size: int) -> None:
    frame = pd.DataFrame({"a": range(10)}, index=pd.RangeIndex(5, 25, 2))
    watched.put(frame, "frame")
    lazy = watched.getl("frame")
    for part, whole in ((lazy, frame), (lazy.query(a__gt=3), frame[frame.a > 3]), (lazy.sort_values("a"), frame)):
        pulled.clear()
        got = list(part.iterchunks(size))
        assert [len(each) for each in got] == [len(whole.iloc[n : n + size]) for n in range(0, len(whole), size)]
        assert_like(pd.concat(got), whole)
        assert not any(command.get("skip") for command in pulled.sent)
