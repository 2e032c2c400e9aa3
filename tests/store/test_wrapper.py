"""A wrapper stands around a backend and changes one of its steps."""

from __future__ import annotations

import bz2
import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from omegastore import OmegaStore
from omegastore.backend import Options
from omegastore.backends.documents import FrameBackend
from omegastore.backends.ndarray import NdarrayBackend
from omegastore.backends.pyobject import PyObjectBackend
from omegastore.backends.rawfile import RawFileBackend
from omegastore.backends.reference import ReferenceBackend
from omegastore.errors import InvalidOption, UnsupportedValue
from omegastore.metadata import Metadata
from omegastore.testing import BackendTests
from omegastore.wrapper import WrapperBackend


class Packed(WrapperBackend, wraps=PyObjectBackend):
    """Keeps bytes compressed, under a kind of its own."""

    kind = "python.packed"

    @classmethod
    def supports(cls, obj: object) -> bool:
        return isinstance(obj, bytes)

    def check(self, obj: bytes, options: Options) -> None:
        super().check(bz2.compress(obj), options)

    def put(self, obj: bytes, meta: Metadata, options: Options) -> Metadata:
        return super().put(bz2.compress(obj), meta, options)

    def get(self, meta: Metadata, options: Options) -> Any:
        return bz2.decompress(super().get(meta, options))


class TestPacked(BackendTests[bytes]):
    """A wrapper is a backend like any other."""

    backend = Packed

    def make(self, seed: int) -> bytes:
        return b"text %d" % seed * 1000

    def same(self, left: bytes, right: bytes) -> bool:
        return left == right


class Short(WrapperBackend, wraps=PyObjectBackend):
    """Refuses long texts."""

    def check(self, obj: Any, options: Options) -> None:
        if isinstance(obj, str) and len(obj) > 5:
            raise UnsupportedValue("a text of more than 5 characters")
        super().check(obj, options)


def test_a_wrapper_of_the_same_kind_takes_its_place_in_one_store_only(store: OmegaStore) -> None:
    other = OmegaStore(store.storage.connection, defaults=store.defaults)
    store.register_backend("python.object", Short)
    store.put("short", "text")
    with pytest.raises(UnsupportedValue, match="more than 5"):
        store.put("longer", "text")
    assert store.get("text") == other.get("text") == "short"
    assert other.put("longer", "text").version == 2


@dataclass(frozen=True, slots=True)
class RoundingOptions(Options):
    """Keywords of put."""

    digits: int = 0
    """Decimals that are kept."""


class Rounded(WrapperBackend, wraps=NdarrayBackend):
    """Rounds before it stores; takes other keywords than the backend within."""

    put_options = RoundingOptions

    def check(self, obj: Any, options: Options) -> None:
        assert isinstance(options, RoundingOptions)
        self._rounded = np.round(obj, options.digits)
        super().check(self._rounded, self.wraps.put_options())

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        return super().put(self._rounded, meta, self.wraps.put_options())


def test_a_wrapper_may_take_keywords_of_its_own(store: OmegaStore) -> None:
    store.register_backend("ndarray.hdf", Rounded)
    store.put(np.array([1.234, 5.678]), "a", digits=1)
    assert store.get("a").tolist() == [1.2, 5.7]
    with pytest.raises(InvalidOption, match=r"\['digits'\], not 'compression'"):
        store.put(np.zeros(1), "a", compression="zlib")


class Watched(WrapperBackend, wraps=NdarrayBackend):
    """Changes nothing."""


class Frames(WrapperBackend, wraps=FrameBackend):
    """Changes nothing."""


class References(WrapperBackend, wraps=ReferenceBackend):
    """Changes nothing."""


class Files(WrapperBackend, wraps=RawFileBackend):
    """Changes nothing."""


def test_an_object_that_needs_trust_is_signed_by_a_wrapper_too(store: OmegaStore) -> None:
    store.register_backend("ndarray.hdf", Watched)
    assert "signature" in store.put(np.array([{}], object), "objects").payload
    assert "signature" not in store.put(np.array([1]), "numbers").payload


def test_appending_and_lazy_reading_reach_the_backend_within(store: OmegaStore) -> None:
    store.register_backend("pandas.dfrows", Frames)
    for number in (1, 2):
        store.put(pd.DataFrame({"a": [number]}), "frame", append=True)
    assert store.getl("frame").value["a"].tolist() == [1, 2]
    assert store.get("frame", a__gt=1)["a"].tolist() == [2]


def test_a_wrapped_kind_is_still_chosen_by_what_chose_it_before(store: OmegaStore) -> None:
    class Reads:
        def read(self, size: int = -1) -> bytes:
            return b""

        def readable(self) -> bool:
            return True

    store.register_backend("python.file", Files)
    assert store.put(Reads(), "file").kind == "python.file"
    collection = store.register_backend("mongo.collection", References).storage.connection.database["theirs"]
    assert store.put(collection, "reference").kind == "mongo.collection"


def test_a_wrapper_of_a_wrapper_changes_both_steps(store: OmegaStore) -> None:
    class Marked(WrapperBackend, wraps=Short):
        """Notes the length."""

        def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
            meta = super().put(obj, meta, options)
            return_meta = {**meta.kind_meta, "length": len(obj)}
            meta.kind_meta = return_meta
            return meta

    store.register_backend("python.object", Marked)
    assert store.put("short", "text").kind_meta["length"] == 5
    with pytest.raises(UnsupportedValue):
        store.put("longer", "text")


def test_a_wrapper_names_what_it_wraps() -> None:
    with pytest.raises(TypeError, match="wraps nothing"):
        type("Empty", (WrapperBackend,), {})
    assert {name.name for name in dataclasses.fields(Packed.put_options)} == set()
    assert (Packed.kind, Packed.types) == ("python.packed", PyObjectBackend.types)
