"""Changes of several objects become visible together or not at all, with transactions and without."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from pymongo.errors import AutoReconnect

from omegastore import OmegaStore
from omegastore.catalog import Catalog
from omegastore.decision import Decision
from omegastore.errors import Aborted, Conflict, DoesNotExist, InvalidName, InvalidOption, ReadOnly, UnsupportedObject
from omegastore.staging import StagingCatalog
from omegastore.transaction import TransactionCatalog

KEY = {"OMEGA_STORE_SIGNING_KEY": "the key of the tests"}


@pytest.fixture(params=["replica set", "standalone"])
def either(request: pytest.FixtureRequest) -> OmegaStore:
    """Return a store on a server with transactions, and one on a server without."""
    url = request.getfixturevalue("store_url" if request.param == "replica set" else "standalone_url")
    return OmegaStore(url, defaults=KEY)


def contents(store: OmegaStore) -> dict[str, Any]:
    return {str(name): store.get(str(name)) for name in store.list()}


def leftovers(store: OmegaStore) -> list[Any]:
    """Return announcements, staged changes, and what nobody refers to once garbage is collected."""
    store.gc(grace=0)
    heads = store.mongodb["omegaml.metadata"].find({"name": {"$exists": True}})
    left: list[Any] = [each for each in heads if each.get("pending") or each.get("staged") or each.get("trash")]
    return left + store.fsck()


def test_all_changes_are_there_afterwards(either: OmegaStore) -> None:
    either.put({"a": 1}, "log", append=False)
    either.put(1, "old")
    either.put("first", "model")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    with either.commit("all at once") as commit:
        commit.put(frame, "frame")
        commit.put(b"x" * 400_000, "blob")
        commit.put({"a": 2}, "log", append=True)
        commit.put("second", "model", attributes={"by": "me"})
        commit.tag("model", "best")
        commit.tag("model", "before", version=1)
        commit.drop("old")
        assert either.list() == ["log", "model", "old"]
        assert either.get("model") == "first"
    pd.testing.assert_frame_equal(either.get("frame"), frame)
    assert either.get("blob") == b"x" * 400_000
    assert either.get("log") == [{"a": 1}, {"a": 2}]
    assert (either.get("model"), either.get("model@best"), either.get("model@before")) == (
        "second",
        "second",
        "first",
    )
    assert either.metadata("model").attributes == {"by": "me"}  # type: ignore[union-attr]
    assert either.list() == ["blob", "frame", "log", "model"]
    assert leftovers(either) == []
    [(key, record)] = [(key, row) for key, row in either.log().iterrows()]
    assert key == str(commit.id)
    assert record["message"] == "all at once"
    assert record["at"] == commit.at
    assert record["changes"] == [
        "put blob@1", "put frame@1", "put log@2", "put model@2", "tag best model@2", "tag before model@1",
        "drop old@2",
    ]  # fmt: skip


def test_an_exception_in_the_block_takes_everything_back(either: OmegaStore) -> None:
    either.put([1], "rows", append=False)
    commit = either.commit()
    with contextlib.suppress(ZeroDivisionError), commit:
        commit.put([2], "rows", append=True)
        commit.put(b"x" * 400_000, "blob")
        commit.put(1, "new")
        raise ZeroDivisionError
    assert either.list() == ["rows"]
    assert either.get("rows") == [[1]]
    assert commit.id is None
    assert len(either.log()) == 0
    assert leftovers(either) == []


@pytest.mark.parametrize("wrong", ["expect", "tag", "dropped"])
def test_one_change_that_fails_takes_all_others_back(either: OmegaStore, wrong: str) -> None:
    either.put(1, "a")
    either.put(1, "z")
    want = {"expect": Conflict, "tag": DoesNotExist, "dropped": DoesNotExist}[wrong]

    def work() -> None:
        with either.commit() as commit:
            commit.put(2, "a")
            if wrong == "expect":
                commit.put(2, "z", expect=7)
            elif wrong == "tag":
                commit.tag("z", "t", version=9)
            else:
                commit.drop("z")
                either.drop("z")

    with pytest.raises(want):
        work()
    assert either.get("a") == 1
    assert either.metadata("a").version == 1  # type: ignore[union-attr]
    assert len(either.log()) == 0
    assert leftovers(either) == []


def test_what_cannot_be_kept_is_refused_before_anything_is_written(either: OmegaStore) -> None:
    with pytest.raises(UnsupportedObject), either.commit() as commit:
        commit.put(object(), "a")
    with pytest.raises(InvalidName), either.commit() as commit:
        commit.put(1, "a[b]")
    with pytest.raises(InvalidOption, match="'replcae'"), either.commit() as commit:
        commit.put(1, "a", replcae=True)
    with either.commit() as commit:
        commit.put(1, "once")
        with pytest.raises(InvalidOption, match="each name once"):
            commit.put(2, "once")
    either.drop("once")
    with pytest.raises(DoesNotExist), either.commit() as commit:
        commit.drop("nobody")
    assert either.list() == []
    assert leftovers(either) == []


def test_a_commit_of_nothing_leaves_no_record(either: OmegaStore) -> None:
    with either.commit("nothing") as commit:
        pass
    assert commit.id is None
    assert len(either.log()) == 0


def failing(patch: pytest.MonkeyPatch, steps: list[tuple[type, str]], at: int, after: bool) -> list[str]:
    """Let the call number `at` of `steps` fail before it does its work, or after."""
    calls: list[str] = []
    for owner, name in steps:
        original = getattr(owner, name)

        def call(*arguments: Any, _original: Any = original, _name: str = name, **keywords: Any) -> Any:
            calls.append(_name)
            if len(calls) == at + 1 and not after:
                raise OSError("cut")
            done = _original(*arguments, **keywords)
            if len(calls) == at + 1:
                raise OSError("cut")
            return done

        patch.setattr(owner, name, call)
    return calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_failure_at_any_step_leaves_all_old_or_all_new(either: OmegaStore, after: bool) -> None:
    steps: list[tuple[type, str]] = [
        (TransactionCatalog, "update"), (StagingCatalog, "update"), (Decision, "commit"), (Decision, "_forward"),
    ]  # fmt: skip
    store = OmegaStore(either.storage.connection, defaults={**KEY, "OMEGA_STORE_LEASE": 0.3})
    store.put(-1, "a")
    store.put(-1, "b")
    at = -1
    for at in itertools.count():
        now = [store.get(name) for name in ("a", "b")]
        with pytest.MonkeyPatch.context() as patch:
            calls = failing(patch, steps, at, after)
            with contextlib.suppress(OSError), store.commit(f"number {at}") as commit:
                commit.put(at, "a")
                commit.put(at, "b")
            if len(calls) <= at:
                break
        assert [store.get(name) for name in ("a", "b")] in (now, [at, at])
        store.put(store.get("a"), "a")  # nobody is locked out
        assert leftovers(store) == []
    assert at > 1
    assert [store.get(name) for name in ("a", "b")] == [at, at]
    messages = list(store.log()["message"])
    assert messages[0] == f"number {at}"
    assert len(messages) == len(set(messages))


def test_a_reader_never_sees_the_second_object_older_than_the_first(either: OmegaStore) -> None:
    for name in ("a", "b"):
        either.put(0, name)
    seen, over = list[tuple[int, int]](), threading.Event()

    def read() -> None:
        store = OmegaStore(either.storage.connection, defaults=KEY)
        while not over.is_set():
            seen.append((store.get("b"), store.get("a")))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for at in range(1, 40):
            with either.commit() as commit:
                commit.put(at, "a")
                commit.put(at, "b")
    finally:
        over.set()
        reader.join()
    assert [pair for pair in seen if pair[0] > pair[1]] == []
    assert len(set(seen)) > 3


def test_an_append_that_others_overtake_is_made_anew(either: OmegaStore) -> None:
    parts = [pd.DataFrame({"n": [at]}) for at in range(3)]  # the schema says how many rows there are
    either.put(parts[0], "log", append=False)
    with either.commit() as commit:
        commit.put(parts[2], "log", append=True)
        commit.put(1, "other")
        either.put(parts[1], "log", append=True)
    pd.testing.assert_frame_equal(either.get("log"), pd.concat(parts))
    assert leftovers(either) == []


def test_two_commits_on_the_same_objects_both_stay(either: OmegaStore) -> None:
    names = ["a", "b"]

    def work(order: list[str]) -> None:
        store = OmegaStore(either.storage.connection, defaults=KEY)
        for at in range(5):
            with store.commit() as commit:
                for name in order:
                    commit.put({"n": at}, name, append=True)

    workers = [threading.Thread(target=work, args=(order,)) for order in (names, names[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {name: sorted(each["n"] for each in either.get(name)) for name in names} == dict.fromkeys(
        names, sorted([*range(5), *range(5)])
    )
    assert len(either.log()) == 10
    assert leftovers(either) == []


@pytest.fixture
def alone(standalone_url: str) -> OmegaStore:
    """Return a store on a standalone server that gives writers up early."""
    return OmegaStore(standalone_url, defaults={**KEY, "OMEGA_STORE_LEASE": 0.5})


def interrupt(store: OmegaStore, patch: pytest.MonkeyPatch, owner: type, step: str) -> None:
    """Make a commit that is killed before `step`: nothing of it is taken back."""

    class Killed(BaseException):
        pass

    def die(*arguments: Any, **keywords: Any) -> None:
        raise Killed

    patch.setattr(owner, step, die)
    patch.setattr(Decision, "abandon", lambda *arguments: None)
    patch.setattr("omegastore.write.Write.__exit__", lambda *arguments: None)
    with contextlib.suppress(Killed), store.commit("killed") as commit:
        commit.put(2, "a")
        commit.put(2, "b")
    patch.undo()


def test_a_commit_that_dies_before_its_decision_is_given_up(
    alone: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        alone.put(1, name)
    interrupt(alone, monkeypatch, Decision, "commit")
    assert [alone.get(name) for name in ("a", "b")] == [1, 1]
    assert alone.list(raw=True)[0].version == 1  # type: ignore[union-attr]
    alone.put(3, "a")  # waits until the lease is over
    assert [alone.get(name) for name in ("a", "b")] == [3, 1]
    assert len(alone.log()) == 0
    time.sleep(0.6)
    assert leftovers(alone) == []


def test_a_commit_that_dies_after_its_decision_counts(alone: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        alone.put(1, name)
    interrupt(alone, monkeypatch, Decision, "_forward")
    assert [alone.get(name) for name in ("a", "b")] == [2, 2]
    assert [each.version for each in alone.list(raw=True)] == [2, 2]  # type: ignore[union-attr]
    alone.put(3, "a")
    assert [alone.get(name) for name in ("a", "b")] == [3, 2]
    assert list(alone.log()["message"]) == ["killed"]
    assert leftovers(alone) == []


def test_a_commit_that_others_gave_up_is_aborted(alone: OmegaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    alone.put(1, "a")
    original = Decision.commit

    def late(self: Decision, record: Any, keys: Any) -> Any:
        alone.put(5, "a")  # waits for the lease, then gives the commit up
        return original(self, record, keys)

    monkeypatch.setattr(Decision, "commit", late)
    with pytest.raises(Aborted), alone.commit() as commit:
        commit.put(2, "a")
    assert alone.get("a") == 5
    assert leftovers(alone) == []


def test_a_staged_change_whose_answer_was_lost_is_made_once(
    alone: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.put(1, "a")
    original, lost = Catalog._once, list[int]()

    def once(self: Catalog, query: Any, pipeline: Any, upsert: bool) -> Any:
        done = original(self, query, pipeline, upsert)
        if isinstance(self, StagingCatalog) and not lost:
            lost.append(1)
            raise AutoReconnect("the answer was lost")
        return done

    monkeypatch.setattr(Catalog, "_once", once)
    with alone.commit() as commit:
        commit.put(2, "a")
    assert lost
    assert (alone.get("a"), alone.metadata("a").version) == (2, 2)  # type: ignore[union-attr]


def test_at_shows_the_whole_bucket_as_it_was(either: OmegaStore) -> None:
    either.put([1], "rows", append=False)
    either.put("one", "model")
    either.tag("model", "best")
    with either.commit("first") as first:
        first.put([2], "rows", append=True)
        first.put("two", "model")
        first.tag("model", "best")
    between = datetime.now(UTC)
    with either.commit("second") as second:
        second.put("new", "new")
        second.put([3], "rows", append=True)
        second.put("three", "model", kind="python.object")
    then = either.at(first)
    assert then.list() == ["model", "rows"]
    assert (then.get("rows"), then.get("model"), then.get("model", version=-2)) == ([[1], [2]], "two", "one")
    assert then.get("model@best") == "two"
    assert list(then.versions("model").index) == [1, 2]
    assert "new" not in then.list()
    with pytest.raises(DoesNotExist, match="no object 'new'"):
        then.get("new")
    assert then.metadata("new") is None
    assert [each.version for each in then.list(raw=True)] == [2, 2]  # type: ignore[union-attr]
    for same in (either.at(between), either.at(str(first.id)), either.at(first.id)):
        assert contents(same) == {"model": "two", "rows": [[1], [2]]}
    later = either.at(second)
    assert contents(later) == {
        "model": "three", "new": "new", "rows": [[1], [2], [3]],
    }  # fmt: skip
    assert either.at(datetime(2020, 1, 1, tzinfo=UTC)).list() == []


@pytest.mark.parametrize("wrong", ["nobody", "f" * 24])
def test_at_refuses_what_is_no_point(store: OmegaStore, wrong: str) -> None:
    with pytest.raises(DoesNotExist):
        store.at(wrong)
    with pytest.raises(ValueError, match="time zone"):
        store.at(datetime(2020, 1, 1))
    with pytest.raises(TypeError):
        store.at(7)


def test_every_change_of_the_past_is_refused(store: OmegaStore) -> None:
    store.put([1], "rows", append=False)
    store.put(b"x" * 400_000, "blob")
    store.put(b"y" * 400_000, "blob")
    store.snapshot("s")
    before = {name: list(store.mongodb[name].find()) for name in store.mongodb.list_collection_names()}
    then = store.at("s")

    def changes() -> Iterator[Any]:
        yield lambda: then.put(1, "new")
        yield lambda: then.put([2], "rows", append=True)
        yield lambda: then.put(b"y" * 400_000, "blob")
        yield lambda: then.drop("blob")
        yield lambda: then.drop("blob", version=1)
        yield lambda: then.tag("blob", "t")
        yield lambda: then.retain("blob", 1)
        yield lambda: then.restore("blob", 1)
        yield lambda: then.gc(grace=0)
        yield lambda: then.snapshot("other")
        yield lambda: then.drop_snapshot("s")
        yield lambda: then.metadata("blob").save()  # type: ignore[union-attr]

    for change in changes():
        with pytest.raises(ReadOnly, match="read only"):
            change()
    with pytest.raises(ReadOnly), then.commit() as commit:
        commit.put(1, "new")
    assert {name: list(store.mongodb[name].find()) for name in store.mongodb.list_collection_names()} == before


def test_a_snapshot_keeps_its_versions_until_it_is_dropped(either: OmegaStore) -> None:
    store = OmegaStore(either.storage.connection, defaults={**KEY, "OMEGA_STORE_KEEP_VERSIONS": 0})
    frame = pd.DataFrame({"a": range(5), "b": list("abcde")})
    store.put(frame, "frame")
    store.put(b"1" * 400_000, "blob")
    store.put("1", "small")
    store.snapshot("one")
    store.put(frame[:2], "frame", append=True)
    store.put(b"2" * 400_000, "blob")
    store.drop("small")
    store.drop("frame")
    store.gc(grace=0)
    store.put("again", "small")
    then = store.at("one")
    assert then.list() == ["blob", "frame", "small"]
    pd.testing.assert_frame_equal(then.get("frame"), frame)
    assert (then.get("blob"), then.get("small")) == (b"1" * 400_000, "1")
    assert store.list() == ["blob", "small"]
    assert list(store.versions("small")["kind"]) == ["python.object"]
    with pytest.raises(DoesNotExist):
        store.get("small", version=1)
    with pytest.raises(ValueError, match="snapshots \\['one'\\]"):
        store.drop("blob", version=1)
    assert leftovers(store) == []
    with pytest.raises(Conflict, match="'one'"):
        store.snapshot("one")
    assert list(store.snapshots().index) == ["one"]
    store.drop_snapshot("one")
    store.put(b"3" * 400_000, "blob")
    assert leftovers(store) == []
    collections = [name for name in store.mongodb.list_collection_names() if ".datastore" in name]
    assert collections == []
    assert store.mongodb["omegaml.files"].count_documents({}) == 1
    with pytest.raises(DoesNotExist):
        store.at("one")


def test_a_pickled_store_of_the_past_shows_the_past(store: OmegaStore) -> None:
    store.put(1, "a")
    store.snapshot("s")
    store.put(2, "a")
    revived = pickle.loads(pickle.dumps(store.at("s")))
    assert revived.get("a") == 1
    assert revived == store.at("s")
    assert revived != store
    assert "at snapshot 's'" in repr(revived)
