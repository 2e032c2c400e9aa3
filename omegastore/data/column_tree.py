"""Tree: a column expression as a value, in postfix order: operands stand before what is done to them.

So a tree of any depth is compared, pickled and compiled without recursion, and two become one by concatenation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the frame."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """The same value in all rows."""

    value: Any


@dataclass(frozen=True, slots=True)
class Row:
    """The position of a row in the frame or view, from 0."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of `omegastore.expr.total` on the trees before it."""

    operation: str
    operands: int
    """How many trees it takes."""
    options: tuple[Any, ...] = ()


Node = Name | Value | Row | Call
Tree = tuple[Node, ...]
LENGTH = 120
"""Characters of a tree that are shown."""


def text(tree: Tree) -> str:
    """Return a tree as it is written in Python, roughly, and shortened."""
    stack: list[str] = []
    for node in tree:
        if isinstance(node, Name):
            stack.append(node.name)
        elif isinstance(node, Value):
            stack.append(repr(node.value))
        elif isinstance(node, Row):
            stack.append("rowid()")
        else:
            operands = [stack.pop() for _ in range(node.operands)][::-1]
            stack.append(_call(node, operands))
    found = stack[0]
    return found if len(found) <= LENGTH else f"{found[: LENGTH // 2]} ... {found[-LENGTH // 2 :]}"


def names(tree: Tree) -> list[str]:
    """Return the columns that a tree names, each once."""
    return list(dict.fromkeys(node.name for node in tree if isinstance(node, Name)))


def _call(node: Call, operands: list[str]) -> str:
    if not node.operation.isidentifier():
        if len(operands) == 1:
            return f"{node.operation}{operands[0]}"
        return f"({operands[0]} {node.operation} {operands[1]})"
    given = ", ".join([*operands[1:], *map(repr, node.options)])
    return f"{operands[0]}.{node.operation}({given})" if operands else f"{node.operation}({given})"
