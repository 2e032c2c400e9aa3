"""Names: refused ones, the syntax around a name, keys that never collide, and globs against fnmatch."""

from __future__ import annotations

import fnmatch
import re
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omegastore.errors import InvalidName
from omegastore.naming import (
    Columns,
    Iteration,
    ObjectName,
    bucket_space,
    check_bucket,
    check_name,
    check_prefix,
    collection_name,
    document_key,
    glob_regex,
    is_glob,
    is_hidden,
    is_temporary,
    object_store_key,
    parse,
    versioned_collection,
)

characters = st.characters(exclude_categories=["Cs"], exclude_characters="[]@^#{}*?\0")
awkward = st.text(st.sampled_from("ab./_%$h25E4 ü"), min_size=1, max_size=12)
names = st.one_of(awkward, st.text(characters, min_size=1, max_size=60), st.text("ü", min_size=90, max_size=127))
prefixes = st.one_of(st.just(""), names)
identities = st.tuples(names, prefixes, names)


@given(names)
def test_a_name_of_any_unicode_is_allowed(name: str) -> None:
    assert check_name(name) == name
    assert check_bucket(name) == name
    assert check_prefix(name) == name


@pytest.mark.parametrize("char", [*"[]@^#{}*?", "\0"])
def test_a_reserved_character_is_refused_and_named(char: str) -> None:
    for check in (check_name, check_bucket, check_prefix):
        with pytest.raises(InvalidName, match=re.escape(repr(char))):
            check(f"a{char}b")


class Text(str):
    """A str that could behave otherwise."""

    __slots__ = ()


@pytest.mark.parametrize("name", [None, 1, b"a", {"$ne": None}, ["a"], Text("a"), "", "\ud800", "a" * 256, "ü" * 128])
def test_what_is_no_name_is_refused(name: object) -> None:
    for check in (check_name, check_bucket, parse):
        with pytest.raises(InvalidName):
            check(name)
    if name != "":
        with pytest.raises(InvalidName):
            check_prefix(name)


def test_the_longest_name_has_255_bytes() -> None:
    assert check_name("a" + "ü" * 127) == "a" + "ü" * 127


def test_only_a_prefix_may_be_empty() -> None:
    assert check_prefix("") == ""


def test_hidden_names_begin_with_a_dot_and_temporary_ones_with_an_underscore() -> None:
    assert [is_hidden(name) for name in (".a", "a.", "_a")] == [True, False, False]
    assert [is_temporary(name) for name in ("_a", "a_", "._a")] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales", ObjectName("sales")),
        ("a/b.c d", ObjectName("a/b.c d")),
        ("sales[a]", ObjectName("sales", Columns("list", ("a",)))),
        ("sales[a, b]", ObjectName("sales", Columns("list", ("a", "b")))),
        ("sales[a:c]", ObjectName("sales", Columns("slice", ("a", "c")))),
        ("sales[:c]", ObjectName("sales", Columns("slice", (None, "c")))),
        ("sales[^c]", ObjectName("sales", Columns("except", ("c",)))),
        ("sales[^c,d:e]", None),
        ("sales@v2", ObjectName("sales", None, "v2")),
        ("sales@3", ObjectName("sales", None, 3)),
        ("sales@-2", ObjectName("sales", None, -2)),
        ("sales^", ObjectName("sales", None, -2)),
        ("sales^^", ObjectName("sales", None, -3)),
        ("sales[a,b]@v2", ObjectName("sales", Columns("list", ("a", "b")), "v2")),
        (
            "sales#rows:start=1,end=10",
            ObjectName("sales", None, None, Iteration("rows", (("start", 1), ("end", 10)))),
        ),
        (
            "sales[a]^#iterchunks:chunksize=10",
            ObjectName("sales", Columns("list", ("a",)), -2, Iteration("iterchunks", (("chunksize", 10),))),
        ),
        ("sales#iterchunks", ObjectName("sales", None, None, Iteration("iterchunks"))),
    ],
)
def test_the_syntax_around_a_name_is_read(name: str, expected: ObjectName | None) -> None:
    if expected is None:
        with pytest.raises(InvalidName):
            parse(name)
    else:
        assert parse(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "[a]",
            "@v1",
            "^",
            "#rows",
            "a[",
            "a]",
            "a[]",
            "a[b",
            "a[b,]",
            "a[b][c]",
            "a[b:c:d]",
            "a[^]",
            "a[b:c,d]",
        ),
        *(
            "a@",
            "a@0",
            "a@v1[b]",
            "a@v1@v2",
            "a^[b]",
            "a^@v1",
            "a^b",
            "a@v^",
            "a#",
            "a#drop",
            "a#rows:",
            "a#rows:start",
        ),
        *(
            "a#rows:start=x",
            "a#rows:start=1,start=2",
            "a#rows:chunk=1",
            "a#iterchunks:start=1",
            "a*",
            "a?",
            "a{b}",
        ),
    ],
)
def test_malformed_syntax_is_refused_with_what_was_written(name: str) -> None:
    with pytest.raises(InvalidName) as caught:
        parse(name)
    assert not name or repr(name) in str(caught.value) or "at least one character" in str(caught.value)


