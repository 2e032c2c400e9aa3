"""The conformance kit notices a backend that is broken, and tells by a named test in what way."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from omegastore.backend import Backend
from tests.store.mutants import MUTANTS, Estimators, Lists, Sound, Trusting

POINTS = {"point": "within", "where": "inline"}
"""What parametrised tests are run with."""
CASES = pytest.mark.parametrize(
    ("kit", "mutant", "test"), MUTANTS, ids=[f"{mutant.__name__}-{test}" for _, mutant, test in MUTANTS]
)


def run(kit: type[Lists], backend: type[Backend[Any, Any, Any]], test: str, url: str, **given: Any) -> None:
    """Run one test of the kit for a backend."""
    tests: Any = type("Tests", (kit,), {"backend": backend})()
    given |= POINTS | {"store": tests.open(url)}
    method = getattr(tests, test)
    method(**{name: given[name] for name in inspect.signature(method).parameters})


@CASES
def test_a_mutant_is_caught_by(
    store_url: str, kit: type[Lists], mutant: type[Backend[Any, Any, Any]], test: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    with pytest.raises((Exception, pytest.fail.Exception)) as caught:
        run(kit, mutant, test, url=store_url, monkeypatch=monkeypatch, tmp_path=tmp_path)
    assert not isinstance(caught.value, pytest.skip.Exception)


@CASES
def test_what_catches_a_mutant_lets_the_sound_backend_pass(
    store_url: str, kit: type[Lists], mutant: type[Backend[Any, Any, Any]], test: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    run(kit, kit.backend, test, url=store_url, monkeypatch=monkeypatch, tmp_path=tmp_path)


def test_unsigned_payload_is_noticed_by_removing_the_signature_too(store_url: str, tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        run(Estimators, Trusting, "test_signed_with_another_key_it_is_not_loaded", url=store_url, tmp_path=tmp_path)


class TestSound(Lists):
    """The backend that most mutants are made of passes the whole kit."""

    backend = Sound


def test_the_table_of_the_documentation_is_this_one() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "testing.md").read_text("utf-8")
    rows = [f"| `{mutant.__name__}` | {_fault(mutant)} | `{test}` |" for _, mutant, test in MUTANTS]
    assert [line for line in text.splitlines() if line.startswith("| `") and line.endswith("` |")] == rows


def _fault(mutant: type) -> str:
    return (mutant.__doc__ or "Has no documentation.").partition("\n")[0]
