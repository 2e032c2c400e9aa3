"""Objects are copied, promoted and archived as they are, whatever their kind, without code of the kind."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import bson
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from omegastore import Metadata, OmegaStore, transfer
from omegastore.blobs import Blobs
from omegastore.errors import Corrupt, DoesNotExist, InvalidName, InvalidOption, ReadOnly, UntrustedError
from omegastore.mixins import moving
from omegastore.rows import Rows
from omegastore.testing.frame_identity import assert_identical
from omegastore.testing.subject import spread

KEY = "the key of the tests"
ONCE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def beside(store: OmegaStore, key: str = KEY, **place: str) -> OmegaStore:
    keys = {"OMEGA_STORE_SIGNING_KEY": key, "OMEGA_STORE_KEEP_VERSIONS": 20}
    return OmegaStore(store.storage.connection, defaults=keys, **place)


@pytest.fixture
def other(store: OmegaStore) -> OmegaStore:
    return beside(store, bucket="other", prefix="p/")


def frame(seed: int) -> pd.DataFrame:
    index = pd.DatetimeIndex(["2020-01-01", "2020-01-02"], tz="Europe/Berlin", name="at")
    return pd.DataFrame({"a": [seed, -1], "b": ["x", None]}, index=index)


OBJECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "frame": (frame(1), {}),
    "series": (pd.Series([1.5, None], name="s"), {}),
    "groups": (frame(2).reset_index(), {"groupby": "a"}),
    "hdf": (pd.DataFrame({"a": [1.0]}), {"kind": "pandas.hdf"}),
    "list in hdf": ([1, 2], {"kind": "python.hdf"}),
    "array": (np.arange(100_000.0).reshape(50, -1), {}),
    "array of objects": (np.array([1, "a", None], object), {}),
    "model": (LinearRegression(positive=True), {}),
    "model without pickle": (LinearRegression(positive=True), {"kind": "sklearn.skops"}),
    "value": ((1, {2.5}), {"kind": "python.object"}),
    "documents": ({"a": 1, "b": (2,)}, {}),
    "file": (b"\0bytes" * 60_000, {"kind": "python.file"}),
    "empty frame": (pd.DataFrame({"a": pd.Series([], dtype="int32")}), {}),
}


def put(store: OmegaStore, name: str) -> None:
    obj, options = OBJECTS[name]
    given = io.BytesIO(obj) if isinstance(obj, bytes) else obj
    store.put(given, name, attributes={"of": name}, replace=True, **options)


def content(obj: Any) -> Any:
    return obj.read() if hasattr(obj, "read") else obj


def assert_same(left: Any, right: Any) -> None:
    if isinstance(left, (pd.DataFrame, pd.Series)):
        assert_identical(left, right)
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right, strict=True)
    else:
        assert type(left) is type(right)
        assert str(left) == str(right)


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("size", ["small", "spread"])
def test_every_kind_is_copied_and_archived_as_it_is(
    store: OmegaStore, other: OmegaStore, name: str, size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if size == "spread":
        spread(monkeypatch)
    put(store, name)
    wanted = content(store.get(name))
    meta = store.copy(name, other)
    store.to_archive(name, tmp_path / "a.zip")
    store.copy(name, "again")
    store.drop(name)
    store.gc(grace=0)
    [back] = store.from_archive(tmp_path / "a.zip")
    for place, held in ((other, name), (store, name), (store, "again")):
        assert_same(content(place.get(held)), wanted)
    assert meta.attributes == back.attributes == {"of": name}
    assert (meta.kind, meta.kind_meta, meta.size) == (back.kind, back.kind_meta, back.size)
    assert store.fsck() == other.fsck() == []


Steps = list[tuple[str, int]]
STEPS: st.SearchStrategy[Steps] = st.lists(
    st.tuples(
        st.sampled_from(["append", "replace", "value", "data", "big", "tag", "restore", "attributes", "copy"]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=9,
)


def act(store: OmegaStore, other: OmegaStore, step: str, seed: int) -> None:
    """Do one thing to the object."""
    if step in ("append", "replace"):
        store.put(frame(seed), "x", append=step == "append", kind="pandas.dfrows")
    elif step == "value":
        store.put("text" * seed, "x")
    elif step in ("data", "big"):
        store.put({"a": seed, "b": "x" * (17 << 20 if step == "big" and seed == 3 else 1)}, "x", append=True)
    elif step == "copy" and store.exists("x"):
        store.copy("x", other, versions="all")
    elif step == "tag" and store.exists("x"):
        store.tag("x", f"t{seed}")
    elif step == "restore" and store.exists("x"):
        store.restore("x", int(store.versions("x").index[0]))
    elif step == "attributes" and store.exists("x"):
        meta = meta_of(store)
        meta.attributes = {"seed": seed}
        meta.save()


def told(store: OmegaStore, name: str = "x") -> list[Any]:
    """Return each version's object and kind, with the tags, the last one last."""
    table = store.versions(name)
    objects = [content(store.get(name, version=int(rev))) for rev in table.index.tolist()]
    return list(zip(table["kind"], table["tags"], table["bytes"], objects, strict=True))


