"""A verb for stores: the schema of a table, without its rows."""

from __future__ import annotations

import pyarrow as pa

from omegastore.base import BaseStore


class SchemaMixin(BaseStore):
    """Looking at Arrow tables."""

    def schema(self, name: str) -> pa.Schema:
        """Return the schema of a stored Arrow table; its rows are not read."""
        document = self.storage.find(name)
        if document["kind"] != "arrow.table":
            raise TypeError(f"{name!r} is of kind {document['kind']!r}, not 'arrow.table'")
        with self.storage.stored(document).blobs.open() as file:
            return pa.ipc.open_stream(file).schema
