"""The conformance kit notices a backend that is broken, and tells by a named test in what way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.backend import Options
from omegastore.backends.estimator import EstimatorBackend
from omegastore.backends.pydata import PyDataBackend
from omegastore.backends.pyobject import PyObjectBackend
from omegastore.metadata import Metadata
from omegastore.testing.backend_tests import BackendTests
from omegastore.wrapper import WrapperBackend


class Listing(WrapperBackend, wraps=PyObjectBackend):
    """Gives tuples back as lists."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return list(super().get(meta, options))


class Undocumented(WrapperBackend, wraps=PyObjectBackend):
    pass


class Remembering(WrapperBackend, wraps=PyObjectBackend):
    """Keeps the latest object in the process, where the store should keep it."""

    latest: Any = None

    def get(self, meta: Metadata, options: Options) -> Any:
        return type(self).latest

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        type(self).latest = obj
        return super().put(obj, meta, options)


class Changing(WrapperBackend, wraps=PyObjectBackend):
    """Changes what it is given."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta = super().put(obj, meta, options)
        obj.append("put")
        return meta


class Sidestepping(WrapperBackend, wraps=PyObjectBackend):
    """Writes into a collection of its own, at once and for ever."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        self.context.collections.collection_of("mine").insert_one({"copy": str(obj)})
        return super().put(obj, meta, options)


class Hoarding(WrapperBackend, wraps=PyObjectBackend):
    """Keeps the object in its description, and no payload."""

    def put(self, obj: Any, meta: Metadata, options: Options) -> Metadata:
        meta.kind_meta = {"obj": list(obj)}
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        return list(meta.kind_meta["obj"])


class Lossy(WrapperBackend, wraps=PyDataBackend):
    """Does not append, though it says so."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return super().get(meta, options)[-1:]


class Trusting(WrapperBackend, wraps=EstimatorBackend):
    """Runs code without asking for a signature."""

    executes_code = False

    def needs_trust(self, meta: Metadata) -> bool:
        return False


class Lists(BackendTests[Any]):
    def make(self, seed: int) -> Any:
        return [seed, "text"]

    def same(self, left: Any, right: Any) -> bool:
        return type(left) is type(right) and repr(left) == repr(right)


class Objects(Lists):
    by_kind_only = True

    def make(self, seed: int) -> Any:
        return (seed, "text") if self.backend is Listing else [seed, "text"]


class Data(Lists):
    backend = PyDataBackend

    def returned(self, obj: Any) -> Any:
        return [obj]

    def appended(self, first: Any, second: Any) -> Any:
        return [first, second]


class Estimators(Lists):
    needs_trust = True

    def make(self, seed: int) -> Any:
        return Estimator(seed)


class Estimator:
    """Looks like an estimator."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self) -> None: ...

    def get_params(self) -> dict[str, int]:
        return {"seed": self.seed}

    def __repr__(self) -> str:
        return f"Estimator({self.seed})"


def suite(kind: type[Lists], mutant: type[WrapperBackend]) -> Any:
    """Return the tests of `kind`, for `mutant`."""
    return type("Tests", (kind,), {"backend": mutant})()


@pytest.mark.parametrize(
    ("kind", "mutant", "test"),
    [
        (Objects, Undocumented, "test_the_backend_is_documented"),
        (Objects, Listing, "test_what_was_put_comes_back"),
        (Objects, Remembering, "test_a_second_put_makes_a_version_and_both_are_readable"),
        (Objects, Remembering, "test_names_do_not_collide"),
        (Objects, Changing, "test_the_callers_object_is_unchanged"),
        (Objects, Sidestepping, "test_drop_and_gc_leave_nothing_of_it"),
        (Objects, Hoarding, "test_size_and_checksum_are_those_of_what_is_stored"),
        (Data, Lossy, "test_a_put_appends_or_refuses_to"),
        (Estimators, Trusting, "test_what_can_run_code_is_signed_and_nothing_else_is"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_mutant_is_caught_by(store: OmegaStore, kind: type[Lists], mutant: type[WrapperBackend], test: str) -> None:
    tests = suite(kind, mutant)
    arguments = () if test == "test_the_backend_is_documented" else (tests.teach(store),)
    with pytest.raises(AssertionError):
        getattr(tests, test)(*arguments)


def test_a_mutant_that_writes_past_the_context_is_caught_when_it_is_interrupted(
    store: OmegaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = suite(Objects, Sidestepping)
    with pytest.raises(AssertionError):
        tests.test_an_interrupted_first_put_leaves_no_object(tests.teach(store), "end", monkeypatch)


def test_a_mutant_that_reads_unsigned_payload_is_caught_by_removing_the_signature(
    store: OmegaStore, tmp_path: Path
) -> None:
    tests = suite(Estimators, Trusting)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        tests.test_signed_with_another_key_it_is_not_loaded(tests.teach(store), tmp_path)


@pytest.mark.parametrize(("kind", "backend"), [(Objects, PyObjectBackend), (Data, PyDataBackend)])
def test_the_backends_that_the_mutants_were_made_of_pass(store: OmegaStore, kind: Any, backend: Any) -> None:
    tests = suite(kind, backend)
    tests.test_what_was_put_comes_back(store)
    tests.test_the_callers_object_is_unchanged(store)
    tests.test_size_and_checksum_are_those_of_what_is_stored(store)
