"""Many writers and readers at once: versions count up, nothing is lost, and nobody sees half an object."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import bson

from omegastore import OmegaStore
from omegastore.errors import Conflict

WHOLE = 200_000


def together(count: int, work: Callable[[int], list[int]]) -> list[list[int]]:
    """Run `work` with 0, 1, ... in threads that start at once."""
    barrier = threading.Barrier(count)

    def run(at: int) -> list[int]:
        barrier.wait()
        return work(at)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_concurrent_puts_number_their_versions_without_gaps(store: OmegaStore) -> None:
    for kind in ("inline", "rows", "file"):

        def work(at: int, kind: str = kind) -> list[int]:
            if kind == "rows":
                return [store.put({"at": at}, kind, append=False).version for _ in range(4)]
            body = [at] * 10 if kind == "inline" else [at] * 60_000
            return [store.put(body, kind, kind="python.object").version for _ in range(4)]

        got = together(8, work)
        assert sorted(chain.from_iterable(got)) == list(range(1, 33))
        last = next(at for at, versions in enumerate(got) if 32 in versions)
        value = store.get(kind)
        assert value == [{"at": last}] if kind == "rows" else set(value) == {last}


def test_read_modify_put_with_expect_counts(store: OmegaStore) -> None:
    store.put(0, "counter")

    def work(at: int) -> list[int]:
        done: list[int] = []
        while len(done) < 10:
            meta = store.metadata("counter")
            assert meta is not None
            try:
                value = store.get("counter", version=meta.version)
                done.append(store.put(value + 1, "counter", expect=meta.version).version)
            except (Conflict, LookupError):
                continue
        return done

    got = together(8, work)
    assert sorted(chain.from_iterable(got)) == list(range(2, 82))
    assert store.get("counter") == 80


def test_concurrent_appends_all_stay_whole_and_in_order(store: OmegaStore) -> None:
    def work(at: int) -> list[int]:
        return [store.put([at, n], "log", append=True).version for n in range(12)]

    got = together(6, work)
    assert sorted(chain.from_iterable(got)) == list(range(1, 73))
    rows = store.get("log")
    assert sorted(map(tuple, rows)) == [(at, n) for at in range(6) for n in range(12)]
    for at in range(6):
        assert [n for who, n in rows if who == at] == list(range(12))
    meta = store.metadata("log")
    assert meta is not None
    assert meta.rows == 72
    assert store.collection("log").count_documents(store.committed_filter("log")) == 72


def test_readers_of_an_object_that_is_replaced_see_it_whole(store: OmegaStore) -> None:
    store.put([0] * WHOLE, "n", kind="python.object")
    store.put({"a": [0] * 1000}, "rows")
    stop = threading.Event()

    def read(at: int) -> list[int]:
        seen: list[int] = []
        while not stop.is_set():
            value = store.get("n") if at % 2 else store.get("rows")[0]["a"]
            assert len(value) == (WHOLE if at % 2 else 1000)
            assert len(set(value)) == 1
            seen.append(value[0])
        return seen

    def write(at: int) -> list[int]:
        for n in range(1, 8):
            store.put([n] * WHOLE, "n", kind="python.object")
            store.put({"a": [n] * 1000}, "rows", append=False)
        stop.set()
        return []

    for seen in together(4, lambda at: write(at) if at == 0 else read(at))[1:]:
        assert seen == sorted(seen)


def test_an_append_that_races_a_replace_is_before_or_after_it(store: OmegaStore) -> None:
    store.put(["start"], "n")

    def work(at: int) -> list[int]:
        if at == 0:
            return [store.put(["replaced", n], "n", append=False).version for n in range(6)]
        return [store.put(["appended", at, n], "n", append=True).version for n in range(6)]

    got = together(4, work)
    assert sorted(chain.from_iterable(got)) == list(range(2, 26))
    replaced = max(got[0])
    rows = store.get("n")
    assert rows[0] == ["replaced", 5]
    after = sum(version > replaced for versions in got[1:] for version in versions)
    assert len(rows) == 1 + after
    assert len({tuple(row) for row in rows}) == len(rows)


def test_gc_from_many_threads_takes_nothing_that_a_version_needs(store_url: str) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_KEEP_VERSIONS": 2})
    stop = threading.Event()

    def work(at: int) -> list[int]:
        if at == 0:
            for n in range(12):
                store.put({"n": n}, "rows", append=n % 3 != 0)
                store.put([n] * 60_000, "file", kind="python.object")
            stop.set()
        while not stop.is_set():
            store.gc(grace=1)
        return []

    together(3, work)
    for version, last in ((-1, 11), (-2, 10), (-3, 9)):
        assert store.get("rows", version=version) == [{"n": n} for n in range(9, last + 1)]
        assert store.get("file", version=version) == [last] * 60_000
    store.gc(grace=0)
    assert store.mongodb["omegaml.files"].count_documents({}) == 3
    assert [name for name in store.mongodb.list_collection_names() if ".datastore" in name] == [
        store.collection("rows").name
    ]


def test_many_appends_keep_metadata_small_and_earlier_versions_readable(store: OmegaStore) -> None:
    sizes: list[int] = []
    for at in range(200):
        store.put([at], "log", append=True)
        if at % 50 == 49:
            head = store.mongodb["omegaml.metadata"].find_one({"name": "log"})
            sizes.append(len(bson.encode(head or {})))
    assert store.get("log") == [[at] for at in range(200)]
    for version in (-2, -3, -6):
        assert store.get("log", version=version) == [[at] for at in range(201 + version)]
    assert sizes[-1] < 20_000
    assert store.collection("log").count_documents(store.committed_filter("log")) == 200


WRITER = """
import sys
from omegastore import OmegaStore
store = OmegaStore(sys.argv[1])
for n in range(10):
    store.put([sys.argv[2], n], "log", append=True)
"""


def test_two_processes_append_to_one_object(store: OmegaStore, store_url: str) -> None:
    runs = [subprocess.Popen([sys.executable, "-c", WRITER, store_url, who]) for who in "ab"]
    assert [run.wait(100) for run in runs] == [0, 0]
    rows = store.get("log")
    assert sorted(map(tuple, rows)) == [(who, n) for who in "ab" for n in range(10)]
    assert store.put({"a": 1}, "log", append=True).version == 21
