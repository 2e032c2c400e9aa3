"""Each bucket in a database of its own, so that the server keeps users apart."""

from __future__ import annotations

import pickle
import re
import secrets
import string
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from sklearn.linear_model import LinearRegression

from omegastore import OmegaStore, naming
from omegastore.errors import InvalidName, InvalidOption
from omegastore.grant import grant
from omegastore.server import binary
from omegastore.testing.plugin import database_url
from tests.faults.mongods import ReplicaSet

APART: dict[str, Any] = {"OMEGA_STORE_BUCKET_DATABASES": True, "OMEGA_STORE_SIGNING_KEY": "k"}
BUCKETS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=naming.RESERVED + "\0"), min_size=1)


@pytest.fixture
def apart(store_url: str, omegastore_client: MongoClient[dict[str, Any]]) -> Iterator[OmegaStore]:
    store = OmegaStore(store_url, defaults=APART)
    base = store.mongodb.name
    yield store
    for name in omegastore_client.list_database_names():
        if name.startswith(f"{base}-"):
            omegastore_client.drop_database(name)


def beside(store: OmegaStore, bucket: str) -> OmegaStore:
    return OmegaStore(store.storage.connection, bucket, defaults=store.defaults)


@given(one=BUCKETS, other=BUCKETS)
def test_no_two_buckets_share_a_database(one: str, other: str) -> None:
    names = [naming.bucket_database("omega", each).lower() for each in (one, other)]
    assert (names[0] == names[1]) is (one == other)
    for name in names:
        assert len(name.encode()) <= 63
        assert set(name) <= set(string.ascii_lowercase + string.digits + "%_-")


def test_the_default_bucket_has_the_database_of_the_url() -> None:
    assert naming.bucket_database("omega", "omegaml") == "omega"
    assert naming.bucket_database("omega", "Team A") == "omega-%54eam%20%41"
    with pytest.raises(InvalidName, match="no room"):
        naming.bucket_database("x" * 50, "y" * 50)


def test_all_that_a_bucket_has_is_in_its_database(apart: OmegaStore) -> None:
    team, base = beside(apart, "team"), apart.mongodb.name
    assert team.mongodb.name == f"{base}-team"
    team.put(pd.DataFrame({"a": [1]}), "frame")
    team.put(np.zeros(300_000), "array")
    for value in (1, 2):
        team.put("text" * value * 5000, "text")
    apart.put("mine", "text")
    assert {name for name in apart.mongodb.list_collection_names() if "team" in name} == set()
    assert {"omegaml_team.metadata", "team.frame.datastore"} <= set(team.mongodb.list_collection_names())
    assert apart.buckets == team.buckets == ["omegaml", "team"]
    assert apart.list(bucket="team") == ["array", "frame", "text"]
    assert team.get("text", version=1) == "text" * 5000
    assert apart.metadata("text", bucket="team") == team.metadata("text")
    assert team.fsck() == []
    team.drop("*")
    team.gc(grace=0)
    assert apart.list() == ["text"]


def test_the_database_named_in_the_url_holds_the_same_bucket(apart: OmegaStore, omegastore_url: str) -> None:
    beside(apart, "team").put(1, "x")
    url = database_url(omegastore_url, f"{apart.mongodb.name}-team")
    assert OmegaStore(url, "team", defaults={"OMEGA_STORE_SIGNING_KEY": "k"}).get("x") == 1


def test_stores_by_bucket_are_pickled_and_compared_as_such(apart: OmegaStore, store: OmegaStore) -> None:
    team = beside(apart, "team")
    assert pickle.loads(pickle.dumps(team)).mongodb.name == team.mongodb.name
    assert pickle.loads(pickle.dumps(team)) == team
    assert apart != store
    assert beside(team, "omegaml").mongodb.name == apart.mongodb.name


def test_databases_of_others_are_not_buckets(apart: OmegaStore, omegastore_url: str) -> None:
    other = OmegaStore(database_url(omegastore_url, f"{apart.mongodb.name}-prod"), defaults={"x": 1})
    other.put(1, "x")
    assert apart.buckets == []


