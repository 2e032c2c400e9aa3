"""list() finds what Python's own fnmatch and re find."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest

from omegastore import Metadata, OmegaStore
from omegastore.errors import InvalidFilter, InvalidName, UnknownColumn, UnsafeFilter

NAMES = ["a", "a.b", "a.bc", "axb", "a/b", "a/b/c", "B", "b(1)", "b+", "ä", "zz\n", "a b"]


@pytest.fixture
def filled(store: OmegaStore) -> OmegaStore:
    for at, name in enumerate(NAMES):
        store.put(at, name, attributes={"owner": "me" if at % 2 else "you", "n": {"at": at}})
    store.put([1], "data")
    store.put(0, ".hidden")
    store.put(0, "_temp")
    return store


def test_list_is_sorted_and_hides_hidden_and_temporary_names(filled: OmegaStore) -> None:
    assert filled.list() == sorted([*NAMES, "data"])
    assert filled.list(hidden=True) == sorted([*NAMES, "data", ".hidden"])
    assert filled.list(include_temp=True) == sorted([*NAMES, "data", "_temp"])


@pytest.mark.parametrize(
    "pattern", ["*", "a*", "a.b*", "a?b", "a[./]b", "[!a]*", "*(1)", "b+", "A*", "", "*b*", "z*\n"]
)
def test_patterns_are_globs_and_all_else_is_literal(filled: OmegaStore, pattern: str) -> None:
    names = [*NAMES, "data"]
    assert filled.list(pattern) == sorted(name for name in names if fnmatch.fnmatchcase(name, pattern))


@pytest.mark.parametrize(
    "regexp", ["a", "^a$", r"^a\.b", "^b$|c$", re.compile("^A", re.I), r"^\w$", r"zz$", re.compile("b .", re.X)]
)
def test_regular_expressions_are_those_of_python_and_win(filled: OmegaStore, regexp: Any) -> None:
    names = [*NAMES, "data"]
    assert filled.list("nothing", regexp) == sorted(name for name in names if re.search(regexp, name))


def test_kinds_limit_what_is_listed(filled: OmegaStore, store_url: str) -> None:
    assert filled.list(kind="python.data") == ["data"]
    assert filled.list(kind=["python.data", "python.object"]) == sorted([*NAMES, "data"])
    assert filled.list(kind="unknown") == []
    assert OmegaStore(store_url, kind="python.data").list() == ["data"]
    assert OmegaStore(store_url, kind="python.data").list(kind="python.object") == sorted(NAMES)
    assert OmegaStore(store_url, kind=["python.data"]).get("a") == 0


def test_raw_gives_metadata(filled: OmegaStore) -> None:
    found = filled.list("a*", raw=True)
    assert [type(each) for each in found] == [Metadata] * len(found)
    assert [each.name for each in found if isinstance(each, Metadata)] == filled.list("a*")
    assert found == [filled.metadata(str(name)) for name in filled.list("a*")]
    assert isinstance(found[0], Metadata)
    found[0].attributes["seen"] = True
    found[0].save()
    assert filled.list(filter={"attributes__seen": True}) == ["a"]


def test_a_filter_asks_for_fields_of_metadata(filled: OmegaStore) -> None:
    mine = sorted(name for at, name in enumerate(NAMES) if at % 2)
    assert filled.list(filter={"attributes__owner": "me"}) == mine
    assert filled.list(filter={"attributes__n__at__gt": 9}) == sorted(NAMES[10:])
    assert filled.list("a*", filter={"attributes__owner": "me", "kind": "python.object"}) == [
        name for name in mine if name.startswith("a")
    ]
    filled.put(1, "a")
    assert filled.list(filter={"version__gt": 1}) == ["a"]
    with pytest.raises(UnknownColumn):
        filled.list(filter={"owner": "me"})
    with pytest.raises(UnsafeFilter):
        filled.list(filter={"attributes__owner": {"$where": "true"}})


def test_another_bucket_or_prefix_can_be_listed(filled: OmegaStore, store_url: str) -> None:
    OmegaStore(store_url, "b", "p/").put(1, "x")
    OmegaStore(store_url, prefix="a").put(1, "y")
    assert filled.list(bucket="b", prefix="p/") == ["x"]
    assert filled.list(bucket="b") == []
    assert filled.list(prefix="a") == ["y"]
    assert "y" not in filled.list()
    with pytest.raises(InvalidName):
        filled.list(bucket="b*")


def test_a_regular_expression_that_is_none_is_refused(filled: OmegaStore) -> None:
    with pytest.raises(InvalidFilter):
        filled.list(regexp="(")


@pytest.mark.parametrize("pattern", [{"$ne": None}, 5, b"a*"])
def test_a_pattern_that_is_no_text_is_refused(filled: OmegaStore, pattern: Any) -> None:
    with pytest.raises((InvalidName, InvalidFilter, TypeError)):
        filled.list(pattern)
    with pytest.raises((InvalidName, InvalidFilter, TypeError)):
        filled.list(regexp=pattern)


def test_the_text_before_the_first_wildcard_is_looked_up_in_the_index(store: OmegaStore) -> None:
    names = ["", "b", "ba", "bb", "b/c", "c", "a\ud7ff", "a\ud7ffx", "a\ue000", "a\U0010ffff", "a\U0010ffffx"]
    for name in names[1:]:
        store.put(1, name)
    for pattern, found in [
        ("b", ["b"]), ("b*", ["b", "b/c", "ba", "bb"]), ("b?", ["ba", "bb"]), ("b[a]", ["ba"]), ("[a-c]", ["b", "c"]),
        ("a\ud7ff*", ["a\ud7ff", "a\ud7ffx"]), ("a\U0010ffff*", ["a\U0010ffff", "a\U0010ffffx"]), ("x*", []),
    ]:  # fmt: skip
        assert store.list(pattern) == found, pattern
    collection = store.storage.catalog.collection
    plan = collection.find(store.storage.catalog.beginning("ba")).explain()["executionStats"]
    assert plan["totalDocsExamined"] == 1
