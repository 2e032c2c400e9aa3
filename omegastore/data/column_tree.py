"""Tree: a column expression as a value: a list of nodes, of which each tells the places of those that it takes.

A part that is used several times stands there once, so that an expression grows by what is written, and a tree of any
depth is pickled, compared and compiled without recursion.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
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
    """An operation of `omegastore.expr.total`."""

    operation: str
    operands: tuple[int, ...]
    """The places of the nodes that it takes."""
    options: tuple[Any, ...] = ()


Node = Name | Value | Row | Call
Tree = tuple[Node, ...]
"""Nodes behind those that they take; the last one is the whole."""
LENGTH = 120
"""Characters of a tree that are shown."""


def called(operation: str, trees: Sequence[Tree], options: tuple[Any, ...] = ()) -> Tree:
    """Return the tree of an operation on other trees."""
    nodes: list[Node] = []
    known: dict[Hashable, int] = {}
    roots: list[int] = []
    for tree in trees:
        places: list[int] = []
        for node in tree:
            if isinstance(node, Call):
                node = replace(node, operands=tuple(places[at] for at in node.operands))
            key = _key(node)
            if key not in known:
                known[key] = len(nodes)
                nodes.append(node)
            places.append(known[key])
        roots.append(places[-1])
    return (*nodes, Call(operation, tuple(roots), options))


def uses(tree: Tree) -> list[int]:
    """Return how often each node of a tree is taken by others."""
    found = [0] * len(tree)
    for node in tree:
        for at in node.operands if isinstance(node, Call) else ():
            found[at] += 1
    return found


def text(tree: Tree) -> str:
    """Return a tree as it is written in Python, roughly, and shortened."""
    written: list[str] = []
    for node in tree:
        if isinstance(node, Name):
            part = node.name
        elif isinstance(node, Value):
            part = repr(node.value)
        else:
            part = "rowid()" if isinstance(node, Row) else _call(node, [written[at] for at in node.operands])
        written.append(part if len(part) <= LENGTH else f"{part[: LENGTH // 2]} ... {part[-LENGTH // 2 :]}")
    return written[-1]


def names(tree: Tree) -> list[str]:
    """Return the columns that a tree names, each once."""
    return [node.name for node in tree if isinstance(node, Name)]


def _key(node: Node) -> Hashable:
    # 1, 1.0 and True are equal, 0.0 and -0.0 too
    return (type(node.value), repr(node.value)) if isinstance(node, Value) else node


def _call(node: Call, operands: list[str]) -> str:
    if not node.operation.isidentifier():
        if len(operands) == 1:
            return f"{node.operation}{operands[0]}"
        return f"({operands[0]} {node.operation} {operands[1]})"
    given = ", ".join([*operands[1:], *map(repr, node.options)])
    return f"{operands[0]}.{node.operation}({given})"
