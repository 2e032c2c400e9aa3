"""Stored rows as a plan."""

from __future__ import annotations

from typing import Any

from omegastore.codecs.schema import FrameSchema
from omegastore.mdataframe.plan import Plan, Source


def stored(rows: Source, schema: FrameSchema, home: Any = None) -> Plan:
    """Return the plan of all rows of a stored frame or series.

    Parameters
    ----------
    rows : Source
        The rows.
    schema : FrameSchema
        What Metadata says of them.
    home : store, optional
        Where they came from.
    """
    fields = frozenset(entry.field for entry in schema.entries)
    return Plan(rows, schema, rows=schema.rows, fields=fields, home=home)
