"""What is not as its signer left it is refused before a byte reaches a loader; docs/security.md has this table."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import tables
from bson.binary import Binary
from sklearn.linear_model import LinearRegression

from omegastore import OmegaStore
from omegastore.errors import Corrupt, OmegaStoreError, UntrustedError
from omegastore.testing.subject import spread

Doc = dict[str, Any]
Change = Callable[["Scene", Doc], None]


class Sentinel:
    """Makes a file when it is unpickled."""

    def __init__(self, flag: Path) -> None:
        self._flag = flag

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self._flag,)


def evil_joblib(flag: Path) -> bytes:
    file = io.BytesIO()
    joblib.dump(Sentinel(flag), file)
    return file.getvalue()


def evil_hdf(flag: Path) -> bytes:
    path = flag.with_suffix(".h5")
    pd.DataFrame({"a": [1.0]}).to_hdf(path, key="data")
    with tables.open_file(str(path), "a") as file:
        file.root.data._v_attrs.encoding = Sentinel(flag)
    return path.read_bytes()


def evil_array(flag: Path) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Sentinel(flag)], object), allow_pickle=True)
    return file.getvalue()


KINDS: dict[str, tuple[Callable[[int], Any], Callable[[Path], bytes]]] = {
    "sklearn.joblib": (lambda seed: LinearRegression(positive=bool(seed % 2)), evil_joblib),
    "pandas.hdf": (lambda seed: pd.DataFrame({"a": [float(seed)]}), evil_hdf),
    "python.hdf": (lambda seed: [seed, 1], evil_hdf),
    "ndarray.hdf": (lambda seed: np.array([seed, "a", None], object), evil_array),
}


class Scene:
    """An object of two versions, others beside it, and who wants to have code run."""

    def __init__(self, store: OmegaStore, kind: str, flag: Path) -> None:
        self.store, self.kind, self.flag = store, kind, flag
        self.make, self.evil = KINDS[kind][0], KINDS[kind][1](flag)
        self.first = self.put(store, 1).payload
        self.put(store, 2)
        self.other = self.put(store, 3, "other").payload
        elsewhere = OmegaStore(store.storage.connection, "elsewhere", defaults=store.defaults)
        self.elsewhere = self.put(elsewhere, 4).payload

    def put(self, store: OmegaStore, seed: int, name: str = "m") -> Any:
        return store.put(self.make(seed), name, kind=self.kind)

    @property
    def head(self) -> Doc:
        found: Doc | None = self.store.mongodb["omegaml.metadata"].find_one({"name": "m"})
        assert found is not None
        return found

    @property
    def chunks(self) -> Any:
        return self.store.mongodb["omegaml.chunks"]

    def of(self, document: Doc) -> list[Doc]:
        """Return the chunks of the first file."""
        return list(self.chunks.find({"files_id": document["payload"]["parts"][0]["id"]}, sort=[("n", 1)]))


def sums(data: bytes) -> Doc:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def put_file(scene: Scene, head: Doc) -> None:
    """Put other bytes in the place of the file, and leave what is said of them."""
    head["payload"]["parts"] = [{**head["payload"]["parts"][0], "data": Binary(scene.evil)}]


def put_file_and_sum(scene: Scene, head: Doc) -> None:
    put_file(scene, head)
    head["payload"]["parts"][0] |= sums(scene.evil)


def put_whole(scene: Scene, head: Doc) -> None:
    put_file_and_sum(scene, head)
    head["payload"] |= sums(scene.evil)
    head["payload"]["where"] = "inline"


def unsign(scene: Scene, head: Doc) -> None:
    put_whole(scene, head)
    del head["payload"]["signature"]


def sign_as_stranger(scene: Scene, head: Doc) -> None:
    put_whole(scene, head)
    stranger = OmegaStore(scene.store.storage.connection, defaults={"OMEGA_STORE_SIGNING_KEY": "stranger"})
    head["payload"]["signature"] = stranger.storage.seal.sign("m", head["kind"], head["vid"], head["payload"])


def claim_the_key(scene: Scene, head: Doc) -> None:
    mine = head["payload"]["signature"]["key"]
    sign_as_stranger(scene, head)
    head["payload"]["signature"]["key"] = mine


def replay(scene: Scene, head: Doc) -> None:
    head["payload"] = scene.first


def move_from_name(scene: Scene, head: Doc) -> None:
    head["payload"] = scene.other


def move_from_bucket(scene: Scene, head: Doc) -> None:
    head["payload"] = scene.elsewhere


def say_other_kind(scene: Scene, head: Doc) -> None:
    head["kind"] = "sklearn.joblib" if scene.kind != "sklearn.joblib" else "python.hdf"


def say_other_size(scene: Scene, head: Doc) -> None:
    head["payload"]["size"] += 1


def say_other_version(scene: Scene, head: Doc) -> None:
    head["vid"] = type(head["vid"])()


def change_chunk(scene: Scene, head: Doc) -> None:
    chunk = scene.of(head)[0]
    scene.chunks.update_one({"_id": chunk["_id"]}, {"$set": {"data": Binary(scene.evil)}})


def remove_chunk(scene: Scene, head: Doc) -> None:
    scene.chunks.delete_one({"_id": scene.of(head)[-1]["_id"]})


def add_chunk(scene: Scene, head: Doc) -> None:
    last = scene.of(head)[-1]
    scene.chunks.insert_one({"files_id": last["files_id"], "n": last["n"] + 1, "data": Binary(scene.evil)})


def swap_files(scene: Scene, head: Doc) -> None:
    head["payload"]["parts"][0]["id"] = scene.other["parts"][0]["id"]


INLINE: dict[str, tuple[Change, type[OmegaStoreError]]] = {
    "the bytes": (put_file, Corrupt),
    "the bytes and their checksum": (put_file_and_sum, UntrustedError),
    "the bytes, every checksum and size": (put_whole, UntrustedError),
    "all of that, and the signature taken away": (unsign, UntrustedError),
    "all of that, signed with a stranger's key": (sign_as_stranger, UntrustedError),
    "the same, under the id of the right key": (claim_the_key, UntrustedError),
    "an earlier version of the object put back": (replay, UntrustedError),
    "another object's payload, signature included": (move_from_name, UntrustedError),
    "the payload of the same name in another bucket": (move_from_bucket, UntrustedError),
    "the kind": (say_other_kind, UntrustedError),
    "the size": (say_other_size, UntrustedError),
    "the version id": (say_other_version, UntrustedError),
}
IN_FILES: dict[str, tuple[Change, type[OmegaStoreError]]] = {
    "the bytes of a chunk in GridFS": (change_chunk, Corrupt),
    "a chunk removed": (remove_chunk, Corrupt),
    "a chunk added": (add_chunk, Corrupt),
    "the file of another object referred to": (swap_files, Corrupt),
}
TABLE = INLINE | IN_FILES


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentinel_would_tell(store: OmegaStore, kind: str, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    data = KINDS[kind][1](flag)
    assert not flag.exists()
    if kind.endswith("joblib"):
        joblib.load(io.BytesIO(data))
    elif kind == "ndarray.hdf":
        np.load(io.BytesIO(data), allow_pickle=True)
    else:
        pd.read_hdf(flag.with_suffix(".h5"))
    assert flag.exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changed", TABLE)
def test_it_is_refused_before_a_byte_is_loaded(
    store: OmegaStore, kind: str, changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if changed in IN_FILES:
        spread(monkeypatch)
    change, error = TABLE[changed]
    scene = Scene(store, kind, tmp_path / "flag")
    head = scene.head
    change(scene, head)
    store.mongodb["omegaml.metadata"].replace_one({"_id": head["_id"]}, head)
    with pytest.raises((Corrupt, UntrustedError)) as raised:
        store.get("m")
    assert type(raised.value) is error
    assert not scene.flag.exists()


def test_the_table_of_the_documentation_is_this_one() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "security.md").read_text("utf-8")
    rows = [f"| {changed} | `{error.__name__}` |" for changed, (_, error) in TABLE.items()]
    found = [line for line in text.splitlines() if line.endswith(("| `Corrupt` |", "| `UntrustedError` |"))]
    assert found == rows
