"""Guard: what keeps an operation from failing, and from giving a value where none is defined."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.term import Code, Term, Type, failing, missing

DECIMAL = Type("decimal", "object")
WHOLE = Type("int", "int64")
BOOLEAN = Type("bool", "bool")
FLOATING = Type("float", "float64")
TEXT = Type("text", "str")
_OBJECTS = {"text": TEXT, "bool": BOOLEAN}
"""What objects can be beside decimals."""


def resolved(term: Term, kind: str = "decimal") -> Term:
    """Return a term of objects as one of texts or booleans, else of decimals; it fails for an object that is none.

    Any other term is returned as it is.
    """
    if term.type.kind != "any":
        return term
    made = _OBJECTS.get(kind, DECIMAL)
    fits = {"$in": [{"$type": term.code}, [{"text": "string"}.get(made.kind, made.kind), "null", "missing"]]}
    message = failing(f"{term.type.name} holds other values than {made.kind}", {"$type": term.code})
    return replace(term, code={"$cond": [{"$or": [fits, missing(term)]}, term.code, message]}, type=made)


def told(kind: Type) -> str:
    """Return what values are, for messages."""
    return kind.name if kind.kind in ("other", "any") else kind.kind


def strict(kind: Type, make: Callable[..., Code], *terms: Term) -> Term:
    """Return the term of what `make` makes of the values of terms; null where one of them is missing.

    Parameters
    ----------
    kind : Type
        Of the result, which may be missing.
    make : function
        Takes an expression for each term, which costs nothing to be used several times.
    *terms : Term
        The values.
    """
    held, values = bound(terms)
    gaps = [missing(each) for each in values if each.type.may_be_missing]
    code = make(*(each.code for each in values))
    return Term(let(held, {"$cond": [{"$or": gaps}, None, code]} if gaps else code), kind)


def bound(terms: tuple[Term, ...]) -> tuple[dict[str, Code], list[Term]]:
    """Return variables for the values of terms that are computed, and the terms by these variables."""
    held: dict[str, Code] = {}
    values: list[Term] = []
    for letter, term in zip("abcdefgh", terms, strict=False):
        code, digits = _held(held, letter, term.code), _held(held, f"{letter}0", term.digits)
        values.append(replace(term, code=code, digits=digits))
    return held, values


def let(held: dict[str, Code], code: Code) -> Code:
    """Return `code` with its variables."""
    return {"$let": {"vars": held, "in": code}} if held else code


def defined(code: Code) -> Code:
    """Return an expression that is null where `code` is NaN."""
    return let({"r": code}, {"$cond": [{"$eq": ["$$r", math.nan]}, None, "$$r"]})


def whole(code: Code) -> Code:
    """Return an expression that is null where `code` is an integer beyond 64 bits, which MongoDB makes a double."""
    is_exact = {"$in": [{"$type": "$$r"}, ["int", "long"]]}
    return let({"r": code}, {"$cond": [is_exact, {"$toLong": "$$r"}, None]})


def floored(code: Code, divisor: int) -> Code:
    """Return the remainder of integers by a positive number, which is never negative."""
    return {"$mod": [{"$add": [{"$mod": [code, divisor]}, divisor]}, divisor]}


def unless(condition: Code, code: Code) -> Code:
    """Return `code`, and null where a condition holds."""
    return {"$cond": [condition, None, code]}


def _held(held: dict[str, Code], name: str, code: Code) -> Code:
    """Return what costs nothing to be used several times: a field, a literal, or a variable that is set in `held`."""
    if not isinstance(code, dict | list) or "$literal" in code:
        return code
    held[name] = code
    return f"$${name}"
