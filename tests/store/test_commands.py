"""How many commands each verb costs on a warm store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from omegastore import OmegaStore

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


@pytest.fixture
def sent(watched: OmegaStore, commands: Any) -> Callable[[Callable[[], object]], list[str]]:
    """Return a function that tells which commands a step sends."""
    watched.put("x", "warm")
    watched.put(LinearRegression(), "warm model")

    def count(step: Callable[[], object]) -> list[str]:
        commands.names.clear()
        step()
        return list(commands.names)

    return count


def test_a_small_inline_object_takes_one_command_to_get_and_two_to_put(watched: OmegaStore, sent: Any) -> None:
    for obj in ("x", LinearRegression(), b"x" * 100_000):
        assert len(sent(lambda obj=obj: watched.put(obj, "n"))) <= 2
        assert len(sent(lambda obj=obj: watched.put(obj, "n"))) <= 3
        assert sent(lambda: watched.get("n")) == ["find"]


@pytest.mark.parametrize("obj", [FRAME, FRAME["b"], {"a": [1, 2]}], ids=["frame", "series", "dict"])
def test_small_rows_take_two_commands_to_get_and_three_to_put(watched: OmegaStore, sent: Any, obj: Any) -> None:
    first = sent(lambda: watched.put(obj, "n"))
    assert first.count("create") == 1
    assert len(first) <= 4
    assert len(sent(lambda: watched.put(obj, "n", append=True))) <= 3
    again = sent(lambda: watched.put(obj, "n", append=False))
    assert len(again) - again.count("create") <= 3
    assert len(sent(lambda: watched.get("n"))) <= 2


def test_looking_takes_one_command(watched: OmegaStore, sent: Any) -> None:
    for step in (
        lambda: watched.metadata("warm"), lambda: watched.metadata("unknown"), lambda: watched.exists("warm"),
        lambda: watched.list(), lambda: watched.list("w*", raw=True), lambda: len(watched), lambda: "warm" in watched,
    ):  # fmt: skip
        assert len(sent(step)) == 1


def test_a_large_file_takes_few_commands(watched: OmegaStore, sent: Any) -> None:
    data = bytes(3 << 20)
    watched.put(data, "n")
    assert len(sent(lambda: watched.put(data, "n"))) <= 5
    assert len(sent(lambda: watched.get("n"))) <= 2


def test_what_was_displaced_long_ago_is_removed_by_as_many_commands_however_much_it_is(
    watched: OmegaStore, sent: Any
) -> None:
    keys = {"OMEGA_STORE_SIGNING_KEY": "the key of the tests", "OMEGA_STORE_KEEP_VERSIONS": 0}
    client = watched.mongodb.client
    later, sooner = (OmegaStore(client, defaults={**keys, "OMEGA_STORE_GRACE": grace}) for grace in (1000, 0))

    def removing(payloads: int) -> list[str]:
        for number in range(payloads):
            later.put(bytes([number]) * (1 << 19), "n")
        later.put("x", "n")
        return sorted(sent(lambda: sooner.put("y", "n")))

    few, many = removing(1), removing(9)
    assert few == many
    assert few.count("delete") == 2
    chunks = watched.mongodb[f"{watched.storage.catalog.space}.chunks"]
    assert chunks.count_documents({}) == 0


def test_drop_takes_few_commands(watched: OmegaStore, sent: Any) -> None:
    watched.put({"a": 1}, "n")
    assert len(sent(lambda: watched.drop("n"))) <= 3


@pytest.mark.parametrize("obj", ["x", FRAME, {"a": [1]}, bytes(3 << 20), LinearRegression()], ids=type)
def test_a_put_that_keeps_versions_takes_no_more_commands_than_one_that_keeps_none(
    watched: OmegaStore, sent: Any, obj: Any
) -> None:
    replace: dict[str, Any] = {"replace": True} if isinstance(obj, dict | pd.DataFrame) else {}
    for name in ("kept", "not kept"):
        watched.put(obj, name)
    watched.retain("not kept", 0)
    for _ in range(3):
        kept = sent(lambda: watched.put(obj, "kept", **replace))
        assert len(kept) <= len(sent(lambda: watched.put(obj, "not kept", **replace)))
    assert len(watched.versions("kept")) == 4
    assert len(watched.versions("not kept")) == 1


def test_the_commands_of_an_edit_do_not_grow_with_the_rows(watched: OmegaStore, sent: Any) -> None:
    def edit(rows: int) -> list[list[str]]:
        watched.put(pd.DataFrame({"k": range(rows), "v": 0.5}), "f", append=False)
        changes = pd.DataFrame({"k": range(0, rows, 2), "v": 1.5})
        steps = [
            lambda: watched.update("f", changes, on="k"), lambda: watched.update("f", {"v": 2.5}, v=0.5),
            lambda: watched.upsert("f", changes.assign(k=changes.k + 1), on="k"),
            lambda: watched.delete_rows("f", v=2.5),
        ]  # fmt: skip
        return [sorted(sent(step)) for step in steps]

    few, many = edit(10), edit(10_000)
    assert few == many
    assert max(map(len, few)) <= 25


def open_the_past(store: OmegaStore, sent: Any, commit: Any) -> None:
    """Check that opening and listing the past takes one command each, however much there is."""
    assert sent(lambda: store.at(commit.at)) == []
    assert sent(lambda: store.at(commit)) == []
    assert sent(lambda: store.at(str(commit.id))) == ["find"]
    assert sent(lambda: store.at("mark")) == ["find"]
    for moment in (commit, "mark"):
        then = store.at(moment)
        assert sent(then.list) == ["aggregate"]
        assert sent(lambda then=then: then.get("object 7")) == ["find"]


def test_opening_the_past_takes_one_command(watched: OmegaStore, sent: Any) -> None:
    commits: list[Any] = []
    for at in range(12):
        with watched.commit(str(at)) as commit:
            commit.put(at, f"object {at}")
            if at:
                commit.put(at, "object 0")
        commits.append(commit)
    watched.snapshot("mark")
    open_the_past(watched, sent, commits[8])
    assert watched.at(commits[8]).list("object*") == [f"object {at}" for at in range(9)]
    assert len(watched.at("mark").list("object*")) == 12


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_opening_the_past_of_many_objects_and_commits_takes_one_command(watched: OmegaStore, sent: Any) -> None:
    objects, number, commits = 1_000, 10_000, list[Any]()
    for at in range(number):
        with watched.commit(str(at)) as commit:
            commit.put(at, f"object {at % objects}")
        commits.append(commit)
    watched.snapshot("mark")
    open_the_past(watched, sent, commits[-500])
    then = watched.at(commits[-500])
    assert len(then.list("object*")) == objects
    assert then.get("object 999") == 8_999
    assert then.get("object 0") == 9_000
    assert len(watched.log()) == number
