"""Backends and mixins belong to one store; what a mixin adds never hides a verb."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from omegastore import Backend, BackendSpec, Metadata, OmegaStore, Options
from omegastore.errors import DoesNotExist, MissingExtra, UnknownKind


class Shout:
    """A type that only a plugin keeps."""

    def __init__(self, text: str) -> None:
        self.text = text


class ShoutBackend(Backend[Shout, Options, Options]):
    """Keeps shouts."""

    kind = "test.shout"
    types = (f"{__name__}.Shout",)

    def put(self, obj: Shout, meta: Metadata, options: Options) -> Metadata:
        self.context.blobs.write(obj.text.encode())
        return meta

    def get(self, meta: Metadata, options: Options) -> Shout:
        return Shout(self.context.blobs.read().decode())


class Count:
    """Adds a verb."""

    def number_of(self: Any, pattern: str) -> int:
        """Return how many objects match."""
        return len(self.list(pattern))


class Evil:
    """Hides a verb."""

    def get(self, name: str) -> None:
        """Return nothing."""


NOWHERE = "mongodb://h.invalid/x"


def test_a_registered_backend_belongs_to_its_store(store: OmegaStore, store_url: str) -> None:
    assert store.get_backend_byobj(Shout("a")) is None
    assert store.register_backend("test.shout", ShoutBackend) is store
    assert store.put(Shout("a"), "n").kind == "test.shout"
    assert store.get("n").text == "a"
    other = OmegaStore(store_url)
    with pytest.raises(UnknownKind, match=r"test\.shout"):
        other.get("n")
    with pytest.raises(ValueError, match=r"test\.shout"):
        other.get_backend_bykind("test.shout")
    assert other.drop("n")


@pytest.mark.parametrize("where", ["defaults", "environment"])
def test_settings_register_backends_and_mixins(store_url: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    defaults: dict[str, Any] = {
        "OMEGA_STORE_BACKENDS": {"test.shout": f"{__name__}:ShoutBackend"},
        "OMEGA_STORE_MIXINS": [f"{__name__}:Count"],
    }
    if where == "environment":
        monkeypatch.setenv("OMEGA_STORE_BACKENDS", f"test.shout={__name__}:ShoutBackend")
        monkeypatch.setenv("OMEGA_STORE_MIXINS", f"{__name__}:Count")
        defaults = {}
    store: Any = OmegaStore(store_url, defaults=defaults)
    store.put(Shout("a"), "n")
    assert store.number_of("*") == 1


def test_a_mixin_adds_to_one_store_and_survives_a_pickle() -> None:
    store: Any = OmegaStore(NOWHERE)
    assert store.register_mixin(Count) is store
    assert issubclass(type(store), OmegaStore)
    assert callable(store.number_of)
    assert not hasattr(OmegaStore(NOWHERE), "number_of")
    assert callable(pickle.loads(pickle.dumps(store)).number_of)
    assert "OmegaStore(" in repr(store)
    assert store == OmegaStore(NOWHERE)


def test_a_mixin_that_hides_a_verb_is_refused() -> None:
    store = OmegaStore(NOWHERE)
    with pytest.raises(TypeError, match=r"Evil\.get would hide BaseStore\.get; a mixin only adds"):
        store.register_mixin(Evil)
    assert type(store) is OmegaStore
    with pytest.raises(TypeError, match="a mixin only adds"):
        type("Worse", (Evil, OmegaStore), {})


def test_a_backend_of_another_kind_or_type_is_refused() -> None:
    store = OmegaStore(NOWHERE)
    for kind, backend in (("other", ShoutBackend), ("test.shout", Shout), ("test.shout", "math:pi")):
        with pytest.raises(TypeError):
            store.register_backend(kind, backend)  # type: ignore[arg-type]


def test_bound_backends_put_get_and_drop(store: OmegaStore) -> None:
    backend = store.get_backend_bykind("python.object")
    assert backend.put({"a": 1}, "n").kind == "python.object"
    assert backend.get("n") == {"a": 1}
    named = store.get_backend("n")
    assert named is not None
    assert named.kind == "python.object"
    found = store.get_backend_byobj([1], model_store=store, data_store=store)
    assert found is not None
    assert found.kind == "python.data"
    assert store.get_backend_byobj(object()) is None
    assert store.get_backend("unknown") is None
    assert backend.drop("n")
    with pytest.raises(DoesNotExist):
        backend.get("n")
    with pytest.raises(TypeError):
        store.get_backend_bykind("python.object", colour=1)


def test_help_is_that_of_the_owner_or_of_the_backend(store: OmegaStore) -> None:
    store.put([1], "n", attributes={"docs": "https://example.com"})
    assert store.help("n") == "https://example.com"
    assert "python.data" in str(store.help("n", raw=True))
    assert store.help([1]) == store.help("n", raw=True) == store.help(kind="python.data")
    assert "OmegaStore" in str(store.help())
    store.put([1], "m", attributes={"docs": 5})
    assert store.help("m") == store.help("n", raw=True)
    with pytest.raises(DoesNotExist):
        store.help("unknown")
    with pytest.raises(UnknownKind):
        store.help(kind="unknown")


def test_long_names_are_the_same_backends(store: OmegaStore) -> None:
    store.put_pyobj_as_document({"a": 1}, "docs")
    store.put_pyobj_as_document({"a": 2}, "docs")
    assert store.get_python_data("docs") == [{"a": 1}, {"a": 2}]
    assert store.get_python_data("docs", filter={"a": {"$gt": 1}}) == [{"a": 2}]
    assert store.get_python_data("docs", a__lt=2, version=1) == [{"a": 1}]
    store.put_pyobj_as_document([3], "docs", append=False)
    assert store.get_python_data("docs") == [[3]]
    assert store.put_pyobj_as_hdf([1, 2], "hdf", attributes={"a": 1}).kind == "python.hdf"
    assert store.get("hdf") == [1, 2]


@pytest.mark.parametrize("way", ["class", "text", "defaults", "environment"])
def test_a_backend_is_the_same_however_it_was_registered(
    way: str, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, defaults = f"{__name__}:ShoutBackend", {}
    if way == "defaults":
        defaults = {"OMEGA_STORE_BACKENDS": {"test.shout": text}}
    if way == "environment":
        monkeypatch.setenv("OMEGA_STORE_BACKENDS", f"test.shout={text}")
    store = OmegaStore(store_url, defaults=defaults)
    if way in ("class", "text"):
        store.register_backend("test.shout", ShoutBackend if way == "class" else text)
    assert [each for each in store.storage.registry if each.kind == "test.shout"] == [
        BackendSpec("test.shout", ShoutBackend.types, ShoutBackend)
    ]
    assert store.put(Shout("a"), "n").kind == "test.shout"
    assert store.get("n").text == "a"


def test_a_backend_in_the_settings_that_cannot_be_loaded_is_an_error_at_once(store_url: str) -> None:
    with pytest.raises(MissingExtra, match=r"test\.shout.*nowhere"):
        OmegaStore(store_url, defaults={"OMEGA_STORE_BACKENDS": {"test.shout": "nowhere:Backend"}})


def test_a_spec_is_registered_without_importing_its_backend_and_may_recognise_objects(store: OmegaStore) -> None:
    missing = BackendSpec("test.far", ("nowhere.Type",), "nowhere:Backend")
    store.register_backend("test.far", missing)
    spec = BackendSpec("test.shout", (), f"{__name__}:ShoutBackend", probe=lambda obj: hasattr(obj, "text"))
    store.register_backend("test.shout", spec)
    assert store.put(Shout("a"), "n").kind == "test.shout"
    assert store.get("n").text == "a"
    with pytest.raises(MissingExtra, match=r"test\.far"):
        store.put(1, "n", kind="test.far")
    with pytest.raises(TypeError, match=r"of kind 'test\.shout', not 'other'"):
        store.register_backend("other", spec)


def test_a_misspelt_verb_is_an_error_from_which_the_right_one_is_suggested() -> None:
    store: Any = OmegaStore(NOWHERE)
    with pytest.raises(AttributeError, match="has no attribute 'verions'") as caught:
        store.verions("n")
    assert (caught.value.name, caught.value.obj) == ("verions", store)  # from these Python suggests 'versions'
