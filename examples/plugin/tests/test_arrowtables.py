"""The conformance kit of omegastore for the backend and the mixin, and what is special to tables."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from arrowtables.backend import TableBackend
from arrowtables.mixin import SchemaMixin

from omegastore import OmegaStore
from omegastore.testing import BackendTests, MixinTests


class TestTables(BackendTests[pa.Table]):
    backend = TableBackend

    def make(self, seed: int) -> pa.Table:
        columns = {"number": range(seed, seed + 500), "text": [f"row {each} of {seed}" for each in range(500)]}
        return pa.table(columns).replace_schema_metadata({"seed": str(seed)})

    def same(self, left: pa.Table, right: pa.Table) -> bool:
        return type(left) is type(right) and left.equals(right, check_metadata=True)

    @pytest.mark.parametrize(
        "table",
        [
            pa.table({}),
            pa.table({"a": pa.array([], pa.int8())}),
            pa.table({"a": pa.array(["x", None, "x"]).dictionary_encode(), "b": [[1], None, []]}),
            pa.table({"a": pa.array([{"b": 1}, None])}),
            pa.concat_tables([pa.table({"a": [1, 2]}), pa.table({"a": [3]})]),
            pa.table({"a": pa.array([1], pa.timestamp("ns", "Europe/Rome"))}),
        ],
    )
    def test_tables_of_any_type_and_chunks_come_back(self, store: OmegaStore, table: pa.Table) -> None:
        store.put(table, "table")
        assert self.same(store.get("table"), table)


class TestSchema(MixinTests):
    mixin = SchemaMixin

    def test_the_schema_is_that_of_the_table(self, store: Any) -> None:
        table = pa.table({"a": [1], "b": ["x"]})
        store.put(table, "table", kind="arrow.table")
        assert store.schema("table") == table.schema
        store.put([1], "list")
        with pytest.raises(TypeError, match=r"python\.data"):
            store.schema("list")
