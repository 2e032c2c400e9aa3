"""Split: columns that tell to which part each row belongs; ``rows[split == "train"]`` is a view of a part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from omegastore.data import position, stack
from omegastore.data.column import Column
from omegastore.data.column_tree import Value

if TYPE_CHECKING:
    from omegastore.data.frame import DataFrame
    from omegastore.data.viewing import Viewing

NAME = "split"
"""The column that `concat` makes."""


def random(
    seed: int = 5849, train: float = 0.8, test: float = 0.2, validation: float = 0.0, **others: float
) -> Column:
    """Return a column that divides rows as if by lot.

    Where a row belongs is a function of the seed and of its position, the same in all sessions and on all servers.

    Parameters
    ----------
    seed : int
        Others divide otherwise.
    train, test, validation, **others : float
        The share of each part; together 1.

    Returns
    -------
    Column
        Of the names of the parts, for any frame or view.

    Raises
    ------
    ValueError
        For a share below 0, or shares that are not 1 together.
    """
    shares = {"train": train, "validation": validation, "test": test, **others}
    if min(shares.values()) < 0 or not math.isclose(sum(shares.values()), 1):
        raise ValueError(
            f"the shares {shares} are {sum(shares.values()):g} together; they have to be 1, and none below 0"
        )
    drawn = position.random(seed)
    bound, bounds = 0.0, dict[str, float]()
    for name, share in shares.items():
        bound += share
        bounds |= {name: bound} if share else {}
    *firsts, last = bounds
    made = Column((Value(last),))
    for name in reversed(firsts):
        made = (drawn < bounds[name]).ternary(name, made)
    return made


def time(
    population: Viewing, time_stamp: str | Column, validation: Any = None, test: Any = None, **others: Any
) -> Column:
    """Return a column that divides rows by their time.

    Parameters
    ----------
    population : DataFrame or View
        The rows.
    time_stamp : str or Column
        Their time.
    validation, test, **others : datetime
        When each part begins; it ends where the next one begins. What is before all of them, or has no time, is
        ``train``.

    Returns
    -------
    Column
        Of the names of the parts.

    Raises
    ------
    ValueError
        Without a part, for two that begin at the same time, or for an unknown column.
    """
    begins = {"validation": validation, "test": test, **others}
    begins = {name: begin for name, begin in begins.items() if begin is not None}
    if not begins or len(set(begins.values())) < len(begins) or "train" in begins:
        raise ValueError(f"{begins} are not the different times at which parts after 'train' begin")
    stamp = population[time_stamp] if isinstance(time_stamp, str) else time_stamp
    made = Column((Value("train"),))
    for name in sorted(begins, key=begins.__getitem__):
        made = (stamp >= begins[name]).ternary(name, made)
    population.table.unbound(made).over(population.lazy)  # what cannot be compared is refused now
    return made


def concat(name: str, **parts: Viewing) -> tuple[DataFrame, Column]:
    """Store the rows of frames and views one after another as a frame; no row comes to this process.

    Parameters
    ----------
    name : str
        The name of the frame; one that is there is replaced.
    **parts : DataFrame or View
        What the rows of each part are, with the same columns.

    Returns
    -------
    DataFrame, Column
        The frame, and its column ``split``, which has the name of the part of each row.

    Raises
    ------
    ValueError
        When there is no part, or a part has a column ``split``.
    """
    taken = [part for part, rows in parts.items() if NAME in rows.columns]
    if taken:
        raise ValueError(f"{taken} have a column {NAME!r} already; drop it first")
    made = [rows.with_column(Column((Value(part),)), NAME) for part, rows in parts.items()]
    frame = stack.concat(name, made)
    return frame, frame[NAME]
