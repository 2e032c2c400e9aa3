"""Inspection: what the server does for a lazy frame, the indexes that help it, and how the frame shows itself."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from html import escape
from typing import Any

from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import Plan

SHOWN = 10
"""Rows that a notebook shows."""
_WAYS = {"+": 1, "-": -1, "@": "2dsphere"}


class Inspecting(Lazy):
    """Looks at the plan, and at the collection below it."""

    def inspect(self, explain: bool = False) -> dict[str, Any]:
        """Return what the server is asked.

        Parameters
        ----------
        explain : bool
            Ask the server how it would answer: whether it uses an index, and its plan.

        Returns
        -------
        dict
            ``collection`` and ``pipeline``; with `explain`, ``indexes`` (names of the indexes used, the key of the
            collection included) and ``explain`` (what the server says).
        """
        plan = self.plan
        pipeline = plan.source.committed(result.pipeline(plan))
        collection = plan.source.collection
        told: dict[str, Any] = {"collection": collection.name, "pipeline": pipeline}
        if explain:
            command = {"aggregate": collection.name, "pipeline": pipeline, "cursor": {}, "allowDiskUse": True}
            answer = collection.database.command("explain", command, verbosity="queryPlanner")
            told |= {"indexes": sorted(set(_indexes(answer))), "explain": answer}
        return told

    def create_index(self, keys: Hashable | list[Any], **options: Any) -> str:
        """Index columns of the stored rows, and return the name of the index.

        Parameters
        ----------
        keys : label or list of labels
            With ``+``, ``-`` or ``@`` in front for ascending, descending, 2dsphere.
        **options
            For `pymongo.collection.Collection.create_index`.
        """
        index = [self._key(key) for key in (keys if isinstance(keys, list) else [keys])]
        name: str = self.plan.source.collection.create_index(index, **options)
        return name

    def list_indexes(self) -> list[dict[str, Any]]:
        """Return the indexes of the stored rows: name and keys."""
        found = self.plan.source.collection.list_indexes()
        return [{"name": each["name"], "key": dict(each["key"])} for each in found]

    def _key(self, key: Hashable) -> tuple[str, Any]:
        schema = self.plan.schema
        way: Any = 1
        known = {*schema.labels, *schema.index.names}
        if isinstance(key, str) and key not in known and key[:1] in _WAYS:
            key, way = key[1:], _WAYS[key[:1]]
        if key not in schema.labels and key in schema.index.names:
            entry = schema.index.levels[schema.index.names.index(key)]
        else:
            entry = schema.columns[columns_at(self.plan, [key])[0]]
        if entry.field not in self.plan.fields:
            raise ValueError(f"{key!r} is computed, so there is no field to index; put() the frame first")
        return entry.field, way

    def _repr_html_(self) -> str:
        """Return the first rows as a table, and the query; this asks for a few rows and their number."""
        rows = result.read(self.plan.part(0, SHOWN))
        count = result.count(self.plan)
        frame = rows.to_frame() if rows.ndim == 1 else rows
        query = escape(_short(self.plan))
        shape = f"{count:,} rows x {len(self.plan.schema.columns)} columns, lazy"
        return f"{frame.to_html(max_rows=SHOWN)}<p>{shape}</p><pre>{query}</pre>"


def _short(plan: Plan) -> str:
    text = " | ".join(f"{name} {value}" for stage in plan.stages for name, value in stage.items())
    return text if len(text) <= 500 else f"{text[:500]} ..."


def _indexes(answer: Any) -> Iterator[str]:
    """Yield the names of the indexes in what the server says of its plan."""
    if isinstance(answer, Mapping):
        if "rejectedPlans" in answer:
            answer = {key: value for key, value in answer.items() if key != "rejectedPlans"}
        if answer.get("stage") == "IXSCAN":
            yield str(answer["indexName"])
        elif str(answer.get("stage", "")).startswith("CLUSTERED"):
            yield "_id"
        for value in answer.values():
            yield from _indexes(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _indexes(value)
