"""Payloads whose loader can run code are verified before any byte reaches the loader."""

from __future__ import annotations

import copy
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import pytest
from bson.binary import Binary
from sklearn.linear_model import LinearRegression

from omegastore import OmegaStore
from omegastore.errors import Corrupt, InvalidSetting, UntrustedError

LOADED: list[str] = []


def trap() -> str:
    LOADED.append("x")
    return "loaded"


class Sentinel:
    """Notes that it was unpickled."""

    def __reduce__(self) -> tuple[Callable[[], str], tuple[()]]:
        return trap, ()


def evil() -> bytes:
    file = io.BytesIO()
    joblib.dump(Sentinel(), file)
    return file.getvalue()


@pytest.fixture(autouse=True)
def nothing_is_loaded() -> Iterator[None]:
    LOADED.clear()
    yield
    assert LOADED == []


@pytest.fixture
def head(store: OmegaStore) -> dict[str, Any]:
    """Return the document of a stored model."""
    store.put(LinearRegression(), "m")
    found: dict[str, Any] | None = store.mongodb["omegaml.metadata"].find_one({"name": "m"})
    assert found is not None
    return found


def put_back(store: OmegaStore, document: dict[str, Any]) -> None:
    store.mongodb["omegaml.metadata"].replace_one({"_id": document["_id"]}, document)


def test_the_sentinel_would_tell() -> None:
    joblib.load(io.BytesIO(evil()))
    assert LOADED.pop() == "x"


def test_other_bytes_are_refused(store: OmegaStore, head: dict[str, Any]) -> None:
    head["payload"]["parts"][0]["data"] = Binary(evil())
    put_back(store, head)
    with pytest.raises((Corrupt, UntrustedError)):
        store.get("m")


@pytest.mark.parametrize("whole", [False, True])
def test_other_bytes_with_their_own_checksum_are_refused(
    store: OmegaStore, head: dict[str, Any], whole: bool
) -> None:
    data = evil()
    part = {"data": Binary(data), "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    head["payload"]["parts"][0] |= part
    if whole:
        head["payload"] |= {"size": part["size"], "sha256": part["sha256"]}
    put_back(store, head)
    with pytest.raises(UntrustedError):
        store.get("m")


def test_a_tampered_chunk_is_refused(store: OmegaStore) -> None:
    model: Any = LinearRegression()
    model.noise = os.urandom(1 << 19)
    store.put(model, "m")
    assert store.get("m").noise == model.noise
    chunk = store.mongodb["omegaml.chunks"].find_one({})
    assert chunk is not None
    store.mongodb["omegaml.chunks"].update_one({"_id": chunk["_id"]}, {"$set": {"data": evil()}})
    with pytest.raises(Corrupt):
        store.get("m")
    store.mongodb["omegaml.chunks"].delete_many({})
    with pytest.raises(Corrupt):
        store.get("m")


@pytest.mark.parametrize("field", ["vid", "kind", "name", "bucket", "prefix"])
def test_a_payload_is_bound_to_its_place(store: OmegaStore, store_url: str, field: str) -> None:
    places = {"bucket": ("b", ""), "prefix": ("omegaml", "p/")}
    other = OmegaStore(store_url, *places.get(field, ("omegaml", "")), defaults=store.defaults)
    store.put(LinearRegression(), "m")
    other.put(LinearRegression(positive=True), "n" if field == "name" else "m", kind="sklearn.joblib")
    source = store.mongodb["omegaml.metadata"].find_one({"name": "m", "prefix": ""})
    space = "omegaml_b.metadata" if field == "bucket" else "omegaml.metadata"
    target = store.mongodb[space].find_one(
        {"name": "n" if field == "name" else "m", "prefix": "p/" if field == "prefix" else ""}
    )
    assert source is not None
    assert target is not None
    changed = {**target, "payload": source["payload"]}
    changed |= {"vid": source["vid"]} if field != "vid" else {}
    if field == "kind":
        changed = {**source, "kind": "pandas.hdf"}
    if field == "vid":
        store.put(LinearRegression(positive=True), "m")  # and the old payload is put back
        target = store.mongodb["omegaml.metadata"].find_one({"name": "m"})
        assert target is not None
        changed = {**target, "payload": source["payload"]}
    store.mongodb[space].replace_one({"_id": target["_id"]}, changed)
    with pytest.raises(UntrustedError):
        other.get(changed["name"])


def test_what_is_not_signed_is_refused_whatever_the_caller_asks(store: OmegaStore, head: dict[str, Any]) -> None:
    unsigned = copy.deepcopy(head)
    del unsigned["payload"]["signature"]
    put_back(store, unsigned)
    with pytest.raises(UntrustedError, match="not signed"):
        store.get("m")
    store.put(io.BytesIO(evil()), "file")
    for kind in ("sklearn.joblib", "pandas.hdf", "python.hdf"):
        with pytest.raises(UntrustedError):
            store.get("file", kind=kind)
    store.mongodb["omegaml.metadata"].update_one({"name": "file"}, {"$set": {"kind": "sklearn.joblib"}})
    with pytest.raises(UntrustedError):
        store.get("file")


def with_key(store_url: str, key: str | None) -> OmegaStore:
    return OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": key})


def test_keys_can_be_rotated(store_url: str) -> None:
    with_key(store_url, "old").put(LinearRegression(), "m")
    with pytest.raises(UntrustedError, match="OMEGA_STORE_SIGNING_KEY"):
        with_key(store_url, "new").get("m")
    both = with_key(store_url, "new,old")
    both.get("m")
    both.put(LinearRegression(), "n")
    with_key(store_url, "new").get("n")
    with pytest.raises(UntrustedError):
        with_key(store_url, "old").get("n")


def test_earlier_versions_are_verified_too(store: OmegaStore) -> None:
    for at in range(3):
        store.put(LinearRegression(positive=bool(at)), "m")
    assert [store.get("m", version=at).positive for at in (1, 2, 3)] == [False, True, True]


def test_the_key_file_is_made_for_the_user_alone(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("OMEGA_STORE_SIGNING_KEY", raising=False)
    store = with_key(store_url, None)
    store.put("x", "plain")
    assert list(tmp_path.iterdir()) == []
    store.put(LinearRegression(), "m")
    [path] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    key = path.read_text().strip()
    assert len(key) >= 32
    with_key(store_url, None).get("m")
    with_key(store_url, key).get("m")
    for name in store.mongodb.list_collection_names():
        assert key not in str(list(store.mongodb[name].find()))
    path.chmod(0o640)
    with pytest.raises(InvalidSetting, match="600"):
        with_key(store_url, None).get("m")
    path.chmod(0o600)
    path.write_text(" \n")
    with pytest.raises(InvalidSetting):
        with_key(store_url, None).get("m")
