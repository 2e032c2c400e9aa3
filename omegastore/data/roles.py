"""Roles: what the columns of a frame are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

numerical, target, time_stamp, unused_float = "numerical", "target", "time_stamp", "unused_float"
categorical, join_key, text, unused_string = "categorical", "join_key", "text", "unused_string"
ALL = (numerical, target, time_stamp, unused_float, categorical, join_key, text, unused_string)


def by_column(given: Mapping[str, Sequence[str]], columns: Mapping[str, Any]) -> dict[str, str]:
    """Return the role of each column; one that is given none is unused.

    Parameters
    ----------
    given : mapping
        Role to columns.
    columns : mapping
        Each column to whether it holds numbers.

    Raises
    ------
    ValueError
        For an unknown role or column, or a column in two roles.
    """
    found: dict[str, str] = {}
    for role, names in given.items():
        if role not in ALL:
            raise ValueError(f"there is no role {role!r}; the roles are {list(ALL)}")
        for name in names:
            if name not in columns:
                raise ValueError(f"no column {name!r} among {list(columns)}")
            if name in found:
                raise ValueError(f"column {name!r} has two roles, {found[name]!r} and {role!r}")
            found[name] = role
    return {name: found.get(name, unused_float if number else unused_string) for name, number in columns.items()}


def by_role(roles: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns of each role that has some."""
    return {role: [name for name, each in roles.items() if each == role] for role in ALL if role in roles.values()}
