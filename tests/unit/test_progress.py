"""Bars on long work: who sees them, and what they show."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from omegastore import progress
from omegastore.progress import is_wanted, track


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show bars at once, as on a terminal."""
    monkeypatch.setattr(progress, "DELAY", 0)
    monkeypatch.setenv("OMEGASTORE_PROGRESS", "1")
    for name, value in (("FORCE_COLOR", "1"), ("TTY_COMPATIBLE", "1"), ("TERM", "xterm"), ("COLUMNS", "100")):
        monkeypatch.setenv(name, value)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_bar_says_what_is_done_and_how_much(shown: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(iter([10, 30, 60]), "sending", 100, size=int)) == [10, 30, 60]
    out, err = capsys.readouterr()
    assert out == ""
    assert "sending" in plain(err)
    assert "100%" in plain(err)


def test_without_rich_tqdm_shows_the_bar(
    shown: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert list(track([1, 2], "sending")) == [1, 2]
    assert "sending" in capsys.readouterr().err


def test_without_both_the_work_is_done_unseen(
    shown: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(track([1, 2, 3], "sending")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_short_work_has_no_bar(
    shown: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 60)
    assert list(track([1, 2, 3], "sending")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_work_within_other_work_has_no_bar_of_its_own(shown: None, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in track([1, 2], "outer"):
        assert list(track([1, 2], "inner")) == [1, 2]
    assert "inner" not in capsys.readouterr().err
    assert list(track([1], "next")) == [1]
    assert "next" in capsys.readouterr().err


def test_a_bar_goes_when_its_work_fails_or_is_left(shown: None, capsys: pytest.CaptureFixture[str]) -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(track(failing(), "failing"))
    left = track([1, 2, 3], "left")
    assert next(left) == 1
    del left
    capsys.readouterr()
    assert list(track([1], "next")) == [1]
    assert "next" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("said", "terminal", "interactive", "wanted"),
    [("", True, True, True), ("", True, False, False), ("", False, True, False), ("0", True, True, False),
     ("1", False, False, True)],
)  # fmt: skip
def test_bars_are_for_who_sits_before_a_terminal(
    monkeypatch: pytest.MonkeyPatch, said: str, terminal: bool, interactive: bool, wanted: bool
) -> None:
    monkeypatch.setenv("OMEGASTORE_PROGRESS", said)
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False) if interactive else None
    monkeypatch.setitem(sys.modules, "IPython", no_notebook())
    assert is_wanted() == wanted


def no_notebook() -> Any:
    """Return what IPython is where it was imported and does not run."""
    return type("IPython", (), {"get_ipython": staticmethod(lambda: None)})


def test_a_script_shows_nothing() -> None:
    code = "from omegastore import progress; progress.DELAY = 0; print(list(progress.track([1, 2], 'x')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[1, 2]\n", "")
