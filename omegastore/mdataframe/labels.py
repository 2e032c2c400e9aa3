"""Labelling: columns that are dropped, renamed, set and made index, and an index made columns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, Self

import pandas as pd

from omegastore.codecs.label import index_of
from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema
from omegastore.errors import InvalidOption
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import Plan, fresh_field, unnumbered
from omegastore.mdataframe.row import common, constant


class Labelling(Lazy):
    """Columns, labels and the index of a frame; no row is touched."""

    def assign(self, **columns: Any) -> Self:
        """Return the frame with columns added or replaced.

        Parameters
        ----------
        **columns
            By label: a lazy series of the same rows, one value for all rows, or a function of the frame that
            returns either.
        """
        frame = self
        for label, value in columns.items():
            frame = frame._like(with_column(frame.plan, label, value(frame) if callable(value) else value))
        return frame

    def drop(
        self,
        labels: Any = None,
        *,
        axis: int | str = 0,
        index: Any = None,
        columns: Any = None,
        errors: str = "raise",
    ) -> Self:
        """Return the frame without some columns or rows.

        Parameters
        ----------
        labels : label or list of labels, optional
            What `axis` says: rows (0, ``"index"``) or columns (1, ``"columns"``).
        index, columns : label or list of labels, optional
            Rows and columns.
        errors : {"raise", "ignore"}
            Whether labels that there are not are an error.
        """
        if labels is not None:
            index, columns = (labels, columns) if axis in (0, "index") else (index, labels)
        frame = self
        if columns is not None:
            gone = list(columns) if isinstance(columns, list) else [columns]
            known = self.plan.schema.labels
            missing = [label for label in gone if label not in known]
            if missing and errors == "raise":
                raise KeyError(f"{missing} not in columns {list(known)}")
            frame = frame._like(self.plan.select([at for at, label in enumerate(known) if label not in gone]))
        if index is not None:
            located: Any = frame
            frame = located.loc.without(list(index) if isinstance(index, list) else [index], errors)
        return frame

    def rename(self, mapper: Any = None, *, columns: Any = None, axis: int | str = 1) -> Self:
        """Return the frame with other labels of columns.

        Parameters
        ----------
        mapper, columns : mapping or function
            From the old label to the new one; labels that a mapping does not have stay.
        axis : {1, "columns"}
            Of `mapper`. Labels of rows are data: ``reset_index`` and ``assign`` change them.
        """
        if mapper is not None and axis not in (1, "columns"):
            raise InvalidOption("rename() renames columns; labels of rows are data, see reset_index() and assign()")
        schema = self.plan.schema
        names: Any = columns if columns is not None else mapper
        renamed = pd.DataFrame(columns=schema.labels).rename(columns=names).columns
        return self._like(self.plan.with_schema(replace(schema, labels=renamed)))

    def set_index(self, keys: Any, *, drop: bool = True, append: bool = False) -> Self:
        """Return the frame with columns as its index.

        Parameters
        ----------
        keys : label or list of labels
            The columns.
        drop : bool
            Whether they stop being columns.
        append : bool
            Whether the levels of the present index stay, before them.
        """
        plan = self.plan.numbered(always=True) if append else self.plan
        wanted = keys if isinstance(keys, list) else [keys]
        positions = columns_at(plan, wanted)
        schema = plan.schema
        levels = (
            (*schema.index.levels, *(schema.columns[at] for at in positions))
            if append
            else tuple(schema.columns[at] for at in positions)
        )
        names = (*(schema.index.names if append else ()), *wanted)
        index = IndexSchema(levels, names, len(levels) > 1)
        kept = [at for at in range(len(schema.columns)) if not (drop and at in positions)]
        chosen = plan.select(kept)
        return self._like(chosen.with_schema(replace(chosen.schema, index=index)))

    def reset_index(self, level: Any = None, *, drop: bool = False, names: Any = None) -> Any:
        """Return the rows numbered from 0, with the index as columns in front.

        Parameters
        ----------
        level : int, name or list of them, optional
            The levels that stop being index; all by default.
        drop : bool
            Whether they do not become columns.
        names : label or list of labels, optional
            Of the new columns.
        """
        plan = self.plan if drop and level is None else self.plan.numbered(always=True)
        index = plan.schema.index
        going = list(range(len(index.levels))) if level is None else level_positions(index, level)
        staying = [at for at in range(len(index.levels)) if at not in going]
        schema = unnumbered(plan.schema) if not staying else replace(plan.schema, index=_levels(index, staying))
        if not drop:
            schema = _with_levels(schema, index, going, names)
        made = plan.with_schema(schema)
        return self._frame(made) if not schema.is_series else self._series(made)


def with_column(plan: Plan, label: Hashable, value: Any) -> Plan:
    """Return the plan with a column of a lazy series or of one value, in place of one of the same label if any.

    Raises
    ------
    TypeError
        If `value` is several values that are not lazy.
    """
    if isinstance(value, Lazy):
        if not value.plan.schema.is_series:
            raise TypeError(f"column {label!r} takes a series, not a frame")
        entry = value.plan.schema.columns[0]
        plan = common(plan, value.plan, f"the series for column {label!r}")
    elif pd.api.types.is_list_like(value):
        raise TypeError(
            f"column {label!r} takes a lazy series of the same rows or one value, not a {type(value).__name__}: put "
            "the values with the frame, or merge() them"
        )
    else:
        entry, fields = constant(value, fresh_field(), f"column {label!r}")
        plan = plan.computed(fields)
    schema = plan.schema
    places = [at for at, each in enumerate(schema.labels) if each == label]
    columns = list(schema.columns)
    if places:
        for at in places:
            columns[at] = entry
        return plan.with_schema(replace(schema, columns=tuple(columns)))
    return plan.with_schema(replace(schema, labels=_appended(schema.labels, label), columns=(*columns, entry)))


def level_positions(index: IndexSchema, level: Any) -> list[int]:
    """Return the positions of index levels that are given by number or name."""
    found: list[int] = []
    for each in level if isinstance(level, list | tuple) else [level]:
        if each in index.names:
            found.append(index.names.index(each))
        elif isinstance(each, int) and -len(index.names) <= each < len(index.names):
            found.append(each % len(index.names))
        else:
            raise KeyError(f"level {each!r} not in {list(index.names)}")
    return found


def _appended(labels: pd.Index[Any], label: Hashable) -> pd.Index[Any]:
    frame = pd.DataFrame(columns=labels)
    frame[label] = pd.Series(dtype=object)
    return frame.columns if len(frame.columns) > len(labels) else index_of([*labels, label], None)


def _levels(index: IndexSchema, positions: list[int]) -> IndexSchema:
    levels = tuple(index.levels[at] for at in positions)
    return IndexSchema(levels, tuple(index.names[at] for at in positions), len(levels) > 1)


def _with_levels(schema: FrameSchema, index: IndexSchema, going: list[int], names: Any) -> FrameSchema:
    taken = [] if schema.is_series else list(schema.labels)
    given = names if isinstance(names, list) else None if names is None else [names]
    labels: list[Any] = []
    for number, at in enumerate(going):
        name = index.names[at]
        if given is not None:
            name = given[number]
        elif name is None:
            name = f"level_{at}" if index.is_multi or "index" in taken else "index"
        if name in taken or name in labels:
            raise ValueError(f"cannot insert {name!r}, already exists")
        labels.append(name)
    entries: list[Entry] = [index.levels[at] for at in going]
    frame = pd.DataFrame(columns=schema.labels)
    if schema.is_series:
        frame = pd.DataFrame(columns=[0 if schema.labels[0] is None else schema.labels[0]])
    for number, label in enumerate(labels):
        frame.insert(number, label, pd.Series(dtype=object))
    return replace(schema, is_series=False, labels=frame.columns, columns=(*entries, *schema.columns))
