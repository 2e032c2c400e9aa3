"""Verbs: what writes to a store, each from a known state to another, so that what is between can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from omegastore import OmegaStore
from tests.faults.bodies import APPENDABLE, KINDS, make, put
from tests.faults.stores import read

Step = Callable[[OmegaStore, str], object]
State = tuple[int, ...] | None
"""The counters of an object's content; None where there is no object."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One change of one object."""

    label: str
    before: Step
    """Makes the state before."""
    act: Step
    """Changes it."""
    old: State
    new: State


def _puts(body: str, *numbers: int) -> Step:
    def step(store: OmegaStore, name: str) -> None:
        for number in numbers:
            put(store, name, body, number)

    return step


def _append(body: str, number: int) -> Step:
    return lambda store, name: put(store, name, body, number, append=True)


def _both(first: Step, second: Step) -> Step:
    return lambda store, name: (first(store, name), second(store, name))


def _commit(body: str, number: int, **options: object) -> Step:
    def step(store: OmegaStore, name: str) -> None:
        with store.commit("all") as commit:
            put(commit, name, body, number, **options)
            commit.tag(name, "best")

    return step


VERBS = [
    *(Verb(f"first put, {body}", _puts(body), _puts(body, 1), None, (1,)) for body in KINDS),
    *(Verb(f"replace, {body}", _puts(body, 1, 2, 3), _puts(body, 4), (3,), (4,)) for body in KINDS),
    *(Verb(f"append, {body}", _puts(body, 1), _append(body, 2), (1,), (1, 2)) for body in APPENDABLE),
    *(
        Verb(f"append again, {body}", _both(_puts(body, 1, 2), _append(body, 3)), _append(body, 4), (2, 3), (2, 3, 4))
        for body in APPENDABLE
    ),
    *(Verb(f"drop, {body}", _puts(body, 1, 2), lambda store, name: store.drop(name), (2,), None) for body in KINDS),
    *(
        Verb(f"restore, {body}", _puts(body, 1, 2), lambda store, name: store.restore(name, 1), (2,), (1,))
        for body in KINDS
    ),
    *(
        Verb(f"restore before an append, {body}", _both(_puts(body, 1), _append(body, 2)),
             lambda store, name: store.restore(name, 1), (1, 2), (1,))
        for body in APPENDABLE
    ),
    *(
        Verb(f"drop a version, {body}", _puts(body, 1, 2),
             lambda store, name: store.drop(name, version=1), (2,), (2,))
        for body in ("blob", "frame")
    ),
    *(Verb(f"commit, {body}", _puts(body, 1, 2, 3), _commit(body, 4), (3,), (4,)) for body in ("inline", "blob")),
    *(
        Verb(f"append in a commit, {body}", _puts(body, 1), _commit(body, 2, append=True), (1,), (1, 2))
        for body in APPENDABLE
    ),
    Verb("update rows", _puts("frame", 1),
         lambda store, name: store.update(name, make("frame", name, 8), on="at"), (1,), (8,)),
    Verb("update a column", _puts("frame", 1),
         lambda store, name: store.update(name, {"counter": 1, "at": 1}, at=1), (1,), (1,)),
    Verb("upsert", _puts("frame", 1),
         lambda store, name: store.upsert(name, make("frame", name, 2), on="at"), (1,), (2,)),
    Verb("delete rows", _both(_puts("frame", 1), _append("frame", 2)),
         lambda store, name: store.delete_rows(name, counter=1), (1, 2), (2,)),
    Verb("compact", _both(_both(_puts("frame", 1), _append("frame", 2)), _append("frame", 3)),
         lambda store, name: store.compact(name), (1, 2, 3), (1, 2, 3)),
    Verb("compact, data", _both(_puts("data", 1), _append("data", 2)),
         lambda store, name: store.compact(name), (1, 2), (1, 2)),
    Verb("another kind", _puts("frame", 1), _puts("blob", 2), (1,), (2,)),
    Verb("tag", _puts("frame", 1), lambda store, name: store.tag(name, "best"), (1,), (1,)),
    Verb("gc", _puts("frame", 1, 2, 3, 4), lambda store, name: store.gc(grace=0), (4,), (4,)),
    Verb("gc, blob", _puts("blob", 1, 2, 3, 4), lambda store, name: store.gc(grace=0), (4,), (4,)),
]  # fmt: skip
READS = [
    *(Verb(f"get, {body}", _puts(body, 1, 2), read, (2,), (2,)) for body in KINDS),
    *(
        Verb(f"get a version, {body}", _puts(body, 1, 2), lambda store, name: read(store, name, 1), (2,), (2,))
        for body in KINDS
    ),
]
"""Calls that change nothing; they raise AssertionError for an object that is not whole."""

SETTINGS = {"OMEGA_STORE_KEEP_VERSIONS": 1, "OMEGA_STORE_GRACE": 0.0}
"""With these, a put also prunes a version and removes the payload of one that was pruned before."""


def versions_are_whole(store: OmegaStore, name: str) -> bool:
    """Return whether every version that is kept can be read whole."""
    return all(read(store, name, int(number)) is not None for number in store.versions(name).index)
