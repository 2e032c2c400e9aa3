"""Missing values: where they are, and what is put in their place."""

from __future__ import annotations

from dataclasses import replace

from omegastore.expr.term import BOOL, Term, Uncomputable, missing


def is_missing(term: Term) -> Term:
    """Return whether values are missing, as pandas' ``isna`` has it."""
    return Term(missing(term), BOOL)


def otherwise(term: Term, value: Term) -> Term:
    """Return the values of `term`, and those of `value` where they are missing.

    Raises
    ------
    Uncomputable
        If the types differ.
    """
    if term.type.kind != value.type.kind and not (term.type.kind == "float" and value.type.kind == "int"):
        raise Uncomputable(f"missing values of {term.type.name} cannot be filled with {value.type.name}")
    new = {"$toDouble": value.code} if term.type.kind == "float" else value.code
    code = {"$cond": [missing(term), new, term.code]}
    digits = {"$cond": [missing(term), value.digits, term.digits]}
    kind = replace(term.type, may_be_missing=value.type.may_be_missing)
    return Term(code, kind, digits if term.type.kind == "date" else 0)