def meta_of(store: OmegaStore, name: str = "x", version: int = -1) -> Metadata:
    found = store.metadata(name, version=version)
    assert found is not None
    return found


@ONCE
@given(steps=STEPS)
@example(steps=[("data", 0), ("big", 3)])
def test_a_history_is_moved_as_it_is(store: OmegaStore, tmp_path: Path, steps: Steps) -> None:
    source, other, third = (beside(store, bucket=bucket) for bucket in ("source", "other", "third"))
    for each in (source, other, third):
        each.drop("*", force=True)
        each.gc(grace=0)
    source.put(frame(0), "x", kind="pandas.dfrows")
    for step, seed in steps:
        act(source, other, step, seed)
    source.copy("x", other, versions="all")
    source.to_archive("x", tmp_path / "a.zip", versions="all")
    third.from_archive(tmp_path / "a.zip")
    wanted = told(source)
    for each in (other, third):
        assert_same_history(told(each), wanted)
        before = documents(each)
        source.copy("x", each, versions="all")
        each.from_archive(tmp_path / "a.zip")
        assert documents(each) == before
        assert meta_of(each).attributes == meta_of(source).attributes
        assert each.fsck() == []
        each.put(frame(3), "x", append=True, kind="pandas.dfrows")
        each.put({"a": 1}, "x", append=True)


def assert_same_history(found: list[Any], wanted: list[Any]) -> None:
    for one, two in zip(found, wanted, strict=True):
        assert one[:3] == two[:3]
        assert_same(one[3], two[3])


def documents(store: OmegaStore) -> list[dict[str, Any]]:
    return list(store.mongodb[f"{store.storage.catalog.space}.metadata"].find({"name": {"$exists": True}}))


def test_versions_keep_their_times_and_tags_and_share_their_rows(store: OmegaStore, other: OmegaStore) -> None:
    for seed in range(5):
        store.put(frame(seed), "x", append=True)
    store.tag("x", "third", 3)
    store.copy("x", other, versions="all")
    pd.testing.assert_frame_equal(other.versions("x").drop(columns="by"), store.versions("x").drop(columns="by"))
    assert_identical(other.get("x@third"), pd.concat([frame(seed) for seed in range(3)]))
    pd.testing.assert_frame_equal(other.du(), store.du())
    assert other.collection("x").count_documents({}) == 10
    as_of = meta_of(store, version=2).modified
    assert as_of is not None
    assert_identical(other.get("x", version=as_of), store.get("x", version=2))
    store.put(frame(5), "x", append=True)
    store.copy("x", other, versions="all")
    assert other.collection("x").count_documents({}) == 12
    assert other.versions("x").index.tolist() == [1, 2, 3, 4, 5, 6]


def test_indexes_and_the_last_id_move_along(store: OmegaStore, other: OmegaStore) -> None:
    store.put(frame(1), "x", index=["a"])
    for seed in range(3):
        store.put({"a": seed}, "data", append=True)
    meta = store.copy("data", other)
    store.copy("x", other)
    assert [("a", 1)] in [list(each["key"].items()) for each in other.collection("x").list_indexes()]
    last = other.collection("data").find_one(sort=[("_id", -1)])
    assert last is not None
    assert meta.objid == last["_id"]


def test_documents_outside_of_the_collection_are_not_mixed_up_with_later_ones(
    store: OmegaStore, other: OmegaStore
) -> None:
    texts = [letter * (17 << 20) for letter in "abc"]
    for text in texts[:2]:
        store.put({"a": text}, "x", append=True)
    store.copy("x", other)
    other.put({"a": texts[2]}, "x", append=True)
    assert [each["a"][0] for each in other.get("x")] == ["a", "b", "c"]


