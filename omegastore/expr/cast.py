"""Casts: the values of one dtype as those of another, as pandas' ``astype`` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.arithmetic import bounded
from omegastore.expr.term import Code, Term, Type, Uncomputable, failing, missing

_UNITS = ("s", "ms", "us", "ns")
_INEXACT = frozenset({"uint64", "UInt64", "float32", "Float32", "float16"})


def cast(term: Term, kind: Type) -> Term:
    """Return the values as another type.

    Parameters
    ----------
    term : Term
        Booleans, integers, floats, texts or dates.
    kind : Type
        Of the result. A value that it cannot hold is an error when the value is computed.

    Raises
    ------
    Uncomputable
        For casts whose result would differ from that of pandas.
    """
    if kind.name == term.type.name:
        return term
    if term.type.kind == kind.kind == "date":
        return _cut(term, kind)
    make = _CASTS.get((term.type.kind, kind.kind))
    if make is None or {kind.name, term.type.name} & _INEXACT:
        raise _refusal(term, kind)
    code = make(term, kind)
    if not term.type.may_be_missing:
        return Term(code, replace(kind, may_be_missing=False))
    return Term({"$cond": [missing(term), _absent(term, kind), code]}, kind)


def _refusal(term: Term, kind: Type) -> Uncomputable:
    return Uncomputable(
        f"the server does not cast {term.type.name} to {kind.name} as pandas does; "
        "convert the column before it is put, or take .value"
    )


def _absent(term: Term, kind: Type) -> Code:
    """Return what a missing value becomes."""
    if kind.kind == "float" and not kind.is_masked:
        return {"$literal": float("nan")}
    if kind.kind == "bool" and not (kind.is_masked or term.type.is_masked):
        return True  # as NaN is
    if kind.kind in ("int", "bool") and not kind.is_masked:
        return failing(f"a missing value cannot be {kind.name}; fillna() first", {"$ifNull": [term.code, "NA"]})
    return None


def _number(term: Term, kind: Type) -> Code:
    return {"$cond": [term.code, 1, 0]} if term.type.kind == "bool" else term.code


def _to_int(term: Term, kind: Type) -> Code:
    code = _number(term, kind)
    if kind.is_masked and term.type.kind == "float":
        whole = {"$eq": [term.code, {"$trunc": term.code}]}
        code = {"$cond": [whole, code, failing(f"a float that is no integer cannot be {kind.name}", term.code)]}
    return bounded(code, kind)


def _to_float(term: Term, kind: Type) -> Code:
    number = {"$toDouble": _number(term, kind)}
    if term.type.kind != "text":
        return number
    # hexadecimal digits are a number to MongoDB alone
    is_hex = {"$regexMatch": {"input": term.code, "regex": "[xX]"}}
    return {"$cond": [is_hex, failing("could not convert string to float", term.code), number]}


def _to_bool(term: Term, kind: Type) -> Code:
    return {"$ne": [term.code, 0]}


def _to_text(term: Term, kind: Type) -> Code:
    if term.type.kind == "bool":
        return {"$cond": [term.code, "True", "False"]}
    if term.type.is_masked and kind.name != "string":
        raise _refusal(term, kind)  # NA is a text or none by the version of pandas
    return term.code if term.type.kind == "text" else {"$toString": term.code}


def _cut(term: Term, kind: Type) -> Term:
    """Return dates in a coarser unit."""
    old, new = (name.partition("[")[2].rstrip("]").split(",") for name in (term.type.name, kind.name))
    if old[1:] != new[1:] or _UNITS.index(new[0]) > _UNITS.index(old[0]):
        raise _refusal(term, kind)
    gaps = replace(kind, may_be_missing=term.type.may_be_missing)
    if new[0] == "us":
        return Term(term.code, gaps, {"$subtract": [term.digits, {"$mod": [term.digits, 1000]}]})
    code: Code = {"$dateTrunc": {"date": term.code, "unit": "second"}} if new[0] == "s" else term.code
    return Term(code, gaps)


_CASTS: dict[tuple[str, str], Callable[[Term, Type], Code]] = {
    **{(kind, "int"): _to_int for kind in ("bool", "int", "float", "text")},
    **{(kind, "float"): _to_float for kind in ("bool", "int", "float", "text")},
    **{(kind, "bool"): _to_bool for kind in ("int", "float")},
    **{(kind, "text"): _to_text for kind in ("bool", "int", "text")},
    ("bool", "bool"): lambda term, kind: term.code,
}
