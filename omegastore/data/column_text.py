"""Functions of columns of texts, by code points as Python counts them; null where a text is missing."""

from __future__ import annotations

from typing import Any, Self

from omegastore.data.column_expression import Expression
from omegastore.errors import InvalidOption


class ColumnText(Expression):
    """Parts of texts, and what they hold; ``+`` joins two of them."""

    __slots__ = ()

    def concat(self, other: Any) -> Self:
        """Return the texts with those of another column, or one text, behind them."""
        return self._applied("+", self, other)

    def contains(self, other: Any) -> Self:
        """Return whether texts hold another one, literally; false where one is missing."""
        return self._applied("contains", self, other)

    def startswith(self, other: Any) -> Self:
        """Return whether texts begin with another one; false where one is missing."""
        return self._applied("startswith", self, other)

    def endswith(self, other: Any) -> Self:
        """Return whether texts end with another one; false where one is missing."""
        return self._applied("endswith", self, other)

    def substr(self, begin: int, length: int) -> Self:
        """Return `length` characters from `begin` on, counted from 0; fewer where the text ends."""
        for value in (begin, length):
            if type(value) is not int or value < 0:
                raise InvalidOption(f"substr({begin!r}, {length!r}) takes a position and a number, both from 0")
        return self._applied("substr", self, options=(begin, length))

    def length(self) -> Self:
        """Return the number of characters."""
        return self._applied("length", self)

    def strip(self) -> Self:
        """Return the texts without whitespace at their ends."""
        return self._applied("strip", self)

    def lower(self) -> Self:
        """Return the texts in lower case; a text that is not ASCII is an error, as MongoDB knows no other case."""
        return self._applied("lower", self)

    def upper(self) -> Self:
        """Return the texts in upper case; a text that is not ASCII is an error, as MongoDB knows no other case."""
        return self._applied("upper", self)
