"""Stored rows as a plan."""

from __future__ import annotations

from omegastore.codecs.schema import FrameSchema
from omegastore.mdataframe.plan import Plan, Source


def stored(rows: Source, schema: FrameSchema) -> Plan:
    """Return the plan of all rows of a stored frame or series.

    Parameters
    ----------
    rows : Source
        The rows.
    schema : FrameSchema
        What Metadata says of them.
    """
    return Plan(rows, schema, rows=schema.rows, fields=frozenset(entry.field for entry in schema.entries))
