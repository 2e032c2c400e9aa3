"""Making a store: no I/O, settings that are copied, equality, repr and pickles."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo import MongoClient

from omegastore import OmegaStore, server
from omegastore.config import Settings
from omegastore.errors import ServerUnavailable

NOWHERE = "mongodb://db.invalid:1/x"


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("I/O at construction")


def test_making_a_store_starts_connects_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("omegastore.mongo.MongoClient", refuse)
    monkeypatch.setattr(server, "ensure", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    for url in (None, NOWHERE, "mongodb+srv://db.invalid/x"):
        store = OmegaStore(url, defaults={"OMEGA_TMP": str(tmp_path)})
        assert (store.bucket, store.prefix) == ("omegaml", "")
        assert repr(store)
        assert store == OmegaStore(url)
        assert pickle.loads(pickle.dumps(store)) == store
    assert list(tmp_path.iterdir()) == []


def test_bucket_comes_from_the_settings_unless_given() -> None:
    defaults = {"OMEGA_MONGO_COLLECTION": "mine", "OMEGA_MONGO_URL": NOWHERE}
    assert OmegaStore(defaults=defaults).bucket == "mine"
    assert OmegaStore(defaults=defaults, bucket="other").bucket == "other"
    assert OmegaStore(defaults=defaults).storage.connection.address == NOWHERE


def test_settings_are_copied_and_never_changed() -> None:
    backends: dict[str, str] = {}
    given = SimpleNamespace(
        OMEGA_MONGO_URL=NOWHERE, OMEGA_STORE_KEEP_VERSIONS=3, OMEGA_STORE_BACKENDS=backends, UNKNOWN=1
    )
    before = dict(vars(given))
    store = OmegaStore(defaults=given)
    backends["later"] = "a.b:C"
    given.OMEGA_STORE_KEEP_VERSIONS = 9
    assert store.defaults.OMEGA_STORE_KEEP_VERSIONS == 3
    assert dict(store.defaults.OMEGA_STORE_BACKENDS) == {}
    assert {**vars(given), "OMEGA_STORE_KEEP_VERSIONS": 3} == before


def test_settings_without_a_url_leave_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_MONGO_URL", NOWHERE)
    for defaults in (None, {}, Settings(OMEGA_STORE_KEEP_VERSIONS=2), {"OMEGA_MONGO_URL": None}):
        assert OmegaStore(defaults=defaults).storage.connection.address == NOWHERE


def test_an_argument_wins_over_settings_and_these_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_MONGO_URL", "mongodb://env.invalid/x")
    given = {"OMEGA_MONGO_URL": "mongodb://set.invalid/x"}
    assert OmegaStore().storage.connection.address == "mongodb://env.invalid/x"
    assert OmegaStore(defaults=given).storage.connection.address == "mongodb://set.invalid/x"
    assert OmegaStore(NOWHERE, defaults=given).storage.connection.address == NOWHERE


def test_stores_are_equal_when_server_database_bucket_and_prefix_are() -> None:
    store = OmegaStore(NOWHERE, "b", "p/")
    assert store == OmegaStore(NOWHERE, "b", "p/", kind="python.data")
    assert hash(store) == hash(OmegaStore(NOWHERE, "b", "p/"))
    others: list[Any] = [
        OmegaStore(NOWHERE, "b", "q/"),
        OmegaStore(NOWHERE, "c", "p/"),
        OmegaStore("mongodb://db.invalid:2/x", "b", "p/"),
        OmegaStore("mongodb://db.invalid:1/y", "b", "p/"),
        OmegaStore("mongodb://db.invalid:1,db2.invalid/x?appName=a@b", "b", "p/"),
        NOWHERE,
    ]
    assert [other for other in others if store == other] == []


def test_the_address_is_the_hosts_and_the_database() -> None:
    store = OmegaStore("mongodb://me:p%40ss@one.invalid:1,two.invalid/x?authSource=admin")
    assert store.storage.connection.address == "mongodb://one.invalid:1,two.invalid/x"


def test_stores_whose_hosts_cannot_be_told_from_secrets_are_not_taken_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = (f"mongodb://{host}.invalid/x?appName=a@b" for host in ("one", "two"))
    assert OmegaStore(one) != OmegaStore(two)
    assert OmegaStore(one) == OmegaStore(one)
    monkeypatch.setenv("OMEGA_MONGO_URL", two)
    revived = pickle.loads(pickle.dumps(OmegaStore(one)))
    with pytest.raises(ServerUnavailable, match="OMEGA_MONGO_URL"):
        revived.list()


def test_repr_and_html_say_where_the_store_is() -> None:
    store = OmegaStore("mongodb://me:secret@db.invalid/x", "b<1>", "p/")
    assert "db.invalid/x" in repr(store)
    assert "'b<1>'" in repr(store)
    html: str = store._repr_html_()
    assert "db.invalid/x" in html
    assert "<1>" not in html
    assert "secret" not in html + repr(store)


def test_a_pickled_store_works_in_a_new_process(store: OmegaStore, store_url: str, tmp_path: Path) -> None:
    other = OmegaStore(store_url, "b", "p/", kind=["python.data"], defaults={"OMEGA_STORE_KEEP_VERSIONS": 7})
    other.put({"a": 1}, "x")
    path = tmp_path / "store"
    path.write_bytes(pickle.dumps(other))
    code = (
        "import pickle, sys; s = pickle.load(open(sys.argv[1], 'rb')); "
        "print(s.get('x'), s.bucket, s.prefix, s.kind, s.defaults.OMEGA_STORE_KEEP_VERSIONS)"
    )
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[{'a': 1}] b p/ ['python.data'] 7"


def test_a_pickle_holds_no_credentials_and_finds_them_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "mongodb://me:sesame@db.invalid:1/x"
    store = OmegaStore(url, defaults={"OMEGA_STORE_SIGNING_KEY": "opensesame"})
    data = pickle.dumps(store)
    assert b"sesame" not in data
    assert b"MongoClient" not in data
    monkeypatch.setenv("OMEGA_MONGO_URL", url)
    assert pickle.loads(data) == store
    assert pickle.loads(data).storage.connection.identity == store.storage.connection.identity
    assert pickle.loads(data).storage.connection._url == url


def test_a_client_can_be_given_and_is_not_pickled(store_url: str) -> None:
    with MongoClient[dict[str, Any]](store_url) as client:
        store = OmegaStore(client)
        assert store.put({"a": 1}, "x").version == 1
        assert store.storage.connection.client is client
        assert b"MongoClient" not in pickle.dumps(store)
    assert OmegaStore(store_url).get("x") == [{"a": 1}]


def test_the_temporary_folder_is_made_on_read_and_goes_with_the_store(tmp_path: Path) -> None:
    make: Callable[[], OmegaStore] = lambda: OmegaStore(NOWHERE, defaults={"OMEGA_TMP": str(tmp_path)})  # noqa: E731
    one, two = make(), make()
    assert list(tmp_path.iterdir()) == []
    folder = Path(one.tmppath)
    assert folder.is_dir()
    assert folder.parent == tmp_path
    assert Path(one.tmppath) == folder != Path(two.tmppath)
    (folder / "file").write_text("x")
    del one
    gc.collect()
    assert not folder.exists()
    assert Path(two.tmppath).is_dir()


def test_the_database_is_that_of_the_url_else_omega(store: OmegaStore, store_url: str) -> None:
    name = store_url.rpartition("/")[2].partition("?")[0]
    assert store.mongodb.name == name
    assert OmegaStore("mongodb://db.invalid/?appName=x").mongodb.name == "omega"


def test_buckets_have_their_own_gridfs_and_are_listed(store: OmegaStore, store_url: str) -> None:
    data = bytes(300_000)
    names = ["omegaml", "b.c", "b_c", "b c\n", "ü" * 127]
    for name in names:
        other = OmegaStore(store_url, name)
        assert other.put(data, "x").gridfile.read().endswith(b"\0")
        assert other.fs.get(other.put(data, "x").gridfile_id).length > 300_000
        assert len(other.fs.list()) == 1  # two files of one name
    assert store.buckets == sorted(names)
    assert {"omegaml.files", "omegaml_b_c.files"} <= set(store.mongodb.list_collection_names())
