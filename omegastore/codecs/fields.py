"""Fields: how the conditions of a filter reach the columns and index levels of a stored frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from omegastore.codecs.label import EXTRAS
from omegastore.codecs.schema import Entry, FrameSchema
from omegastore.query import Field


def fields(schema: FrameSchema) -> dict[str, Field]:
    """Return the fields of `schema` by the names that a condition may use.

    A column goes by its label; one whose label is no str goes by ``str(label)``, and an index level by its name, as
    long as no other column has that name. Every column and level also goes by its field name in MongoDB. A label that
    several columns have names none of them.
    """
    known: dict[str, Field] = {}
    for name, entry in _names(schema):
        if name not in known:
            known[name] = field_of(entry)
    return known


def _names(schema: FrameSchema) -> Iterator[tuple[str, Entry]]:
    """Yield names in the order in which they count."""
    labels = list(schema.labels)
    counts = Counter(label for label in labels if type(label) is str)
    for label, entry in zip(labels, schema.columns, strict=True):
        if type(label) is str and counts[label] == 1:
            yield label, entry
    named = list(zip(schema.index.names, schema.index.levels, strict=bool(schema.index.levels)))
    yield from ((name, entry) for name, entry in named if type(name) is str and name not in counts)
    yield from ((entry.field, entry) for entry in schema.entries)
    for label, entry in [*zip(labels, schema.columns, strict=True), *named]:
        if type(label) is not str and label is not None:
            yield str(label), entry


def field_of(entry: Entry) -> Field:
    """Return how conditions reach one column or index level."""
    column = entry.result
    beside = f"{EXTRAS}.{entry.field}" if column.has_digits else None
    term: Callable[[object], Any] = column.term
    return Field(path=entry.field, encode=term, beside=beside, nested=column.nested)
