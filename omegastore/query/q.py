"""Q: conditions that are combined by ``& | ~``, and Raw: a MongoDB filter that the caller vouches for."""

from __future__ import annotations

import copy
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from omegastore.errors import InvalidFilter

Connector = Literal["and", "or", "not"]


@dataclass(frozen=True, slots=True)
class Raw:
    """A MongoDB filter, or the operators of one column, written by the caller on purpose; see `raw`."""

    filter: Mapping[str, object]
    """What the caller wrote; checked when it is compiled."""

    def __repr__(self) -> str:
        return f"raw({self.filter!r})"


def raw(mongo_filter: Mapping[str, object]) -> Raw:
    """Wrap a MongoDB filter so that its operators are meant as operators.

    Parameters
    ----------
    mongo_filter : mapping
        A whole filter (``Q(raw({"x": {"$mod": [2, 0]}}))``) or the operators of one column
        (``Q(x=raw({"$mod": [2, 0]}))``). Operators that run code are refused all the same, when it is used.

    Returns
    -------
    Raw

    Raises
    ------
    InvalidFilter
        If it is not a mapping.
    """
    if not isinstance(mongo_filter, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
        raise InvalidFilter(f"raw() takes a MongoDB filter as a dict, not {mongo_filter!r}")
    return Raw(copy.deepcopy(mongo_filter))


@dataclass(frozen=True, slots=True)
class Condition:
    """One ``column__op=value``."""

    key: str
    value: object

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Condition):
            return NotImplemented
        return self.key == other.key and _same(self.value, other.value)

    __hash__ = None  # type: ignore[assignment]  # values may be lists and arrays

    def __repr__(self) -> str:
        if self.key.isidentifier() and not keyword.iskeyword(self.key):
            return f"{self.key}={self.value!r}"
        return f"**{{{self.key!r}: {self.value!r}}}"


class Q:
    """Conditions on columns, combined by ``& | ~`` exactly as Python reads them.

    Values are copied, so that a Q never changes. A Q without conditions selects everything.

    Parameters
    ----------
    *raws : Raw
        MongoDB filters wrapped by `raw`, which must hold as well.
    **conditions : object
        ``column=value`` or ``column__op=value``; all must hold.

    Raises
    ------
    InvalidFilter
        If a positional argument is not wrapped by `raw`.

    Examples
    --------
    >>> Q(x__gt=1, y="a") | ~Q(z__isnull=True)
    (Q(x__gt=1, y='a') | ~Q(z__isnull=True))
    """

    __slots__ = ("_connector", "_operands")

    _connector: Connector
    _operands: tuple[Q | Condition | Raw, ...]

    def __init__(self, *raws: Raw, **conditions: object) -> None:
        for each in raws:
            if not isinstance(each, Raw):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
                raise InvalidFilter(f"Q() takes column__op=value, or raw(filter), not {each!r}")
        keep = (Condition(key, _copied(value)) for key, value in conditions.items())
        self._set("and", (*raws, *keep))

    @property
    def connector(self) -> Connector:
        """How the operands are combined; ``"not"`` has one operand."""
        return self._connector

    @property
    def operands(self) -> tuple[Q | Condition | Raw, ...]:
        """What is combined: conditions, raw filters and other Qs."""
        return self._operands

    def __and__(self, other: object) -> Q:
        return self._combined("and", other) if isinstance(other, Q) else NotImplemented

    def __or__(self, other: object) -> Q:
        return self._combined("or", other) if isinstance(other, Q) else NotImplemented

    def __invert__(self) -> Q:
        if self._connector == "not" and isinstance(self._operands[0], Q):
            return self._operands[0]
        return self._node("not", (self,))

    def __bool__(self) -> bool:
        # `Q(a=1) and Q(b=2)` would silently be Q(b=2)
        raise TypeError("a Q is neither true nor false; combine Qs by & | ~ instead of and, or, not")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Q):
            return NotImplemented
        return self._connector == other._connector and self._operands == other._operands

    __hash__ = None  # type: ignore[assignment]  # values may be lists and arrays

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Q is immutable; combine Qs by & | ~ instead of setting {name!r}")

    def __reduce__(self) -> tuple[object, ...]:
        return Q._node, (self._connector, self._operands)

    def __repr__(self) -> str:
        if self._connector == "not":
            return f"~{self._operands[0]!r}"
        if self._connector == "and" and not any(isinstance(each, Q) for each in self._operands):
            return f"Q({', '.join(map(repr, self._operands))})"
        sign = " & " if self._connector == "and" else " | "
        return f"({sign.join(map(repr, self._operands))})"

    def _combined(self, connector: Connector, other: Q) -> Q:
        # a run of the same connector stays flat, so that a thousand | do not nest deeper than MongoDB takes
        return self._node(connector, (*self._parts(connector), *other._parts(connector)))

    def _parts(self, connector: Connector) -> tuple[Q | Condition | Raw, ...]:
        flat = self._connector == connector and all(isinstance(each, Q) for each in self._operands)
        return self._operands if flat and self._operands else (self,)

    @staticmethod
    def _node(connector: Connector, operands: tuple[Q | Condition | Raw, ...]) -> Q:
        node = Q()
        node._set(connector, operands)
        return node

    def _set(self, connector: Connector, operands: tuple[Q | Condition | Raw, ...]) -> None:
        object.__setattr__(self, "_connector", connector)
        object.__setattr__(self, "_operands", operands)


def _copied(value: object) -> object:
    # an iterator can be read once, a Q may be compiled many times
    return list(value) if isinstance(value, Iterator) else copy.deepcopy(value)


def _same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if hasattr(left, "tolist"):  # arrays and Series compare element by element
        return _same(left.tolist(), right.tolist())
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
