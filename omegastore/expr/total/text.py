"""Texts: their parts and what they hold, by code points as Python counts them; null where one is missing."""

from __future__ import annotations

from dataclasses import replace

from omegastore.expr.term import BOOL, Code, Term, Type, Uncomputable, failing, missing
from omegastore.expr.text import WHITESPACE
from omegastore.expr.total.guard import WHOLE, bound, let, strict


def joined(left: Term, right: Term) -> Term:
    """Return two texts as one."""
    kind = _type("+", right if left.is_literal else left)
    _type("+", left if left.is_literal else right)
    return strict(kind, lambda a, b: {"$concat": [a, b]}, left, right)


def substring(term: Term, begin: int, length: int) -> Term:
    """Return `length` code points from `begin` on, counted from 0; fewer where the text ends."""
    return strict(_type("substr", term), lambda a: {"$substrCP": [a, begin, length]}, term)


def cased(term: Term, name: str) -> Term:
    """Return texts in upper or lower case; one that is not ASCII is an error, as MongoDB knows no other case."""
    is_ascii = {"$eq": [{"$strLenBytes": "$$s"}, {"$strLenCP": "$$s"}]}
    message = failing(f"MongoDB's {name}() changes ASCII only, use map_batches for the text", "$$s")
    operator = {"upper": "$toUpper", "lower": "$toLower"}[name]
    code = {"$cond": [is_ascii, {operator: "$$s"}, message]}
    return strict(_type(name, term), lambda a: let({"s": a}, code), term)


def stripped(term: Term) -> Term:
    """Return texts without whitespace at their ends."""
    return strict(_type("strip", term), lambda a: {"$trim": {"input": a, "chars": WHITESPACE}}, term)


def length(term: Term) -> Term:
    """Return the number of code points."""
    _type("length", term)
    return strict(WHOLE, lambda a: {"$toLong": {"$strLenCP": a}}, term)


def holds(term: Term, part: Term, name: str) -> Term:
    """Return whether texts hold another one: somewhere, at their beginning or end; false where one is missing."""
    _type(name, term)
    _type(name, part)
    held, values = bound((term, part))
    gaps = [missing(each) for each in values if each.type.may_be_missing]
    text, wanted = (each.code for each in values)
    size = {"$strLenCP": wanted}
    start: Code = 0 if name == "startswith" else {"$max": [0, {"$subtract": [{"$strLenCP": text}, size]}]}
    told: Code = {"$eq": [{"$substrCP": [text, start, size]}, wanted]}
    if name == "contains":
        told = {"$gte": [{"$indexOfCP": [text, wanted]}, 0]}
    return Term(let(held, {"$cond": [{"$or": gaps}, False, told]} if gaps else told), BOOL)


def _type(name: str, term: Term) -> Type:
    if term.type.kind != "text":
        raise Uncomputable(f"{name!r} takes texts, not {term.type.kind}; use as_str() first")
    return replace(term.type, may_be_missing=True)
