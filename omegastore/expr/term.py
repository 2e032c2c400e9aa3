"""Term: an aggregation expression and the type of its values; the leaves, and what all operations need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from omegastore.errors import InvalidOption

Code = Any
"""An expression of MongoDB's aggregation."""
Kind = Literal["bool", "int", "float", "decimal", "text", "date", "duration", "null", "any", "other"]

INTEGERS = {8: 2**7, 16: 2**15, 32: 2**31, 64: 2**63}


class Uncomputable(InvalidOption):
    """An operation that the server would compute otherwise than pandas."""


@dataclass(frozen=True, slots=True)
class Type:
    """What the values of a term are.

    Examples
    --------
    >>> Type("int", "Int64", is_masked=True).name
    'Int64'
    """

    kind: Kind
    name: str
    """The name of the dtype in pandas."""
    is_masked: bool = False
    """Whether what is missing is NA, which comparisons and logic pass on; else it compares as false."""
    may_be_missing: bool = True
    """Whether values may be missing."""


BOOL = Type("bool", "bool", may_be_missing=False)
FLOAT = Type("float", "float64")
INT = Type("int", "int64", may_be_missing=False)
MASKED_BOOL = Type("bool", "boolean", True)
MASKED_INT = Type("int", "Int64", True)
MASKED_FLOAT = Type("float", "Float64", True)


@dataclass(frozen=True, slots=True)
class Term:
    """An expression over the fields of a row.

    Missing values are null, NaN or absent where they come from a column, NaN in computed floats, null in all else.
    """

    code: Code
    type: Type
    digits: Code = 0
    """Of a date: the nanoseconds below its millisecond."""
    is_literal: bool = False
    value: Any = None
    """Of a literal: the Python value."""


def column(field: str, kind: Type, digits: str | None = None) -> Term:
    """Return the term of a field.

    Parameters
    ----------
    field : str
        Its path in the row.
    kind : Type
        What it holds.
    digits : str, optional
        The path of the nanoseconds below the millisecond, of a date.
    """
    return Term(_path(field), kind, 0 if digits is None else {"$ifNull": [_path(digits), 0]})


def literal(value: Any) -> Term:
    """Return the term of a number, a text or a bool of Python.

    Raises
    ------
    Uncomputable
        For anything else, and for integers beyond 64 bits.
    """
    kinds: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: Type("text", "str", may_be_missing=False)}
    if type(value) not in kinds:
        raise Uncomputable(f"{value!r} ({type(value).__qualname__}) is no number, text or bool")
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise Uncomputable(f"{value} is beyond 64 bits")
    return Term({"$literal": value}, kinds[type(value)], is_literal=True, value=value)


def missing(term: Term) -> Code:
    """Return the expression for whether a value is missing as pandas' ``isna`` has it."""
    if not term.type.may_be_missing:
        return False
    absent: Code = {"$lte": [term.code, None]}
    if term.type.kind not in ("float", "decimal", "any"):
        return absent
    # null and what is absent come before all numbers, NaN is less than them all
    return {"$or": [absent, {"$eq": [term.code, math.nan]}]}


def na(term: Term) -> Code:
    """Return the expression for whether a value is NA or null; a NaN of a nullable column is none."""
    return {"$lte": [term.code, None]} if term.type.may_be_missing else False


def failing(message: str, code: Code) -> Code:
    """Return an expression that fails with `message` when it is computed; `code` must hold a column."""
    return {"$toLong": {"$concat": [f"{message}: ", {"$toString": code}]}}


def _path(field: str) -> Code:
    parts = field.split(".")
    if not any(part.startswith("$") or not part for part in parts):
        return f"${field}"
    code: Code = "$$ROOT"
    for part in parts:
        code = {"$getField": {"field": {"$literal": part}, "input": code}}
    return code
