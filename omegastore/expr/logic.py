"""Logic of booleans; with NA it is Kleene's, as pandas' nullable booleans have it."""

from __future__ import annotations

from omegastore.expr.term import BOOL, MASKED_BOOL, Code, Term, Uncomputable, na


def both(left: Term, right: Term) -> Term:
    """Return ``left & right``: false if one is, else NA if one is."""
    return _logic({"$and": [left.code, right.code]}, left, right, decisive=False)


def either(left: Term, right: Term) -> Term:
    """Return ``left | right``: true if one is, else NA if one is."""
    return _logic({"$or": [left.code, right.code]}, left, right, decisive=True)


def exactly_one(left: Term, right: Term) -> Term:
    """Return ``left ^ right``: NA if one is."""
    return _logic({"$ne": [left.code, right.code]}, left, right, decisive=None)


def inverse(term: Term) -> Term:
    """Return ``~term``."""
    _check(term)
    code: Code = {"$not": [term.code]}
    return Term({"$cond": [na(term), None, code]} if term.type.may_be_missing else code, term.type)


def _check(term: Term) -> None:
    if term.type.kind != "bool":
        raise Uncomputable(f"& | ^ ~ take booleans, not {term.type.name}; compare the values first")


def _logic(code: Code, left: Term, right: Term, decisive: bool | None) -> Term:
    _check(left)
    _check(right)
    is_masked = left.type.is_masked or right.type.is_masked
    gaps = [found for term in (left, right) if (found := na(term)) is not False]
    if not gaps:
        return Term(code, MASKED_BOOL if is_masked else BOOL)
    told: Code = {"$cond": [{"$or": gaps}, None, code]}
    if decisive is not None:
        decides = {"$or": [{"$eq": [term.code, decisive]} for term in (left, right)]}
        told = {"$cond": [decides, decisive, told]}
    return Term(told, MASKED_BOOL)
