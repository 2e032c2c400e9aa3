"""Views of frames of a project."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

import omegastore as om
from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Pulled

ROLES = {"numerical": ["amount"], "join_key": ["account"], "target": ["default"]}


def rows() -> pd.DataFrame:
    return pd.DataFrame({
        "account": [1.0, 2.0, None, 2.0, 7.0],
        "amount": [10.0, 20.0, 30.0, None, 50.0],
        "city": ["Rome", "Bari", "Rome", None, "Pisa"],
        "default": [0, 1, 0, 1, 1],
    })  # fmt: skip


@pytest.fixture
def loans(shared_project: None) -> om.DataFrame:
    return om.DataFrame.from_pandas(rows(), "loans", ROLES)


@pytest.fixture(scope="module")
def letters(shared_project: None) -> Any:
    return om.DataFrame.from_pandas(pd.DataFrame({"letter": list("abcdefg")}), "letters")


PLACES = st.none() | st.integers(-9, 9)


@given(first=st.slices(9), start=PLACES, stop=PLACES, step=st.none() | st.integers(-3, 3).filter(bool))
@settings(max_examples=25, deadline=None)
def test_frames_and_views_are_sliced_as_lists_are(
    letters: Any, first: slice, start: int | None, stop: int | None, step: int | None
) -> None:
    expected = list("abcdefg")[first]
    view = letters[first]
    assert view.to_pandas()["letter"].tolist() == expected
    assert len(view) == len(expected)
    assert view[start:stop:step].to_pandas()["letter"].tolist() == expected[start:stop:step]


@given(at=st.integers(-9, 9))
@settings(max_examples=20, deadline=None)
def test_a_row_is_a_view_of_one_row_and_one_that_is_not_there_an_index_error(letters: Any, at: int) -> None:
    view = letters[2:]
    try:
        expected = list("cdefg")[at]
    except IndexError:
        with pytest.raises(IndexError, match=f"row {at} is out of range for 5 rows"):
            view[at]
    else:
        assert view[at].to_pandas()["letter"].tolist() == [expected]


def test_columns_are_chosen_and_dropped_and_an_unknown_one_is_named_with_the_known_ones(loans: om.DataFrame) -> None:
    assert loans[["city", "amount"]].columns == ["city", "amount"]
    assert loans.drop("city").columns == ["account", "amount", "default"]
    assert list(loans.drop(["city", "account"]).to_pandas().columns) == ["amount", "default"]
    for wrong in (lambda: loans[["cty"]], lambda: loans.drop("cty"), lambda: loans.with_role(["cty"], "numerical")):
        with pytest.raises(ValueError, match=r"unknown columns \['cty'\]; known are \['account', 'amount'"):
            wrong()


def test_rows_are_chosen_by_a_condition_that_is_not_missing_and_columns_are_computed(loans: om.DataFrame) -> None:
    rich = loans[loans.amount > 15.0]
    assert rich.to_pandas()["amount"].tolist() == [20.0, 30.0, 50.0]
    assert len(rich.where(rich["default"] == 1)) == 2
    view = loans.with_column(loans.amount * 2, "twice", om.data.roles.numerical, unit="EUR").with_column(
        loans.city == "Rome", "is_rome"
    )
    assert view.columns == [*loans.columns, "twice", "is_rome"]
    assert view.roles["numerical"] == ["amount", "twice"]
    assert view[view.twice > 50].to_pandas()["is_rome"].tolist() == [True, False]
    assert view.with_column(view.amount + 1, "amount").roles["numerical"] == ["amount", "twice"]
    assert loans.columns == list(rows().columns)
    for wrong in (lambda: loans.where(view.twice > 1), lambda: rich["twice"], lambda: loans[["twice"]]):
        with pytest.raises(ValueError, match=r"twice.*account.*amount"):
            wrong()
    other = om.DataFrame.from_pandas(rows(), "other")
    with pytest.raises(ValueError, match=r"amount.*of 'other'.* is not of these rows, which come from 'loans'"):
        loans.where(other.amount > 1)
    with pytest.raises(TypeError, match="a condition is made of columns"):
        loans.where(True)  # type: ignore[arg-type]


def test_a_view_has_its_own_roles_units_and_name_and_the_frame_keeps_its_own(loans: om.DataFrame) -> None:
    view = loans.with_role("city", om.data.roles.categorical).with_unit("amount", "EUR").with_name("cities")
    view = view.with_subroles("amount", ["money", "new"])
    assert view.roles == {**ROLES, "categorical": ["city"]}
    attrs = view.to_pandas().attrs
    assert (attrs["units"], attrs["subroles"]) == ({"amount": "EUR"}, {"amount": ["money", "new"]})
    assert (view.name, loans.name, loans.roles["unused_string"]) == ("cities", "loans", ["city"])
    with pytest.raises(ValueError, match="no role 'nothing'"):
        loans.with_role("city", "nothing")


def test_a_view_is_read_by_who_unpickles_it_and_is_small(loans: om.DataFrame) -> None:
    view = loans[1:][["city"]].join(loans, "city", suffix="_too")
    for number in range(60):
        view = view.with_column(view.amount + number, "amount")
    sent = pickle.dumps(view)
    assert len(sent) < 20_000
    pd.testing.assert_frame_equal(pickle.loads(sent).to_pandas(), view.to_pandas())


def test_a_view_sees_changed_rows_and_warns_of_them_once(loans: om.DataFrame) -> None:
    view = loans[["amount"]]
    loans["amount"] = 1.5
    with pytest.warns(UserWarning, match=r"the rows of 'loans' were changed since the view 'loans' was made"):
        assert view.to_pandas()["amount"].tolist() == [1.5] * 5
    assert len(view) == 5
    loans["amount"] = 2.5
    assert view.refresh().to_pandas()["amount"].tolist() == [2.5] * 5


def test_a_frozen_frame_has_views_and_so_has_one_that_was_restarted(loans: om.DataFrame) -> None:
    view = loans[2:]
    loans.freeze()
    loans.save()
    om.project.restart()
    om.data.load_data_frame("loans")
    assert view.to_pandas()["default"].tolist() == [0, 1, 1]
    loans.delete()


def test_an_attribute_that_is_no_column_is_an_attribute_error_also_without_a_working_copy(
    loans: om.DataFrame,
) -> None:
    view = loans[1:]
    assert (hasattr(view, "amount"), hasattr(view, "nothing")) == (True, False)
    loans.delete()
    assert (hasattr(view, "amount"), hasattr(loans, "amount")) == (False, False)
    with pytest.raises(AttributeError, match=r"no attribute 'amount', and no columns: .*has no working copy"):
        _ = loans.amount
    with pytest.raises(ValueError, match="has no working copy"):
        view.to_pandas()


def test_a_view_is_stored_as_a_frame_by_the_server_and_has_its_roles(loans: om.DataFrame) -> None:
    made = loans[::-2].drop("city").with_unit("amount", "EUR").to_df("less")
    assert (made.name, made.shape, made.roles) == ("less", (3, 3), ROLES)
    frame = made.to_pandas()
    assert (frame["default"].tolist(), frame.attrs["units"]) == ([1, 0, 0], {"amount": "EUR"})
    again = loans.to_df("less", {"target": ["default"]})
    assert again.roles == {"target": ["default"], "unused_float": ["account", "amount"], "unused_string": ["city"]}
    with pytest.raises(ValueError, match="target 'amount' is missing in 1 rows"):
        loans.to_df("less", {"target": ["amount"]})
    again.freeze()
    with pytest.raises(OSError, match="'less' of project 'shared' is frozen"):
        loans.to_df("less")
    again.delete()


def test_missing_keys_match_nothing_and_columns_of_one_name_get_a_suffix(loans: om.DataFrame) -> None:
    accounts = pd.DataFrame({"account": [2.0, None, 1.0], "amount": [200, 0, 100], "since": [2001, 2002, 2003]})
    other = om.DataFrame.from_pandas(accounts, "accounts", {"numerical": ["since"]})
    joined = loans.join(other, on="account")
    assert joined.columns == ["account", "amount", "city", "default", "amount_right", "since"]
    assert joined.roles["numerical"] == ["amount", "since"]
    frame = joined.to_pandas()
    assert list(frame.columns) == joined.columns
    assert frame["since"].fillna(0).tolist() == [2003, 2001, 0, 2001, 0]
    assert loans.join(other, "account", suffix="2").columns[4] == "amount2"
    with pytest.raises(ValueError, match="give another suffix"):
        loans.join(other.with_column(other.since + 1, "amount_right"), "account")
    with pytest.raises(ValueError, match=r"unknown columns \['id'\]; known are \['account', 'amount', 'since'\]"):
        loans.join(other, ("account", "id"))
    with pytest.raises(ValueError, match="one key at least"):
        loans.join(other, [])
    with pytest.raises(ValueError, match="one key at least"):
        loans.group_by([])
    with pytest.raises(ValueError, match="how='cross'"):
        loans.join(other, "account", how="cross")


def test_no_row_comes_to_the_client_when_a_view_is_made_or_stored(
    shared_project: None, omegastore_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"number": range(500), "text": ["x"] * 500})
    frame, pulled = om.DataFrame.from_pandas(rows, "watched", {"target": ["number"]}), Pulled()
    with MongoClient[dict[str, Any]](omegastore_url, event_listeners=[pulled]) as client:
        monkeypatch.setattr(frame, "_disk", OmegaStore(client, bucket="shared"))
        pulled.clear()
        groups = frame.group_by("number").agg(n="count")
        view = frame[frame.number >= 3][::2].join(groups, "number").with_column(frame.number + 1, "more")
        made = view.to_df("made")
        assert made.shape == (249, 4)
        written = [each for each in pulled.sent if "datastore" in str(next(iter(each.values())))]
        assert len(written) >= 1
        assert pulled.documents < 150
    assert om.DataFrame("made").to_pandas()["more"].tolist() == list(range(4, 501, 2))


def test_integers_and_booleans_of_a_join_stay_exact_where_rows_have_no_match(loans: om.DataFrame) -> None:
    facts = pd.DataFrame({"account": [1.0, 2.0], "big": [2**53 + 1, -(2**62)], "known": [True, False]})
    joined = loans.join(om.DataFrame.from_pandas(facts, "facts"), "account")
    for frame in (joined.to_pandas(), joined.to_df("joined").to_pandas()):
        assert frame["big"].astype(object).fillna("-").tolist() == [2**53 + 1, -(2**62), "-", -(2**62), "-"]
        assert frame["known"].astype(object).fillna("-").tolist() == [True, False, "-", False, "-"]
    assert joined[joined.big > 0].to_pandas()["amount"].tolist() == [10.0]
    assert joined.with_column(joined.big + 1, "more").to_pandas()["more"][0] == 2**53 + 2
    assert joined.drop("city").group_by("known").agg(n="count", most=("big", "max")).to_pandas()["most"].tolist() == [
        -(2**62), 2**53 + 1,
    ]  # fmt: skip
    assert len(pickle.dumps(joined)) < 20_000
    assert joined[joined.big > 0].to_pandas()["big"].dtype == "int64"


KEYS = st.lists(st.tuples(st.sampled_from([1.0, 2.0, None]), st.sampled_from(["a", "b", None])), max_size=5)


@given(left=KEYS, right=KEYS, how=st.sampled_from(["left", "inner", "right", "outer"]))
@settings(max_examples=25, deadline=None)
def test_a_join_on_several_keys_has_the_rows_that_pandas_has_without_missing_keys(
    shared_project: None, left: list[Any], right: list[Any], how: str
) -> None:
    made = [
        pd.DataFrame(pairs, columns=["k", "t"]).astype({"k": "float64", "t": "str"}).assign(**{n: range(len(pairs))})
        for pairs, n in ((left, "x"), (right, "y"))
    ]
    frames = [om.DataFrame.from_pandas(frame, name) for frame, name in zip(made, ("here", "there"), strict=True)]
    found = frames[0].join(frames[1], on=["k", "t"], how=how).to_pandas()
    # pandas takes missing keys as equal, so that it gets none on both sides
    kept = [frame.dropna(subset=["k", "t"]) for frame in made]
    expected = kept[0].merge(kept[1], "inner", on=["k", "t"])
    for at, (frame, name) in enumerate(zip(made, ("x", "y"), strict=True)):
        if how == "outer" or how == ("left", "right")[at]:
            alone = frame[~frame[name].isin(expected[name])]
            expected = pd.concat([expected, alone], ignore_index=True)
    assert values(found) == values(expected)


def values(frame: pd.DataFrame) -> list[str]:
    """Return the rows in one order; what is missing is missing, whatever says so."""
    plain = frame[["x", "y", "k", "t"]].astype({"x": "float64", "y": "float64"}).astype(object).fillna("-")
    return sorted(map(repr, plain.itertuples(index=False, name=None)))


@pytest.mark.parametrize("how", ["left", "right"])
@pytest.mark.parametrize("keys", [["number"], ["time", "number"], ["text", "time"]])
def test_a_join_finds_rows_by_an_index_whatever_the_keys_are(shared_project: None, keys: list[str], how: str) -> None:
    frame = pd.DataFrame({"number": range(50), "time": pd.date_range("2024-01-01", periods=50, freq="h")})
    frame = frame.assign(text=frame["number"].astype("str"), other=1)
    one, two = om.DataFrame.from_pandas(frame, "one"), om.DataFrame.from_pandas(frame, "two")
    view = one.join(two, on=keys, how=how)
    told = view.lazy.inspect()
    collection = view.lazy.plan.source.collection
    command = {"aggregate": told["collection"], "pipeline": told["pipeline"], "cursor": {}}
    answer = collection.database.command("explain", command, verbosity="executionStats")
    [lookup] = [stage for stage in answer["stages"] if "$lookup" in stage]
    assert lookup["indexesUsed"] == [f"{keys[0]}_1"]
    assert lookup["totalDocsExamined"] <= 50  # not 50 for each row
    assert view.to_pandas().isna().sum().sum() == 0
