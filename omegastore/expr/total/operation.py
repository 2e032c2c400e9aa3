"""Operation: what can stand in a column expression, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from omegastore.expr.comparison import OPERATORS as COMPARISONS
from omegastore.expr.term import Term
from omegastore.expr.total import comparison, number

OPERATIONS: dict[str, Callable[..., Term]] = {
    **{name: partial(number.arithmetic, name) for name in ("+", "-", "*", "/", "%", "**")},
    **{name: partial(comparison.compare, name) for name in COMPARISONS},
    **{name: partial(comparison.logic, name) for name in ("&", "|", "^")},
    **{name: partial(number.rounded, how=name) for name in ("ceil", "floor", "round")},
    **{name: partial(number.function, name=name) for name in number.FUNCTIONS},
    "~": comparison.inverse,
    "negative": number.negative,
    "abs": number.absolute,
    "is_null": comparison.is_null,
    "is_inf": number.is_infinite,
}
"""By name: takes the terms of the operands, then what else the operation was given."""


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
