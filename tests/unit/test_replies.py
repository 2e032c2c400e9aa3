"""The documents of a cursor's reply, cut out of its bytes."""

from __future__ import annotations

import sys
from typing import Any

import bson
import pytest
from bson.raw_bson import RawBSONDocument
from hypothesis import given, settings
from hypothesis import strategies as st

from omegastore.replies import _opened

VALUES = st.one_of(
    st.integers(-(2**40), 2**40), st.binary(max_size=12), st.just(b"\x12_id\0" * 3), st.text(max_size=5)
)
DOCUMENTS = st.one_of(
    st.builds(lambda n, value: {"_id": bson.Int64(n), "v": value}, st.integers(-9, 2**60), VALUES),
    st.dictionaries(st.sampled_from(["_id", "a", "_id_"]), VALUES, max_size=3),
)


def reply(batch: list[dict[str, Any]], name: str = "firstBatch", *, is_last: bool = False) -> RawBSONDocument:
    # of the outermost document alone, `_id` is put in front
    raw = [RawBSONDocument(bson.encode(each)) for each in batch]
    parts = {name: raw, "partialResultsReturned": True, "id": bson.Int64(7), "ns": "a.b"}
    if is_last:
        parts = {"id": bson.Int64(7), "ns": "a.b", name: raw}
    return RawBSONDocument(bson.encode({"cursor": parts, "ok": 1.0}))


@pytest.fixture(params=["arrow", "numpy"], autouse=True, scope="module")
def _joined_by(request: pytest.FixtureRequest) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "numpy":
            patch.delitem(sys.modules, "pyarrow", raising=False)
        else:
            pytest.importorskip("pyarrow")
        yield


@settings(max_examples=60, deadline=None)
@given(st.lists(DOCUMENTS, max_size=12), st.sampled_from(["firstBatch", "nextBatch"]), st.booleans())
def test_a_reply_gives_the_documents_that_are_in_it(batch: list[dict[str, Any]], name: str, is_last: bool) -> None:
    opened, number = _opened(reply(batch, name, is_last=is_last))
    documents = opened()
    assert number == 7
    assert [documents[at] for at in range(len(documents))] == [bson.encode(each) for each in batch]
    assert documents.buffer == b"".join(map(bson.encode, batch))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100, 101, 1001, 12_345])
@pytest.mark.parametrize("key", ["_id", "other"])
def test_keys_of_any_number_of_digits_are_left_out(count: int, key: str) -> None:
    batch = [{key: bson.Int64(n), "text": "x_id\0"[: n % 6] * (n % 3)} for n in range(count)]
    documents = _opened(reply(batch))[0]()
    assert documents.buffer == b"".join(map(bson.encode, batch))
    assert len(documents) == count
