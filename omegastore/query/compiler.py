"""Compiler: conditions and Q trees over known columns to one MongoDB filter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from omegastore.errors import InvalidFilter, UnknownColumn, UnknownOperator, UnsafeFilter
from omegastore.query.comparison import Filter, all_of, any_of, negation
from omegastore.query.field import Field
from omegastore.query.guard import guard
from omegastore.query.operators import OPERATORS, condition
from omegastore.query.q import Condition, Q, Raw

_ELEMENT = "elemmatch"
_KNOWN = (*OPERATORS, _ELEMENT)
_SHOWN = 30
_NESTING = 40
"""MongoDB takes filters of about 95 nested ``$and`` and ``$or``; conditions need some of them."""


def compile_filter(
    conditions: Mapping[str, object] | None, q: Q | None, fields: Mapping[str, Field]
) -> dict[str, object]:
    """Return the MongoDB filter that selects the rows for which all conditions and `q` hold.

    Parameters
    ----------
    conditions : mapping, optional
        ``{"column": value, "column__op": value}``; an exact column name wins over an operator or a path.
    q : Q, optional
        Further conditions.
    fields : mapping of str to Field
        The columns by name; for those whose label is not a str, by ``str(label)``.

    Returns
    -------
    dict
        A filter for ``collection.find()``; empty if there are no conditions. ``near`` works in find() only.

    Raises
    ------
    UnknownColumn, UnknownOperator
        Names the known ones, the nearest first.
    UnsafeFilter
        If an operator hides in a value, or a raw filter is not allowed.
    InvalidFilter
        If an operator does not take its value.
    """
    found = [_condition(key, value, fields, True) for key, value in (conditions or {}).items()]
    if q is not None:
        found.append(_tree(q, fields, 0, True))
    return all_of(found)


def _tree(node: Q | Condition | Raw, fields: Mapping[str, Field], depth: int, top: bool) -> Filter:
    if depth > _NESTING:
        raise InvalidFilter(f"the Q is nested deeper than {_NESTING} levels")
    if isinstance(node, Raw):
        return guard(node.filter)
    if isinstance(node, Condition):
        return _condition(node.key, node.value, fields, top)
    top = top and node.connector == "and"
    parts = [_tree(each, fields, depth + 1, top) for each in node.operands]
    if node.connector == "not":
        return negation(parts[0])
    return any_of(parts) if node.connector == "or" else all_of(parts)


def _condition(key: str, value: object, fields: Mapping[str, Field], top: bool) -> Filter:
    field, operator = _resolved(key, fields)
    try:
        return _compiled(field, operator, value, top)
    except InvalidFilter as error:
        raise type(error)(f"{key}: {error}") from error


def _compiled(field: Field, operator: str, value: object, top: bool) -> Filter:
    if operator == _ELEMENT:
        return {field.path: {"$elemMatch": _element(field, value)}}
    if operator == "near" and not top:
        raise InvalidFilter("near gives the rows an order, so it cannot stand under | or ~, nor in elemmatch")
    return condition(field, operator, value)


def _resolved(key: str, fields: Mapping[str, Field]) -> tuple[Field, str]:
    """Return the column, or the place within it, and the operator that `key` names."""
    if type(key) is not str:
        raise InvalidFilter(f"conditions are named column__op by str, not {key!r}")
    if key in fields:
        return fields[key], "eq"
    # longest first: a column a__b wins over the path a__b within a column a
    splits = [(key[:at], key[at + 2 :]) for at in reversed(range(1, len(key) - 1)) if key[at : at + 2] == "__"]
    known = [(fields[name], rest) for name, rest in splits if name in fields]
    for field, rest in known:
        if rest in _KNOWN:
            return field, rest
        if field.nested:
            return _within(field, rest)
    if not known:
        name = splits[0][0] if splits and splits[0][1] in _KNOWN else key
        raise UnknownColumn(_unknown("column", name, fields))
    raise UnknownOperator(_unknown("operator", known[0][1], _KNOWN) + f" (in {key!r})")


def _within(field: Field, rest: str) -> tuple[Field, str]:
    """Return the place in the values of `field`, and the operator, that ``b__c__gt`` names."""
    *steps, last = rest.split("__")
    operator = last if last in _KNOWN else "eq"
    steps = steps if last in _KNOWN else [*steps, last]
    for step in steps:
        if not step or step.startswith("$") or re.search(r"[.\0]", step):
            raise InvalidFilter(f"{rest!r} does not name a field within {field.path!r}: {step!r} is not a field name")
    path = ".".join([field.path, *steps] if field.path else steps)
    return Field(path, field.encode, None, nested=True), operator


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known, key=lambda each: -SequenceMatcher(None, name, each).ratio())
    more = f", ... ({len(names) - _SHOWN} more)" if len(names) > _SHOWN else ""
    return f"unknown {what} {name!r}; known are {', '.join(map(repr, names[:_SHOWN])) or 'none'}{more}"


def _element(field: Field, value: object) -> Filter:
    """Return the operand of ``$elemMatch``."""
    if isinstance(value, Raw):
        return guard(value.filter)
    if not isinstance(value, Mapping) or not value:
        raise InvalidFilter(f"elemmatch takes a dict such as {{'price__gt': 5}}, not {value!r}")
    element = Field("", field.encode, None, nested=True)
    parts = [_compiled(*_in_element(element, key), each, False) for key, each in value.items()]
    itself = [str(key).startswith("__") for key in value]
    if not any(itself):
        return all_of(parts)
    merged: Filter = {}
    for part in parts:
        operators = part.get("")
        if not all(itself) or not isinstance(operators, dict) or set(operators) & set(merged):
            raise InvalidFilter(f"elemmatch cannot combine {value!r}; write it as raw(...)")
        merged |= operators
    return merged


def _in_element(element: Field, key: object) -> tuple[Field, str]:
    if type(key) is not str:
        raise InvalidFilter(f"conditions of elemmatch are named by str, not {key!r}")
    if key.startswith("$"):
        raise UnsafeFilter(f"{key!r} is an operator in a value; wrap it in raw(...) if it is meant")
    if not key.startswith("__"):
        return _within(element, key)
    if key[2:] not in _KNOWN:
        raise UnknownOperator(_unknown("operator", key[2:], _KNOWN) + " (in elemmatch)")
    return element, key[2:]
