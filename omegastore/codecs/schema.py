"""Schema: what a stored frame looks like, beside its rows; kept in the Metadata of the object."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import bson
import pandas as pd
from bson import CodecOptions
from bson.binary import UuidRepresentation
from bson.codec_options import DatetimeConversion

from omegastore.codecs.column import Column, column_document, column_from
from omegastore.codecs.column_text import values_of_objects
from omegastore.codecs.frequency import frequency_document, frequency_from
from omegastore.codecs.label import index_document, index_from, index_of, name_document, name_from
from omegastore.errors import Corrupt

FORMAT = 1
"""The format of the documents that `FrameSchema.to_document` returns."""
PACKED_ABOVE = 64 * 1024
"""Bytes above which the document of a schema is compressed: very many columns or categories."""
BSON: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=False,
    uuid_representation=UuidRepresentation.STANDARD,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
"""How rows and schemas are read and written as BSON."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One column or index level as it is stored."""

    field: str
    """The field of a row that holds it."""
    codecs: tuple[tuple[int, Column | None], ...]
    """By the era from which each holds: the codec of the rows, None where they lack the column."""
    result: Column
    """The codec whose dtype the column has when it is read."""
    na: str
    """Whether values are missing: ``none``, ``some`` or ``all``."""
    is_text: bool = False
    """Whether a column of objects holds nothing but str and what is missing."""
    kinds: pd.Index[Any] | None = None
    """One label of each type, of a level that holds objects: from them pandas infers what appended labels become."""

    @property
    def family(self) -> str:
        """What the values are, roughly: columns of one family may be appended to each other."""
        return "string" if self.is_text else self.result.family

    def codec(self, era: int) -> Column | None:
        """Return the codec of rows of `era`."""
        return next((codec for since, codec in reversed(self.codecs) if since <= era), None)

    def to_document(self) -> dict[str, Any]:
        """Return the entry as a BSON document."""
        document: dict[str, Any] = {"field": self.field, "na": self.na, **column_document(self.result)}
        if self.codecs != ((0, self.result),):
            eras = [[since, None if codec is None else column_document(codec)] for since, codec in self.codecs]
            document["eras"] = eras
        if self.is_text:
            document["text"] = True
        if self.kinds is not None:
            document["kinds"] = index_document(self.kinds, "the index")
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the entry that `document` describes."""
        result = column_from(document)
        eras = document.get("eras")
        codecs = [(int(since), None if codec is None else column_from(codec)) for since, codec in eras or ()]
        kinds = index_from(document["kinds"]) if "kinds" in document else None
        codecs = codecs or [(0, result)]
        na = document["na"] if document["na"] in ("none", "some", "all") else "some"
        return cls(document["field"], tuple(codecs), result, na, document.get("text", False), kinds)


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """The row labels of a frame."""

    levels: tuple[Entry, ...]
    names: tuple[Any, ...]
    is_multi: bool
    steps: range | None = None
    """The labels, if they are a RangeIndex."""
    freq: Any = None
    """The offset between the labels, if a DatetimeIndex or TimedeltaIndex says so."""
    edges: pd.Index[Any] | None = None
    """The first and the last label, if there is a freq."""
    lookup: pd.MultiIndex | None = None
    """The levels, without rows, if they are not those that the labels alone would give."""

    def to_document(self) -> dict[str, Any]:
        """Return the row labels as a BSON document."""
        document: dict[str, Any] = {
            "levels": [level.to_document() for level in self.levels],
            "names": [name_document(name, "the name of the index") for name in self.names],
            "multi": self.is_multi,
        }
        if self.steps is not None:
            document["range"] = [self.steps.start, self.steps.stop, self.steps.step]
        if self.freq is not None:
            document["freq"] = frequency_document(self.freq, "the index")
        if self.edges is not None:
            document["edges"] = index_document(self.edges, "the index")
        if self.lookup is not None:
            document["lookup"] = index_document(self.lookup, "the index")
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the row labels that `document` describes."""
        lookup: Any = index_from(document["lookup"]) if "lookup" in document else None
        return cls(
            levels=tuple(Entry.from_document(level) for level in document["levels"]),
            names=tuple(name_from(name) for name in document["names"]),
            is_multi=document["multi"],
            steps=range(*map(int, document["range"])) if "range" in document else None,
            freq=frequency_from(document["freq"]) if "freq" in document else None,
            edges=index_from(document["edges"]) if "edges" in document else None,
            lookup=lookup,
        )


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """What a DataFrame or Series looks like without its rows: dtypes, labels, names, attrs."""

    is_series: bool
    labels: pd.Index[Any]
    """The column labels; those of a Series are its name alone."""
    columns: tuple[Entry, ...]
    index: IndexSchema
    rows: int
    attrs: tuple[Any, Any]
    """The attrs as the value codec keeps them: natural value and extra."""
    era: int = 0
    """How often the dtypes or columns changed by what was appended."""
    unique_labels: bool = False
    """Whether the frame forbids duplicate labels (``flags.allows_duplicate_labels`` is False)."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The index levels and the columns, in the order of the fields of a row."""
        return self.index.levels + self.columns

    def to_document(self) -> dict[str, Any]:
        """Return the schema as a BSON document."""
        labels = (
            {"name": name_document(self.labels[0], "the name of the Series")}
            if self.is_series
            else {"labels": index_document(self.labels, "column label")}
        )
        document = {
            "format": FORMAT,
            "series": self.is_series,
            "rows": self.rows,
            **labels,
            "columns": [entry.to_document() for entry in self.columns],
            "index": self.index.to_document(),
        }
        if self.attrs[0]:
            document["attrs"] = list(self.attrs)
        if self.era:
            document["era"] = self.era
        if self.unique_labels:
            document["unique_labels"] = True
        # Metadata holds the schemas of several versions in one document
        body = bson.encode(document, codec_options=BSON)
        return document if len(body) <= PACKED_ABOVE else {"format": FORMAT, "packed": zlib.compress(body)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the schema that `document` describes.

        Raises
        ------
        Corrupt
            If the document has a format that this version of omegastore does not know.
        """
        if document.get("format") != FORMAT:
            raise Corrupt(f"the schema has format {document.get('format')!r}; this omegastore reads {FORMAT}")
        options: Any = BSON
        if "packed" in document:
            document = bson.decode(zlib.decompress(document["packed"]), codec_options=options)
        # the driver may have read the document with other options
        document = bson.decode(bson.encode(document, codec_options=BSON), codec_options=options)
        is_series = document["series"]
        labels = series_labels(name_from(document["name"])) if is_series else index_from(document["labels"])
        natural, extra = document.get("attrs", ({}, None))
        return cls(
            is_series=is_series,
            labels=labels,
            columns=tuple(Entry.from_document(entry) for entry in document["columns"]),
            index=IndexSchema.from_document(document["index"]),
            rows=int(document["rows"]),
            attrs=(natural, extra),
            era=int(document.get("era", 0)),
            unique_labels=document.get("unique_labels", False),
        )


def kinds_of(labels: pd.Index[Any]) -> pd.Index[Any]:
    """Return the first of `labels` of each type, as objects."""
    firsts: dict[Any, Any] = {}
    for label in labels:
        firsts.setdefault((type(label), getattr(label, "tzinfo", None)), label)
    return index_of(values_of_objects(list(firsts.values())), None)


def series_labels(name: Any) -> pd.Index[Any]:
    """Return the name of a Series as the label of its one column."""
    return index_of(values_of_objects([name]), None)
