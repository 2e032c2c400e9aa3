"""Credentials are never shown: not in repr, errors, tracebacks, pickles, Metadata or logs."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from omegastore import OmegaStore, mongo

SECRETS = ("sesame", "ali%20baba", "ali baba")
URLS = [
    "mongodb://ali%20baba:sesame@127.0.0.1:1/x?serverSelectionTimeoutMS=100",
    "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100&tlsCertificateKeyFilePassword=sesame",
    "mongodb://ali%20baba:se/sesame@127.0.0.1:1/x",
    "mongodb://ali%20baba:sesame?x@127.0.0.1:1/x",
    "mongodb://ali%20baba:sesame@sesame@127.0.0.1:1/x",
    "mongodb://ali%20baba:%zsesame@127.0.0.1:1",
    "mongodb://ali%20baba:sesame@127.0.0.1:1/x?authSource=a&nonsense",
    "mongodb://ali%20baba:sesame@/x",
    "ali%20baba:sesame@127.0.0.1",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.filterwarnings("ignore")  # of the driver, about options
def test_credentials_are_nowhere_to_be_seen(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = OmegaStore(url, defaults={"OMEGA_STORE_SIGNING_KEY": "sesame"})
    shown = [repr(store), store._repr_html_(), repr(store.defaults), repr(store.storage), str(pickle.dumps(store))]
    steps: list[Callable[[], Any]] = [lambda: store.put(1, "n"), lambda: store.list(), lambda: pickle.loads(
        pickle.dumps(store)).list()]  # fmt: skip
    for step in steps:
        with pytest.raises(Exception) as caught:  # any: what it shows is looked at
            step()
        shown += [str(caught.value), repr(caught.value)]
        shown += traceback.format_exception(caught.value)
        error: BaseException | None = caught.value
        while error is not None:
            shown += [str(error), repr(error.args)]
            error = error.__cause__ or error.__context__
    shown += [record.getMessage() for record in caplog.records]
    assert [text for text in shown for secret in SECRETS if secret in text] == []


def test_metadata_holds_no_credentials(store_url: str, image: Any) -> None:
    key = "sesame, open"
    store = OmegaStore(store_url, defaults={"OMEGA_STORE_SIGNING_KEY": key})
    from sklearn.linear_model import LinearRegression

    meta = store.put(LinearRegression(), "m")
    assert "sesame" not in repr(meta) + str(meta.to_mongo()) + str(image())


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://a:p%40ss%3A@h1:1,h2:2/db?authSource=admin&replicaSet=rs&readPreference=nearest&tls=true",
        "mongodb://h/?serverSelectionTimeoutMS=7",
        "mongodb+srv://a:b@cluster.example/db?retryWrites=true&w=majority",
    ],
)
def test_urls_reach_the_driver_unchanged(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    class Recorder(Exception):
        """Stops where the client would be made."""

    def record(*arguments: Any, **keywords: Any) -> Any:
        seen.append((arguments, keywords))
        raise Recorder

    monkeypatch.setattr(mongo, "MongoClient", record)
    with pytest.raises(Recorder):
        OmegaStore(url).list()
    [(arguments, keywords)] = seen
    assert arguments == (url,)
    extra = set() if "serverSelectionTimeoutMS" in url else {"serverSelectionTimeoutMS"}
    assert set(keywords) - {"connect"} == extra
    assert keywords["connect"] is False
