"""Kind ``python.file`` in a real store."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from omegastore import OmegaStore
from omegastore.errors import Corrupt, UnsupportedObject, UnsupportedValue

CONTENT = bytes(range(256)) * 9000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some file.bin"
    path.write_bytes(CONTENT)
    return path


def test_a_file_is_read_back_by_a_reader_or_into_a_path(path: Path, store: OmegaStore, tmp_path: Path) -> None:
    meta = store.put(path, "file")
    assert meta.kind == "python.file"
    assert meta.kind_meta == {"filename": "some file.bin", "size": len(CONTENT), "is_folder": False}
    with store.get("file") as file:
        assert file.read(10) == CONTENT[:10]
        assert file.read() == CONTENT[10:]
    target = tmp_path / "copy"
    assert store.get("file", local=target) == target
    assert store.get("file", local=str(target)) == target
    assert target.read_bytes() == CONTENT


def test_a_str_is_a_path_when_asked_for(path: Path, store: OmegaStore) -> None:
    assert store.put(str(path), "text").kind == "python.object"
    store.put(str(path), "file", kind="python.file")
    assert store.get("file").read() == CONTENT


def test_an_empty_file_comes_back_empty(store: OmegaStore, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    store.put(tmp_path / "empty", "file")
    assert store.get("file").read() == b""
    assert store.get("file", local=tmp_path / "copy").read_bytes() == b""


def test_file_like_objects_are_read_from_where_they_stand(path: Path, store: OmegaStore) -> None:
    def files() -> list[Any]:
        named = tempfile.NamedTemporaryFile()  # noqa: SIM115  # closed below
        spooled = tempfile.SpooledTemporaryFile()  # noqa: SIM115
        opened: list[Any] = [
            io.BytesIO(CONTENT),
            path.open("rb"),
            path.open("r+b"),
            path.open("rb", 0),
            named,
            spooled,
        ]
        for file in opened[-2:]:
            file.write(CONTENT)
        return opened

    for file in files():
        with file:
            file.seek(100)
            assert store.put(file, "file").kind == "python.file"
            assert file.tell() == len(CONTENT)
            assert store.get("file").read() == CONTENT[100:]


class Stream:
    """A file of no known type, that cannot be sought."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 1000) if size >= 0 else size)


def test_anything_that_reads_like_a_file_is_kept(store: OmegaStore) -> None:
    assert store.put(Stream(CONTENT), "file").kind == "python.file"
    assert store.get("file").read() == CONTENT


def test_the_reader_of_one_object_can_be_put_as_another(path: Path, store: OmegaStore) -> None:
    store.put(path, "file")
    store.put(store.get("file"), "copy")
    assert store.get("copy").read() == CONTENT


def test_text_files_are_refused_with_the_remedy(path: Path, store: OmegaStore) -> None:
    for text in (io.StringIO("text"), path.open("r")):
        with text, pytest.raises(UnsupportedObject, match="rb"):
            store.put(text, "file")
    assert not store.exists("file")


def test_a_missing_path_leaves_the_old_file(path: Path, store: OmegaStore, tmp_path: Path) -> None:
    store.put(path, "file")
    with pytest.raises(FileNotFoundError, match="missing"):
        store.put(tmp_path / "missing", "file")
    assert store.get("file").read() == CONTENT


def test_what_is_no_file_is_refused(store: OmegaStore) -> None:
    with pytest.raises(UnsupportedObject):
        store.put(5, "file", kind="python.file")
    with pytest.raises(UnsupportedObject, match="neither a file nor a folder"):
        store.put(Path("/dev/null"), "file")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "sub" / "empty").mkdir(parents=True)
    (folder / "a").write_bytes(CONTENT)
    (folder / "sub" / "b").write_bytes(b"b")
    return folder


def test_a_folder_is_unpacked_with_all_that_is_in_it(folder: Path, store: OmegaStore, tmp_path: Path) -> None:
    meta = store.put(folder, "folder")
    assert meta.kind_meta["is_folder"]
    target = tmp_path / "new" / "target"
    assert store.get("folder", local=target) == target
    found = sorted(it.relative_to(target).as_posix() for it in target.rglob("*"))
    assert found == ["a", "sub", "sub/b", "sub/empty"]
    assert (target / "a").read_bytes() == CONTENT


def test_a_folder_is_not_unpacked_over_others(folder: Path, store: OmegaStore) -> None:
    store.put(folder, "folder")
    with pytest.raises(FileExistsError):
        store.get("folder", local=folder)


def test_a_folder_with_a_link_out_of_it_is_refused(folder: Path, store: OmegaStore) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(UnsupportedValue, match="link"):
        store.put(folder, "folder")
    assert not store.exists("folder")


def test_damage_is_told_before_a_file_is_written_and_at_the_end_of_a_reader(
    path: Path, store: OmegaStore, omegastore_database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    store.put(path, "file")
    chunks = next(name for name in omegastore_database.list_collection_names() if name.endswith(".chunks"))
    omegastore_database[chunks].update_one({"n": 1}, {"$set": {"data": bytes(1 << 20)}})
    with pytest.raises(Corrupt):
        store.get("file", local=tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    with pytest.raises(Corrupt):
        store.get("file").read()
