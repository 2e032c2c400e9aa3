"""Bundles: a project in one file, on another server the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pymongo import MongoClient
from sklearn.linear_model import LogisticRegression

import omegastore as om
from omegastore import OmegaStore, parcel
from omegastore.errors import Corrupt, UntrustedError
from tests.pipeline.conftest import ROLES, loans


@pytest.fixture
def engine(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    om.set_project("loans")
    yield store_url
    om.engine.shutdown()


@pytest.fixture
def other_url(store_url: str, omegastore_client: MongoClient[dict[str, object]]) -> Iterator[str]:
    """Return the URL of another database, which stands for another server."""
    name = store_url.partition("?")[0].rpartition("/")[2]
    yield store_url.replace(f"/{name}", f"/{name}_other")
    omegastore_client.drop_database(f"{name}_other")


def test_a_project_moves_to_another_server_with_all_that_was_saved(
    engine: str, other_url: str, tmp_path: Path
) -> None:
    frame = om.DataFrame.from_pandas(loans(), "train", ROLES)
    frame.freeze()
    frame.save()
    om.DataFrame.from_pandas(loans(), "lost")
    om.project.store.put({"x": 1}, ".hidden", {"of": "me"}, kind="python.object")
    plain = om.Pipeline([om.preprocessors.Imputation()], predictors=[LogisticRegression()], tags=["first"])
    space = {"predictors": [{"C": [0.1, 1.0]}]}
    first, second = plain.fit(frame).id, om.hyperopt.GridSearch(space, plain, score="auc", folds=2).fit(frame).id
    score, wanted = plain.score(frame), plain.predict(frame)
    search = om.project.hyperopts[0]
    om.project.save(tmp_path / "loans.omega")

    om.engine.launch(other_url)
    om.project.load(tmp_path / "loans.omega", "moved")
    assert om.project.name == "moved"
    assert om.data.list_data_frames() == {"in_memory": [], "on_disk": ["train"]}
    moved = om.data.load_data_frame("train")
    pd.testing.assert_frame_equal(moved.to_pandas(), loans(), check_flags=False)
    assert (moved.roles["target"], moved.is_frozen) == (ROLES["target"], True)
    assert om.project.pipelines.ids == [first, second]
    pipe = om.pipeline.load(first)
    assert (pipe.tags, pipe.scores[-1].auc) == (["first"], score.auc)
    assert (pipe.predict(moved) == wanted).all()
    moved_search = om.project.hyperopts[0]
    assert (moved_search.id, moved_search.evaluations) == (search.id, search.evaluations)
    assert moved_search.best_pipeline.id == second
    assert om.project.store.get(".hidden") == {"x": 1}


def test_loading_a_bundle_again_writes_nothing(engine: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        om.DataFrame.from_dict({"n": [1, 2]}, name).save()
    om.project.save(tmp_path / "bundle")
    om.project.load(tmp_path / "bundle", "moved")
    store = om.project.store
    store.drop("b")  # as after an interruption
    before = store.metadata("a")
    om.project.load(tmp_path / "bundle", "moved")
    assert store.list() == ["a", "b"]
    assert store.metadata("a") == before  # of the same version


def test_a_bundle_takes_the_place_of_other_contents_only_when_that_is_said(engine: str, tmp_path: Path) -> None:
    om.DataFrame.from_dict({"n": [1, 2]}, "a").save()
    path = tmp_path / "bundle"
    om.project.save(path)
    with pytest.raises(FileExistsError, match="replace=True"):
        om.project.save(path)
    om.project.store.put({"x": 1}, "b", kind="python.object")
    om.DataFrame.from_dict({"n": [3]}, "a").save()
    for name in ("a", "b"):
        with pytest.raises(FileExistsError, match="which are not those of the bundle"):
            om.project.load(path, "loans")
        assert om.project.store.list() == (["a", "b"] if name == "a" else ["a"])
        om.project.store.drop("b", force=True)
    om.project.store.put({"x": 1}, "b", kind="python.object")
    om.project.load(path, "loans", replace=True)
    assert om.project.store.list() == ["a"]
    assert om.DataFrame("a").load().to_dict() == {"n": [1, 2]}
    om.DataFrame("a").read_dict({"n": [4]}).save()
    om.project.save(path, replace=True)
    om.project.load(path, "again")
    assert om.data.load_data_frame("a").to_dict() == {"n": [4]}


def test_a_bundle_of_all_versions_has_them(engine: str, tmp_path: Path) -> None:
    for number in (1, 2):
        om.DataFrame.from_dict({"n": [number]}, "a").save()
    om.project.save(tmp_path / "bundle", versions="all")
    om.project.load(tmp_path / "bundle", "moved")
    assert [list(om.project.store.get("a", version=at)["n"]) for at in (-2, -1)] == [[1], [2]]


def test_a_bundle_that_is_damaged_is_refused_before_anything_is_written(engine: str, tmp_path: Path) -> None:
    om.DataFrame.from_dict({"n": list(range(1000))}, "a").save()
    path = tmp_path / "bundle"
    om.project.save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt):
        om.project.load(path, "moved")
    path.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(Corrupt):
        om.project.load(path, "moved")
    assert om.engine.list_projects() == ["loans"]
    assert OmegaStore(engine, bucket="moved").list() == []


def test_models_of_somebody_who_is_not_trusted_are_refused(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    om.project.store.put(LogisticRegression(), "model")
    om.project.save(tmp_path / "bundle")
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "another key")
    om.engine.launch(engine)
    with pytest.raises(UntrustedError):
        om.project.load(tmp_path / "bundle", "moved")
    assert om.engine.list_projects() == ["loans"]


def test_a_project_without_anything_saved_makes_no_bundle(engine: str, tmp_path: Path) -> None:
    om.DataFrame.from_dict({"n": [1]}, "a")
    with pytest.raises(ValueError, match="nothing that is saved"):
        om.project.save(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_cannot_be_written_leaves_no_file(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        om.DataFrame.from_dict({"n": [1]}, name).save()
    pack, done = parcel.pack, list[str]()

    def second_fails(storage: object, name: str, versions: str) -> parcel.Shipment:
        done.append(name)
        if len(done) == 2:
            raise Corrupt("a checksum")
        return pack(storage, name, versions)  # type: ignore[arg-type]

    monkeypatch.setattr("omegastore.bundle.pack", second_fails)
    with pytest.raises(Corrupt):
        om.project.save(tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
