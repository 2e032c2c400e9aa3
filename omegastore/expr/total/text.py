"""Texts: their parts and what they hold, by code points as Python counts them; null where one is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.term import BOOL, Code, Term, Uncomputable, failing, missing
from omegastore.expr.text import WHITESPACE
from omegastore.expr.total.guard import WHOLE, bound, let, resolved, strict, told


def joined(left: Term, right: Term) -> Term:
    """Return two texts as one."""
    left, right = _texts("+", left), _texts("+", right)
    kind = right.type if left.is_literal else left.type
    return strict(replace(kind, may_be_missing=True), lambda a, b: {"$concat": [a, b]}, left, right)


def substring(term: Term, begin: int, length: int) -> Term:
    """Return `length` code points from `begin` on, counted from 0; fewer where the text ends."""
    return _changed("substr", term, lambda a: {"$substrCP": [a, begin, length]})


def cased(term: Term, name: str) -> Term:
    """Return texts in upper or lower case; one that is not ASCII is an error, as MongoDB knows no other case."""
    is_ascii = {"$eq": [{"$strLenBytes": "$$s"}, {"$strLenCP": "$$s"}]}
    message = failing(f"MongoDB's {name}() changes ASCII only, use map_batches for the text", "$$s")
    operator = {"upper": "$toUpper", "lower": "$toLower"}[name]
    code = {"$cond": [is_ascii, {operator: "$$s"}, message]}
    return _changed(name, term, lambda a: let({"s": a}, code))


def stripped(term: Term) -> Term:
    """Return texts without whitespace at their ends."""
    return _changed("strip", term, lambda a: {"$trim": {"input": a, "chars": WHITESPACE}})


def length(term: Term) -> Term:
    """Return the number of code points."""
    return strict(WHOLE, lambda a: {"$toLong": {"$strLenCP": a}}, _texts("length", term))


def holds(term: Term, part: Term, name: str) -> Term:
    """Return whether texts hold another one: somewhere, at their beginning or end; false where one is missing."""
    held, values = bound((_texts(name, term), _texts(name, part)))
    gaps = [missing(each) for each in values if each.type.may_be_missing]
    text, wanted = (each.code for each in values)
    size = {"$strLenCP": wanted}
    start: Code = 0 if name == "startswith" else {"$max": [0, {"$subtract": [{"$strLenCP": text}, size]}]}
    told: Code = {"$eq": [{"$substrCP": [text, start, size]}, wanted]}
    if name == "contains":
        told = {"$gte": [{"$indexOfCP": [text, wanted]}, 0]}
    return Term(let(held, {"$cond": [{"$or": gaps}, False, told]} if gaps else told), BOOL)


def _changed(name: str, term: Term, make: Callable[[Code], Code]) -> Term:
    term = _texts(name, term)
    return strict(replace(term.type, may_be_missing=True), make, term)


def _texts(name: str, term: Term) -> Term:
    term = resolved(term, "text")
    if term.type.kind != "text":
        raise Uncomputable(f"{name!r} takes texts, not {told(term.type)}; use as_str() first")
    return term
