"""A store does what a dict does, whatever is done in whatever order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from omegastore import OmegaStore, trash
from omegastore.backend import Options
from omegastore.backends.pyobject import PyObjectBackend
from omegastore.errors import DoesNotExist
from omegastore.events import Event, Observer
from omegastore.metadata import Metadata
from omegastore.testing import StoreMachine
from omegastore.wrapper import WrapperBackend

FEW = settings(
    max_examples=12, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def run(store: OmegaStore, backend: type[WrapperBackend] | None = None, observer: Observer | None = None) -> None:
    """Run the machine, each time on an empty bucket."""
    buckets = itertools.count()

    def machine() -> StoreMachine:
        beside = OmegaStore(store.storage.connection, bucket=f"b{next(buckets)}", defaults=store.defaults)
        if backend is not None:
            beside.register_backend(backend.kind, backend)
        if observer is not None:
            beside.storage.observers.add(observer)
        return StoreMachine(beside)

    run_state_machine_as_test(machine, settings=FEW)


def test_any_run_of_operations_does_to_a_store_what_it_does_to_a_dict(store: OmegaStore) -> None:
    run(store)


class Rounding(WrapperBackend, wraps=PyObjectBackend):
    """Gives empty values back as None."""

    def get(self, meta: Metadata, options: Options) -> Any:
        return super().get(meta, options) or None


def test_the_machine_notices_a_value_that_differs(store: OmegaStore) -> None:
    with pytest.raises(AssertionError):
        run(store, backend=Rounding)


def test_the_machine_notices_a_drop_that_takes_another_object_along(store: OmegaStore) -> None:
    def drop_one_more(event: Event) -> None:
        if event.verb == "drop":
            trash.drop(store.storage.catalog.beside(event.bucket, event.prefix), event.name + "a")

    with pytest.raises((AssertionError, DoesNotExist)):
        run(store, observer=drop_one_more)
