"""Duplicates: rows that repeat others, and rows drawn at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd

from omegastore.codecs.column_number import Numbers
from omegastore.codecs.schema import Entry, series_labels
from omegastore.mdataframe import result
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.missing import subset_entries
from omegastore.mdataframe.plan import RUNNING, Plan, fresh_field, unnumbered
from omegastore.mdataframe.position import taken
from omegastore.mdataframe.row import key_of

_BOOLEAN = Numbers(np.dtype(bool))


class Drawing(Lazy):
    """Rows drawn at random."""

    def sample(self, n: int | None = None, frac: float | None = None, *, random_state: Any = None) -> Self:
        """Return rows at random, each at most once, the very rows that pandas draws with the same seed.

        Parameters
        ----------
        n : int, optional
            How many; one by default.
        frac : float, optional
            The share of the rows, instead.
        random_state : int or numpy RandomState, optional
            The seed.
        """
        if n is not None and frac is not None:
            raise ValueError("Please enter a value for `frac` OR `n`, not both")
        count = result.count(self.plan)
        drawn = pd.Series(np.arange(count)).sample(n, frac, random_state=random_state)
        return self._like(taken(self.plan, [int(at) for at in drawn]))


class FrameDuplicates(Drawing):
    """Rows of a frame that repeat others."""

    def duplicated(self, subset: Any = None, keep: Any = "first") -> Any:
        """Return for each row whether it repeats another.

        Parameters
        ----------
        subset : label or list of labels, optional
            The columns that count; all by default.
        keep : {"first", "last", False}
            Which of equal rows is no repetition.
        """
        return self._series(repeated(self.plan, subset_entries(self.plan, subset), keep))

    def drop_duplicates(self, subset: Any = None, *, keep: Any = "first", ignore_index: bool = False) -> Self:
        """Return the rows without those that repeat others; see `duplicated`."""
        return self._like(without_repeats(self.plan, subset_entries(self.plan, subset), keep, ignore_index))


class SeriesDuplicates(Drawing):
    """Rows of a series that repeat others."""

    def duplicated(self, keep: Any = "first") -> Any:
        """Return for each row whether it repeats another."""
        return self._series(repeated(self.plan, list(self.plan.schema.columns), keep))

    def drop_duplicates(self, *, keep: Any = "first", ignore_index: bool = False) -> Self:
        """Return the rows without those that repeat others."""
        return self._like(without_repeats(self.plan, list(self.plan.schema.columns), keep, ignore_index))


def repeated(plan: Plan, entries: list[Entry], keep: Any) -> Plan:
    """Return the plan of a series of booleans: whether a row repeats another."""
    field = fresh_field()
    plan = plan.numbered()
    if entries:
        plan = _numbered_repeats(plan, entries, keep, field)
    test = {"$gt": [f"${field}", 1]} if entries else False
    found = fresh_field()
    entry = Entry(found, ((0, _BOOLEAN),), _BOOLEAN, "none")
    schema = replace(plan.schema, is_series=True, labels=series_labels(None), columns=(entry,))
    return plan.computed({found: test}).with_schema(schema)


def without_repeats(plan: Plan, entries: list[Entry], keep: Any, ignore_index: bool) -> Plan:
    """Return the plan of the rows that repeat no other."""
    field = fresh_field()
    kept = plan if ignore_index else plan.numbered()
    if entries:
        kept = _numbered_repeats(kept, entries, keep, field).where({field: {"$lte": 1}})
    return kept.with_schema(unnumbered(kept.schema)) if ignore_index else kept


def _numbered_repeats(plan: Plan, entries: list[Entry], keep: Any, field: str) -> Plan:
    """Return the plan whose rows have in a field the how many-th of equal rows they are, or how many there are."""
    if keep not in ("first", "last", False):
        raise ValueError(f'keep must be either "first", "last" or False, not {keep!r}')
    keys = {
        f"{number}_{part}": key
        for number, entry in enumerate(entries)
        for part, key in enumerate(key_of(entry, f"column {entry.field!r}"))
    }
    way = -1 if keep == "last" else 1
    everything = {"$sum": 1, "window": {"documents": ["unbounded", "unbounded"]}}
    window = {
        "partitionBy": keys,
        "sortBy": {each: direction * way for each, direction in plan.order},
        "output": {field: everything if keep is False else RUNNING},
    }
    return plan.then([{"$setWindowFields": window}], rows=plan.rows)
