"""Comparisons: null, NaN and NaT compare as false, but for ``!=``; with NA the result is NA."""

from __future__ import annotations

import math
from collections.abc import Sequence

from omegastore.expr.term import BOOL, MASKED_BOOL, Code, Term, Uncomputable, missing, na

OPERATORS = {"==": "$eq", "!=": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_NUMBERS = ("int", "float", "bool")


def compare(operator: str, left: Term, right: Term) -> Term:
    """Return ``left operator right``.

    Parameters
    ----------
    operator : str
        One of ``== != < <= > >=``.
    left, right : Term
        Both numbers, texts, dates or durations; bool is a number.

    Raises
    ------
    Uncomputable
        If they are not of one kind.
    """
    if operator not in OPERATORS:
        raise Uncomputable(f"unknown operator {operator!r}; known are {sorted(OPERATORS)}")
    _check(operator, left, right)
    a, b = comparable(left), comparable(right)
    return _told(operator, {OPERATORS[operator]: [a, b]}, left, right)


def between(term: Term, low: Term, high: Term, inclusive: str = "both") -> Term:
    """Return whether values are between two others; `inclusive` is ``both neither left right``."""
    if inclusive not in ("both", "neither", "left", "right"):
        raise Uncomputable(f"inclusive={inclusive!r}; 'both', 'neither', 'left' or 'right'")
    first = compare(">=" if inclusive in ("both", "left") else ">", term, low)
    last = compare("<=" if inclusive in ("both", "right") else "<", term, high)
    kind = MASKED_BOOL if MASKED_BOOL in (first.type, last.type) else BOOL
    code: Code = {"$and": [first.code, last.code]}
    if kind == MASKED_BOOL:
        absent = [found for each in (term, low, high) if (found := na(each)) is not False]
        code = {"$cond": [{"$or": absent}, None, code]} if absent else code
    return Term(code, kind)


def is_in(term: Term, values: Sequence[Term], has_missing: bool = False) -> Term:
    """Return whether values are among others, never NA; missing ones are where `has_missing` says so."""
    fits = [each for each in values if _kind(each) == _kind(term)]
    code: Code = {"$in": [comparable(term), [comparable(each) for each in fits]]} if fits else False
    return Term({"$cond": [missing(term), has_missing, code]} if term.type.may_be_missing else code, BOOL)


def _check(operator: str, left: Term, right: Term) -> None:
    for term in (left, right):
        if term.type.kind == "other":
            raise Uncomputable(f"the server does not compare {term.type.name} as pandas does; take .value")
    if _kind(left) != _kind(right) and operator not in ("==", "!="):
        raise TypeError(f"Invalid comparison between dtype={left.type.name} and {right.type.name}")
    if left.type.is_masked != right.type.is_masked and any(
        term.type.may_be_missing and not term.type.is_masked for term in (left, right)
    ):
        raise Uncomputable(
            f"whether NaN in {left.type.name} against {right.type.name} is NA depends on the version of pandas; "
            "convert one of the columns before they are put, or take .value"
        )
    if _kind(left) != _kind(right):
        raise Uncomputable(f"{left.type.name} and {right.type.name} are never equal; compare values of one kind")


def _kind(term: Term) -> str:
    return "number" if term.type.kind in _NUMBERS else term.type.kind


def comparable(term: Term) -> Code:
    """Return an expression that MongoDB orders as the values are: numbers as numbers, dates to the nanosecond."""
    if term.type.kind == "bool":
        return {"$toInt": term.code}
    return [term.code, term.digits] if term.type.kind == "date" else term.code


def _told(operator: str, code: Code, left: Term, right: Term) -> Term:
    gaps: list[Code] = []
    absent: list[Code] = []
    for term in (left, right):
        if not term.type.is_masked and term.type.may_be_missing:
            gaps.append(missing(term))
        elif term.type.may_be_missing:
            absent.append(na(term))
            gaps += [{"$eq": [term.code, math.nan]}] if term.type.kind == "float" else []
    told: Code = {"$cond": [{"$or": gaps}, operator == "!=", code]} if gaps else code
    told = {"$cond": [{"$or": absent}, None, told]} if absent else told
    return Term(told, MASKED_BOOL if left.type.is_masked or right.type.is_masked else BOOL)
