"""Delivery: the result of work; a small one comes by the runtime, a large one goes through the store."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omegastore.engine.runtime import Runtime
from omegastore.reservation import Reservation, Ticket
from omegastore.store import OmegaStore

LARGE = 4 << 20
"""Bytes from which on a result goes through the store."""
FOLDER = "_results/"
"""Results on their way are objects whose names begin so."""


@dataclass(frozen=True)
class Delivered:
    """A result, or that it is in the store."""

    value: Any = None
    is_stored: bool = False


def deliver(store: OmegaStore, ticket: Ticket, value: Any) -> Delivered:
    """Return a result for who waits for it; called by the worker, with the ticket that `fetch` gave it."""
    if _size(value) < LARGE:
        return Delivered(value)
    ticket.redeem(store.storage, (store, store), value)
    return Delivered(is_stored=True)


def fetch(
    store: OmegaStore,
    runtime: Runtime,
    work: Callable[..., Delivered],
    *args: Any,
    timeout: float | None = None,
    label: str = "",
) -> Any:
    """Return what `work` delivers; it gets `args` and a ticket.

    Parameters
    ----------
    store : OmegaStore
        Where a large result goes through; it does not stay there.
    runtime : Runtime
        Who does the work.
    work : callable
        Returns what `deliver` returns.
    *args
        What it works on.
    timeout : float, optional
        Seconds that it may take.
    label : str
        What is shown meanwhile.
    """
    name = FOLDER + secrets.token_hex(12)
    with Reservation(store.storage, name) as ticket:
        delivered = runtime.run(work, *args, ticket, timeout=timeout, label=label)
    if not delivered.is_stored:
        return delivered.value
    try:
        return store.get(name)
    finally:
        store.drop(name, force=True)


def _size(value: Any) -> int:
    """Return about how many bytes a result has."""
    if isinstance(value, (list, tuple)):
        return sum(map(_size, value))
    if hasattr(value, "memory_usage"):
        used = value.memory_usage(deep=True)
        return int(used.sum() if hasattr(used, "sum") else used)
    return int(getattr(value, "nbytes", 0))
