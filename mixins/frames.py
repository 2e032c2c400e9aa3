"""Frames: the documented long names for putting and getting frames, over the same backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegastore.base import BaseStore
from omegastore.metadata import Metadata
from omegastore.query import guard
from omegastore.reader import Version


class FramesMixin(BaseStore):
    """Frames as documents, grouped documents and HDF."""

    def put_dataframe_as_documents(
        self,
        obj: Any,
        name: str,
        append: bool | None = None,
        attributes: Mapping[str, Any] | None = None,
        index: list[str] | None = None,
        timestamp: Any = None,
        chunksize: int | None = None,
        ensure_compat: bool = True,
        _fast_insert: Any = None,
        **kwargs: Any,
    ) -> Metadata:
        """Store a frame or series as one document for each row.

        Parameters
        ----------
        obj : DataFrame or Series
            The rows.
        name : str
            The name of the object.
        append : bool, optional
            False replaces rows that are stored, True appends to them, None does so with a warning.
        attributes : dict, optional
            The user's part of Metadata.
        index : list of str, optional
            Columns to index, with ``+``, ``-`` or ``@`` in front for ascending, descending and 2dsphere.
        timestamp : bool, str, datetime or (str, datetime), optional
            Add a column with this time, naive UTC; ``_created`` unless named.
        chunksize : int, optional
            Rows that are encoded at a time.
        ensure_compat : bool
            Accepted; values are always checked.
        _fast_insert : object, optional
            Accepted and ignored.
        **kwargs
            Further options of the kind.
        """
        kind = "pandas.serows" if hasattr(obj, "to_frame") and not hasattr(obj, "columns") else "pandas.dfrows"
        return self.put(
            obj, name, attributes, kind=kind, append=append, index=index, timestamp=timestamp, chunksize=chunksize,
            ensure_compat=ensure_compat, **kwargs,
        )  # fmt: skip

    def put_dataframe_as_dfgroup(
        self, obj: Any, name: str, groupby: str | list[str], attributes: Mapping[str, Any] | None = None
    ) -> Metadata:
        """Store a frame as one document for each group: the keys, and the rows under ``_data``."""
        return self.put(obj, name, attributes, kind="pandas.dfgroup", groupby=groupby)

    def get_dataframe_documents(
        self,
        name: str,
        columns: list[Any] | None = None,
        lazy: bool = False,
        filter: Mapping[str, Any] | None = None,
        version: Version = -1,
        is_series: bool = False,
        chunksize: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return a frame that is stored as documents.

        Parameters
        ----------
        name : str
            The name of the object.
        columns : list, optional
            The labels to read.
        lazy : bool
            Return an MDataFrame, which reads nothing yet.
        filter : dict, optional
            Conditions ``column__op=value``; they override those of the keywords.
        version : int, str or datetime
            As for `get`.
        is_series : bool
            Return a Series.
        chunksize : int, optional
            Return an iterator of frames of so many rows.
        **kwargs
            Conditions ``column__op=value``.
        """
        given: dict[str, Any] = {"columns": columns, **kwargs}
        if filter is not None:
            given["filter"] = filter
        if lazy:
            return self.getl(name, version=version, **given)
        return self.get(name, version=version, is_series=is_series, chunksize=chunksize, **given)

    def get_dataframe_dfgroup(self, name: str, version: Version = -1, kwargs: Mapping[str, Any] | None = None) -> Any:
        """Return a frame that is stored grouped.

        Parameters
        ----------
        name : str
            The name of the object.
        version : int, str or datetime
            As for `get`.
        kwargs : dict, optional
            A MongoDB filter on the keys and columns; operators that run code are refused.
        """
        return self.get(name, version=version, mongo_filter=kwargs)

    def get_dataframe_hdf(self, name: str, version: Version = -1) -> Any:
        """Return a frame that is stored as HDF."""
        return self.get(name, version=version, kind="pandas.hdf")

    def rebuild_params(self, kwargs: Mapping[str, Any], collection: str) -> dict[str, Any]:
        """Return a filter on columns as one on the grouped documents of a collection.

        Parameters
        ----------
        kwargs : dict
            A MongoDB filter on keys and columns.
        collection : str
            The name of the collection.

        Returns
        -------
        dict
            The same filter, columns that are not keys under ``_data``.
        """
        sample = self.storage.connection.database[collection].find_one({}) or {}
        keys = set(sample) - {"_id", "_data"}
        return {name if name.startswith("$") or name in keys else f"_data.{name}": value
                for name, value in guard(kwargs).items()}  # fmt: skip