def test_a_copy_is_signed_anew_for_its_place(store: OmegaStore) -> None:
    theirs = beside(store, "another key", bucket="theirs")
    store.put(LinearRegression(positive=True), "m")
    store.copy("m", theirs, as_name="n")
    assert theirs.get("n").positive is True
    with pytest.raises(UntrustedError):
        beside(store, bucket="theirs").get("n")


@pytest.mark.parametrize("change", ["unsigned elsewhere", "kind", "bytes"])
def test_what_is_not_as_it_was_signed_is_not_moved(
    store: OmegaStore, other: OmegaStore, change: str, tmp_path: Path
) -> None:
    store.put(LinearRegression(), "m")
    source = store
    changes: dict[str, Any] = {
        "kind": {"kind": "python.hdf"},
        "bytes": {"payload.parts.0.data": bson.Binary(b"evil")},
    }
    if change in changes:
        store.mongodb["omegaml.metadata"].update_one({"name": "m"}, {"$set": changes[change]})
    else:
        source = beside(store, "a stranger's key")
    with pytest.raises((Corrupt, UntrustedError)):
        source.copy("m", other)
    with pytest.raises((Corrupt, UntrustedError)):
        source.to_archive("m", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
    assert other.list() == []


def test_an_archive_of_a_stranger_is_refused_whole(store: OmegaStore, other: OmegaStore, tmp_path: Path) -> None:
    store.put("text", "a")
    store.put(LinearRegression(), "m")
    store.to_archive("*", tmp_path / "a.zip")
    with pytest.raises(UntrustedError, match="OMEGA_STORE_SIGNING_KEY"):
        beside(store, "their key", bucket="theirs").from_archive(tmp_path / "a.zip")
    assert beside(store, bucket="theirs").list() == []
    assert [each.name for each in beside(store, "new," + KEY, bucket="theirs").from_archive(tmp_path / "a.zip")] == [
        "a",
        "m",
    ]
    assert isinstance(beside(store, "new", bucket="theirs").get("m"), LinearRegression)
    rewrite(tmp_path / "a.zip", sign=False)
    other.from_archive(tmp_path / "a.zip")
    with pytest.raises(UntrustedError, match="not signed"):
        other.get("m")


def rewrite(path: Path, sign: bool) -> None:
    """Take the signatures out of an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    found = bson.decode_all(members["manifest.bson"])
    for each in found[1:]:
        for version in each["versions"]:
            version["signature"] = version["signature"] if sign else None
    members["manifest.bson"] = b"".join(map(bson.encode, found))
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.fixture
def full(store: OmegaStore, tmp_path: Path) -> Path:
    """Return an archive of several objects."""
    for name in ("frame", "array", "value", "documents"):
        put(store, name)
        put(store, name)
    store.to_archive("*", tmp_path / "full.zip", versions="all")
    return tmp_path / "full.zip"


def test_a_damaged_archive_is_refused_before_anything_is_written(
    store: OmegaStore, full: Path, tmp_path: Path
) -> None:
    data, empty = full.read_bytes(), beside(store, bucket="empty")
    damaged = tmp_path / "damaged.zip"
    for cut in (0, 10, len(data) // 2, len(data) - 1):
        damaged.write_bytes(data[:cut])
        with pytest.raises(Corrupt):
            empty.from_archive(damaged)
    with zipfile.ZipFile(full) as archive:
        starts = [each.header_offset + 30 + len(each.filename) + 20 for each in archive.infolist()]
    for at in starts:
        changed = bytearray(data)
        changed[at + 3] ^= 1
        damaged.write_bytes(changed)
        with pytest.raises(Corrupt):
            empty.from_archive(damaged)
    with zipfile.ZipFile(full) as archive:
        for gone in archive.namelist():
            with zipfile.ZipFile(damaged, "w") as shorter:
                for name in archive.namelist():
                    if name != gone:
                        shorter.writestr(name, archive.read(name))
            with pytest.raises(Corrupt):
                empty.from_archive(damaged)
    assert empty.list() == []


def test_an_archive_that_was_not_finished_is_not_there(
    store: OmegaStore, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, files = full.read_bytes(), sorted(full.parent.iterdir())

    def broken(self: Blobs, part: str = "") -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Blobs, "open", broken)
    with pytest.raises(KeyboardInterrupt):
        store.to_archive("*", full)
    assert full.read_bytes() == before
    assert sorted(full.parent.iterdir()) == files


def test_an_import_that_was_cut_off_is_finished_by_repeating_it(
    store: OmegaStore, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, count, real = beside(store, bucket="target"), 0, Rows.write

    def failing(self: Rows, *args: Any, **keywords: Any) -> None:
        nonlocal count
        count += 1
        real(self, *args, **keywords)
        if count == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Rows, "write", failing)
        with pytest.raises(KeyboardInterrupt):
            target.from_archive(full)
    done = {each["name"]: each for each in documents(target)}
    assert 0 < len(done) < 4 or any(len(each["versions"]) == 0 for each in done.values())
    target.from_archive(full)
    for name, each in {each["name"]: each for each in documents(target)}.items():
        assert name not in done or done[name]["rev"] <= each["rev"] == 2
    assert list(target) == list(store)
    for name in store:
        assert_same(target.get(name), store.get(name))
    assert target.fsck() == []


def test_any_zip_program_finds_the_payload(store: OmegaStore, tmp_path: Path) -> None:
    store.put(io.BytesIO(b"the bytes"), "folder/file")
    store.put({"a": 1}, "data")
    assert store.to_archive("*", tmp_path / "a.zip") == ["data", "folder/file"]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["000000/000001.rows", "000001/000001.0.file", "manifest.bson"]
        assert archive.read("000001/000001.0.file") == b"the bytes"
        [row] = bson.decode_all(archive.read("000000/000001.rows"))
        assert row["a"] == 1


def test_only_what_is_asked_for_is_taken_out(store: OmegaStore, full: Path) -> None:
    empty = beside(store, bucket="empty")
    assert [each.name for each in empty.from_archive(full, "*a*e")] == ["frame", "value"]
    assert empty.list() == ["frame", "value"]
    with pytest.raises(DoesNotExist, match="array"):
        empty.from_archive(full, "missing")
    with pytest.raises(DoesNotExist):
        empty.to_archive("missing*", full)


def test_promoting_an_earlier_version_brings_it_back_without_another_copy(
    store: OmegaStore, other: OmegaStore
) -> None:
    for seed in (1, 2):
        store.put(np.full(100_000, seed), "m")
        meta = store.promote("m", other, tag="production")
        assert meta.version == seed
    files = other.mongodb["omegaml_other.files"].count_documents({})
    assert store.promote("m", other, tag="production", version=1).version == 3
    assert store.promote("m", other, tag="production", version=1).version == 3
    assert other.get("m@production")[0] == other.get("m")[0] == 1
    assert other.mongodb["omegaml_other.files"].count_documents({}) == files == 2


def test_a_copy_follows_nobody(store: OmegaStore) -> None:
    store.put(frame(1), "x", attributes={"a": 1})
    store.put("of others", "y", attributes={"b": 2})
    meta = store.copy("x", "y")
    assert (meta.version, meta.attributes) == (2, {"a": 1})
    store.put(frame(2), "x", append=True)
    store.put(frame(3), "y", append=True)
    store.drop("x")
    store.gc(grace=0)
    assert_identical(store.get("y"), pd.concat([frame(1), frame(3)]))
    assert store.get("y", version=1) == "of others"


def test_what_went_another_way_is_told_from_what_is_the_same(store: OmegaStore, other: OmegaStore) -> None:
    for seed in (0, 1):
        store.put(frame(seed), "x", append=True)
    store.copy("x", other)
    assert store.copy("x", other).version == 1
    store.put(frame(2), "x", append=True)
    other.put(frame(3), "x", append=True)
    for versions in ("latest", "all", "all"):
        store.copy("x", other, versions=versions)
        assert_identical(other.get("x"), store.get("x"))
    assert other.versions("x").index.tolist() == [1, 2, 3, 4, 5]
    other.copy("x", store)
    assert store.versions("x").index.tolist() == [1, 2, 3]
    assert other.fsck() == []


def test_many_batches_are_the_same_when_they_were_merged(store: OmegaStore, other: OmegaStore) -> None:
    for seed in range(70):
        store.put(frame(seed), "x", append=True)
        if seed in (10, 40, 66, 69):
            store.copy("x", other, versions="all")
    assert len(meta_of(store).payload["rows"]["batches"]) < 70
    assert_identical(other.get("x"), store.get("x"))
    assert other.collection("x").count_documents({}) == 140
    before = documents(other)
    store.copy("x", other, versions="all")
    assert documents(other) == before
    assert other.fsck() == []


def test_rows_after_a_write_that_was_given_up_are_copied_as_they_are(store: OmegaStore, other: OmegaStore) -> None:
    store.put(frame(0), "x", append=True)
    store.copy("x", other, versions="all")
    bad = iter([frame(1), pd.DataFrame({"z": [object()]})])
    with pytest.raises(Exception):  # noqa: B017  # whatever it says: the number of its batch is gone
        store.put(bad, "x", append=True)
    store.put(frame(2), "x", append=True)
    store.copy("x", other, versions="all")
    assert_identical(other.get("x"), store.get("x"))
    assert_identical(other.get("x", version=-2), frame(0))
    assert other.fsck() == []


def test_rows_that_the_server_wrote_get_a_checksum_on_the_way_and_are_not_copied_again(
    store: OmegaStore, other: OmegaStore, tmp_path: Path
) -> None:
    store.put(frame(1), "plain", append=False)
    for number in (1, 2):
        store.put(store.getl("plain").assign(c=number), "x", append=False)
    for _ in range(2):
        store.copy("x", other, versions="all")
        store.to_archive("x", tmp_path / "archive", versions="all")
        other.from_archive(tmp_path / "archive")
    assert [list(other.get("x", version=at)["c"]) for at in (1, 2)] == [[1, 1], [2, 2]]
    assert meta_of(other).version == 2
    assert all(each["sha"] is not None for each in meta_of(other).payload["rows"]["batches"])
    assert_identical(other.get("x"), store.get("x"))


def test_objects_are_moved_to_another_server(store: OmegaStore, standalone_url: str, tmp_path: Path) -> None:
    there = OmegaStore(standalone_url, "b", defaults={"OMEGA_STORE_SIGNING_KEY": KEY})
    for name in ("frame", "model", "documents", "array"):
        put(store, name)
        store.copy(name, there, versions="all")
        assert_same(there.get(name), store.get(name))
    there.to_archive("*", tmp_path / "a.zip")
    assert [each.version for each in store.from_archive(tmp_path / "a.zip")] == [1, 1, 1, 1]


def test_what_there_was_is_copied_out_of_the_past(store: OmegaStore, other: OmegaStore) -> None:
    for seed in (1, 2):
        store.put(frame(seed), "x", replace=True)
    then = meta_of(store, version=1).modified
    assert then is not None
    past = store.at(then)
    past.copy("x", other)
    assert_identical(other.get("x"), frame(1))
    other.put(1, "y")
    with pytest.raises(ReadOnly):
        other.copy("y", past)


def test_a_copy_starts_anew_when_the_object_is_replaced_under_it(
    store: OmegaStore, other: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = OmegaStore(store.storage.connection, defaults={"OMEGA_STORE_KEEP_VERSIONS": 0})
    hasty.put(np.full(100_000, 1), "x")
    real, calls = transfer.receive, list[int]()

    def replaced(*args: Any) -> Any:
        if not calls:
            hasty.put(np.full(100_000, 2), "x")
            hasty.gc(grace=0)
        calls.append(1)
        return real(*args)

    monkeypatch.setattr(moving, "receive", replaced)
    hasty.copy("x", other)
    assert other.get("x")[0] == 2
    assert len(calls) == 2
    assert other.fsck() == []


def test_what_cannot_be_meant_is_refused(store: OmegaStore, other: OmegaStore) -> None:
    store.put(1, "x")
    with pytest.raises(InvalidName, match="itself"):
        store.copy("x", "x")
    with pytest.raises(InvalidName, match="two names"):
        store.copy("x", "y", as_name="z")
    with pytest.raises(InvalidName):
        store.copy("x", "a*")
    with pytest.raises(InvalidName):
        store.promote("x", other, tag="3")
    with pytest.raises(InvalidOption, match="latest"):
        store.copy("x", "y", versions="some")
    with pytest.raises(DoesNotExist):
        store.copy("missing", "y")
    assert store.list() == ["x"]
    assert other.list() == []