columns = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="],:^"), min_size=1).filter(
    lambda text: text == text.strip()
)
selectors = st.one_of(
    st.builds(Columns, st.sampled_from(["list", "except"]), st.lists(columns, min_size=1, max_size=3).map(tuple)),
    st.builds(Columns, st.just("slice"), st.tuples(st.none() | columns, st.none() | columns)),
)
tags = st.text(characters, min_size=1).filter(lambda tag: tag.strip() and not re.fullmatch("-?[0-9]+", tag))
iterations = st.one_of(
    st.builds(Iteration, st.just("iterchunks"), st.integers(0, 10**6).map(lambda n: (("chunksize", n),))),
    st.builds(Iteration, st.just("rows"), st.tuples(st.tuples(st.just("start"), st.integers(0, 10**6)))),
)
object_names = st.builds(
    ObjectName,
    names,
    st.none() | selectors,
    st.none() | tags | st.integers(-5, 10**6).filter(bool),
    st.none() | iterations,
)


@given(object_names)
def test_a_parsed_name_is_written_and_read_back(name: ObjectName) -> None:
    assert parse(str(name)) == name


def keys(identity: tuple[str, str, str]) -> list[str]:
    collection = collection_name(*identity)
    return [
        document_key(*identity),
        collection,
        versioned_collection(collection, "datastore"),
        object_store_key(*identity, "hdf", hashed=True),
        object_store_key(*identity, "hdf", hashed=False),
    ]


@given(identities, identities)
def test_two_objects_share_no_key(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    if one == other:
        assert keys(one) == keys(other)
    else:
        assert not set(keys(one)) & set(keys(other))


@given(st.lists(st.text(characters, min_size=1, max_size=40), min_size=200, max_size=200, unique=True))
def test_200_random_names_never_collide(many: list[str]) -> None:
    for of in zip(*[keys(("omegaml", "", name)) for name in many], strict=True):
        assert len(set(of)) == 200


def test_objects_whose_names_differ_by_separators_share_no_key() -> None:
    parts = [
        "a",
        "b",
        "a.b",
        "a_b",
        "a/b",
        "axb",
        "datastore",
        "a.datastore",
        "%2E",
        "a%2Eb",
        "$",
        "system",
        "%73ystem",
    ]
    found: dict[str, tuple[str, str, str]] = {}
    for identity in product(parts, ["", *parts], parts):
        for key in keys(identity):
            assert found.setdefault(key, identity) == identity


@given(identities, st.text(characters, min_size=1), st.text(characters, min_size=1))
def test_file_names_of_one_object_differ_by_extension(identity: tuple[str, str, str], one: str, other: str) -> None:
    for hashed in (True, False):
        same = object_store_key(*identity, one, hashed) == object_store_key(*identity, other, hashed)
        assert same == (one == other)


def test_collections_are_named_by_the_documented_rule() -> None:
    assert collection_name("omegaml", "models/", "sales") == "omegaml.models/.sales.datastore"
    assert collection_name("omegaml", "", "sales") == "omegaml.sales.datastore"
    assert object_store_key("omegaml", "p", "sales", "hdf", hashed=False) == "omegaml.p.sales.hdf"


@given(identities)
def test_a_collection_name_is_one_that_mongodb_takes(identity: tuple[str, str, str]) -> None:
    name = collection_name(*identity)
    assert len(name.encode()) <= 160
    assert "$" not in name
    assert not name.startswith("system.")
    assert ".." not in name


@given(names, names)
def test_no_bucket_reaches_the_collections_of_another(one: str, other: str) -> None:
    assume(one != other)
    mine = {f"{bucket_space(one)}.{each}" for each in ("files", "chunks", "metadata", "versions")}
    theirs = {f"{bucket_space(other)}.{each}" for each in ("files", "chunks", "metadata", "versions")}
    assert not mine & theirs
    assert collection_name(one, "", "files") not in mine | theirs
    assert all(len(name.encode()) <= 255 for name in mine)


def test_the_default_bucket_has_the_plain_space() -> None:
    assert bucket_space("omegaml") == "omegaml"
    assert bucket_space("lab") == "omegaml_lab"
    assert bucket_space("lab", default="lab") == "omegaml"
    assert bucket_space("omegaml", default="lab") == "omegaml_omegaml"


pattern_parts = st.one_of(
    st.sampled_from(
        ["*", "?", "**", "[", "]", "[!", "[]", "[!]", "[^", "[[:alpha:]]", "[a-c]", "[!a-c]", "[c-a]", "-"]
    ),
    st.text(st.sampled_from("abc-^]&~|\\.+$()\n :ü\0🙂"), max_size=4),
)
patterns = st.lists(pattern_parts, max_size=6).map("".join)
subjects = st.text(st.sampled_from("abcd-^][!&~|\\.+$()\n :üé\0🙂l"), max_size=8)


@given(patterns, subjects)
def test_a_glob_matches_what_fnmatch_matches(pattern: str, subject: str) -> None:
    expected = fnmatch.fnmatchcase(subject, pattern)
    assert (re.match(glob_regex(pattern), subject) is not None) == expected
    assert (re.search(glob_regex(pattern), subject) is not None) == expected


@given(st.text(characters, max_size=20))
def test_a_name_without_wildcards_matches_itself_alone(name: str) -> None:
    assert re.search(glob_regex(name), name)
    assert not re.search(glob_regex(name), name + "\n")
    assert not is_glob(name)


def test_only_wildcards_make_a_glob() -> None:
    assert [is_glob(name) for name in ("a*", "a?", "[ab]", "a.b", "a]", "a^")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_dot_in_a_glob_is_a_dot() -> None:
    assert re.search(glob_regex("a.b*"), "a.bc")
    assert not re.search(glob_regex("a.b*"), "axbc")


def test_many_stars_do_not_backtrack_for_ever() -> None:
    assert not re.search(glob_regex("a*" * 60 + "b"), "a" * 255)
