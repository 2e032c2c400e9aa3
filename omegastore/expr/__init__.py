"""Expressions over the fields of one row: what pandas or a project says, as MongoDB's aggregation computes it; pure.

A `Term` is immutable: an aggregation expression and the type of what it gives. Functions make terms of terms. They
refuse, by `Uncomputable`, what the server would compute otherwise than pandas.
"""

from __future__ import annotations

from omegastore.expr.arithmetic import absolute, arithmetic, negative, rounded
from omegastore.expr.cast import cast
from omegastore.expr.comparison import between, compare, is_in
from omegastore.expr.logic import both, either, exactly_one, inverse
from omegastore.expr.missing import is_missing, otherwise
from omegastore.expr.term import Term, Type, Uncomputable, column, literal

__all__ = [
    "Term",
    "Type",
    "Uncomputable",
    "absolute",
    "arithmetic",
    "between",
    "both",
    "cast",
    "column",
    "compare",
    "either",
    "exactly_one",
    "inverse",
    "is_in",
    "is_missing",
    "literal",
    "negative",
    "otherwise",
    "rounded",
]
