"""Functions of columns of numbers, as floats; what is not defined is null."""

from __future__ import annotations

from typing import NoReturn, Self

from omegastore.data.column_expression import Expression
from omegastore.errors import UnsupportedServer


class ColumnNumber(Expression):
    """Rounding, powers and logarithms."""

    __slots__ = ()

    def abs(self) -> Self:
        """Return the absolute values; integers stay integers."""
        return self._applied("abs", self)

    def ceil(self) -> Self:
        """Return the whole numbers at or above."""
        return self._applied("ceil", self)

    def floor(self) -> Self:
        """Return the whole numbers at or below."""
        return self._applied("floor", self)

    def round(self) -> Self:
        """Return the nearest whole numbers, halves away from zero."""
        return self._applied("round", self)

    def exp(self) -> Self:
        """Return e to the power of the values."""
        return self._applied("exp", self)

    def log(self) -> Self:
        """Return the natural logarithms; null of 0 and of what is below."""
        return self._applied("log", self)

    def sqrt(self) -> Self:
        """Return the square roots; null of what is below 0."""
        return self._applied("sqrt", self)

    def cbrt(self) -> Self:
        """Return the cube roots."""
        return self._applied("cbrt", self)

    def is_nan(self) -> Self:
        """Return whether numbers are missing; NaN is null."""
        return self._applied("is_nan", self)

    def is_inf(self) -> Self:
        """Return whether values are infinite."""
        return self._applied("is_inf", self)


class ColumnCurve(Expression):
    """Trigonometry of radians, and what takes Python."""

    __slots__ = ()

    def sin(self) -> Self:
        """Return the sine; null of infinity."""
        return self._applied("sin", self)

    def cos(self) -> Self:
        """Return the cosine; null of infinity."""
        return self._applied("cos", self)

    def tan(self) -> Self:
        """Return the tangent; null of infinity."""
        return self._applied("tan", self)

    def asin(self) -> Self:
        """Return the inverse sine; null outside of -1 to 1."""
        return self._applied("asin", self)

    def acos(self) -> Self:
        """Return the inverse cosine; null outside of -1 to 1."""
        return self._applied("acos", self)

    def atan(self) -> Self:
        """Return the inverse tangent."""
        return self._applied("atan", self)

    def erf(self) -> NoReturn:
        """Refuse: MongoDB does not compute the error function."""
        raise _takes_python("erf")

    def gamma(self) -> NoReturn:
        """Refuse: MongoDB does not compute the gamma function."""
        raise _takes_python("gamma")

    def lgamma(self) -> NoReturn:
        """Refuse: MongoDB does not compute the logarithm of the gamma function."""
        raise _takes_python("lgamma")


def _takes_python(name: str) -> UnsupportedServer:
    return UnsupportedServer(
        f"MongoDB computes no {name}(); use map_batches() of the frame or view, with scipy.special or math.{name}"
    )
