"""Operation: what can stand in a column expression, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from omegastore.expr.comparison import OPERATORS as COMPARISONS
from omegastore.expr.term import Term
from omegastore.expr.total import chance, choice, comparison, conversion, moment, number, text
from omegastore.expr.total.guard import resolved

_TIMES = ("date", "duration")


def operation(name: str, operands: tuple[Term, ...], options: tuple[Any, ...] = ()) -> Term:
    """Return the term of an operation.

    Parameters
    ----------
    name : str
        One of `OPERATIONS`.
    operands : tuple of Term
        What it is computed of.
    options : tuple
        What else it was given.

    Raises
    ------
    Uncomputable
        For operands that are of another kind, with a remedy.
    """
    return OPERATIONS[name](*operands, *options)


def _plus(left: Term, right: Term) -> Term:
    left, right = resolved(left, right.type.kind), resolved(right, left.type.kind)
    kinds = (left.type.kind, right.type.kind)
    if kinds == ("text", "text"):
        return text.joined(left, right)
    return moment.plus(left, right) if any(kind in _TIMES for kind in kinds) else number.arithmetic("+", left, right)


def _minus(left: Term, right: Term) -> Term:
    is_time = left.type.kind in _TIMES or right.type.kind in _TIMES
    return moment.minus(left, right) if is_time else number.arithmetic("-", left, right)


OPERATIONS: dict[str, Callable[..., Term]] = {
    **{name: partial(number.arithmetic, name) for name in ("*", "/", "%", "**")},
    **{name: partial(comparison.compare, name) for name in COMPARISONS},
    **{name: partial(comparison.logic, name) for name in ("&", "|", "^")},
    **{name: partial(number.rounded, how=name) for name in ("ceil", "floor", "round")},
    **{name: partial(number.function, name=name) for name in number.FUNCTIONS},
    **{name: partial(moment.part, name=name) for name in moment.PART_NAMES},
    **{name: partial(text.cased, name=name) for name in ("lower", "upper")},
    **{name: partial(text.holds, name=name) for name in ("contains", "startswith", "endswith")},
    "+": _plus,
    "-": _minus,
    "~": comparison.inverse,
    "negative": number.negative,
    "abs": number.absolute,
    "is_null": comparison.is_null,
    "is_nan": number.is_nan,
    "is_inf": number.is_infinite,
    "as_num": conversion.as_number,
    "as_str": conversion.as_text,
    "as_ts": conversion.as_time,
    "as_bool": conversion.as_boolean,
    "length": text.length,
    "strip": text.stripped,
    "substr": text.substring,
    "ternary": choice.chosen,
    "update": choice.updated,
    "random": chance.uniform,
}
"""By name: takes the terms of the operands, then what else the operation was given."""
