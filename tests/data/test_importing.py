"""Importers, readers and exporters: what comes in goes out, in chunks, and nothing is there when one is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import omegastore as om
from omegastore.data import sources
from omegastore.database.values import plain
from omegastore.errors import NoFrame, SchemaMismatch, UnsupportedValue

ROWS = pd.DataFrame({"amount": [1.5, None, -2.0], "city": ["Rome", None, "Bari"], "n": [1, 2, 3]})
ROLES = {"numerical": ["amount"], "categorical": ["city"], "target": ["n"]}


def same(found: pd.DataFrame, wanted: pd.DataFrame, exactly: bool = True) -> None:
    pd.testing.assert_frame_equal(found, wanted, check_dtype=exactly, check_flags=False)


def test_a_csv_file_gives_what_pandas_reads(project: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    ROWS.to_csv(path, index=False)
    frame = om.DataFrame.from_csv(path, "rows", ROLES)
    same(frame.to_pandas(), pd.read_csv(path))
    assert frame.roles == ROLES
    same(om.DataFrame.from_csv(str(path), "rows", num_lines_read=2).to_pandas(), pd.read_csv(path, nrows=2))
    both = om.DataFrame.from_csv([path, path], "rows").to_pandas()
    same(both, pd.concat([pd.read_csv(path)] * 2, ignore_index=True))


def test_a_csv_file_of_another_form_is_read_as_it_is_told(project: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("# a comment\n1;'a;b'\n2;'c'\n")
    found = om.DataFrame.from_csv(path, "rows", column_names=["n", "text"], sep=";", quotechar="'", skip=1)
    assert found.to_dict() == {"n": [1, 2], "text": ["a;b", "c"]}


@pytest.mark.parametrize("lines", [False, True])
def test_json_keeps_integers_and_what_is_missing(project: str, tmp_path: Path, lines: bool) -> None:
    records = [{"n": 2**60 + 1, "t": "ü"}, {"n": None, "t": None}, {"n": 3, "t": "[", "more": 1.5}]
    wanted = {"n": [2**60 + 1, None, 3], "t": ["ü", None, "["], "more": [None, None, 1.5]}
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records)
    path = tmp_path / "rows.json"
    path.write_text(text, encoding="utf-8")
    for source in (text, path):
        frame = om.DataFrame.from_json(source, "rows", lines=lines)
        assert frame.to_dict() == wanted
    given = frame.to_json(lines=lines)
    assert given is not None
    assert om.DataFrame.from_json(given, "again", lines=lines).to_dict() == wanted
    assert frame.to_json(path, lines=lines) is None
    assert om.DataFrame.from_json(path, "again", lines=lines).to_dict() == wanted


def test_dicts_of_columns_and_records_are_rows(project: str) -> None:
    columns: dict[str, list[Any]] = {"a": [1, 2], "b": ["x", None]}
    records: list[dict[str, Any]] = [{"a": 1, "b": "x"}, {"a": 2}]
    for frame in (om.DataFrame.from_dict(columns, "rows"), om.DataFrame.from_dict(records, "rows")):
        assert frame.to_dict() == columns
        assert frame.roles == {"unused_float": ["a"], "unused_string": ["b"]}
    with pytest.raises(UnsupportedValue, match="different lengths"):
        om.DataFrame.from_dict({"a": [1], "b": []}, "rows")
    with pytest.raises(UnsupportedValue, match="which no float is"):
        om.DataFrame.from_dict({"a": [2**60 + 1, 0.5]}, "rows")
    assert frame.to_dict() == columns


def test_arrow_and_parquet_come_back_as_they_were(project: str, tmp_path: Path) -> None:
    table = pa.table({"n": pa.array([1, None, 3]), "city": ["Rome", None, "Bari"]})
    frame = om.DataFrame.from_arrow(table, "rows")
    assert frame.to_arrow().to_pydict() == table.to_pydict()
    frame.to_parquet(tmp_path / "rows.parquet")
    again = om.DataFrame.from_parquet(tmp_path / "rows.parquet", "again")
    assert again.to_arrow().to_pydict() == table.to_pydict()
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1))
    same(om.DataFrame.from_arrow(reader, "stream").to_pandas(), frame.to_pandas())


def test_a_table_of_a_database_goes_in_and_out(project: str, tmp_path: Path) -> None:
    rows: dict[str, list[Any]] = {"n": [2**60, None], "x": [0.1, None], "t": ["a'b", None], 'a "b"': [1, 2]}
    connection = om.database.connect_sqlite3(tmp_path / "db")
    frame = om.DataFrame.from_dict(rows, "rows")
    frame.to_db("the rows", connection)
    assert connection.list_tables() == ["the rows"]
    assert connection.get_colnames("the rows") == list(rows)
    assert om.DataFrame.from_db("the rows", "again", conn=connection).to_dict() == rows
    with sqlite3.connect(tmp_path / "db") as plain:
        found = om.DataFrame.from_query('SELECT n FROM "the rows" WHERE x > 0', "few", conn=plain)
        assert found.to_dict() == {"n": [2**60]}
        none = om.DataFrame.from_query('SELECT n FROM "the rows" WHERE x > 1', "few", conn=plain)
        assert none.to_dict() == {"n": []}
    plain.close()
    with pytest.raises(ValueError, match="there is a table"):
        frame.to_db("the rows", connection)
    with pytest.raises(UnsupportedValue, match="'l' holds"):
        om.DataFrame.from_dict({"l": [[1]]}, "lists").to_db("lists", connection)
    assert connection.list_tables() == ["the rows"]
    with pytest.raises(ValueError, match="there is no table 'nothing'"):
        om.DataFrame.from_db("nothing", "few", conn=connection)
    connection.driver.close()


def test_frames_of_an_iterator_are_one_frame(project: str) -> None:
    frame = om.DataFrame.from_pandas((ROWS[at : at + 1] for at in range(3)), "rows", ROLES)
    same(frame.to_pandas(), ROWS)
    assert [len(batch) for batch in frame.iter_batches(2)] == [2, 1]
    same(pd.concat(frame.iter_batches(2)), ROWS)


def test_roles_are_told_either_way_round_and_others_are_ignored_if_that_is_asked_for(project: str) -> None:
    wanted = {"numerical": ["amount"], "target": ["n"]}
    for told in (
        wanted,
        {"amount": "numerical", "n": "target"},
        {"numerical": "amount", "target": "n"},
        om.data.Roles(numerical=["amount"], target="n"),
    ):
        assert om.DataFrame.from_pandas(ROWS, "rows", told).roles == {**wanted, "unused_string": ["city"]}
        assert om.DataFrame.from_pandas(ROWS, "rows", told, ignore=True).columns == ["amount", "n"]
    both = pd.DataFrame({"target": [1], "text": ["a"]})
    with pytest.raises(ValueError, match="both ways"):
        om.DataFrame.from_pandas(both, "both", {"target": "text"})
    assert not om.data.exists("both")


def test_roles_come_with_a_frame_of_pandas_again(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "rows", ROLES)
    assert om.DataFrame.from_pandas(frame.to_pandas(), "again").roles == frame.roles


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        ([ROWS, ROWS.drop(columns="n")], SchemaMismatch),
        ([ROWS, ROWS.assign(n=pd.Series([1, None, 2], dtype="Int64"))], ValueError),
        ([ROWS, ROWS.assign(city=1)], SchemaMismatch),
        ([], UnsupportedValue),
        ([ROWS.rename(columns={"n": 3})], UnsupportedValue),
        ([ROWS.rename(columns={"n": "city"})], UnsupportedValue),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    project: str, frames: list[pd.DataFrame], error: type[Exception]
) -> None:
    before = om.DataFrame.from_pandas(ROWS, "rows", {"target": ["n"]})
    for name in ("rows", "other"):
        with pytest.raises(error):
            om.DataFrame.from_pandas(iter(frames), name, {"target": ["n"]})
    with pytest.raises(ValueError, match=r"frame|column|iterator|target"):
        before.read_pandas(iter(frames), append=True)
    same(before.to_pandas(), ROWS)
    assert before.roles["target"] == ["n"]
    assert om.project.data_frames.names == ["rows"]


def test_rows_that_are_read_replace_others_or_follow_them(project: str, tmp_path: Path) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "rows", ROLES)
    twice = pd.concat([ROWS, ROWS], ignore_index=True)
    same(frame.read_pandas(ROWS, append=True).to_pandas(), twice)
    same(frame.read_pandas(iter([ROWS]), append=True).to_pandas(), pd.concat([twice, ROWS], ignore_index=True))
    same(
        frame.read_view(om.DataFrame.from_pandas(ROWS, "more"), append=True).to_pandas()[-3:].reset_index(drop=True),
        ROWS,
    )
    assert frame.roles == ROLES
    frame.read_pandas(ROWS[["city", "n"]])
    assert frame.roles == {"target": ["n"], "categorical": ["city"]}
    path = tmp_path / "rows.csv"
    frame.to_csv(path)
    frame.read_csv(path, append=True)
    assert frame.to_dict() == {"city": ["Rome", None, "Bari"] * 2, "n": [1, 2, 3] * 2}
    with pytest.raises(SchemaMismatch, match="has no columns \\['amount'\\]"):
        frame.read_pandas(ROWS, append=True)
    frame.read_dict([{"city": "Pisa", "n": 4}]).read_json('[{"city": "Oslo", "n": 5}]', append=True)
    frame.save().unload()
    with pytest.raises(NoFrame, match="it is saved"):
        frame.read_csv(path, append=True)
    frame.load().read_arrow(pa.table({"city": ["Ulm"], "n": [6]}), append=False)
    assert frame.to_dict() == {"city": ["Ulm"], "n": [6]}
    assert frame.roles == {"target": ["n"], "categorical": ["city"]}


def test_texts_become_what_their_role_takes(project: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("at,n,t\n2024-01-02,1,x\n2024-01-03 04:05:06,,y\n,2.5,z\n")
    roles = {"time_stamp": ["at"], "numerical": ["n"]}
    wanted = [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03 04:05:06"), pd.NaT]
    frame = om.DataFrame.from_csv(path, "rows", roles)
    for size in (3, 6):
        found = frame.to_pandas()["at"]
        assert found.dtype.kind == "M"
        assert found.tolist() == wanted * (size // 3)
        frame.read_csv(path, append=size == 3)
    assert frame.to_pandas()["at"].tolist() == wanted
    assert frame.roles == {**roles, "unused_string": ["t"]}
    frame = om.DataFrame.from_dict({"n": ["1.5", None, "2"]}, "numbers", {"n": "numerical"})
    assert frame.to_dict() == {"n": [1.5, None, 2.0]}
    assert om.project.data_frames.names == ["numbers", "rows"]


def test_texts_that_are_no_time_stamps_are_refused(project: str) -> None:
    before = om.DataFrame.from_dict({"at": ["2024-01-02"]}, "rows", {"at": "time_stamp"})
    wrong = {"at": ["2024-01-02", "02/01/2024", None, "x"]}
    acts: list[Callable[[], object]] = [
        lambda: om.DataFrame.from_dict(wrong, "rows", {"at": "time_stamp"}),
        lambda: om.DataFrame.from_dict(wrong, "other", {"at": "time_stamp"}),
        lambda: before.read_dict(wrong),
        lambda: before.read_dict(wrong, append=True),
    ]
    for act in acts:
        with pytest.raises(ValueError, match="'at' has 2 texts"):
            act()
    assert before.to_dict() == {"at": [pd.Timestamp("2024-01-02")]}
    assert om.project.data_frames.names == ["rows"]


def test_an_error_names_no_password_of_a_database(project: str) -> None:
    with pytest.raises(TypeError, match=r"connect\(url\)") as told:
        om.DataFrame.from_query("SELECT 1", "x", conn="postgresql://me:secret@host/db")
    assert "secret" not in str(told.value)


def test_a_copy_has_rows_and_roles_and_is_not_frozen(project: str) -> None:
    frame = om.DataFrame.from_pandas(ROWS, "rows", ROLES)
    frame.freeze()
    made = frame.copy("copy")
    same(made.to_pandas(), ROWS)
    assert (made.roles, made.is_frozen, frame.is_frozen) == (ROLES, False, True)


VALUES: list[st.SearchStrategy[Any]] = [
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    st.booleans(),
]


@st.composite
def columns(draw: st.DrawFn) -> dict[str, list[Any]]:
    size = draw(st.integers(1, 6))
    found = {f"c{at}": draw(st.sampled_from(VALUES)) for at in range(draw(st.integers(1, 4)))}
    return {name: draw(st.lists(st.none() | each, min_size=size, max_size=size)) for name, each in found.items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns())
def test_plain_values_come_back_from_json_and_dicts(project: str, rows: dict[str, list[Any]]) -> None:
    frame = om.DataFrame.from_dict(rows, "rows")
    assert frame.to_dict() == rows
    text = frame.to_json()
    assert text is not None
    assert json.loads(text) == [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]


@settings(max_examples=50, deadline=None)
@given(columns())
def test_plain_values_come_back_from_sqlite(rows: dict[str, list[Any]]) -> None:
    connection = om.database.connect_sqlite3()
    frame = sources.of_dict(rows)
    connection.write("t", iter([frame[:1], frame[1:]]))
    found = connection.get("SELECT * FROM t")
    assert {name: plain(found[name]) for name in rows} == rows
    connection.driver.close()
