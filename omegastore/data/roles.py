"""Roles: what the columns of a frame are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

numerical, target, time_stamp, unused_float = "numerical", "target", "time_stamp", "unused_float"
categorical, join_key, text, unused_string = "categorical", "join_key", "text", "unused_string"
ALL = (numerical, target, time_stamp, unused_float, categorical, join_key, text, unused_string)


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of each role, for importers.

    Examples
    --------
    >>> Roles(numerical=["amount"], target=["default"]).target
    ('default',)
    """

    categorical: Sequence[str] = ()
    join_key: Sequence[str] = ()
    numerical: Sequence[str] = ()
    target: Sequence[str] = ()
    text: Sequence[str] = ()
    time_stamp: Sequence[str] = ()
    unused_float: Sequence[str] = ()
    unused_string: Sequence[str] = ()

    def __post_init__(self) -> None:
        for each in fields(self):
            names = getattr(self, each.name)
            object.__setattr__(self, each.name, (names,) if isinstance(names, str) else tuple(names))


Given = Roles | Mapping[str, str] | Mapping[str, Sequence[str]]
"""Which columns have which role: role to columns, or column to role."""


def by_given(given: Given, columns: Sequence[str]) -> dict[str, list[str]]:
    """Return role to columns, whichever way round that is given.

    Raises
    ------
    ValueError
        For a pair that can be read both ways.
    """
    if isinstance(given, Roles):
        return {each.name: list(getattr(given, each.name)) for each in fields(given) if getattr(given, each.name)}
    found: dict[str, list[str]] = {}
    for key, value in given.items():
        if not isinstance(value, str):
            found.setdefault(key, []).extend(value)
            continue
        is_column, is_role = key in columns and value in ALL, key in ALL and value in columns
        if is_column and is_role:
            raise ValueError(f"roles {key!r}: {value!r} can be read both ways; write {{role: [columns]}}")
        role, name = (key, value) if is_role else (value, key)
        found.setdefault(role, []).append(name)
    return found


def unused(dtypes: pd.Series[Any]) -> dict[str, str]:
    """Return the role of each column that is given none, by its dtype."""
    return {str(name): unused_float if dtype.kind in "biufc" else unused_string for name, dtype in dtypes.items()}


def by_column(given: Mapping[str, Sequence[str]], columns: Mapping[str, str]) -> dict[str, str]:
    """Return the role of each column.

    Parameters
    ----------
    given : mapping
        Role to columns.
    columns : mapping
        Each column to the role that it has when it is given none.

    Raises
    ------
    ValueError
        For an unknown role or column, or a column in two roles.
    """
    found: dict[str, str] = {}
    for role, names in given.items():
        checked(role)
        for name in names:
            if name not in columns:
                raise ValueError(f"no column {name!r} among {list(columns)}")
            if name in found:
                raise ValueError(f"column {name!r} has two roles, {found[name]!r} and {role!r}")
            found[name] = role
    return {**columns, **found}


def checked(role: str) -> str:
    """Return a role.

    Raises
    ------
    ValueError
        For what is none.
    """
    if role not in ALL:
        raise ValueError(f"there is no role {role!r}; the roles are {list(ALL)}")
    return role


def by_role(roles: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns of each role that has some."""
    return {role: [name for name, each in roles.items() if each == role] for role in ALL if role in roles.values()}
