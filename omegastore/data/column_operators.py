"""Operators: what Python's operators do with columns."""

from __future__ import annotations

from typing import Any, Self

from omegastore.data.column_expression import Expression


class ColumnOperators(Expression):
    """Arithmetic, comparisons and logic of columns and scalars; a missing operand gives null, or false."""

    __slots__ = ()
    __array_ufunc__ = None
    """numpy's scalars leave operators to the column."""
    __hash__ = None  # type: ignore[assignment]  # == compares values

    def __add__(self, other: Any) -> Self:
        return self._applied("+", self, other)

    def __radd__(self, other: Any) -> Self:
        return self._applied("+", other, self)

    def __sub__(self, other: Any) -> Self:
        return self._applied("-", self, other)

    def __rsub__(self, other: Any) -> Self:
        return self._applied("-", other, self)

    def __mul__(self, other: Any) -> Self:
        return self._applied("*", self, other)

    def __rmul__(self, other: Any) -> Self:
        return self._applied("*", other, self)

    def __truediv__(self, other: Any) -> Self:
        return self._applied("/", self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._applied("/", other, self)

    def __mod__(self, other: Any) -> Self:
        return self._applied("%", self, other)

    def __rmod__(self, other: Any) -> Self:
        return self._applied("%", other, self)

    def __pow__(self, other: Any) -> Self:
        return self._applied("**", self, other)

    def __rpow__(self, other: Any) -> Self:
        return self._applied("**", other, self)

    def __neg__(self) -> Self:
        return self._applied("negative", self)

    def __abs__(self) -> Self:
        return self._applied("abs", self)

    def __eq__(self, other: object) -> Any:
        return self._applied("==", self, other)

    def __ne__(self, other: object) -> Any:
        return self._applied("!=", self, other)

    def __lt__(self, other: Any) -> Self:
        return self._applied("<", self, other)

    def __le__(self, other: Any) -> Self:
        return self._applied("<=", self, other)

    def __gt__(self, other: Any) -> Self:
        return self._applied(">", self, other)

    def __ge__(self, other: Any) -> Self:
        return self._applied(">=", self, other)

    def __and__(self, other: Any) -> Self:
        return self._applied("&", self, other)

    def __rand__(self, other: Any) -> Self:
        return self._applied("&", other, self)

    def __or__(self, other: Any) -> Self:
        return self._applied("|", self, other)

    def __ror__(self, other: Any) -> Self:
        return self._applied("|", other, self)

    def __xor__(self, other: Any) -> Self:
        return self._applied("^", self, other)

    def __rxor__(self, other: Any) -> Self:
        return self._applied("^", other, self)

    def __invert__(self) -> Self:
        return self._applied("~", self)

    def __bool__(self) -> bool:
        raise TypeError("a column is neither true nor false; combine conditions by & | ~, each in parentheses")
