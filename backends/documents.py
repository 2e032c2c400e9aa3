"""Kinds ``pandas.dfrows`` and ``pandas.serows``: a frame or series as one natural document for each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.backends.converted import converter
from omegastore.backends.parted import dask_frame
from omegastore.backends.rowoptions import indexes_of, stamp_of, stamped
from omegastore.backends.rowquery import RowsGetOptions, lazy
from omegastore.backends.streams import frames_of, is_frame_like, is_series_like
from omegastore.backends.tables import check_table, is_table_path, table_frames
from omegastore.codecs.documents import Documents
from omegastore.codecs.frame import CHUNK_ROWS, Prepared, describe
from omegastore.codecs.schema import FrameSchema
from omegastore.codecs.widen import widen
from omegastore.errors import InvalidOption, UnsupportedObject, UnsupportedValue
from omegastore.mdataframe import MDataFrame, MSeries, stored
from omegastore.mdataframe.keeping import counted, kept
from omegastore.mdataframe.lazy import Lazy
from omegastore.progress import track

if TYPE_CHECKING:
    from datetime import datetime

    from omegastore.metadata import Metadata

    Frame = pd.DataFrame | pd.Series[Any]


@dataclass(frozen=True, slots=True)
class RowsPutOptions(Options):
    """Keywords of put for kinds ``pandas.dfrows`` and ``pandas.serows``."""

    append: bool | None = None
    """Whether to add to the rows that are stored, which is the default; False replaces them."""
    index: Sequence[Hashable] | None = None
    """Columns and index levels to index, with ``+``, ``-`` or ``@`` in front for ascending, descending, 2dsphere."""
    timestamp: bool | str | datetime | tuple[str, datetime] | None = None
    """Add a column with this time, or the present, as naive UTC; its name is ``_created`` unless given."""
    chunksize: int | None = None
    """The most rows that are encoded at a time."""
    ensure_compat: bool = True
    """Accepted: values are natural without a conversion, and they are always checked."""
    _fast_insert: object = None
    """Accepted and ignored."""


class RowsBackend(Backend[Any, RowsPutOptions, RowsGetOptions]):
    """What both kinds share."""

    put_options = RowsPutOptions
    get_options = RowsGetOptions
    supports_append = True
    supports_lazy = True

    def check(self, obj: Any, options: RowsPutOptions) -> None:
        """Raise for what cannot be kept, naming column and row; what a stream yields is checked as it comes."""
        if options.chunksize is not None and options.chunksize < 1:
            raise InvalidOption(f"chunksize={options.chunksize} is not positive")
        self._stamp = stamp_of(options.timestamp)
        self._prepared = self._prepare(obj, options) if isinstance(obj, pd.DataFrame | pd.Series) else None
        if is_table_path(path := cast(object, obj)):
            check_table(path)

    def put(self, obj: Any, meta: Metadata, options: RowsPutOptions) -> Metadata:
        """Write the rows; rows that are appended must fit those that are stored."""
        if isinstance(obj, Lazy):
            if not self.context.rows.is_append:
                return self._fill(obj, meta, options)
            obj = obj.iterchunks(options.chunksize or CHUNK_ROWS)
        if self._prepared is not None:
            first: Prepared | None = self._prepared
            others: Iterator[Prepared] = iter(())
        else:
            frames = table_frames(obj) if is_table_path(obj) else frames_of(obj)
            others = (self._prepare(frame, options) for frame in frames)
            first = next(others, None)
        if first is None:
            raise UnsupportedValue("the iterator has no frames; put an empty DataFrame with the columns instead")
        self._schema = FrameSchema.from_document(meta.kind_meta) if self.context.rows.is_append else None
        fitted = self._fitted(first)
        indexes = indexes_of(options.index, fitted.schema)
        chunks = self._chunks(fitted, others, options.chunksize or CHUNK_ROWS)
        total = len(obj) if isinstance(obj, pd.DataFrame | pd.Series) else None
        self.context.rows.write(track(chunks, "writing rows", total, _rows_of), indexes=indexes)
        assert self._schema is not None
        meta.kind_meta = self._schema.to_document()
        return meta

    def _fill(self, rows: Lazy, meta: Metadata, options: RowsPutOptions) -> Metadata:
        """Let the server write what a lazy frame makes of its rows."""
        source = rows.plan.source.collection
        here = self.context.collections.collection_of(source.name)
        if source.database.name != here.database.name:
            raise UnsupportedObject(
                f"the rows of the lazy frame are in the database {source.database.name!r}, which this store's server "
                "cannot write from; put lazy.value, or lazy.iterchunks()"
            )
        if self._stamp is not None:
            raise InvalidOption("timestamp= is not for lazy frames; use lazy.assign(**{name: datetime})")
        stages, schema = kept(rows.plan)
        indexes = indexes_of(options.index, schema)
        count = self.context.rows.fill(here, stages, order=(), indexes=indexes)
        meta.kind_meta = counted(schema, count).to_document()
        return meta

    def get(self, meta: Metadata, options: RowsGetOptions) -> Any:
        """Return the frame or series, the part that the conditions select, or an iterator of parts."""
        form, frame = converter(options.as_), self.getl(meta, options)
        if options.chunksize is not None and options.chunksize < 1:
            raise InvalidOption(f"chunksize={options.chunksize} is not positive")
        if options.as_ == "dask":
            return dask_frame(self.context.rows, meta.payload, meta.kind_meta, options)
        return form(frame.value) if options.chunksize is None else map(form, frame.iterchunks(options.chunksize))

    def getl(self, meta: Metadata, options: RowsGetOptions) -> Any:
        """Return the lazy frame or series over the rows."""
        schema = FrameSchema.from_document(meta.kind_meta)
        return lazy(stored(self.context.rows, schema, self.context.data_store), options)

    def _prepare(self, frame: Frame, options: RowsPutOptions) -> Prepared:
        prepared = describe(frame if self._stamp is None else stamped(frame, *self._stamp))
        indexes_of(options.index, prepared.schema, prepared)
        return prepared

    def _fitted(self, prepared: Prepared) -> Prepared:
        """Return the rows of one frame prepared to follow those before, and widen the schema."""
        if self._schema is None:
            self._schema = prepared.schema
            return prepared
        self._schema, fitted = widen(self._schema, prepared)
        return fitted

    def _chunks(self, first: Prepared, others: Iterator[Prepared], rows: int) -> Iterator[Callable[[int], Documents]]:
        for prepared in chain([first], map(self._fitted, others)):
            for start, stop in prepared.chunks(rows):
                yield partial(prepared.encode, start, stop)


def _rows_of(chunk: Callable[[int], Documents]) -> int:
    """Return how many rows a chunk of `RowsBackend._chunks` will have."""
    start, stop = cast(partial[Documents], chunk).args
    return int(stop - start)


class FrameBackend(RowsBackend):
    """Keeps a DataFrame, or what is told as DataFrames, as one document for each row; it comes back identical.

    Examples
    --------
    >>> FrameBackend.kind
    'pandas.dfrows'
    """

    kind = "pandas.dfrows"
    types = types_of(kind)

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a DataFrame, a stream of them (iterator, Arrow, dask), or a path of a table."""
        return isinstance(obj, MDataFrame) or is_frame_like(obj) or is_table_path(obj)


class SeriesBackend(RowsBackend):
    """Keeps a Series as one document for each row; it comes back identical.

    Examples
    --------
    >>> SeriesBackend.kind
    'pandas.serows'
    """

    kind = "pandas.serows"
    types = types_of(kind)

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a Series itself, or one of polars, Arrow or dask."""
        return is_series_like(obj) or isinstance(obj, MSeries)
