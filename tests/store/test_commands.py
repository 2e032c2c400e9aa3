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


def test_drop_takes_few_commands(watched: OmegaStore, sent: Any) -> None:
    watched.put({"a": 1}, "n")
    assert len(sent(lambda: watched.drop("n"))) <= 3
