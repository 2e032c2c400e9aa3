"""Expression: what the verbs of a column share, and how one column is made of others."""

from __future__ import annotations

from typing import Any, Self

from omegastore.data.column_constant import constant, plain
from omegastore.data.column_plan import series
from omegastore.data.column_tree import Tree, Value, called, text
from omegastore.mdataframe import MSeries


class Expression:
    """A tree over the columns of a frame or view; immutable, without rows.

    Parameters
    ----------
    tree : tuple of Node
        What is computed.
    base : DataFrame or View, optional
        Whose columns the tree names; None where it names none.
    """

    __slots__ = ("_base", "_tree")

    def __init__(self, tree: Tree, base: Any = None) -> None:
        self._tree, self._base = tree, base

    @property
    def tree(self) -> Tree:
        """What is computed, in the order in which it is computed."""
        return self._tree

    @property
    def rows(self) -> MSeries:
        """The values, as a lazy series of the rows of the frame as they are now."""
        if self._base is None:
            raise ValueError(f"{text(self._tree)} has no rows of its own; use it with a column of a frame")
        return series(self._base.lazy, self._tree)

    @property
    def base(self) -> Any:
        """The frame or view whose columns are named."""
        return self._base

    def _applied(self, operation: str, *operands: Any, options: tuple[Any, ...] = ()) -> Self:
        """Return the column of an operation on columns and scalars.

        Raises
        ------
        TypeError
            For what is neither.
        ValueError
            For columns of several frames.
        """
        trees: list[Tree] = []
        base: Any = None
        for each in operands:
            if isinstance(each, Expression):
                base = _common(base, each.base)
                trees.append(each.tree)
            else:
                constant(each)  # refuses what is no scalar
                trees.append((Value(plain(each)),))
        return type(self)(called(operation, trees, options), base)


def _common(one: Any, other: Any) -> Any:
    if one is None or other is None or one is other:
        return other if one is None else one
    frame, its = one.base, other.base
    if (frame.project, frame.name) != (its.project, its.name):
        raise ValueError(
            f"columns of {one.name!r} and of {other.name!r} are not of the same rows; "
            "join the frames, and take both from the view"
        )
    return other if frame is one else one  # a view has all columns of its frame, and more
