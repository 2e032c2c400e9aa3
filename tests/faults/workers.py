"""Workers: what the processes of the fault tests do; each says in a journal what it tried and what it got."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

from omegastore.errors import Aborted, Conflict, DoesNotExist, ServerUnavailable, VersionGone
from tests.faults.bodies import counters, put
from tests.faults.crew import Journal
from tests.faults.points import Striker, make_small_chunks
from tests.faults.stores import open_store
from tests.faults.verbs import SETTINGS, VERBS

NAMES = {"obj0": "inline", "obj1": "blob", "obj2": "frame", "obj3": "data", "obj4": "array"}
"""The objects that writers and readers share."""
PAIR = {"pair0": "blob", "pair1": "frame"}
"""Two objects that are put together."""


def act(url: str, verb: int, name: str, path: str, place: int, number: int, lease: float) -> None:
    """Do one verb, struck by the signal `number` at point `place`, and say how it ended."""
    make_small_chunks()
    striker = Striker(path, place, number)
    store = open_store(url, **SETTINGS | {"OMEGA_STORE_LEASE": lease})
    store.versions(name) if store.exists(name) else None  # connected, so that all points are of the verb
    striker.install()
    striker.reach("start")
    try:
        VERBS[verb].act(store, name)
    except Exception as error:  # noqa: BLE001  # told, whatever it is
        Journal(path).say("ended", type(error).__name__, error)
    else:
        Journal(path).say("ended", "well")


def _loop(journal: Journal, until: float, step: Callable[[], None]) -> None:
    """Do `step`, and repeat it until then; say what went wrong."""
    while True:
        try:
            step()
        except (Conflict, Aborted, ServerUnavailable) as error:
            journal.say(type(error).__name__.lower(), os.getpid(), error)
        except DoesNotExist:
            journal.say("absent")
        except Exception as error:  # noqa: BLE001  # told, and the test fails
            journal.say("ERROR", type(error).__name__, error)
        if time.time() > until:
            return


def writer(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Put the next number of an object on top of the one that is there."""
    pick, store = random.Random(seed), open_store(url, **settings)

    def step() -> None:
        name = pick.choice(list(NAMES))
        meta = store.metadata(name)
        version = 0 if meta is None else meta.version
        if version:
            found = counters(store.get(name, version=version), name)
            assert found == (version,), f"version {version} holds {found}"
        journal.say("try", name, version + 1)
        put(store, name, NAMES[name], version + 1, expect=version)
        journal.say("ack", name, version + 1, time.time())

    _loop(journal, until, step)


def reader(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Read objects; a number never goes back."""
    pick, store = random.Random(seed), open_store(url, **settings)
    last = dict.fromkeys(NAMES, 0)

    def step() -> None:
        name = pick.choice(list(NAMES))
        (found,) = counters(store.get(name), name)
        assert found >= last[name], f"{name} went back from {last[name]} to {found}"
        last[name] = found
        journal.say("read", name, found)

    _loop(journal, until, step)


def collector(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Collect garbage."""
    pick, store = random.Random(seed), open_store(url, **settings)

    def step() -> None:
        journal.say("collected", store.gc().payloads)
        time.sleep(pick.uniform(0.1, 0.5))

    _loop(journal, until, step)


def collect(url: str, journal: Journal, settings: dict[str, Any]) -> None:
    """Collect garbage twice: what the first pass fences off is garbage for the second."""
    store = open_store(url, **settings)
    for _ in range(2):
        _loop(journal, 0, lambda: journal.say("collected", store.gc().payloads))


def incrementer(url: str, journal: Journal, puts: int, seed: int) -> None:
    """Add one to a stored number so many times, by read and put with `expect`."""
    store, done = open_store(url), 0
    while done < puts:
        meta = store.metadata("counter")
        assert meta is not None
        try:
            value = store.get("counter", version=meta.version)
            store.put(value + 1, "counter", expect=meta.version)
        except (Conflict, VersionGone):  # others may have put more versions meanwhile than are kept
            journal.say("conflict")
            time.sleep(random.Random(seed).random() * 0.01)
        else:
            journal.say("ack", value + 1)
            done += 1


def appender(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Append whole batches to one frame."""
    store, number = open_store(url, **settings), seed * 1000

    def step() -> None:
        nonlocal number
        number += 1
        journal.say("try", number)
        put(store, "rows", "frame", number, append=True)
        journal.say("ack", number)

    _loop(journal, until, step)


def batch_reader(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Read the frame that others append to: whole batches, and never fewer."""
    store, last = open_store(url, **settings), ()

    def step() -> None:
        nonlocal last
        found: Any = counters(store.get("rows"), "rows")
        assert found[: len(last)] == last, f"{last} became {found}"
        last = found
        journal.say("read", len(found))

    _loop(journal, until, step)


def replacer(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Put objects of changing kinds over each other, and drop them now and then."""
    pick, store = random.Random(seed), open_store(url, **settings)

    def step() -> None:
        name, body = pick.choice(["one", "two"]), pick.choice(["inline", "blob", "frame", "array", "data"])
        if pick.random() < 0.15:
            store.drop(name, force=True)
            journal.say("dropped", name)
        else:
            put(store, name, body, pick.randrange(10**6))
            journal.say("ack", name)

    _loop(journal, until, step)


def onlooker(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Read what is replaced and dropped: whole, or not there."""
    pick, store = random.Random(seed), open_store(url, **settings)

    def step() -> None:
        name = pick.choice(["one", "two"])
        found = counters(store.get(name), name)
        assert len(found) == 1, f"mixed: {found}"
        journal.say("read", name)

    _loop(journal, until, step)


def committer(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Put the next number of two objects in one commit."""
    store = open_store(url, **settings)

    def step() -> None:
        metas = [store.metadata(name) for name in PAIR]
        versions = [0 if meta is None else meta.version for meta in metas]
        number = max(versions) + 1
        journal.say("try", number)
        with store.commit(str(number)) as commit:
            for (name, body), version in zip(PAIR.items(), versions, strict=True):
                put(commit, name, body, number, expect=version)
        journal.say("ack", number)

    _loop(journal, until, step)


def pair_reader(url: str, journal: Journal, until: float, settings: dict[str, Any], seed: int) -> None:
    """Read two objects that are put together: the one read later is never older; in the past both are equal."""
    store, last = open_store(url, **settings), 0

    def step() -> None:
        nonlocal last
        one, other = PAIR
        (first,) = counters(store.get(one), one)
        (second,) = counters(store.get(other), other)
        assert last <= first <= second, f"{last}, {first}, {second}"
        last = first
        journal.say("read", first, second)
        newest = store.log(limit=1)
        then = store.at(newest.index[0])
        try:
            found = [counters(then.get(name), name) for name in PAIR]
        except VersionGone:
            return
        assert {found[0], found[1]} == {(int(newest["message"].iloc[0]),)}, f"{found} at {newest}"
        journal.say("past", found[0][0])

    _loop(journal, until, step)
