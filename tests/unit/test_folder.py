"""Folders as tar streams."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omegastore.codecs import folder as codec
from omegastore.errors import Corrupt, UnsupportedValue

Tree = dict[str, "bytes | Tree"]
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..")
)
trees = st.recursive(
    st.dictionaries(names, st.binary(max_size=1200), max_size=4),
    lambda below: st.dictionaries(names, st.binary(max_size=20) | below, max_size=3),
    max_leaves=8,
)


def write_tree(folder: Path, tree: Tree) -> None:
    folder.mkdir()
    for name, content in tree.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            write_tree(folder / name, content)


def read_tree(folder: Path) -> Tree:
    return {it.name: read_tree(it) if it.is_dir() else it.read_bytes() for it in folder.iterdir()}


def round_trip(folder: Path, target: Path) -> Path:
    codec.check(folder)
    archive = target.with_suffix(".tar")
    archive.write_bytes(b"".join(codec.pack(folder)))
    codec.unpack(archive, target)
    return target


@settings(deadline=None)
@given(trees)
def test_any_tree_of_files_comes_back(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as place:
        write_tree(Path(place, "put"), tree)
        assert read_tree(round_trip(Path(place, "put"), Path(place, "got"))) == tree


def test_times_executables_and_links_within_the_folder_come_back(tmp_path: Path) -> None:
    put = tmp_path / "put"
    write_tree(put, {"run.sh": b"#!/bin/sh", "sub": {"data": b"1"}})
    (put / "run.sh").chmod(0o755)
    os.utime(put / "run.sh", (1, 1_600_000_000.25))
    (put / "sub" / "up").symlink_to("../run.sh")
    (put / "folder").symlink_to("sub")
    got = round_trip(put, tmp_path / "got")
    assert os.access(got / "run.sh", os.X_OK)
    assert (got / "run.sh").stat().st_mtime == 1_600_000_000.25
    assert (got / "sub" / "up").readlink() == Path("../run.sh")
    assert (got / "folder").readlink() == Path("sub")


def test_the_same_folder_makes_the_same_bytes_and_tarfile_reads_them(tmp_path: Path) -> None:
    write_tree(tmp_path / "put", {"b": b"2", "a": b"1", "c": {"long" * 40: b"x" * 513}})
    content = b"".join(codec.pack(tmp_path / "put"))
    assert content == b"".join(codec.pack(tmp_path / "put"))
    assert len(content) % tarfile.RECORDSIZE == 0
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == ["a", "b", "c", "c/" + "long" * 40]
        assert {(entry.uid, entry.gid, entry.uname) for entry in tar} == {(0, 0, "")}


def test_a_large_file_is_packed_piece_by_piece(tmp_path: Path) -> None:
    write_tree(tmp_path / "put", {"big": bytes(20_000_000)})
    tracemalloc.start()
    try:
        assert sum(map(len, codec.pack(tmp_path / "put"))) > 20_000_000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "sub/../../outside"])
def test_links_out_of_the_folder_are_refused_by_name(target: str, tmp_path: Path) -> None:
    write_tree(tmp_path / "put", {"sub": {}})
    (tmp_path / "put" / "link").symlink_to(target)
    with pytest.raises(UnsupportedValue, match="link"):
        codec.check(tmp_path / "put")


def test_pipes_and_sockets_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path / "put", {})
    os.mkfifo(tmp_path / "put" / "pipe")
    with pytest.raises(UnsupportedValue, match="pipe"):
        codec.check(tmp_path / "put")
    (tmp_path / "put" / "pipe").unlink()
    monkeypatch.chdir(tmp_path / "put")  # paths of sockets are short
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("sock")
        with pytest.raises(UnsupportedValue, match="sock"):
            codec.check(tmp_path / "put")


@pytest.mark.parametrize("change", [b"", b"longer than before"])
def test_a_file_that_changes_while_it_is_packed_is_refused(change: bytes, tmp_path: Path) -> None:
    write_tree(tmp_path / "put", {"a": b"12345"})
    pieces = codec.pack(tmp_path / "put")
    next(pieces)
    (tmp_path / "put" / "a").write_bytes(change)
    with pytest.raises(UnsupportedValue, match="changed its size"):
        list(pieces)


def test_an_archive_cannot_write_outside_of_its_folder(tmp_path: Path) -> None:
    for name in ("../evil", "/tmp/evil"):
        archive = tmp_path / "evil.tar"
        with tarfile.open(archive, "w") as tar:
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "../.."
            tar.addfile(link if name.startswith("/") else tarfile.TarInfo(name))
        with pytest.raises(Corrupt):
            codec.unpack(archive, tmp_path / "got")
        assert not (tmp_path / "evil").exists()


def test_what_is_no_archive_is_corrupt(tmp_path: Path) -> None:
    archive = tmp_path / "noise.tar"
    archive.write_bytes(b"no tar file" * 100)
    with pytest.raises(Corrupt):
        codec.unpack(archive, tmp_path / "got")
