"""Versions, tags, restores and drops of versions do to an object what they do to a list of its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omegastore import OmegaStore
from omegastore.errors import DoesNotExist, VersionGone

KEEP = 2
STEPS = st.one_of(
    st.tuples(st.sampled_from(["append", "replace", "gc"]), st.just(0)),
    st.tuples(st.sampled_from(["tag", "untag", "restore", "drop"]), st.integers(0, 8)),
)


@dataclass
class Model:
    """The states of one object by version number."""

    states: dict[int, list[Any]] = field(default_factory=dict[int, list[Any]])
    tags: dict[str, int] = field(default_factory=dict[str, int])
    last: int = 0

    def put(self, value: list[Any]) -> None:
        self.last += 1
        self.states[self.last] = value
        spare = [number for number in sorted(self.states)[:-1] if number not in self.tags.values()]
        for number in spare[: max(0, len(spare) - KEEP)]:
            del self.states[number]

    def at(self, place: int) -> int:
        return sorted(self.states)[place % len(self.states)]


def step(store: OmegaStore, model: Model, verb: str, place: int, serial: int) -> None:
    if verb in ("append", "replace"):
        before = model.states[model.last] if model.states and verb == "append" else []
        store.put({"n": serial}, "x", append=verb == "append")
        model.put([*before, {"n": serial}])
    elif verb == "gc":
        store.gc(grace=0)
    elif not model.states:
        return
    elif verb == "tag":
        store.tag("x", f"t{place % 3}", model.at(place))
        model.tags[f"t{place % 3}"] = model.at(place)
    elif verb == "untag" and model.tags:
        tag = sorted(model.tags)[place % len(model.tags)]
        store.untag("x", tag)
        del model.tags[tag]
    elif verb == "restore":
        number = model.at(place)
        store.restore("x", number)
        model.put(model.states[number])
    elif verb == "drop" and model.at(place) != model.last:
        number = model.at(place)
        store.drop("x", version=number)
        del model.states[number]
        model.tags = {tag: at for tag, at in model.tags.items() if at != number}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_any_run_of_steps_leaves_the_states_that_a_list_would_have(
    store_url: str, steps: list[tuple[str, int]]
) -> None:
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_KEEP_VERSIONS": KEEP})
    store.drop("x", force=True)
    store.gc(grace=0)
    model = Model()
    for serial, (verb, place) in enumerate(steps):
        step(store, model, verb, place, serial)
        if model.states:
            assert list(store.versions("x").index) == sorted(model.states)
    store.gc(grace=0)
    for number, value in model.states.items():
        assert store.get("x", version=number) == value
    for tag, number in model.tags.items():
        assert store.get(f"x@{tag}") == model.states[number]
    for number in set(range(1, model.last + 1)) - set(model.states):
        with pytest.raises(VersionGone):
            store.get("x", version=number)
    assert store.fsck() == []


def test_a_restored_signed_model_is_signed_anew(store: OmegaStore) -> None:
    from sklearn.linear_model import Ridge

    store.put(Ridge(alpha=1.0), "m")
    store.put(Ridge(alpha=2.0), "m")
    store.restore("m", 1)
    assert store.get("m").alpha == 1.0
    assert store.metadata("m@3") == store.metadata("m")


def test_retain_keeps_more_versions_of_one_object(store: OmegaStore) -> None:
    store.put(0, "a")
    store.retain("a", 8)
    for value in range(1, 9):
        store.put(value, "a")
    assert [store.get("a", version=number) for number in range(1, 10)] == list(range(9))


def test_tags_move_and_their_moves_are_kept(store: OmegaStore) -> None:
    store.put("one", "a")
    store.put("two", "a")
    store.tag("a", "prod", 1)
    store.tag("a", "prod", 2)
    assert store.get("a@prod") == "two"
    store.untag("a", "prod")
    with pytest.raises(DoesNotExist, match="prod"):
        store.get("a@prod")
    assert store.tag_log("a") == [("prod", 1), ("prod", 2), ("prod", None)]


def test_versions_tell_kind_bytes_tags_and_writer(store: OmegaStore) -> None:
    store.put("text", "a")
    store.put({"n": 1}, "a")
    store.tag("a", "first", 1)
    shown = store.versions("a")
    assert list(shown.kind) == ["python.object", "python.data"]
    assert list(shown.tags) == [["first"], []]
    assert shown.by.str.contains("@").all()
    assert (shown.bytes > 0).all()
    assert shown.created.is_monotonic_increasing


def test_fsck_names_what_is_missing_changed_and_left_over(store: OmegaStore) -> None:
    store.put({"n": 1}, "rows")
    store.put(b"x" * (1 << 20), "file")
    store.put(b"y" * (1 << 20), "gone")
    assert store.fsck() == []
    store.collection("rows").update_one({}, {"$set": {"n": 2}})
    chunks = store.mongodb["omegaml.chunks"]
    gone = store.mongodb["omegaml.metadata"].find_one({"name": "gone"})
    assert gone is not None
    chunks.delete_many({"files_id": gone["gridfile"]})
    chunks.insert_one({"files_id": "nobody", "n": 0, "data": b""})
    found = store.fsck()
    assert {(each.what, each.where) for each in found} == {
        ("corrupt", "rows@1"),
        ("corrupt", "gone@1"),
        ("orphan", "nobody"),
    }


def test_du_counts_each_version(store: OmegaStore) -> None:
    store.put(b"x" * 1000, "a")
    store.put(b"x" * 3000, "a")
    shown = store.du()
    assert list(shown.index) == [("a", 1), ("a", 2)]
    assert shown.bytes.loc["a", 2] - shown.bytes.loc["a", 1] == 2000
