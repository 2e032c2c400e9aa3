"""Joining: rows of two frames side by side, matched by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore.codecs.schema import Entry, FrameSchema, IndexSchema
from omegastore.errors import InvalidOption
from omegastore.mdataframe import result
from omegastore.mdataframe.given import given
from omegastore.mdataframe.join import join_of
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.ordering import ordered
from omegastore.mdataframe.plan import Plan, Stage, loose, unnumbered
from omegastore.mdataframe.row import settled
from omegastore.mdataframe.side import Side, check_kinds, shared_names, sides

HOWS = ("inner", "left", "right", "outer")
_CHECKS = {
    "one_to_one": (True, True),
    "one_to_many": (True, False),
    "many_to_one": (False, True),
    "many_to_many": (False, False),
}
"""Whether keys of the left and of the right frame may not repeat."""
_SHORT = {"1:1": "one_to_one", "1:m": "one_to_many", "m:1": "many_to_one", "m:m": "many_to_many"}


class Joining(Lazy):
    """Matches rows of this frame with those of another."""

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        *,
        left_on: Any = None,
        right_on: Any = None,
        sort: bool = False,
        suffixes: Sequence[str | None] = ("_x", "_y"),
        indicator: bool | str = False,
        validate: str | None = None,
        filter: Any = None,
        left_index: bool = False,
        right_index: bool = False,
    ) -> Any:
        """Return the rows of this frame beside those of another that have the same keys; missing keys match nothing.

        Parameters
        ----------
        right : MDataFrame, str, Collection or DataFrame
            A lazy frame of the same database, the name of one in the store, a collection, or a small pandas frame,
            which goes along with the question: 500 rows at most.
        how : {"inner", "left", "right", "outer"}
            Whose rows without a match stay.
        on, left_on, right_on : label or list of labels, optional
            The keys; by default the columns that both have.
        sort : bool
            Sort by the keys. An outer join is always sorted.
        suffixes : pair of str
            For labels that both have.
        indicator : bool or str
            Add a column that tells from which frame a row is.
        validate : str, optional
            ``one_to_one``, ``one_to_many`` or ``many_to_one``: raise where keys repeat.
        filter : mapping, optional
            Conditions ``column__op=value`` on the rows of `right`.
        left_index, right_index : bool
            Whether the index of a frame is its key: of both, or of `right` with `left_on`.
        """
        if how not in HOWS:
            raise InvalidOption(f"how={how!r} is not one of {HOWS}")
        other = _right(self, right)
        other = other if filter is None else other.query(**dict(filter))
        by_index = (left_index, right_index)
        left, right_side = sides(settled(self.plan), settled(other.plan), how, on, (left_on, right_on), by_index)
        if validate is not None:
            _validate(left, right_side, validate)
        check_kinds(left, right_side)
        joined = join_of(left, right_side, how)
        labels, positions = _labels(left, right_side, suffixes)
        columns = [joined.entries[at] for at in positions]
        if indicator:
            labels, columns = (
                [*labels, indicator if isinstance(indicator, str) else "_merge"],
                [*columns, joined.origin],
            )
        plan = joined.plan.with_schema(_schema(self.plan, left, labels, columns, right_index))
        if left_index:
            plan = _indexed(plan, shared_names(self.plan.schema.index.names, other.plan.schema.index.names))
        if sort or how == "outer":
            keys = [joined.entries[at] for at in joined.keys]
            plan = ordered(plan, keys, [str(label) for label in left.labels], True, "last", not right_index)
        return self._frame(plan)

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str = "",
        rsuffix: str = "",
        sort: bool = False,
        *,
        suffixes: Sequence[str | None] | None = None,
    ) -> Any:
        """Return the rows of this frame beside those of another that have the same index; see `merge`.

        Parameters
        ----------
        other : MDataFrame, MSeries, str, Collection or DataFrame
            What `merge` takes, or a series with a name.
        on : label or list of labels, optional
            Columns of this frame, which are compared with the index of the other instead.
        how : {"left", "inner", "right", "outer"}
            Whose rows without a match stay.
        lsuffix, rsuffix : str
            For labels that both have, or `suffixes` as a pair.
        sort : bool
            Sort by the keys.
        """
        if isinstance(other, Lazy) and other.plan.schema.is_series:
            series: Any = other
            other = series.to_frame()
        keys: Any = {"left_index": True} if on is None else {"left_on": on}
        return self.merge(other, how, right_index=True, suffixes=suffixes or (lsuffix, rsuffix), sort=sort, **keys)


def _schema(plan: Plan, left: Side, labels: list[Any], columns: list[Entry], has_labels: bool) -> FrameSchema:
    """Return the schema of joined rows, with the index of the left frame or numbered."""
    index = loose(left.plan.schema).index if has_labels else unnumbered(plan.schema).index
    return replace(plan.schema, index=index, labels=_index(labels), columns=tuple(columns), attrs=({}, None), era=0)


def _indexed(plan: Plan, names: tuple[Any, ...]) -> Plan:
    """Return the plan whose first columns are its index."""
    schema, count = plan.schema, len(names)
    index = IndexSchema(schema.columns[:count], names, count > 1)
    labels = _index(list(schema.labels[count:]))
    return plan.with_schema(replace(schema, index=index, labels=labels, columns=schema.columns[count:]))


def _right(lazy: Lazy, right: Any) -> Any:
    if isinstance(right, str):
        if lazy.plan.home is None:
            raise InvalidOption("these rows came from no store, which could know a name; pass store.getl(name)")
        right = lazy.plan.home.getl(right)
    if isinstance(right, pd.DataFrame):
        return lazy.frame_type(given(right, lazy.plan.source.collection.database))
    other = right if isinstance(right, Lazy) else lazy.frame_type(right)
    here, there = lazy.plan.source.collection.database, other.plan.source.collection.database
    if other.plan.schema.is_series:
        raise InvalidOption("merge() takes a frame, not a series; use to_frame()")
    if here.name != there.name:
        raise InvalidOption(
            f"the frames are in two databases, {here.name!r} and {there.name!r}; copy one to the other"
        )
    return other


def _validate(left: Side, right: Side, validate: str) -> None:
    validate = _SHORT.get(validate, validate)
    if validate not in _CHECKS:
        raise ValueError(f'"{validate}" is not a valid argument. Valid arguments are {sorted(_CHECKS)}')
    for side, is_unique, name in zip((left, right), _CHECKS[validate], ("left", "right"), strict=True):
        keys = {f"k{at}": term for at, term in enumerate(side.terms)}
        groups: list[Stage] = [
            {"$group": {"_id": keys, "n": {"$sum": 1}}},
            {"$match": {"n": {"$gt": 1}}},
            {"$limit": 1},
        ]
        if is_unique and result.scalar_documents(side.plan, groups):
            raise pd.errors.MergeError(f"Merge keys are not unique in {name} dataset; not a {validate} merge")


def _labels(left: Side, right: Side, suffixes: Sequence[str | None]) -> tuple[list[Any], list[int]]:
    """Return the labels of the result, and which columns they are of those of both frames."""
    shared = {a for a, b in zip(left.labels, right.labels, strict=True) if a == b}
    ours, theirs = list(left.plan.schema.labels), list(right.plan.schema.labels)
    kept = [at for at, label in enumerate(theirs) if label not in shared]
    both = {label for label in ours if label not in shared} & {theirs[at] for at in kept}
    if both and not any(suffixes):
        raise ValueError(f"columns overlap but no suffix specified: {sorted(map(str, both))}")
    first = [f"{label}{suffixes[0] or ''}" if label in both and suffixes[0] else label for label in ours]
    second = [f"{theirs[at]}{suffixes[1] or ''}" if theirs[at] in both and suffixes[1] else theirs[at] for at in kept]
    return [*first, *second], [*range(len(ours)), *(len(ours) + at for at in kept)]


def _index(labels: list[Any]) -> pd.Index[Any]:
    return pd.DataFrame([[None] * len(labels)], columns=pd.Index(labels)).columns
