"""Rows by each route: a run of documents in one message or `insert_many`, bare replies or the driver's cursor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import bson
import numpy as np
import pandas as pd
import pytest
from pymongo import MongoClient, ReadPreference, WriteConcern, message
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteError
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from omegastore import OmegaStore, replies, wire
from omegastore.codecs.documents import Documents
from omegastore.codecs.frame import Prepared
from omegastore.rows import Rows

KEY = {"OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
FRAME = pd.DataFrame(
    {"n": np.arange(2500), "text": ["kept secret", "ü", "", "long " * 20, "x"] * 500, "list": [[1], {"a": 2}] * 1250}
)
PREFERENCES: dict[str, Any] = {
    "primary": ReadPreference.PRIMARY,
    "secondaryPreferred": ReadPreference.SECONDARY_PREFERRED,
    "nearest": ReadPreference.NEAREST,
}


class Sent(CommandListener):
    """Keeps the commands that were sent."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass

    def of(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.commands if name in each]


@pytest.fixture(params=["run", "insert_many"])
def write_route(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "insert_many":
        monkeypatch.setattr(wire, "is_driver_fit", lambda: False)
    return str(request.param)


@pytest.fixture(params=["commands", "cursor"])
def read_route(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "cursor":
        monkeypatch.setattr(replies, "is_one_server", lambda collection: False)
    return str(request.param)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def client(store_url: str, sent: Sent) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](store_url, event_listeners=[sent]) as found:
        yield found


@pytest.fixture
def store(client: MongoClient[dict[str, Any]]) -> OmegaStore:
    return OmegaStore(client, defaults=KEY)


def read_in_batches_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def smaller(connection: Any, collection: Any, command: Any, batch_size: int) -> Iterator[Documents]:
        return replies.replies(connection, collection, command, min(batch_size, size))

    monkeypatch.setattr("omegastore.rows.replies", smaller)


def of(values: list[dict[str, Any]]) -> Documents:
    return Documents.join([bson.encode(value) for value in values])


def test_frames_come_back_by_every_route(
    store: OmegaStore, write_route: str, read_route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Prepared.chunks, "__defaults__", (1000,))
    read_in_batches_of(700, monkeypatch)
    store.put(FRAME, "n", append=False)
    store.put(FRAME, "n", append=True)
    twice = pd.concat([FRAME, FRAME])
    pd.testing.assert_frame_equal(store.get("n"), twice)
    pd.testing.assert_frame_equal(store.get("n", columns=["text"]), twice[["text"]])
    pd.testing.assert_frame_equal(store.get("n", n__lt=750), twice[twice["n"] < 750])
    pd.testing.assert_frame_equal(pd.concat(store.get("n", chunksize=999)), twice)
    assert store.get("n", n=-1).empty


def test_a_failed_document_is_told_alike_by_both_routes(
    client: MongoClient[dict[str, Any]], write_route: str
) -> None:
    collection = client.get_default_database()["things"]
    wire.insert(collection, of([{"_id": 1}, {"_id": 2}]))
    with pytest.raises(DuplicateKeyError) as caught:
        wire.insert(collection, of([{"_id": 2}, {"_id": 3}]))
    assert caught.value.code == 11000
    assert sorted(each["_id"] for each in collection.find()) == [1, 2, 3]
    client.get_default_database().create_collection("checked", validator={"n": {"$gt": 0}})
    with pytest.raises(WriteError) as invalid:
        wire.insert(client.get_default_database()["checked"], of([{"_id": 1, "n": 0}]))
    assert invalid.value.code == 121


def test_a_write_concern_that_fails_is_told_alike_by_both_routes(
    client: MongoClient[dict[str, Any]], write_route: str
) -> None:
    collection = client.get_default_database().get_collection("things", write_concern=WriteConcern("no such tag"))
    with pytest.raises(OperationFailure) as caught:
        wire.insert(collection, of([{"_id": 1}]))
    assert caught.value.code == 79


def test_runs_are_cut_to_what_the_server_takes(
    client: MongoClient[dict[str, Any]], sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = client.get_default_database()["things"]
    documents = of([{"_id": n, "text": "x" * n} for n in range(100)])
    monkeypatch.setattr(wire, "MOST_DOCUMENTS", 30)
    monkeypatch.setattr(wire, "MOST_BYTES", 2000)
    wire.insert(collection, documents)
    runs = [dict(each["documents"][0]) for each in sent.of("insert")]
    assert sum(run["documents"] for run in runs) == 100
    assert all(run["documents"] <= 30 and run["bytes"] <= 2000 for run in runs)
    assert list(collection.find(sort=[("_id", 1)])) == [{"_id": n, "text": "x" * n} for n in range(100)]
    monkeypatch.undo()
    collection.delete_many({})
    large = of([{"_id": n, "data": bytes(7 << 20)} for n in range(5)])
    wire.insert(collection, large)
    assert [len(each["data"]) for each in collection.find()] == [7 << 20] * 5


def test_monitoring_and_logging_see_how_much_was_sent_but_no_values(
    store: OmegaStore, sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "pymongo.command"):
        store.put(FRAME[:10], "n", append=False)
    runs = [each["documents"][0] for each in sent.of("insert")]
    assert [dict(run)["documents"] for run in runs if isinstance(run, wire.Run)] == [10]
    assert "kept secret" not in repr(sent.commands) + caplog.text
    assert 'documents\\": 10' in caplog.text


def test_the_probe_refuses_a_driver_that_would_send_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wire.is_driver_fit()
    real = message._op_msg
    for other in (
        lambda *args: (_ for _ in ()).throw(TypeError),
        lambda *args: (0, b"", 0, 0),
        lambda flags, command, *rest: real(flags, {**command, "documents": [{}]}, *rest),
    ):
        monkeypatch.setattr(message, "_op_msg", other)
        assert not wire.is_driver_fit.__wrapped__()
    monkeypatch.delattr(message, "_op_msg")
    assert not wire.is_driver_fit.__wrapped__()


def test_a_client_that_encrypts_is_given_each_document(
    client: MongoClient[dict[str, Any]], sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(client.options), "auto_encryption_opts", property(lambda self: object()))
    wire.insert(client.get_default_database()["things"], of([{"_id": 1}, {"_id": 2}]))
    assert len(sent.of("insert")[0]["documents"]) == 2


def idle_cursors(client: MongoClient[dict[str, Any]]) -> list[Any]:
    name = f"{client.get_default_database().name}."
    stages: list[dict[str, Any]] = [{"$currentOp": {"idleCursors": True}}, {"$match": {"type": "idleCursor"}}]
    return [each for each in client.admin.aggregate(stages) if each["ns"].startswith(name)]


def test_a_cursor_is_closed_when_its_reader_goes_away_or_fails(
    store: OmegaStore, client: MongoClient[dict[str, Any]], read_route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(FRAME, "n", append=False)
    meta = store.metadata("n")
    assert meta is not None
    batches = Rows(store.storage.connection, meta.payload).read(batch_size=100)
    next(batches)
    assert idle_cursors(client)
    batches.close()  # type: ignore[attr-defined]  # it is a generator
    assert idle_cursors(client) == []

    def fail(self: object, documents: Documents) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("omegastore.rows.Audit.add", fail)
    read_in_batches_of(100, monkeypatch)
    with pytest.raises(ZeroDivisionError):
        store.get("n")
    assert idle_cursors(client) == []


def test_reads_ask_for_the_majority(store: OmegaStore, sent: Sent, read_route: str) -> None:
    store.put(FRAME[:10], "n", append=False)
    sent.commands.clear()
    pd.testing.assert_frame_equal(store.get("n"), FRAME[:10])
    assert sent.of("find")[-1]["readConcern"]["level"] == "majority"


def test_the_drivers_cursor_is_given_the_read_preference(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def cursor_command(self: Any, command: Any, **options: Any) -> Any:
        asked.append(options["read_preference"])
        return real(self, command, **options)

    real = Database.cursor_command
    monkeypatch.setattr(Database, "cursor_command", cursor_command)
    monkeypatch.setattr(replies, "is_one_server", lambda collection: False)
    mark = "&" if "?" in store_url else "?"
    with MongoClient[dict[str, Any]](f"{store_url}{mark}readPreference=nearest") as client:
        store = OmegaStore(client, defaults=KEY)
        store.put(FRAME[:10], "n", append=False)
        assert len(store.get("n")) == 10
    assert asked == [ReadPreference.NEAREST]


@pytest.mark.parametrize(
    ("kind", "mode", "expected"),
    [
        ("Single", "nearest", True),
        ("ReplicaSetWithPrimary", "primary", True),
        ("ReplicaSetWithPrimary", "secondaryPreferred", False),
        ("ReplicaSetNoPrimary", "primary", False),
        ("Sharded", "primary", False),
        ("LoadBalanced", "primary", False),
    ],
)
def test_bare_replies_are_read_where_no_other_server_can_be_asked(
    client: MongoClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, kind: str, mode: str, expected: bool
) -> None:
    described = SimpleNamespace(topology_type_name=kind)
    monkeypatch.setattr(type(client), "topology_description", property(lambda self: described))
    collection = client.get_default_database().get_collection("things", read_preference=PREFERENCES[mode])
    assert replies.is_one_server(collection) is expected


def test_a_small_frame_is_read_without_a_thread(store: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(FRAME[:10], "n", append=False)
    monkeypatch.setattr(replies, "ThreadPoolExecutor", None)
    assert len(store.get("n")) == 10


def test_an_aggregation_is_read_by_both_routes(store: OmegaStore, read_route: str) -> None:
    store.put(FRAME, "n", append=False)
    meta = store.metadata("n")
    assert meta is not None
    rows = Rows(store.storage.connection, meta.payload)
    found = list(rows.aggregate([{"$project": {"n": 1}}], batch_size=400))
    assert sum(map(len, found)) == len(FRAME)
    assert [each["n"] for run in found for each in bson.decode_all(run.buffer)] == FRAME["n"].tolist()


def test_a_selective_condition_on_an_index_is_read_by_it(
    store: OmegaStore, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = FRAME[["n", "text"]].assign(few=FRAME["n"] % 100, half=FRAME["n"] % 2)
    store.put(frame, "n", append=False, index=["few", "half"])
    cases: list[tuple[int, dict[str, Any], dict[str, int] | None]] = [
        (1000, {"few": 7}, {"few": 1}),
        (1000, {"few__lt": 2, "half": 1, "n__gt": 5}, {"few": 1}),
        (1000, {"half": 1}, None),
        (1000, {"text": "x"}, {"_id": 1}),
        (1000, {"few__ne": 7}, None),
        (5000, {"few": 7}, None),
    ]
    for fewest, asked, index in cases:
        monkeypatch.setattr("omegastore.rows.FEWEST_ROWS", fewest)
        sent.commands.clear()
        found = store.get("n", **asked)
        assert sent.of("find")[-1].get("hint") == index, asked
        monkeypatch.setattr("omegastore.rows.FEWEST_ROWS", 10**9)
        pd.testing.assert_frame_equal(found, store.get("n", **asked))
    assert len(store.get("n", few=7)) == 25
