"""Commit: puts, drops and tags of several objects that become visible together or not at all.

Payloads are written at once, under leases of their own. At the end the small changes of all metadata documents and
the record of the commit are made in one transaction, or, on a server without transactions, staged and then decided by
one document (`omegastore.decision`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any

from omegastore import naming, staging, transaction
from omegastore.catalog import Catalog, Doc
from omegastore.change import Drop, Leases, Put, Step, Tag
from omegastore.errors import InvalidOption
from omegastore.flip import Overtaken, writer
from omegastore.storage import Sources, Storage
from omegastore.writer import ATTEMPTS, Request, Writer


class Commit:
    """Changes of several objects of a store, made together; used as a context manager.

    Each name is put or dropped at most once. Leaving the block by an exception takes everything back.

    Parameters
    ----------
    storage : Storage
        The objects.
    sources : tuple of ObjectSource
        What a backend may read other objects from.
    message : str
        What the log says of it.

    Examples
    --------
    >>> from omegastore import OmegaStore
    >>> store = OmegaStore()
    >>> with store.commit("new prices, and the model that was fitted to them") as commit:
    ...     commit.put({"apple": 3}, "prices", kind="python.object")
    ...     commit.put(0.5, "model")
    ...     commit.tag("model", "best")
    >>> store.get("model@best"), store.at(commit.id).get("prices")
    (0.5, {'apple': 3})
    """

    def __init__(self, storage: Storage, sources: Sources, message: str) -> None:
        if not isinstance(message, str):
            raise InvalidOption(f"message={message!r} is not a str")
        self._storage, self._writer, self.message = storage, Writer(storage, sources), message
        self.id: Any = None
        """The ObjectId of the commit; None before it is visible, and if nothing was changed."""
        self.at: datetime | None = None
        """When it became visible, by the server's clock."""
        self._steps: list[Step] = []
        self._running: Step | None = None
        self._documents: list[Doc] = []
        self._leases = Leases(storage.settings.OMEGA_STORE_LEASE / 3)

    def put(
        self,
        obj: Any,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        kind: str | None = None,
        replace: bool = False,
        expect: int | None = None,
        **options: Any,
    ) -> None:
        """Write an object that is to be put, or appended; the parameters are those of the store's `put`."""
        request = Request(obj, name, attributes, replace, expect)
        backend, made = self._writer.check(request, kind, options)
        self._add(Put(self._writer, self._leases, request, backend, made), once=True)

    def drop(self, name: str) -> None:
        """Drop an object with all of its versions.

        Raises
        ------
        DoesNotExist
            For an unknown name.
        """
        self._add(Drop(self._storage, self._writer, naming.check_name(name)), once=True)

    def tag(self, name: str, tag: str, version: int | str | datetime = -1) -> None:
        """Name a version; -1 is the one that this commit puts, if it does."""
        self._add(Tag(self._storage, naming.check_name(name), naming.check_tag(tag), version))

    def untag(self, name: str, tag: str) -> None:
        """Take a tag away."""
        self._add(Tag(self._storage, naming.check_name(name), tag, None))

    def __enter__(self) -> Commit:
        self._storage.connection.now()  # whether there is a server, and what it can do
        self._leases.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._steps:
                self._finish()
        finally:
            self._leases.__exit__(kind, error, trace)

    def _add(self, step: Step, once: bool = False) -> None:
        if once and any(each.name == step.name and each.verb in ("put", "drop") for each in self._steps):
            raise InvalidOption(f"{step.name!r} is put or dropped in this commit already; each name once")
        step.prepare()
        self._steps.append(step)

    def _finish(self) -> None:
        for _ in range(ATTEMPTS):
            try:
                record = self._together()
                break
            except Overtaken:
                if self._running is None:
                    raise
                self._running.prepare()
        else:
            record = self._together()
        self.id, self.at = record["_id"], record["at"]
        for step, document in zip(self._steps, self._documents, strict=True):
            step.finish(document)

    def _together(self) -> Doc:
        catalog = self._storage.catalog
        # everybody in the same order, so that no two commits wait for each other
        self._steps.sort(key=lambda step: catalog.key(step.name))
        steps, keys = [self._traced(step) for step in self._steps], [catalog.key(each.name) for each in self._steps]
        if catalog.connection.is_standalone:
            return staging.together(catalog, self._storage.settings.OMEGA_STORE_LEASE, keys, steps, self._record)
        return transaction.transact(catalog, keys, steps, self._record)

    def _traced(self, step: Step) -> staging.Step:
        def apply(catalog: Catalog, moment: Any) -> Doc:
            self._running = step
            return step.apply(catalog, moment)

        return apply

    def _record(self, documents: list[Doc]) -> Doc:
        self._documents, prefix = documents, self._storage.prefix
        changes = [
            {"verb": step.verb, "prefix": prefix, "name": step.name, "tag": step.tag, "rev": _number(step, document)}
            for step, document in zip(self._steps, documents, strict=True)
        ]
        return {"message": self.message, "by": writer(), "changes": changes}


def _number(step: Step, document: Doc) -> int:
    """Return the version that a change made, or tagged."""
    tagged = [each["rev"] for each in document.get("tags", ()) if each["tag"] == step.tag]
    return int(tagged[0] if tagged else document["rev"])
