"""The policies of trust: what is loaded under each; kind sklearn.skops; changing keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from omegastore import OmegaStore
from omegastore.errors import InvalidOption, InvalidSetting, UnsupportedObject, UntrustedError
from omegastore.testing.subject import spread


def under(store: OmegaStore, policy: str, key: str = "the key of the tests") -> OmegaStore:
    settings = {"OMEGA_STORE_TRUST": policy, "OMEGA_STORE_SIGNING_KEY": key}
    return OmegaStore(store.storage.connection, defaults=settings)


CODE: dict[str, Any] = {
    "sklearn.joblib": LinearRegression(),
    "pandas.hdf": pd.DataFrame({"a": [1.0]}),
    "python.hdf": [1, 2],
    "ndarray.hdf": np.array([1, "a"], object),
}


def test_there_is_no_other_policy(store: OmegaStore) -> None:
    with pytest.raises(InvalidSetting, match=r"signed.*skops.*all"):
        under(store, "none")


@pytest.mark.parametrize("kind", CODE)
def test_under_skops_what_can_run_code_is_neither_put_nor_got(store: OmegaStore, kind: str) -> None:
    strict = under(store, "skops")
    store.put(CODE[kind], "x", kind=kind)
    with pytest.raises(UntrustedError, match=r"sklearn\.skops"):
        strict.get("x")
    with pytest.raises(UntrustedError, match=r"OMEGA_STORE_TRUST=signed"):
        strict.put(CODE[kind], "y", kind=kind)
    assert strict.list() == ["x"]
    strict.gc(grace=0)
    assert strict.fsck() == []


def test_under_skops_all_else_is_kept(store: OmegaStore) -> None:
    strict = under(store, "skops")
    values = {"frame": pd.DataFrame({"a": [1.0]}), "array": np.arange(3), "text": "x", "data": {"a": 1}}
    for name, value in values.items():
        strict.put(value, name)
        assert str(strict.get(name)) == str([value] if name == "data" else value)
    strict.put(make_pipeline(StandardScaler(), LinearRegression()), "model", kind="sklearn.skops")
    assert [name for name, _ in strict.get("model").steps] == ["standardscaler", "linearregression"]


def test_under_all_nothing_is_asked_for(store: OmegaStore) -> None:
    under(store, "all", "a stranger's key").put(LinearRegression(), "m")
    with pytest.raises(UntrustedError):
        store.get("m")
    assert isinstance(under(store, "all").get("m"), LinearRegression)
    store.mongodb["omegaml.metadata"].update_one({"name": "m"}, {"$unset": {"payload.signature": 1}})
    assert isinstance(under(store, "all").get("m"), LinearRegression)
    under(store, "all").restore("m", 1)
    with pytest.raises(UntrustedError, match="not signed"):
        store.get("m")  # going back to it has not signed what nobody vouches for


def touched(path: str) -> str:
    """Is what a foreign model would call."""
    Path(path).touch()
    return path


def test_skops_makes_only_types_that_somebody_vouches_for(store: OmegaStore, tmp_path: Path) -> None:
    model = FunctionTransformer(touched)
    meta = store.put(model, "m", kind="sklearn.skops")
    name = f"{touched.__module__}.touched"
    assert meta.kind_meta["untrusted"] == [name]
    assert "signature" not in meta.payload
    with pytest.raises(UntrustedError, match=f"trusted=.*{name}"):
        store.get("m")
    with pytest.raises(UntrustedError, match=name):
        store.get("m", trusted=["numpy.loadtxt"])
    assert store.get("m", trusted=[name]).func is touched
    for wrong in (True, "all", [1]):
        with pytest.raises(InvalidOption, match="trusted"):
            store.get("m", trusted=wrong)


class Odd(LinearRegression):  # type: ignore[misc]  # sklearn has no types
    """A class of one's own."""


def test_skops_reads_ones_own_class_when_it_is_named(store: OmegaStore) -> None:
    store.put(Odd(positive=True), "m", kind="sklearn.skops")
    with pytest.raises(UntrustedError, match="Odd"):
        store.get("m")
    assert store.get("m", trusted=[Odd]).positive is True


def test_skops_refuses_what_it_could_not_read_again(store: OmegaStore) -> None:
    with pytest.raises(UnsupportedObject, match=r"sklearn\.joblib"):
        store.put(FunctionTransformer(lambda x: x), "m", kind="sklearn.skops")
    with pytest.raises(UnsupportedObject):
        store.put("text", "m", kind="sklearn.skops")
    assert store.list() == []


@pytest.mark.parametrize("size", ["inline", "in files"])
def test_all_versions_are_signed_anew(store: OmegaStore, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if size == "in files":
        spread(monkeypatch)
    old = under(store, "signed", "old")
    large: Any = LinearRegression()
    large.noise = np.random.default_rng(0).bytes(9000)
    for model in (LinearRegression(), large, LinearRegression(positive=True), "text", LinearRegression()):
        old.put(model, "m")
    old.put(LinearRegression(), "other")
    old.put("text", "text")
    with pytest.raises(UntrustedError):
        under(store, "signed", "new").resign("m")
    assert under(store, "signed", "new,old").resign() == ["m", "other"]
    new = under(store, "signed", "new")
    assert new.get("m", version=2).noise == large.noise
    assert [new.get("m", version=at).positive for at in (1, 2, 3, 5)] == [False, False, True, False]
    assert new.get("m", version=4) == "text"
    assert new.fsck() == []
    with pytest.raises(UntrustedError):
        old.get("m", version=3)
    with pytest.raises(KeyError):
        new.resign("missing")


def test_what_is_not_signed_is_not_signed_anew(store: OmegaStore) -> None:
    for _ in range(2):
        store.put(LinearRegression(), "m")
    key = {"name": "m"}
    head = store.mongodb["omegaml.metadata"].find_one(key)
    assert head is not None
    forged = {**head["payload"]["signature"], "mac": "0" * 64}
    store.mongodb["omegaml.metadata"].update_one(key, {"$set": {"payload.signature": forged}})
    with pytest.raises(UntrustedError, match="changed"):
        store.resign("m")
    after = store.mongodb["omegaml.metadata"].find_one(key)
    assert after == {**head, "payload": {**head["payload"], "signature": forged}}
