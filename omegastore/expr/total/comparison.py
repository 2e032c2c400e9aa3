"""Comparisons and logic without a third value: with null every comparison is false, but for ``!=``."""

from __future__ import annotations

from omegastore.expr.comparison import OPERATORS
from omegastore.expr.term import BOOL, Code, Term, Uncomputable, missing
from omegastore.expr.total.guard import bound, let, resolved, told

_NUMBERS = ("bool", "int", "float", "decimal")


def compare(operator: str, left: Term, right: Term) -> Term:
    """Return ``left operator right``, for one of ``== != < <= > >=``.

    Raises
    ------
    Uncomputable
        If they are not of one kind.
    """
    left, right = resolved(left, right.type.kind), resolved(right, left.type.kind)
    _check(operator, left, right)
    held, (left, right) = bound((left, right))
    code: Code = {OPERATORS[operator]: [_comparable(left), _comparable(right)]}
    gaps = [missing(each) for each in (left, right) if each.type.may_be_missing]
    return Term(let(held, {"$cond": [{"$or": gaps}, operator == "!=", code]} if gaps else code), BOOL)


def is_null(term: Term) -> Term:
    """Return whether values are missing; a NaN is."""
    held, (term,) = bound((term,))
    return Term(let(held, missing(term)), BOOL)


def logic(operator: str, left: Term, right: Term) -> Term:
    """Return ``left operator right``, for one of ``& | ^``; null counts as false."""
    a, b = truth(left), truth(right)
    code: Code = {"$ne": [a, b]} if operator == "^" else {{"&": "$and", "|": "$or"}[operator]: [a, b]}
    return Term(code, BOOL)


def inverse(term: Term) -> Term:
    """Return ``~term``; null counts as false."""
    return Term({"$not": [truth(term)]}, BOOL)


def truth(term: Term) -> Code:
    """Return the expression of booleans in which null is false.

    Raises
    ------
    Uncomputable
        For what are no booleans.
    """
    term = resolved(term, "bool")
    if term.type.kind != "bool":
        raise Uncomputable(f"{told(term.type)} is neither true nor false; compare it, or use as_bool()")
    return {"$eq": [term.code, True]} if term.type.may_be_missing else term.code


def _check(operator: str, left: Term, right: Term) -> None:
    kinds = [_kind(each) for each in (left, right)]
    for kind, term in zip(kinds, (left, right), strict=True):
        if kind == "other":
            raise Uncomputable(f"MongoDB does not compare {term.type.name}; convert the column before it is imported")
    if len({*kinds} - {"null"}) == 2:
        raise Uncomputable(f"{operator!r} of {kinds[0]} and {kinds[1]}; use as_num(), as_str() or as_ts() on one")


def _kind(term: Term) -> str:
    if term.type.kind == "date":
        return "time stamp with a zone" if "," in term.type.name else "time stamp without a zone"
    return "number" if term.type.kind in _NUMBERS else term.type.kind


def _comparable(term: Term) -> Code:
    if term.type.kind == "bool":
        return {"$toInt": term.code}
    return [term.code, term.digits] if term.type.kind == "date" else term.code
