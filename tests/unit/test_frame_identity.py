"""Every frame of store.md 5 comes back identical from its documents."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from bson import decode_all, encode

from omegastore.codecs.frame import describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.schema import BSON, FrameSchema
from omegastore.errors import UnsupportedValue
from omegastore.testing.frame_cases import CASES
from omegastore.testing.frame_identity import assert_identical, round_trip


@pytest.mark.parametrize("name", CASES)
def test_a_frame_comes_back_identical(name: str) -> None:
    frame, twin = CASES[name](), CASES[name]()
    got = round_trip(frame)
    assert_identical(got, frame)
    assert_identical(frame, twin)  # and was not changed


@pytest.mark.parametrize("name", CASES)
def test_a_part_of_a_frame_is_what_a_mask_gives(name: str) -> None:
    frame = CASES[name]()
    if not len(frame):
        pytest.skip("no rows to choose from")
    if name in ("numbers: big endian", "numbers: sparse int32"):
        pytest.skip("pandas' own mask refuses or changes the dtype")
    prepared = describe(frame)
    part = decode([prepared.encode(0, 1, 0)], prepared.schema, whole=False)
    mask = [True] + [False] * (len(frame) - 1)
    expected: Any = frame[mask] if isinstance(frame, pd.Series) else frame.loc[mask]
    if isinstance(expected.index, pd.RangeIndex):
        expected.index = pd.Index(expected.index.to_numpy(), name=expected.index.name)
    if isinstance(expected.index, pd.DatetimeIndex | pd.TimedeltaIndex):
        index: Any = expected.index
        index.freq = None
    assert_identical(part, expected)


@pytest.mark.parametrize("name", CASES)
def test_rows_are_documents_that_any_client_reads(name: str) -> None:
    prepared = describe(CASES[name]())
    for start, stop in prepared.chunks():
        for at, document in enumerate(decode_all(prepared.encode(start, stop, 7).buffer, BSON)):
            assert next(iter(document)) == "_id"
            assert document["_id"] == 7 + start + at
            assert not [field for field in document if "." in field or field.startswith("$")]
            assert len(document) >= 1 + len(prepared.schema.entries)


@pytest.mark.parametrize("name", CASES)
def test_a_schema_is_the_same_after_its_document(name: str) -> None:
    document = describe(CASES[name]()).schema.to_document()
    again = FrameSchema.from_document(document).to_document()
    assert encode(again, codec_options=BSON) == encode(document, codec_options=BSON)


def test_ten_thousand_columns_need_little_room_in_metadata() -> None:
    frame = pd.DataFrame([range(10_000)], columns=[f"column {at}" for at in range(10_000)])
    assert len(encode(describe(frame).schema.to_document(), codec_options=BSON)) < 256 * 1024
    assert_identical(round_trip(frame), frame)


def test_more_categories_than_metadata_can_hold_are_refused() -> None:
    many = pd.Series([format(at * 2654435761 % 2**64, "x") * 3 for at in range(300_000)], dtype="category")
    with pytest.raises(UnsupportedValue, match="categories"):
        describe(many.to_frame("x"))


@pytest.mark.parametrize("dtype", ["str", "string"])
def test_a_column_of_strings_is_read_as_it_was_described_first(dtype: str) -> None:
    if dtype == "str" and pd.__version__ < "3":
        pytest.skip("pandas 2 has no dtype of that name")
    prepared = describe(pd.DataFrame({"a": pd.Series(["x", None], dtype=dtype)}))
    document = prepared.schema.to_document()
    [column] = document["columns"]
    column["na"] = column.pop("missing")
    schema = FrameSchema.from_document(document)
    assert schema.columns[0].result == prepared.schema.columns[0].result
    assert schema.columns[0].na == "some"
