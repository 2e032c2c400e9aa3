"""Kind ``ndarray.hdf`` in a real store."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.sparse
from pymongo.database import Database

from omegastore import OmegaStore
from omegastore.errors import Corrupt, InvalidOption, UnsupportedObject, UnsupportedValue, UntrustedError

ARRAYS: dict[str, Any] = {
    "numbers": np.arange(6, dtype=">f4").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "zero dimensions": np.array(3 + 4j),
    "empty": np.zeros((0, 3), "M8[25s]"),
    "text": np.array([["ä", ""], ["b", "longer"]]),
    "structured": np.array([(1, b"a")], [(("a title", "n"), ">i8"), ("s", "S3")]),
    "matrix": np.array([[1, 2]]).view(np.matrix),
    "records": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "masked": np.ma.array([1, 2, 3], mask=np.array([0, 1, 0], "?"), fill_value=9),
    "objects": np.array([{"a": 1}, None, (1, 2)], object),
    "sparse": scipy.sparse.csc_array(np.eye(3)),
}


def same(got: Any, put: Any) -> None:
    assert type(got) is type(put)
    assert got.dtype == put.dtype
    assert got.shape == put.shape
    if hasattr(put, "toarray"):
        got, put = got.toarray(), put.toarray()
    assert got.tolist() == put.tolist()


@pytest.mark.parametrize("name", ARRAYS)
def test_every_kind_of_array_is_found_by_its_type_and_comes_back(name: str, store: OmegaStore) -> None:
    meta = store.put(ARRAYS[name], name)
    assert meta.kind == "ndarray.hdf"
    same(store.get(name), ARRAYS[name])


def test_metadata_says_class_type_and_shape(store: OmegaStore) -> None:
    meta = store.put(np.zeros((2, 3), "<f4"), "a")
    assert {key: meta.kind_meta[key] for key in ("class", "dtype", "shape", "pickled")} == {
        "class": "ndarray", "dtype": "<f4", "shape": [2, 3], "pickled": [],
    }  # fmt: skip


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_arrays_beyond_one_message_come_back(compression: str | None, store: OmegaStore) -> None:
    put = np.random.default_rng(0).integers(0, 1000, (3000, 501)).T
    meta = store.put(put, "a", compression=compression)
    assert (meta.kind_meta["size"] < put.nbytes) == (compression == "zlib")
    same(store.get("a"), put)


def test_the_stored_file_is_an_ordinary_hdf_file(store: OmegaStore) -> None:
    put = np.arange(1_000_000.0).reshape(1000, 1000)
    store.put(put, "a")
    meta = store.metadata("a")
    assert meta is not None
    with h5py.File(io.BytesIO(meta.gridfile.read())) as hdf:
        data: Any = hdf["data"]
        assert data.shape == put.shape
        assert data[500].tolist() == put[500].tolist()


def test_an_unknown_compression_is_refused(store: OmegaStore) -> None:
    with pytest.raises(InvalidOption, match="zlib"):
        store.put(np.arange(3), "a", compression="blosc")
    assert not store.exists("a")


class Own(np.ndarray[Any, Any]):
    """An array with a class of its own."""


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (np.zeros(2).view(Own), UnsupportedObject),
        (np.array([1, lambda: None], object), UnsupportedValue),
        (np.zeros(2, np.dtype("i4", metadata={"unit": "m"})), UnsupportedValue),
    ],
    ids=["class", "lambda", "metadata"],
)
def test_a_refused_array_leaves_the_old_one(refused: Any, error: type[Exception], store: OmegaStore) -> None:
    store.put(np.arange(3), "a")
    with pytest.raises(error):
        store.put(refused, "a")
    meta = store.metadata("a")
    assert meta is not None
    assert meta.version == 1
    assert store.get("a").tolist() == [0, 1, 2]


def test_numbers_need_no_signature_and_objects_do(store: OmegaStore, store_url: str) -> None:
    store.put(np.arange(3), "numbers")
    store.put(np.array([None, 1], object), "objects")
    other = OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": "another key"})
    assert other.get("numbers").tolist() == [0, 1, 2]
    with pytest.raises(UntrustedError):
        other.get("objects")


def test_metadata_that_claims_numbers_to_be_objects_or_objects_to_be_numbers_unpickles_nothing(
    store: OmegaStore, omegastore_database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    woken = tmp_path / "woken"
    evil = np.empty(1, object)
    evil[0] = Touch(woken)
    store.put(evil, "objects")
    store.put(np.arange(3, dtype="u1"), "numbers")
    head = omegastore_database.get_collection(metadata_collection(omegastore_database))
    head.update_one({"name": "objects"}, {"$set": {"kind_meta.pickled": []}})
    head.update_one({"name": "numbers"}, {"$set": {"kind_meta.pickled": ["data"]}})
    assert store.get("objects").dtype == np.uint8  # the bytes of the pickle
    with pytest.raises(UntrustedError):
        store.get("numbers")
    assert not woken.exists()


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def metadata_collection(database: Database[dict[str, Any]]) -> str:
    return next(name for name in database.list_collection_names() if database[name].find_one({"name": "objects"}))


def test_damaged_chunks_are_corrupt(store: OmegaStore, omegastore_database: Database[dict[str, Any]]) -> None:
    store.put(np.arange(500_000), "a")
    chunks = next(name for name in omegastore_database.list_collection_names() if name.endswith(".chunks"))
    chunk: Any = omegastore_database[chunks].find_one({"n": 1})
    omegastore_database[chunks].update_one(
        {"_id": chunk["_id"]}, {"$set": {"data": b"\0" + bytes(chunk["data"])[1:]}}
    )
    with pytest.raises(Corrupt):
        store.get("a")


def test_reading_an_array_imports_neither_pytables_nor_pandas() -> None:
    script = (
        "import sys, json; import omegastore.backends.ndarray; "
        "print(json.dumps([name for name in ('tables', 'pandas', 'sklearn', 'scipy') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
