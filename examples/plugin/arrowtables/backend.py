"""Kind ``arrow.table``: Arrow tables as one file in Arrow's IPC stream format."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa

from omegastore import Backend, Metadata, Options


class TableBackend(Backend[pa.Table, Options, Options]):
    """Keeps Arrow tables with their schema and metadata, in a file that any Arrow library reads."""

    kind = "arrow.table"
    types = ("pyarrow.lib.Table",)

    def put(self, obj: pa.Table, meta: Metadata, options: Options) -> Metadata:
        """Write the table, one record batch after another."""
        self.context.blobs.write(stream(obj))
        meta.kind_meta = {"rows": obj.num_rows, "columns": obj.column_names}
        return meta

    def get(self, meta: Metadata, options: Options) -> pa.Table:
        """Read the table; its bytes are verified before Arrow sees one."""
        return pa.ipc.open_stream(self.context.blobs.read()).read_all()


def stream(table: pa.Table) -> Iterator[bytes]:
    """Yield the table in Arrow's stream format, a record batch at a time, so that no second copy is in memory."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=65_536):
            writer.write(batch)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()
