"""Keeping: a lazy frame as rows that the server writes, without sending one to the client."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from omegastore.codecs.label import ERA, EXTRAS, column_fields, level_field
from omegastore.codecs.schema import Entry, FrameSchema
from omegastore.errors import InvalidOption
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.plan import NATURAL, Plan, Stage
from omegastore.mdataframe.row import has_extras
from omegastore.mdataframe.settling import settled_types
from omegastore.rows import Rows

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


class Keeping(Lazy):
    """Puts what is lazy into the store that it came from."""

    def put(self, name: str, attributes: dict[str, Any] | None = None) -> Metadata:
        """Store the rows as a new version of an object; the server writes them, and none is pulled.

        Parameters
        ----------
        name : str
            The name, in the store that the rows came from. What was there stays as the version before.
        attributes : dict, optional
            As for `OmegaStore.put`.

        Raises
        ------
        InvalidOption
            If the rows came from no store: use ``store.put(lazy, name)``.
        """
        meta: Metadata = self._home().put(self, name, attributes, append=False)
        return meta

    def persist(self, name: str) -> Self:
        """Store the rows under a name and return the lazy frame over them."""
        self.put(name)
        kept: Self = self._home().getl(name)
        return kept

    def _home(self) -> Any:
        if self.plan.home is None:
            raise InvalidOption("these rows came from no store; use store.put(lazy, name)")
        return self.plan.home


def kept(plan: Plan) -> tuple[list[Stage], FrameSchema]:
    """Return the stages that give the documents of stored rows, `_id` included, and their schema without its rows."""
    plan = settled_types(plan)
    is_all = plan.order == NATURAL and all(set(stage) <= {"$set"} for stage in plan.stages)
    has_range = not plan.schema.index.levels
    plan = plan.numbered(always=True)
    schema = plan.schema
    levels = [level_field(at, name) for at, name in enumerate(schema.index.names)]
    fields = [*levels, *column_fields(list(schema.labels), set())]
    project: dict[str, Any] = {"_id": 1}
    extras: dict[str, Any] = {}
    entries: list[Entry] = []
    for entry, field in zip(schema.entries, fields, strict=True):
        project[field] = f"${entry.field}"
        if has_extras(entry):
            extras[field] = f"${EXTRAS}.{entry.field}"
        entries.append(replace(entry, field=field))
    is_mixed = any(len(entry.codecs) > 1 for entry in entries)
    if is_mixed:
        extras[ERA] = f"${EXTRAS}.{ERA}"
    # stored rows that are all there, in their order, have numbers that can stay: a window over all rows takes long
    numbered = plan if is_all and isinstance(plan.source, Rows) else plan.with_position("_id")
    stages: list[Stage] = [{"$match": plan.source.visible}, *numbered.stages]
    if extras:
        stages += [{"$project": {**project, EXTRAS: extras}}]
        stages += [{"$set": {EXTRAS: {"$cond": [{"$eq": [f"${EXTRAS}", {}]}, "$$REMOVE", f"${EXTRAS}"]}}}]
    else:
        stages += [{"$project": project}]
    count = len(levels)
    index = replace(schema.index, levels=tuple(entries[:count]))
    if not is_all:
        index = replace(index, edges=None, freq=None)
    index = replace(index, steps=range(0) if has_range else schema.index.steps)
    made = replace(schema, columns=tuple(entries[count:]), index=index, era=schema.era if is_mixed else 0)
    return stages, made


def counted(schema: FrameSchema, rows: int) -> FrameSchema:
    """Return the schema of `rows` rows that were written."""
    steps = schema.index.steps
    if steps is not None and len(steps) != rows:
        schema = replace(schema, index=replace(schema.index, steps=range(rows)))
    return replace(schema, rows=rows)
