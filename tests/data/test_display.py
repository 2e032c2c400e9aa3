"""How frames and views show themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pymongo import MongoClient

import omegastore as om
from omegastore import OmegaStore
from tests.mdataframe.lazy_frames import Pulled


def many(name: str = "many", rows: int = 1234) -> om.DataFrame:
    frame = pd.DataFrame({"number": range(rows), "text": ["<b>&"] * rows, "long": ["x" * 999] * rows})
    return om.DataFrame.from_pandas(frame, name, {"numerical": ["number"]})


def test_a_frame_shows_name_shape_roles_units_and_the_first_rows(shared_project: None) -> None:
    lines = repr(many().with_unit("number", "EUR").with_name("euros")).splitlines()
    assert lines[0] == "View 'euros' of project 'shared': 1,234 rows x 3 columns"
    assert [line.split() for line in lines[1:4]] == [
        ["name", "number", "text", "long"],
        ["role", "numerical", "unused_string", "unused_string"],
        ["unit", "EUR"],
    ]
    assert [line.split()[:3] for line in lines[4:]] == [[str(at), str(at), "<b>&"] for at in range(10)]
    assert max(map(len, lines)) < 100


def test_rows_whose_number_is_not_known_are_not_counted_unless_all_are_shown(shared_project: None) -> None:
    frame = many()
    assert "'many' of project 'shared': more than 10 rows x 3 columns\n" in repr(frame[frame.number > 5])
    assert "'many' of project 'shared': 5 rows x 3 columns\n" in repr(frame[frame.number < 5])
    assert "0 rows x 3 columns\n" in repr(frame[:0])


def test_html_is_escaped(shared_project: None) -> None:
    frame = pd.DataFrame({"<i>": ["<script>"]}, index=["<u>"])
    view = om.DataFrame.from_pandas(frame, "html").with_unit("<i>", "<em>").with_name("<h1>")
    shown = view._repr_html_()
    for tag in ("<i>", "<script>", "<em>", "<h1>", "<u>"):
        assert tag not in shown
        assert tag.replace("<", "&lt;").replace(">", "&gt;") in shown


def test_a_column_shows_its_first_values_and_one_of_no_frame_what_it_is(shared_project: None) -> None:
    frame = many()
    lines = (frame.number * 2).__repr__().splitlines()
    assert lines[0] == "Column (number * 2) of 'many': 1,234 rows x 1 columns"
    assert [line.split() for line in lines[2:]] == [[str(at), str(2 * at)] for at in range(10)]
    assert "role numerical" in repr(frame.number)
    assert "&lt;b&gt;&amp;" in frame.text._repr_html_()
    assert repr(om.data.random(7)) == "Column rowid().random(7)"
    assert om.data.random(7)._repr_html_() == "<p>Column rowid().random(7)</p>"


def test_one_query_of_a_few_rows_is_sent(
    shared_project: None, omegastore_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, pulled = many(), Pulled()
    with MongoClient[dict[str, Any]](omegastore_url, event_listeners=[pulled]) as client:
        monkeypatch.setattr(frame, "_disk", OmegaStore(client, bucket="shared"))
        view = frame[frame.number >= 3][::2].join(frame[["number"]], "number")
        for shown in (frame, view, view.number):
            for show in (repr, lambda each: each._repr_html_()):
                pulled.clear()
                assert "numerical" in show(shown)
                commands = [each for each in pulled.sent if "datastore" in str(next(iter(each.values())))]
                assert len(commands) == 1
                assert pulled.documents < 20


def test_what_is_wrong_is_shown_and_nothing_of_the_server(shared_project: None) -> None:
    frame = many("gone")
    view = frame[1:]
    frame.delete()
    for shown in (repr(frame), repr(view), frame._repr_html_()):
        assert "has no working copy" in shown
        assert "mongodb:" not in shown
