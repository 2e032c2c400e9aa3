"""Regular expressions and globs match on a real server what Python's re and fnmatch match."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from omegastore.naming import glob_regex
from omegastore.query import Field, compile_filter, natural

FIELDS = {"s": Field("s", natural)}
on_server = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def selected(database: Database[dict[str, Any]], mongo_filter: dict[str, object]) -> list[int]:
    return [row["_id"] for row in database.rows.find(mongo_filter, {"_id": 1}).sort("_id")]


def fill(database: Database[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    database.rows.insert_many([{"_id": at, **row} for at, row in enumerate(rows)])


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "a",
            "^a",
            "b$",
            r"b\Z",
            r"^\w$",
            r"\bé",
            r"\d",
            r"[^a]",
            "\u00e9",
            r"\u00e9",
            r"\U0001F642",
            "\0",
            r"a\.b",
        ),
        *(
            re.compile("A"),
            re.compile("^É", re.I),
            re.compile(r"^\w$", re.ASCII),
            re.compile("a . b # text", re.X),
        ),
        *(re.compile("^b.", re.S), re.compile("^y$", re.M), re.compile("(?P<one>a)"), re.compile("\0")),
    ],
)
def test_a_regular_expression_finds_what_python_finds(
    omegastore_database: Database[dict[str, Any]], pattern: str | re.Pattern[str]
) -> None:
    texts = ["", "a", "A", "ab", "a.b", "axb", "b\n", "é", "éa", "🙂", "a\0b", "7", "٣", "_", "x\ny", None, 5]
    fill(omegastore_database, [{"s": text} for text in texts])
    expected = [at for at, text in enumerate(texts) if isinstance(text, str) and re.search(pattern, text)]
    assert selected(omegastore_database, compile_filter({"s__regex": pattern}, None, FIELDS)) == expected


subjects = [
    "",
    "a",
    "ab",
    "abc",
    "a/b",
    "a.b",
    "axb",
    "a\n",
    "[a]",
    "a-b",
    "]",
    "^",
    "!",
    "\\",
    "é",
    "🙂",
    "a🙂b",
    "{a}",
    ":",
]
globs = st.lists(
    st.one_of(
        st.sampled_from(["*", "?", "[", "]", "[!", "[]", "[^", "[[:alpha:]]", "[a-c]", "[!a-c]", "[c-a]", "a", "b"]),
        st.text(st.sampled_from("ab-^]&~|\\.+$()\n :/é🙂{}"), max_size=3),
    ),
    max_size=5,
).map("".join)


@on_server
@given(patterns=st.lists(globs, min_size=20, max_size=20))
def test_a_glob_selects_on_the_server_what_fnmatch_selects(
    omegastore_database: Database[dict[str, Any]], patterns: list[str]
) -> None:
    if omegastore_database.rows.estimated_document_count() == 0:
        fill(omegastore_database, [{"s": subject} for subject in subjects])
    for pattern in patterns:
        expected = [at for at, subject in enumerate(subjects) if fnmatch.fnmatchcase(subject, pattern)]
        assert selected(omegastore_database, {"s": {"$regex": glob_regex(pattern)}}) == expected, pattern
