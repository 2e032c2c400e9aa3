"""Choice: one value or another, row by row."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from omegastore.expr.term import Code, Term, Type, Uncomputable
from omegastore.expr.total.comparison import truth
from omegastore.expr.total.guard import DECIMAL, FLOATING, WHOLE, resolved
from omegastore.expr.total.moment import finer, unit_of, zone_of

_NUMBERS = ("int", "float", "decimal")


def chosen(condition: Term, yes: Term, no: Term) -> Term:
    """Return `yes` where a condition holds, else `no`; null counts as false.

    Raises
    ------
    Uncomputable
        For a condition that is none, and values of two kinds.
    """
    yes, no = resolved(yes, no.type.kind), resolved(no, yes.type.kind)
    kind = shared(yes, no)
    code: Code = {"$cond": [truth(condition), _as(yes, kind), _as(no, kind)]}
    digits = {"$cond": [truth(condition), yes.digits, no.digits]} if kind.kind == "date" else 0
    return Term(code, kind, digits)


def updated(term: Term, condition: Term, value: Term) -> Term:
    """Return the values of a term, in which another one stands where a condition holds."""
    return chosen(condition, value, term)


def shared(*terms: Term) -> Type:
    """Return the type that the values of all terms have, numbers as the widest of them.

    Raises
    ------
    Uncomputable
        For values of two kinds.
    """
    gaps = any(each.type.may_be_missing for each in terms)
    present = sorted((each for each in terms if each.type.kind != "null"), key=lambda each: each.is_literal)
    if not present:
        return terms[0].type
    return replace(reduce(_wider, (each.type for each in present)), may_be_missing=gaps)


def _wider(one: Type, other: Type) -> Type:
    kinds = {one.kind, other.kind}
    if kinds <= {*_NUMBERS} and kinds != {"decimal", "float"}:
        kind = DECIMAL if "decimal" in kinds else FLOATING if "float" in kinds else WHOLE
        is_masked = kind != DECIMAL and (one.is_masked or other.is_masked)
        return replace(kind, is_masked=is_masked, name=kind.name.capitalize() if is_masked else kind.name)
    if len(kinds) == 2 or (one.kind == "date" and (zone_of(one) is None) != (zone_of(other) is None)):
        raise Uncomputable(
            f"{one.name} and {other.name} are not of one kind; convert one of them by as_num() or as_str()"
        )
    if one.kind in ("date", "duration") and unit_of(one) != unit_of(other):
        if one.kind == "duration":
            raise Uncomputable(f"{one.name} and {other.name} have different units; use as_num()")
        return replace(one, name=one.name.replace(f"[{unit_of(one)}", f"[{finer(one, other)}"))
    return one


def _as(term: Term, kind: Type) -> Code:
    convert = {"float": "$toDouble", "decimal": "$toDecimal"}.get(kind.kind)
    if convert is None or term.type.kind in (kind.kind, "null"):
        return term.code
    return {"$literal": float(term.value)} if term.is_literal and kind.kind == "float" else {convert: term.code}
