"""Plan of a column: its tree over the rows of a lazy frame, as stages that the server applies to each row.

A stage takes a part of the tree that is not too deep for MongoDB, and later ones go on from its result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from omegastore import expr
from omegastore.codecs.column_number import Nullable, Numbers
from omegastore.codecs.column_time import Dates
from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry, series_labels
from omegastore.data.column_constant import constant
from omegastore.data.column_kind import codec_of, kind_of
from omegastore.data.column_tree import Call, Name, Row, Tree, Value, text, uses
from omegastore.errors import UnknownColumn
from omegastore.expr.term import INT
from omegastore.expr.total import operation
from omegastore.mdataframe import MDataFrame, MSeries
from omegastore.mdataframe.plan import Plan, fresh_field

DEPTH = 60
"""Levels of documents from which on a part of an expression is a stage of its own; MongoDB takes 200."""


def series(frame: MDataFrame, tree: Tree) -> MSeries:
    """Return a column expression as a lazy series of the rows of a frame.

    Parameters
    ----------
    frame : MDataFrame
        Has the columns that the tree names.
    tree : tuple of Node
        The expression.

    Raises
    ------
    UnknownColumn
        For a column that the frame does not have.
    InvalidOption
        For an operation on values of another kind, with a remedy.
    """
    if len(tree) == 1 and isinstance(tree[0], Name):
        _position(frame.plan, tree[0].name)
        found: MSeries = frame[tree[0].name]
        return found
    compilation = _Compilation(frame.plan)
    term = compilation.term(tree)
    codec, is_text = codec_of(term.type)
    field = fresh_field()
    entry = Entry(field, ((0, codec),), codec, "some" if term.type.may_be_missing else "none", is_text)
    plan = compilation.plan.computed({field: term.code})
    if isinstance(codec, Dates) and term.digits != 0:
        is_none = {"$or": [{"$in": [term.digits, [0, None]]}, {"$lte": [f"${field}", None]}]}
        plan = plan.computed({f"{EXTRAS}.{field}": {"$cond": [is_none, "$$REMOVE", term.digits]}})
    schema = replace(plan.schema, columns=(entry,), labels=series_labels(None), is_series=True)
    return MSeries(plan.with_schema(schema))


class _Compilation:
    """A plan that gets the stages of an expression, where they are needed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._row = ""

    def term(self, tree: Tree) -> expr.Term:
        """Return the term of the values of a tree."""
        terms: list[expr.Term] = []
        for node, used in zip(tree, uses(tree), strict=True):
            if isinstance(node, Name):
                terms.append(column_term(self.plan.schema.columns[_position(self.plan, node.name)], node.name))
            elif isinstance(node, Value):
                terms.append(constant(node.value))
            elif isinstance(node, Row):
                terms.append(self._row_number())
            else:
                term = _operation(node, tuple(terms[at] for at in node.operands), tree)
                is_deep = max(depth(term.code), depth(term.digits)) > DEPTH
                terms.append(self._held(term) if used > 1 or is_deep else term)
        return terms[-1]

    def _row_number(self) -> expr.Term:
        if not self._row:
            self._row = fresh_field()
            self.plan = self.plan.with_position(self._row)
        return expr.column(self._row, INT)

    def _held(self, term: expr.Term) -> expr.Term:
        """Return the term of a field that has its values."""
        field, digits = fresh_field(), fresh_field()
        fields = {field: term.code} if term.digits == 0 else {field: term.code, digits: term.digits}
        self.plan = self.plan.computed(fields)
        return replace(term, code=f"${field}", digits=0 if term.digits == 0 else f"${digits}")


def _operation(node: Call, operands: tuple[expr.Term, ...], tree: Tree) -> expr.Term:
    try:
        return operation(node.operation, _matched(operands), node.options)
    except expr.Uncomputable as error:
        raise expr.Uncomputable(f"{text(tree)}: {error}") from error


def _matched(operands: tuple[expr.Term, ...]) -> tuple[expr.Term, ...]:
    """Return the operands, in which a text next to a time stamp is one too, in its zone."""
    dates = [each.type.name for each in operands if each.type.kind == "date"]
    if not dates:
        return operands
    return tuple(
        _time(each.value, dates[0]) if each.is_literal and each.type.kind == "text" else each for each in operands
    )


def _time(written: str, dtype: str) -> expr.Term:
    try:
        stamp = pd.Timestamp(written)
    except ValueError as error:
        raise expr.Uncomputable(f"{written!r} is no time") from error
    zone = getattr(pd.api.types.pandas_dtype(dtype), "tz", None)
    return constant(stamp if zone is None or stamp.tz is not None else stamp.tz_localize(zone))


def depth(code: Any) -> int:
    """Return how deeply documents and arrays are nested in an expression."""
    inner = code.values() if isinstance(code, dict) else code if isinstance(code, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def _position(plan: Plan, name: str) -> int:
    labels = list(plan.schema.labels)
    if name not in labels:
        raise UnknownColumn(f"no column {name!r} among {labels}")
    return labels.index(name)


def column_term(entry: Entry, name: str) -> expr.Term:
    """Return the term of a column of a frame."""
    kind = kind_of(entry)
    digits = f"{EXTRAS}.{entry.field}" if entry.result.has_digits else None
    term = expr.column(entry.field, kind, digits)
    if kind.kind == "float" and (len(entry.codecs) > 1 or not isinstance(entry.result, Numbers | Nullable)):
        return replace(term, code={"$toDouble": term.code})  # some rows may hold integers
    return replace(term, type=replace(kind, name=f"the object column {name!r}")) if kind.kind == "any" else term