def test_grant_is_refused_where_buckets_share_a_database(store: OmegaStore, apart: OmegaStore) -> None:
    with pytest.raises(InvalidOption, match="OMEGA_STORE_BUCKET_DATABASES"):
        grant(store.storage.connection, "team", "ann")
    with pytest.raises(InvalidOption, match="access"):
        grant(apart.storage.connection, "team", "ann", "root")
    with pytest.raises(InvalidOption, match="name"):
        grant(apart.storage.connection, "team", "")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of an administrator of a server with ``--auth``."""
    folder = tmp_path_factory.mktemp("auth")
    key = folder / "key"
    key.touch(0o600)
    key.write_text(secrets.token_urlsafe(60).replace("-", "a").replace("_", "b"))
    program = binary.find().path
    servers = ReplicaSet(program, folder / "data")
    root = servers.url.replace("mongodb://", "mongodb://root:pw@").replace("/?", "/omega?authSource=admin&")
    with MongoClient[dict[str, Any]](servers.url) as client:
        client.admin.command("createUser", "root", pwd="pw", roles=["root"])
    [member] = servers.members
    member.kill()
    member.flags = ("--auth", "--keyFile", str(key))
    member.start()
    member.wait()
    yield root
    servers.end()


def run(client: MongoClient[dict[str, Any]], script: str, password: str) -> None:
    """Do what mongosh does with the commands that grant prints."""
    [place] = re.findall(r'getSiblingDB\("([^"]*)"\)', script)
    [(role, db, built_in)] = re.findall(r'createRole\({role: "(.*?)".*{db: "(.*?)", role: "(.*?)"}', script)
    [user] = re.findall(r'createUser\({user: "(.*?)"', script)
    database = client.get_database(place)
    database.command("createRole", role, privileges=[], roles=[{"db": db, "role": built_in}])
    database.command("createUser", user, pwd=password, roles=[role])


def test_the_server_keeps_the_users_of_buckets_apart(guarded: str) -> None:
    admin = OmegaStore(guarded, defaults=APART)
    admin.put("of all", "x")
    with MongoClient[dict[str, Any]](guarded, serverSelectionTimeoutMS=60_000) as client:
        for user in ("ann", "bob"):
            script = grant(admin.storage.connection, f"Team {user}", user)
            assert "pw" not in script.replace("pwd", "")
            run(client, script, "secret")
        run(client, grant(admin.storage.connection, "Team ann", "eve", "read"), "secret")

    def store(user: str, bucket: str) -> OmegaStore:
        own = naming.bucket_database("omega", "Team ann" if user == "eve" else f"Team {user}").replace("%", "%25")
        url = guarded.replace("root:pw", f"{user}:secret").replace("authSource=admin", f"authSource={own}")
        return OmegaStore(url, bucket, defaults=APART)

    for user in ("ann", "bob"):
        mine = store(user, f"Team {user}")
        mine.put(pd.DataFrame({"of": [user]}), "frame")
        mine.put(LinearRegression(), "model")
        mine.put(np.zeros(300_000), "array")
        assert mine.get("frame")["of"].tolist() == [user]
        assert len(mine.get("array")) == 300_000
        mine.drop("array")
        assert mine.gc(grace=0).payloads == 1
        assert mine.fsck() == []
        assert mine.buckets == [f"Team {user}"]
    for user, bucket in (("ann", "Team bob"), ("bob", "Team ann"), ("ann", "omegaml")):
        other = store(user, bucket)
        with pytest.raises(OperationFailure, match="not authorized"):
            other.get("frame")
        with pytest.raises(OperationFailure, match="not authorized"):
            other.put(1, "x")
        with pytest.raises(OperationFailure, match="not authorized"):
            other.list()
    reader = store("eve", "Team ann")
    assert reader.get("frame")["of"].tolist() == ["ann"]
    with pytest.raises(OperationFailure, match="not authorized"):
        reader.put(1, "x")
    assert admin.buckets == ["Team ann", "Team bob", "omegaml"]
