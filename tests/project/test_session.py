"""The session: an engine that is launched, projects in it, and pipelines in these."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import omegastore as om
from omegastore.errors import InvalidSetting


@pytest.fixture
def engine(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")
    om.engine.launch(store_url)
    yield store_url
    om.engine.shutdown()


def test_projects_are_apart_and_count_when_they_are_empty(engine: str) -> None:
    for name in ("a", "ab", "a_b"):
        om.set_project(name)
        om.project.store.put({"of": name}, "x", kind="python.object")
    om.set_project("empty")
    assert om.engine.list_projects() == ["a", "a_b", "ab", "empty"]
    om.engine.delete_project("a")
    om.engine.delete_project("a")
    assert om.engine.list_projects() == ["a_b", "ab", "empty"]
    om.project.switch("ab")
    assert om.project.store.get("x") == {"of": "ab"}
    om.project.delete()
    with pytest.raises(ConnectionRefusedError, match="set_project"):
        om.project.store  # noqa: B018  # it is a property
    om.set_project("a")
    assert om.project.store.list() == []


def test_names_that_are_none_are_refused(engine: str) -> None:
    with pytest.raises(ValueError, match="set_project"):
        om.set_project("")
    with pytest.raises(TypeError, match="text"):
        om.engine.set_project(3)  # type: ignore[arg-type]  # what the test is about
    assert om.engine.list_projects() == []


def test_the_runtime_is_the_one_of_the_environment_unless_another_is_given(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omegastore.engine import session

    monkeypatch.setenv("OMEGA_RUNTIME", "2")
    for given, place in ((None, 2), (3, 3)):
        om.engine.launch(store_url, given)
        assert session.launched().runtime.place == place
    monkeypatch.setenv("OMEGA_RUNTIME", "tcp://scheduler.example:8786")
    if "%2F" in store_url:
        with pytest.raises(InvalidSetting, match="private socket"):
            om.engine.launch(store_url)
    om.engine.shutdown()


def test_without_an_engine_nothing_is_done() -> None:
    assert not om.engine.is_alive()
    for use in (om.engine.list_projects, lambda: om.set_project("a"), om.pipeline.list_pipelines):
        with pytest.raises(ConnectionRefusedError, match="launch"):
            use()


def test_an_engine_that_was_launched_is_alive_until_it_is_shut_down(engine: str) -> None:
    assert om.engine.is_alive()
    om.engine.shutdown()
    assert not om.engine.is_alive()
