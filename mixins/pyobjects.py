"""Python objects and arrays: the documented long names, over the same backends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegastore.base import BaseStore
from omegastore.metadata import Metadata
from omegastore.query import raw
from omegastore.reader import Reader, Version, as_python


class PyObjectsMixin(BaseStore):
    """Lists, tuples, dicts and arrays as documents and HDF."""

    def put_pyobj_as_document(
        self, obj: Any, name: str, attributes: Mapping[str, Any] | None = None, append: bool = True
    ) -> Metadata:
        """Store a dict, list or tuple as a document, after those that are stored unless `append` is False."""
        return self.put(obj, name, attributes, kind="python.data", append=append)

    def put_pyobj_as_hdf(self, obj: Any, name: str, attributes: Mapping[str, Any] | None = None) -> Metadata:
        """Store a list, tuple or dict that can be made a frame as HDF."""
        return self.put(obj, name, attributes, kind="python.hdf")

    def put_ndarray_as_hdf(self, obj: Any, name: str, attributes: Mapping[str, Any] | None = None) -> Metadata:
        """Store an array as HDF."""
        return self.put(obj, name, attributes, kind="ndarray.hdf")

    def get_python_data(
        self, name: str, version: Version = -1, filter: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[Any]:
        """Return the list of all that was put under a name as documents.

        Parameters
        ----------
        name : str
            The name of the object.
        version : int, str or datetime
            As for `get`.
        filter : dict, optional
            A MongoDB filter on the documents; operators that run code are refused.
        **kwargs
            Conditions ``field__op=value``.
        """
        q = None if filter is None else raw(filter)
        return list(self.get(name, version=version, kind="python.data", q=q, **kwargs))

    def get_object_as_python(self, meta: Metadata, version: Version = -1) -> Any:
        """Return the object that Metadata describes, as lists and dicts instead of frames and arrays."""
        storage = self.storage.of(self.storage.catalog.beside(meta.bucket, meta.prefix))
        return as_python(Reader(storage, self._sources).get(meta.name, version, None, {}))
