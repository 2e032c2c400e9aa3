"""Arithmetic of numbers, with the dtypes, signs and infinities that numpy has.

Sources: IEEE 754 for doubles; for ``//`` and ``%`` the definitions of Python and numpy (``npy_divmod``: the remainder
has the sign of the divisor). Integers that leave their dtype are an error here, where numpy wraps them around.
"""

from __future__ import annotations

import math
from typing import Any

from omegastore.expr.term import FLOAT, INTEGERS, Code, Term, Type, Uncomputable, failing

OPERATORS = ("+", "-", "*", "/", "//", "%", "**")
INT64 = (-(2**63), 2**63 - 1)


def arithmetic(operator: str, left: Term, right: Term) -> Term:
    """Return ``left operator right``.

    Parameters
    ----------
    operator : str
        One of ``+ - * / // % **``.
    left, right : Term
        Integers or float64, nullable or not.

    Raises
    ------
    Uncomputable
        For other types, naming the remedy.
    """
    if operator not in OPERATORS:
        raise Uncomputable(f"unknown operator {operator!r}; known are {OPERATORS}")
    for term in (left, right):
        _check(operator, term)
    kind = _result(operator, left, right)
    if kind.kind == "int":
        return Term(bounded(_integers(operator, left, right), kind), kind)
    return Term(FLOATS[operator](_double(left), _double(right)), kind)


def negative(term: Term) -> Term:
    """Return ``-term``."""
    _check("-", term)
    code: Code = {"$multiply": [term.code, -1]}
    return Term(bounded(code, term.type) if term.type.kind == "int" else code, term.type)


def absolute(term: Term) -> Term:
    """Return ``abs(term)``."""
    _check("abs", term)
    code: Code = {"$abs": term.code}
    return Term(bounded(code, term.type) if term.type.kind == "int" else code, term.type)


def rounded(term: Term, decimals: int) -> Term:
    """Return numbers rounded to so many decimals, half to even, by the products and quotients that numpy forms.

    Raises
    ------
    Uncomputable
        For integers that would be rounded to tens.
    """
    _check("round", term)
    if term.type.kind == "int":
        if decimals < 0:
            raise Uncomputable("integers are rounded to tens as floats are; convert them first, or take .value")
        return term
    if term.type.is_masked:
        raise Uncomputable("nullable floats have NaN or NA by the version of pandas; take .value")
    power = 10.0 ** abs(decimals)
    before, after = ("$multiply", "$divide") if decimals >= 0 else ("$divide", "$multiply")
    scaled: Code = {before: [{"$toDouble": term.code}, power]} if decimals else {"$toDouble": term.code}
    whole: Code = {"$round": [scaled, 0]}
    return Term({after: [whole, power]} if decimals else whole, term.type)


def _check(operator: str, term: Term) -> None:
    kind = term.type
    if kind.kind not in ("int", "float") or kind.name.lower() in ("uint64", "float32", "float16"):
        raise Uncomputable(
            f"the server cannot compute {operator!r} of {kind.name} as pandas does; "
            "convert the column with astype('int64') or astype('float64') before it is put, or take .value"
        )


def _result(operator: str, left: Term, right: Term) -> Type:
    """Return the type of the result, by the rules of numpy 2: a literal of Python takes the dtype of the column."""
    masked = left.type.is_masked or right.type.is_masked
    is_float = operator == "/" or "float" in (left.type.kind, right.type.kind)
    if is_float and masked:
        raise Uncomputable(
            f"{operator!r} of nullable floats has NaN or NA by the version of pandas; "
            "convert the columns with astype('float64') before they are put, or take .value"
        )
    if is_float:
        return FLOAT
    names = [term.type.name.lower() for term in (left, right) if not term.is_literal]
    name = _wider(*names) if len(names) == 2 else names[0] if names else "int64"
    for term in (left, right):
        if term.is_literal and not _fits(term.value, name):
            raise OverflowError(f"Python integer {term.value} out of bounds for {name}")
    gaps = left.type.may_be_missing or right.type.may_be_missing
    return Type("int", name.replace("i", "I", 1).replace("u", "U", 1) if masked else name, masked, gaps)


def _wider(left: str, right: str) -> str:
    import numpy as np

    name = np.promote_types(left, right).name
    if not name.startswith(("int", "uint")):
        raise Uncomputable(f"{left} and {right} together are {name}; convert one of them first")
    return name


def _fits(value: int, name: str) -> bool:
    low, high = _bounds(name)
    return low <= value <= high


def _bounds(name: str) -> tuple[int, int]:
    name = name.lower()
    half = INTEGERS[int(name.lstrip("uint"))]
    return (0, 2 * half - 1) if name.startswith("u") else (-half, half - 1)


def bounded(code: Code, kind: Type) -> Code:
    """Return integers as int64, and fail for those that leave their dtype."""
    low, high = _bounds(kind.name)
    whole: Code = {"$toLong": code}  # what is beyond 64 bits is a double then, and fails
    if (low, high) == INT64:
        return whole
    message = failing(f"an integer leaves {kind.name}", "$$n")
    inside = {"$and": [{"$gte": ["$$n", low]}, {"$lte": ["$$n", high]}]}
    return {"$let": {"vars": {"n": whole}, "in": {"$cond": [inside, "$$n", message]}}}


