"""Note: what a project knows of a column besides its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omegastore.data import roles as known

ROLES, UNITS, SUBROLES = "roles", "units", "subroles"
"""What Metadata and ``attrs`` of pandas call them."""
NOTED = {ROLES, UNITS, SUBROLES}


@dataclass(frozen=True, slots=True)
class Note:
    """The role, unit and subroles of a column.

    Examples
    --------
    >>> Note("numerical", "EUR").unit
    'EUR'
    """

    role: str
    unit: str = ""
    subroles: tuple[str, ...] = ()


Notes = Mapping[str, Note]
"""The note of each column, in the order of the columns."""


def from_attributes(attributes: Mapping[str, Any]) -> Notes:
    """Return the notes that Metadata keeps."""
    units, subroles = dict(attributes.get(UNITS, ())), dict(attributes.get(SUBROLES, ()))
    return {name: Note(role, units.get(name, ""), tuple(subroles.get(name, ()))) for name, role in attributes[ROLES]}


def to_attributes(notes: Notes) -> dict[str, Any]:
    """Return notes as Metadata keeps them: in pairs, since names of columns may hold dots."""
    return {
        ROLES: [[name, note.role] for name, note in notes.items()],
        UNITS: [[name, note.unit] for name, note in notes.items() if note.unit],
        SUBROLES: [[name, list(note.subroles)] for name, note in notes.items() if note.subroles],
    }


def from_attrs(attrs: Mapping[Any, Any], roles: Mapping[str, str]) -> Notes:
    """Return the notes of columns in `roles`, with the units and subroles that ``attrs`` of pandas tell."""
    units, subroles = attrs.get(UNITS, {}), attrs.get(SUBROLES, {})
    return {name: Note(role, units.get(name, ""), tuple(subroles.get(name, ()))) for name, role in roles.items()}


def to_attrs(notes: Notes) -> dict[str, Any]:
    """Return notes as pandas keeps them in ``attrs``: roles, and the units and subroles that there are."""
    roles = known.by_role({name: note.role for name, note in notes.items()})
    units = {name: note.unit for name, note in notes.items() if note.unit}
    subroles = {name: list(note.subroles) for name, note in notes.items() if note.subroles}
    return {ROLES: roles, **({UNITS: units} if units else {}), **({SUBROLES: subroles} if subroles else {})}
