"""Numbers: arithmetic and functions; null where a value is missing or the result is not defined.

Integers stay integers of 64 bits and are null where they leave these; floats are IEEE 754's, with null for NaN and
for a division by zero. Decimals are MongoDB's of 34 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.arithmetic import FLOATS, INT64, floored_remainder
from omegastore.expr.term import BOOL, Code, Term, Type, Uncomputable
from omegastore.expr.total.comparison import is_null
from omegastore.expr.total.guard import DECIMAL, FLOATING, WHOLE, defined, let, resolved, strict, told, unless, whole

_ZERO: dict[str, Code] = {"int": {"$literal": 0}, "float": 0.0}
_POWERS = 64
"""From this exponent on the powers of all integers but 0, 1 and -1 leave 64 bits."""


def arithmetic(operator: str, left: Term, right: Term) -> Term:
    """Return ``left operator right``, for one of ``+ - * / % **``.

    Raises
    ------
    Uncomputable
        For what are no numbers, and for a decimal with a float.
    """
    left, right = number(left), number(right)
    kinds = {left.type.kind, right.type.kind}
    if kinds == {"decimal", "float"}:
        raise Uncomputable(f"{operator!r} of a decimal and a float is exact in neither; use as_num() on the decimal")
    if "decimal" in kinds:
        return strict(DECIMAL, lambda a, b: defined(_decimal(operator, a, b)), left, right)
    is_power = operator == "**" and not (right.is_literal and right.type.kind == "int" and right.value >= 0)
    if "float" in kinds or operator == "/" or is_power:
        return strict(
            _result(FLOATING, left, right), lambda a, b: _float(operator, a, b), _double(left), _double(right)
        )
    return strict(_result(WHOLE, left, right), lambda a, b: whole(_integer(operator, a, b, right)), left, right)


def negative(term: Term) -> Term:
    """Return ``-term``."""
    return arithmetic("*", term, Term({"$literal": -1}, replace(WHOLE, may_be_missing=False), 0, True, -1))


def absolute(term: Term) -> Term:
    """Return the absolute value."""
    term = number(term)
    if term.type.kind != "int":
        return strict(term.type, lambda a: {"$abs": a}, term)
    return strict(_result(WHOLE, term), lambda a: unless({"$eq": [a, INT64[0]]}, {"$abs": a}), term)


def rounded(term: Term, how: str) -> Term:
    """Return whole numbers: below (``floor``), above (``ceil``) or next (``round``, halves away from zero)."""
    term = number(term)
    if term.type.kind == "int":
        return term
    if how == "round":
        return strict(term.type, _nearest, term)
    return strict(term.type, lambda a: {f"${how}": a}, term)


def function(term: Term, name: str) -> Term:
    """Return a function of numbers, one of `FUNCTIONS`, as floats.

    Raises
    ------
    Uncomputable
        For what are no numbers, and for decimals.
    """
    term = number(term)
    if term.type.kind == "decimal":
        raise Uncomputable(f"{name}() of decimals is not exact; use as_num() first")
    return strict(_result(FLOATING, term), lambda a: defined(FUNCTIONS[name](a)), _double(term))


def is_infinite(term: Term) -> Term:
    """Return whether values are infinite; false where they are missing."""
    term = number(term)
    return Term(False if term.type.kind == "int" else _is_infinite(term.code), BOOL)


def is_nan(term: Term) -> Term:
    """Return whether numbers are missing: what is not a number is not there either."""
    return is_null(number(term))


def number(term: Term) -> Term:
    """Return a term of numbers; booleans are 0 and 1.

    Raises
    ------
    Uncomputable
        For what are no numbers.
    """
    term = resolved(term)
    kind = term.type
    if kind.kind == "bool":
        made = replace(_result(WHOLE, term), may_be_missing=kind.may_be_missing)
        return replace(term, code={"$toInt": term.code}, type=made)
    if kind.name.lower() == "uint64":
        raise Uncomputable("uint64 reaches beyond the integers that MongoDB computes with; use as_num()")
    if kind.kind not in ("int", "float", "decimal"):
        raise Uncomputable(f"{told(kind)} is no number; use as_num() first")
    return term


def _result(kind: Type, *terms: Term) -> Type:
    if not any(each.type.is_masked for each in terms):
        return kind
    return replace(kind, name=kind.name.capitalize(), is_masked=True)


def _double(term: Term) -> Term:
    if term.type.kind == "float":
        return term
    code: Code = {"$literal": float(term.value)} if term.is_literal else {"$toDouble": term.code}
    return replace(term, code=code, type=replace(term.type, kind="float"))


def _integer(operator: str, a: Code, b: Code, right: Term) -> Code:
    if operator == "**":
        exponent = min(right.value, _POWERS + right.value % 2)
        return {"$reduce": {
            "input": {"$range": [0, exponent]}, "initialValue": {"$literal": 1}, "in": {"$multiply": ["$$value", a]},
        }}  # fmt: skip
    if operator == "%":
        return unless({"$eq": [b, 0]}, let({"a": a, "b": b}, floored_remainder()))
    return {{"+": "$add", "-": "$subtract", "*": "$multiply"}[operator]: [a, b]}


def _float(operator: str, a: Code, b: Code) -> Code:
    if operator == "/":
        return unless({"$eq": [b, 0]}, defined({"$divide": [a, b]}))
    if operator == "**":
        return unless({"$and": [{"$eq": [a, 0]}, {"$lt": [b, 0]}]}, defined({"$pow": [a, b]}))
    return defined(FLOATS[operator](a, b))


def _decimal(operator: str, a: Code, b: Code) -> Code:
    if operator == "**":
        raise Uncomputable("powers of decimals are not exact; use as_num() first")
    if operator in "/%":
        name = "$divide" if operator == "/" else "$mod"
        return unless({"$eq": [b, 0]}, {name: [a, b]})
    return {{"+": "$add", "-": "$subtract", "*": "$multiply"}[operator]: [a, b]}


def _nearest(a: Code) -> Code:
    cut = {"$trunc": a}
    away = {"$add": [cut, {"$cond": [{"$lt": [a, 0]}, -1, 1]}]}
    return {"$cond": [{"$gte": [{"$abs": {"$subtract": [a, cut]}}, 0.5]}, away, cut]}


def _cube_root(a: Code) -> Code:
    """Return the root by a power, whose last digits a step of Newton's puts right."""
    size = {"$pow": [{"$abs": a}, 1 / 3]}
    error = {"$subtract": ["$$y", {"$divide": [{"$divide": [{"$abs": a}, "$$y"]}, "$$y"]}]}
    better = {"$subtract": ["$$y", {"$divide": [error, 3]}]}
    is_plain = {"$and": [{"$ne": ["$$y", 0]}, {"$ne": ["$$y", math.inf]}]}
    root = let({"y": size}, {"$cond": [is_plain, better, "$$y"]})
    return {"$multiply": [{"$cond": [{"$lt": [a, 0]}, -1.0, 1.0]}, root]}


def _plain(name: str) -> Callable[[Code], Code]:
    return lambda a: {f"${name}": a}


def _inside(name: str, is_outside: Callable[[Code], Code]) -> Callable[[Code], Code]:
    return lambda a: unless(is_outside(a), {f"${name}": a})


def _is_infinite(a: Code) -> Code:
    return {"$eq": [{"$abs": a}, math.inf]}


FUNCTIONS: dict[str, Callable[[Code], Code]] = {
    "acos": _inside("acos", lambda a: {"$gt": [{"$abs": a}, 1]}),
    "asin": _inside("asin", lambda a: {"$gt": [{"$abs": a}, 1]}),
    "atan": _plain("atan"),
    "cbrt": _cube_root,
    "cos": _inside("cos", _is_infinite),
    "exp": _plain("exp"),
    "log": _inside("ln", lambda a: {"$lte": [a, 0]}),
    "sin": _inside("sin", _is_infinite),
    "sqrt": _inside("sqrt", lambda a: {"$lt": [a, 0]}),
    "tan": _inside("tan", _is_infinite),
}
"""By name: functions that give floats."""
