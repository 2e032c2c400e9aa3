"""Frames of a project: a working copy that all share, a saved one, roles."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import omegastore as om

ROLES = {"numerical": ["amount"], "categorical": ["city"], "target": ["default"]}


def rows() -> pd.DataFrame:
    chance = np.random.default_rng(1)
    frame = pd.DataFrame({"amount": chance.normal(size=120), "city": chance.choice(["Rome", "Bari"], 120)})
    return frame.assign(default=(frame["amount"] > 0).astype("int64"), duration=np.arange(120) + 1)


def test_frames_keep_rows_and_roles_and_are_lost_by_a_restart_unless_saved(project: str) -> None:
    loans = om.DataFrame.from_pandas(rows(), "loans", ROLES)
    om.DataFrame.from_pandas(rows(), "other")
    pd.testing.assert_frame_equal(loans.to_pandas(), rows(), check_flags=False)
    assert loans.roles == {**ROLES, "unused_float": ["duration"]}
    loans.save()
    om.project.restart()
    assert not om.DataFrame("other").exists()
    with pytest.raises(ValueError, match="other"):
        om.data.load_data_frame("other")
    again = om.data.load_data_frame("loans")
    assert again.roles == loans.roles
    pd.testing.assert_frame_equal(om.project.store.get("loans"), rows())
    again.delete()
    again.delete()
    assert not again.exists()


def test_a_column_is_computed_by_the_server_and_another_handle_sees_it(project: str) -> None:
    loans = om.DataFrame.from_pandas(rows(), "loans", ROLES)
    loans["ratio"] = lambda frame: frame["amount"] / frame["duration"]
    pd.testing.assert_series_equal(
        om.DataFrame("loans").to_pandas()["ratio"], rows()["amount"] / rows()["duration"], check_names=False
    )
    loans.set_role("ratio", om.data.roles.numerical)
    assert om.DataFrame("loans").roles["numerical"] == ["amount", "ratio"]
    with pytest.raises(ValueError, match="nothing"):
        loans.set_role("nothing", om.data.roles.numerical)
    with pytest.raises(ValueError, match="no role"):
        loans.set_role("ratio", "nothing")


def test_six_who_add_a_column_each_at_the_same_time_all_keep_theirs(project: str) -> None:
    om.DataFrame.from_pandas(rows(), "loans", ROLES)

    def add(number: int) -> None:
        om.DataFrame("loans")[f"new{number}"] = lambda frame: frame["duration"] * number

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    found = om.DataFrame("loans").to_pandas()
    for number in range(6):
        assert found[f"new{number}"].tolist() == (rows()["duration"] * number).tolist()


def test_the_saved_one_comes_back_only_when_it_is_asked_for(project: str) -> None:
    loans = om.DataFrame.from_pandas(rows(), "loans", ROLES)
    with pytest.raises(OSError, match="never saved"):
        loans.load()
    loans.save()
    loans["one"] = 1
    assert "one" in om.data.load_data_frame("loans").columns
    assert "one" not in loans.load().columns


def test_a_frozen_frame_is_not_changed_and_stays_so(project: str) -> None:
    loans = om.DataFrame.from_pandas(rows(), "loans", ROLES)
    loans.freeze()
    loans.save()
    om.project.restart()
    again = om.data.load_data_frame("loans")
    with pytest.raises(OSError, match="frozen"):
        again["one"] = 1
    with pytest.raises(OSError, match="frozen"):
        again.set_role("amount", om.data.roles.unused_float)
    with pytest.raises(OSError, match="frozen"):
        om.DataFrame.from_pandas(rows(), "loans")
    assert again.columns == list(rows().columns)


def test_wrong_roles_and_missing_targets_are_refused_before_anything_is_stored(project: str) -> None:
    wrong = rows().astype({"default": "float64"})
    wrong.loc[3, "default"] = np.nan
    with pytest.raises(ValueError, match="'default' is missing in 1"):
        om.DataFrame.from_pandas(wrong, "loans", ROLES)
    with pytest.raises(ValueError, match="two roles"):
        om.DataFrame.from_pandas(rows(), "loans", {"numerical": ["amount"], "target": ["amount"]})
    assert not om.DataFrame("loans").exists()


def test_a_pipeline_learns_from_a_frame_whose_handle_is_small(project: str) -> None:
    loans = om.DataFrame.from_pandas(rows(), "loans", ROLES)
    assert len(pickle.dumps(loans)) < 20_000
    pipe = om.Pipeline(predictors=[LogisticRegression()]).fit(loans)
    score = pipe.score(loans)
    assert (score.population, score.auc > 0.99) == ("loans", True)
    assert pipe.predict(loans).shape == (120,)
