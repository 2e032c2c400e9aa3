"""A store does what a dict does, whatever is done in whatever order."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from omegastore import OmegaStore, trash
from omegastore.backend import Options
from omegastore.backends.pyobject import PyObjectBackend
from omegastore.errors import DoesNotExist
from omegastore.events import Event, Observer
from omegastore.metadata import Metadata
from omegastore.testing import StoreMachine
from omegastore.wrapper import WrapperBackend

FEW = settings(max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNTIL_NOTICED = settings(FEW, max_examples=100, derandomize=True, phases=[Phase.generate])


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

    few = UNTIL_NOTICED if backend or observer else FEW
    run_state_machine_as_test(cast("type[StoreMachine]", machine), settings=few)  # it is only called


def test_any_run_of_operations_does_to_a_store_what_it_does_to_a_dict(store: OmegaStore) -> None:
    run(store)


class Converting(WrapperBackend, wraps=PyObjectBackend):
    """Gives numbers back as text, and what is not true as None."""

    def get(self, meta: Metadata, options: Options) -> Any:
        found = super().get(meta, options)
        return str(found) if isinstance(found, int) else found or None


def test_the_machine_notices_a_value_that_differs(store: OmegaStore) -> None:
    with pytest.raises(AssertionError):
        run(store, backend=Converting)


def test_the_machine_notices_a_drop_that_takes_other_objects_along(store: OmegaStore) -> None:
    def drop_all(event: Event) -> None:
        catalog = store.storage.catalog.beside(event.bucket, event.prefix)
        for each in list(catalog.scan(fields=["name"])) if event.verb == "drop" else []:
            trash.drop(catalog, each["name"])

    with pytest.raises((AssertionError, DoesNotExist)):
        run(store, observer=drop_all)
