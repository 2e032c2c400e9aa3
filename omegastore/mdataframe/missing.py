"""Missing: rows and values that are not there, and what is put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import pandas as pd

from omegastore.codecs.column import Cells
from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.fields import field_of
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry
from omegastore.errors import InvalidFilter, InvalidOption
from omegastore.mdataframe.lazy import Lazy, columns_at
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import beside, has_extras, is_missing, literal, may_be_missing, settled
from omegastore.query.comparison import missing


class FrameMissing(Lazy):
    """Missing values of frames."""

    def dropna(self, *, how: str = "any", thresh: int | None = None, subset: Any = None) -> Self:
        """Return the rows that have values.

        Parameters
        ----------
        how : {"any", "all"}
            Whether a row goes when any value is missing, or when all are.
        thresh : int, optional
            Keep the rows with at least so many values, instead.
        subset : label or list of labels, optional
            The columns that count; all by default.
        """
        if how not in ("any", "all"):
            raise ValueError(f"invalid how option: {how}")
        plan = self.plan
        wanted = None if subset is None else subset if isinstance(subset, list) else [subset]
        positions = range(len(plan.schema.columns)) if wanted is None else columns_at(plan, wanted)
        entries = [plan.schema.columns[at] for at in positions]
        if thresh is not None:
            present = [{"$cond": [is_missing(entry.field), 0, 1]} for entry in entries]
            return self._like(plan.where({"$expr": {"$gte": [{"$add": [0, *present]}, thresh]}}))
        gone = [missing(field_of(entry)) for entry in entries]
        if not gone:
            return self if how == "any" else self._like(plan.part(0, 0))
        return self._like(plan.where({"$nor": gone if how == "any" else [{"$and": gone}]}))

    def fillna(self, value: Any) -> Self:
        """Return the frame with a value in place of those that are missing.

        Parameters
        ----------
        value : scalar or mapping
            For all columns, or by label.

        Raises
        ------
        TypeError
            If a column that may lack values cannot hold `value`; pandas would change its dtype.
        """
        plan = settled(self.plan)
        columns: list[Entry] = []
        for label, entry in zip(plan.schema.labels, plan.schema.columns, strict=True):
            is_given = not isinstance(value, Mapping) or label in value
            new = value[label] if isinstance(value, Mapping) and is_given else value
            filled, plan = filling(plan, entry, new, f"column {label!r}") if is_given else (entry, plan)
            columns.append(filled)
        return self._like(plan.with_schema(replace(plan.schema, columns=tuple(columns))))


class SeriesMissing(Lazy):
    """Missing values of a series."""

    def fillna(self, value: Any) -> Self:
        """Return the series with a value in place of those that are missing.

        Raises
        ------
        TypeError
            If values may be missing and the dtype cannot hold `value`; pandas would change it.
        """
        plan = settled(self.plan)
        filled, plan = filling(plan, plan.schema.columns[0], value, "the series")
        return self._like(plan.with_schema(replace(plan.schema, columns=(filled,))))

    def dropna(self) -> Self:
        """Return the rows that have a value."""
        return self._like(self.plan.where({"$nor": [missing(field_of(self.plan.schema.columns[0]))]}))


def filling(plan: Plan, entry: Entry, value: Any, where: str) -> tuple[Entry, Plan]:
    """Return the column with `value` where one is missing, and the plan that has it."""
    if not may_be_missing(entry):
        return entry, plan
    if len({id(codec) for _, codec in entry.codecs}) > 1 and any(
        codec is not None and codec != entry.result for _, codec in entry.codecs
    ):
        raise InvalidOption(f"{where} was appended with several dtypes; put the frame anew before fillna()")
    cells = held(entry, value, where)
    field = fresh_field()
    fields = {
        path: {"$cond": [is_missing(entry.field), new, f"${entry.field}"]} if path == field else new
        for path, new in literal(field, cells).items()
    }
    if has_extras(entry):
        extra = literal(field, cells).get(f"{EXTRAS}.{field}", "$$REMOVE")
        fields[f"{EXTRAS}.{field}"] = {"$cond": [is_missing(entry.field), extra, f"${beside(entry)}"]}
    made = replace(entry, field=field, codecs=((0, entry.result),), na="none")
    return made, plan.computed(fields)


def held(entry: Entry, value: Any, where: str) -> Cells:
    """Return `value` as a cell of a column.

    Raises
    ------
    TypeError
        If the dtype of the column cannot hold it.
    """
    codec = entry.result
    dtype = codec.dtype
    refusal = TypeError(f"{where} of dtype {dtype} cannot hold {value!r}; pandas would change its dtype")
    if isinstance(codec, Categories) and value not in codec.dtype.categories:
        raise refusal
    if isinstance(codec, Numbers) and not (
        pd.api.types.is_bool(value)
        if codec.numpy.kind == "b"
        else pd.api.types.is_number(value) and not pd.api.types.is_bool(value)
    ):
        raise refusal
    try:
        values = pd.Series([value]).astype(dtype)
        codec.term(value)
        is_kept = bool(values.iloc[0] == value)
    except (TypeError, ValueError, InvalidFilter) as error:
        raise refusal from error
    if not is_kept:
        raise refusal
    array: Any = values.to_numpy() if not isinstance(values.dtype, pd.api.extensions.ExtensionDtype) else values.array
    return codec.cells(array)


def subset_entries(plan: Plan, subset: Any) -> list[Entry]:
    """Return the columns of labels; all by default."""
    if subset is None:
        return list(plan.schema.columns)
    labels = subset if isinstance(subset, list) else [subset]
    return [plan.schema.columns[at] for at in columns_at(plan, list(labels))]
