"""Relationships: how many rows of one table belong to how many of another."""

from __future__ import annotations

many_to_many, many_to_one, one_to_many, one_to_one = "many_to_many", "many_to_one", "one_to_many", "one_to_one"
ALL = (many_to_many, many_to_one, one_to_many, one_to_one)


def is_to_one(relationship: str) -> bool:
    """Return whether at most one row is joined to each row.

    Raises
    ------
    ValueError
        For what is no relationship.
    """
    if relationship not in ALL:
        raise ValueError(f"relationship={relationship!r} is none of {list(ALL)}")
    return relationship in (many_to_one, one_to_one)


def is_from_one(relationship: str) -> bool:
    """Return whether a row is joined to at most one row."""
    return relationship in (one_to_many, one_to_one)
