"""Any run of puts, edits, restores, tags, drops, commits, snapshots and gc does to a bucket what a model says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from omegastore import OmegaStore
from omegastore.commit import Commit
from omegastore.errors import DoesNotExist

KEEP = 1
NAMES = ("a", "b/c")
"""Two names, so that runs meet themselves often."""


@dataclass(frozen=True)
class State:
    """One version of one object; each is told from all others."""

    serial: int
    value: tuple[int, ...]


@dataclass
class Model:
    """What a bucket is to hold."""

    objects: dict[str, list[State]] = field(default_factory=dict[str, list[State]])
    """The versions of each object that are kept, the current one last."""
    tags: dict[str, dict[str, State]] = field(default_factory=dict[str, dict[str, State]])
    ghosts: set[State] = field(default_factory=set[State])
    """Versions of dropped objects that a snapshot holds."""
    snapshots: dict[str, dict[str, State]] = field(default_factory=dict[str, dict[str, State]])
    serial: int = 0

    def put(self, name: str, value: tuple[int, ...]) -> None:
        self.serial += 1
        versions = [*self.objects.get(name, []), State(self.serial, value)]
        held = {*self.tags.get(name, {}).values(), *self.pinned()}
        spare = [each for each in versions[:-1] if each not in held]
        gone = spare[: max(0, len(spare) - KEEP)]
        self.objects[name] = [each for each in versions if each not in gone]

    def drop(self, name: str) -> None:
        self.ghosts |= {each for each in self.objects.pop(name) if each in self.pinned()}
        self.tags.pop(name, None)

    def drop_snapshot(self, name: str) -> None:
        del self.snapshots[name]
        self.ghosts &= self.pinned()

    def pinned(self) -> set[State]:
        return {state for held in self.snapshots.values() for state in held.values()}

    def now(self) -> dict[str, State]:
        return {name: versions[-1] for name, versions in self.objects.items()}

    def left(self, then: dict[str, State]) -> dict[str, list[tuple[int]]]:
        """Return what is left of an earlier state of the bucket."""
        kept = {state for versions in self.objects.values() for state in versions} | self.ghosts
        return {name: shown(state) for name, state in sorted(then.items()) if state in kept}


def shown(state: State) -> Any:
    """Return what the frame is to hold: all that was put, changed and not deleted."""
    return list(state.value)


class Bucket(RuleBasedStateMachine):
    """A bucket and its model."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.store = OmegaStore(self.url, defaults={"OMEGA_STORE_KEEP_VERSIONS": KEEP})
        for name in self.store.snapshots().index:
            self.store.drop_snapshot(name)
        for name in self.store.list():
            self.store.drop(str(name))
        self.store.gc(grace=0)
        self.store.storage.catalog.commits.delete_many({})
        self.model, self.commits, self.number = Model(), list[tuple[Commit, dict[str, State]]](), 0

    def fresh(self, name: str, append: bool) -> tuple[pd.DataFrame, tuple[int, ...]]:
        self.number += 1
        versions = self.model.objects.get(name)
        before = versions[-1].value if append and versions else ()
        return pd.DataFrame({"n": [self.number]}), (*before, self.number)

    @rule(name=st.sampled_from(NAMES), append=st.booleans())
    def put(self, name: str, append: bool) -> None:
        obj, value = self.fresh(name, append)
        self.store.put(obj, name, append=append)
        self.model.put(name, value)

    @rule(name=st.sampled_from(NAMES), verb=st.sampled_from(["update", "upsert", "delete"]), place=st.integers(0, 3))
    def edit(self, name: str, verb: str, place: int) -> None:
        value = self.model.objects[name][-1].value if name in self.model.objects else ()
        if not value:
            return
        old, self.number = value[place % len(value)], self.number + 1
        if verb == "update":
            self.store.update(name, {"n": self.number}, n=old)
            self.model.put(name, tuple(self.number if each == old else each for each in value))
        elif verb == "upsert":
            self.store.upsert(name, pd.DataFrame({"n": [self.number, old]}), on="n")
            self.model.put(name, (*value, self.number))
        else:
            self.store.delete_rows(name, n=old)
            self.model.put(name, tuple(each for each in value if each != old))

    @rule(name=st.sampled_from(NAMES))
    def compact(self, name: str) -> None:
        if name in self.model.objects:
            before = self.store.metadata(name)
            after = self.store.compact(name)
            assert len(after.payload["rows"]["batches"]) == 1
            if after != before:
                self.model.put(name, self.model.objects[name][-1].value)

    @rule(name=st.sampled_from(NAMES), place=st.integers(0, 3))
    def restore(self, name: str, place: int) -> None:
        if name in self.model.objects:
            versions = self.model.objects[name]
            at = place % len(versions)
            self.store.restore(name, at - len(versions))
            self.model.put(name, versions[at].value)

    @rule(name=st.sampled_from(NAMES), tag=st.sampled_from("st"), place=st.integers(0, 3))
    def tag(self, name: str, tag: str, place: int) -> None:
        if name not in self.model.objects:
            with pytest.raises(DoesNotExist):
                self.store.tag(name, tag)
            return
        versions = self.model.objects[name]
        at = place % len(versions)
        self.store.tag(name, tag, version=at - len(versions))
        self.model.tags.setdefault(name, {})[tag] = versions[at]

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        if name not in self.model.objects:
            with pytest.raises(DoesNotExist):
                self.store.drop(name)
            return
        self.store.drop(name)
        self.model.drop(name)

    @rule(verbs=st.tuples(*[st.sampled_from(["put", "append", "drop", "tag", ""]) for _ in NAMES]))
    def commit(self, verbs: tuple[str, ...]) -> None:
        with self.store.commit(f"number {len(self.commits)}") as commit:
            for name, verb in zip(NAMES, verbs, strict=True):
                is_there = name in self.model.objects
                if verb in ("put", "append"):
                    obj, value = self.fresh(name, verb == "append")
                    commit.put(obj, name, append=verb == "append")
                    self.model.put(name, value)
                elif verb == "drop" and is_there:
                    commit.drop(name)
                    self.model.drop(name)
                elif verb == "tag" and is_there:
                    commit.tag(name, "s")
                    self.model.tags.setdefault(name, {})["s"] = self.model.objects[name][-1]
        if commit.id is not None:
            self.commits.append((commit, self.model.now()))

    @rule()
    def gc(self) -> None:
        self.store.gc(grace=0)
        assert self.store.fsck() == []

    @rule(name=st.sampled_from(["one", "two"]))
    def snapshot(self, name: str) -> None:
        if name in self.model.snapshots:
            self.store.drop_snapshot(name)
            self.model.drop_snapshot(name)
        else:
            self.store.snapshot(name)
            self.model.snapshots[name] = self.model.now()

    @precondition(lambda self: self.commits)
    @rule(place=st.integers(0, 100))
    def at_commit(self, place: int) -> None:
        commit, then = self.commits[place % len(self.commits)]
        assert contents(self.store.at(commit)) == self.model.left(then)

    @invariant()
    def now(self) -> None:
        assert contents(self.store) == {name: shown(state) for name, state in sorted(self.model.now().items())}

    @invariant()
    def snapshots(self) -> None:
        for name, then in self.model.snapshots.items():
            assert contents(self.store.at(name)) == {key: shown(state) for key, state in sorted(then.items())}

    def teardown(self) -> None:
        assert list(self.store.log()["message"]) == [each.message for each, _ in self.commits][::-1]
        for name, versions in self.model.objects.items():
            assert [numbers(self.store, name, at - len(versions)) for at in range(len(versions))] == [
                shown(state) for state in versions
            ]
            for tag, state in self.model.tags.get(name, {}).items():
                assert numbers(self.store, name, tag) == shown(state)


def contents(store: OmegaStore) -> dict[str, Any]:
    return {str(name): numbers(store, str(name)) for name in store.list()}


def numbers(store: OmegaStore, name: str, version: int | str = -1) -> list[int]:
    found: list[int] = store.get(name, version=version)["n"].tolist()
    return found


@pytest.fixture(params=["replica set", "standalone"])
def url(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("store_url" if request.param == "replica set" else "standalone_url")


def test_a_bucket_does_what_its_model_does(url: str) -> None:
    machine = type("Bucket", (Bucket,), {"url": url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