def _double(term: Term) -> Code:
    return {"$literal": float(term.value)} if term.is_literal else {"$toDouble": term.code}


def _integers(operator: str, left: Term, right: Term) -> Code:
    a, b = left.code, right.code
    simple = {"+": "$add", "-": "$subtract", "*": "$multiply"}
    if operator in simple:
        return {simple[operator]: [a, b]}
    if operator == "**":
        return _power(a, right)
    if right.is_literal and right.value == 0:
        raise Uncomputable(f"{operator} by 0 gives floats in pandas; divide by 0.0")
    remainder = floored_remainder()
    found: Code = remainder
    if operator == "//":  # a quotient of 64 bits needs more digits than a double has
        exact: Code = {"$divide": [{"$toDecimal": {"$subtract": ["$$a", "$$m"]}}, {"$toDecimal": "$$b"}]}
        found = {"$let": {"vars": {"m": remainder}, "in": exact}}
    if not right.is_literal:
        zero = failing(
            "division by zero gives floats in pandas, so convert the divisor with astype('float64')", "$$b"
        )
        found = {"$cond": [{"$eq": ["$$b", 0]}, zero, found]}
    return {"$let": {"vars": {"a": a, "b": b}, "in": found}}


def floored_remainder() -> Code:
    """Return ``$$a % $$b`` of integers, with the sign of the divisor, which is not zero."""
    is_turned = {"$and": [{"$ne": ["$$r", 0]}, {"$ne": [{"$lt": ["$$r", 0]}, {"$lt": ["$$b", 0]}]}]}
    settled = {"$cond": [is_turned, {"$add": ["$$r", "$$b"]}, "$$r"]}
    return {"$let": {"vars": {"r": {"$mod": ["$$a", "$$b"]}}, "in": settled}}


def _power(base: Code, exponent: Term) -> Code:
    if not exponent.is_literal or exponent.value < 0:
        raise Uncomputable("integers can be raised to a literal that is not negative; raise floats instead")
    if exponent.value > 3:
        raise Uncomputable("$pow gives doubles for large powers of integers; raise floats instead")
    # without null for NA: pandas has 1 for all that is raised to 0
    return {"$multiply": [base] * exponent.value} if exponent.value else {"$literal": 1}


def _quotient(a: Code, b: Code) -> Code:
    """Return ``a / b``; MongoDB fails for a zero, IEEE gives an infinity or NaN by the signs of both."""
    is_minus = {"$eq": [{"$toString": "$$b"}, "-0"]}
    signed = {"$cond": [is_minus, {"$multiply": ["$$a", -math.inf]}, {"$multiply": ["$$a", math.inf]}]}
    inner = {"$cond": [{"$eq": ["$$b", 0]}, signed, {"$divide": ["$$a", "$$b"]}]}
    return {"$let": {"vars": {"a": a, "b": b}, "in": inner}}


def _remainder(a: Code, b: Code) -> Code:
    """Return ``a % b`` as numpy has it: C's fmod, moved to the sign of the divisor."""
    is_turned = {"$ne": [{"$lt": ["$$r", 0]}, {"$lt": ["$$b", 0]}]}
    moved = {"$cond": [is_turned, {"$subtract": ["$$r", {"$multiply": ["$$b", -1]}]}, "$$r"]}
    zero = {"$cond": [{"$lt": ["$$b", 0]}, -0.0, 0.0]}
    settled = {"$cond": [{"$eq": ["$$r", 0]}, zero, moved]}
    # null and NaN come before all numbers
    is_nan = {"$or": [
        {"$eq": ["$$b", 0]}, {"$eq": ["$$a", math.inf]}, {"$lte": ["$$a", -math.inf]}, {"$lt": ["$$b", -math.inf]},
    ]}  # fmt: skip
    inner = {"$cond": [is_nan, math.nan, {"$let": {"vars": {"r": _fmod("$$a", "$$b")}, "in": settled}}]}
    return {"$let": {"vars": {"a": a, "b": b}, "in": inner}}


def _fmod(a: Code, b: Code) -> Code:
    return {"$cond": [{"$eq": [{"$abs": b}, math.inf]}, a, {"$mod": [a, b]}]}


def _floor_quotient(a: Code, b: Code) -> Code:
    raise Uncomputable("'//' of floats rounds otherwise than numpy does; use (a / b) and take .value, or integers")


def _float_power(a: Code, b: Code) -> Code:
    raise Uncomputable("powers of floats are the C library's, and the last digit may differ; take .value")


FLOATS: dict[str, Any] = {
    # $add would lose the sign of a zero
    "+": lambda a, b: {"$subtract": [a, {"$multiply": [b, -1]}]},
    "-": lambda a, b: {"$subtract": [a, b]},
    "*": lambda a, b: {"$multiply": [a, b]},
    "/": _quotient,
    "//": _floor_quotient,
    "%": _remainder,
    "**": _float_power,
}
