"""Folders of an embedded server: whose they are, how long their paths may be, what data they hold."""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from omegastore.errors import EmbeddedServerError
from omegastore.server import endpoint
from omegastore.server.home import Home, State

SOCKET_BYTES = 107 if sys.platform == "linux" else 103


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files of this test, with a short path; there is no runtime folder."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        yield Path(folder)


def test_the_environment_names_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGASTORE_HOME", str(tmp_path / "mine"))
    assert Home.open().path == tmp_path / "mine"


def test_without_a_name_the_home_is_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMEGASTORE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert tmp_path in Home.open().path.parents


def test_a_home_is_closed_to_other_users(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert stat.S_IMODE(Home.open(tmp_path).path.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match=r"file cannot be the home .*OMEGASTORE_HOME"):
        Home.open(tmp_path / "file")


def test_two_ways_to_one_folder_are_one_home(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert Home.open(tmp_path / "home") == Home.open(tmp_path / "link")


def test_data_of_another_major_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    (home.data(7) / "WiredTiger").write_text("data")
    with pytest.raises(EmbeddedServerError, match=r"db-7 holds data of MongoDB 7, .*version 6: .*OMEGASTORE_"):
        home.data(6)
    assert (home.data(7) / "WiredTiger").read_text() == "data"
    assert not (home.path / "db-6").exists()


def test_an_empty_folder_of_another_major_version_is_no_obstacle(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    home.data(7)
    assert home.data(6).is_dir()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '"text"', "\xff"])
def test_a_state_that_was_not_written_by_a_supervisor_counts_as_none(tmp_path: Path, text: str) -> None:
    home = Home.open(tmp_path)
    (tmp_path / "server.json").write_text(text)
    assert home.read_state() is None


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    state = State(1, 2, "/run/ä b.sock", "reason")
    home.write_state(state)
    assert home.read_state() == state
    home.write_state(None)
    assert home.read_state() is None


def test_the_socket_path_is_short_for_a_home_with_a_long_path(temporary: Path) -> None:
    path = endpoint.place(Path("/", "home", "long" * 50, "name" * 50))
    assert temporary in path.parents
    assert len(bytes(path)) <= SOCKET_BYTES


def test_a_long_folder_for_temporary_files_is_passed_over(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = temporary / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    path = endpoint.place(Path("/home"))
    assert deep not in path.parents
    assert len(bytes(path)) <= SOCKET_BYTES


def test_two_homes_have_two_sockets(temporary: Path) -> None:
    assert endpoint.place(Path("/a")) != endpoint.place(Path("/b"))


def test_the_folders_of_the_socket_are_closed_to_other_users(temporary: Path) -> None:
    folder = endpoint.place(Path("/a")).parent
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)} == {0o700}


def test_a_private_runtime_folder_is_used(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (temporary / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(temporary / "run"))
    assert temporary / "run" in endpoint.place(Path("/a")).parents


@pytest.mark.parametrize("mode", [0o755, None])
def test_a_runtime_folder_that_is_open_or_gone_is_passed_over(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, mode: int | None
) -> None:
    runtime = temporary / "run"
    if mode:
        runtime.mkdir()
        runtime.chmod(mode)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    path = endpoint.place(Path("/a"))
    assert runtime not in path.parents
    assert temporary in path.parents


def test_a_temporary_folder_that_others_may_enter_is_refused(temporary: Path) -> None:
    base = endpoint.place(Path("/a")).parent.parent
    base.chmod(0o777)
    with pytest.raises(EmbeddedServerError, match=r"is not a folder that belongs to you alone"):
        endpoint.place(Path("/b"))


def test_a_link_in_the_place_of_the_temporary_folder_is_refused(temporary: Path) -> None:
    base = endpoint.place(Path("/a")).parent.parent
    base.rename(temporary / "elsewhere")
    base.symlink_to(temporary / "elsewhere")
    with pytest.raises(EmbeddedServerError, match="is not a folder that belongs to you alone"):
        endpoint.place(Path("/a"))


def test_the_url_keeps_every_character_of_the_socket_path() -> None:
    assert endpoint.url(Path("/a b/ä+%@:?.sock")) == (
        "mongodb://%2Fa%20b%2F%C3%A4%2B%25%40%3A%3F.sock/?directConnection=true"
    )
