"""Columns of the positions of rows, of any frame or view that they are used with."""

from __future__ import annotations

from omegastore.data.column import Column
from omegastore.data.column_tree import Row, called


def rowid() -> Column:
    """Return the position of each row, from 0, in the frame or view that the column is used with."""
    return Column((Row(),))


def random(seed: int = 5849) -> Column:
    """Return numbers that are uniform in [0, 1) and look drawn.

    They are a function of the seed and of the position of the row, the same in all sessions and on all servers.

    Parameters
    ----------
    seed : int
        Others give other numbers.
    """
    if type(seed) is not int:
        raise TypeError(f"random({seed!r}): a seed is an int")
    return Column(called("random", [(Row(),)], (seed,)))
