"""Properties of the frame codec: any frame comes back, appending is concat, a part is a part."""

from __future__ import annotations

import sys
import warnings
from datetime import datetime
from typing import Any

import bson
import numpy as np
import pandas as pd
import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.regex import Regex
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omegastore.codecs.bulk import INT64, STRING, Elements, Fixed, Text
from omegastore.codecs.bulk_category import codes_of, taken
from omegastore.codecs.bulk_column import code_of, elements, naturals_of, sparse_naturals_of
from omegastore.codecs.bulk_extras import Counts, counts_of, documents_cut, documents_of_counts
from omegastore.codecs.bulk_read import dissect
from omegastore.codecs.bulk_text import text_of_objects, texts_of
from omegastore.codecs.documents import Documents
from omegastore.codecs.frame import Prepared, describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.schema import BSON
from omegastore.codecs.widen import widen
from omegastore.errors import Corrupt, SchemaMismatch
from omegastore.testing.frames import assert_identical, frames, round_trip

SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@SLOW
@given(frames(), st.integers(1, 4))
def test_any_frame_comes_back_identical(frame: Any, rows: int) -> None:
    assert_identical(round_trip(frame, rows), frame)


@SLOW
@given(frames(), st.data())
def test_a_part_has_exactly_the_rows_that_were_selected(frame: Any, data: st.DataObject) -> None:
    prepared = describe(frame)
    chosen = data.draw(st.lists(st.sampled_from(range(len(frame))), unique=True).map(sorted)) if len(frame) else []
    part = decode([prepared.encode(at, at + 1, at) for at in chosen], prepared.schema, whole=False)
    assert len(part) == len(chosen)
    labels = [repr(label) for label in part.index]
    assert labels == [repr(label) for label in frame.index.take(chosen)]


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 has rules of its own for columns of missing values")
@SLOW
@given(frames(), frames(), st.data())
def test_what_is_appended_reads_like_concat_or_is_refused(first: Any, other: Any, data: st.DataObject) -> None:
    assume(type(first) is type(other))
    second = data.draw(st.sampled_from([first, other, first.iloc[:1], first.iloc[1:]]))
    one = describe(first)
    try:
        schema, two = widen(one.schema, describe(second))
    except SchemaMismatch:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected: Any = pd.concat([first, second])
        except TypeError:  # pandas itself cannot: intervals of a type that it does not know without values
            assume(False)
    batches = [p.encode(start, stop, start) for p in (one, two) for start, stop in p.chunks(2)]
    got: Any = decode(batches, schema)
    # for frames that lack rows or columns pandas has dtypes of its own; here they leave those of the other
    exact = all(part.size for part in (first, second))
    if not exact:
        got, expected = got.astype(object), expected.astype(object)
    how: Any = {"check_exact": True, "check_freq": exact, "check_index_type": exact}
    if isinstance(first, pd.Series):
        pd.testing.assert_series_equal(got, expected, **how)
    else:
        pd.testing.assert_frame_equal(got, expected, **how)


def plain_documents(prepared: Prepared, first_id: int) -> list[dict[str, Any]]:
    """Return the rows as dicts of the cells of each column, the way without numpy."""
    documents: list[dict[str, Any]] = [{"_id": Int64(first_id + row)} for row in range(len(prepared))]
    extras: list[dict[str, Any]] = [{} for _ in documents]
    for entry, source in zip(prepared.schema.entries, prepared.sources, strict=True):
        cells = entry.result.cells(source.to_numpy() if isinstance(source, pd.RangeIndex) else source)
        for row, natural in enumerate(cells.naturals):
            documents[row][entry.field] = natural
            if row in cells.extras:
                extras[row][entry.field] = cells.extras[row]
    return [
        {**document, "_x": extra} if extra else document for document, extra in zip(documents, extras, strict=True)
    ]


def encoded(documents: list[dict[str, Any]]) -> Documents:
    return Documents.join([bson.encode(document, codec_options=BSON) for document in documents])


@SLOW
@given(frames(), st.integers(0, 2**62))
def test_rows_are_the_documents_that_bson_makes_of_the_cells(frame: Any, first_id: int) -> None:
    prepared = describe(frame)
    found = bson.decode_all(prepared.encode(0, len(frame), first_id).buffer, BSON)
    plain = bson.decode_all(encoded(plain_documents(prepared, first_id)).buffer, BSON)
    assert repr(found) == repr(plain)  # NaN is equal to itself here, and the order of fields counts


@SLOW
@given(frames(), st.data())
def test_rows_that_bson_or_a_server_wrote_are_read_alike(frame: Any, data: st.DataObject) -> None:
    prepared = describe(frame)
    documents = plain_documents(prepared, 0)
    for document in documents:
        form = data.draw(st.sampled_from(["as it is", "reversed", "without what is null"]))
        if form == "reversed":
            for field in [field for field in reversed(document) if field != "_id"]:
                document[field] = document.pop(field)
        elif form == "without what is null":
            for field in [field for field, value in document.items() if value is None]:
                del document[field]
    start = data.draw(st.integers(0, len(frame)))
    batches = [prepared.encode(0, start, 0), encoded(documents[start:])]
    assert_identical(decode([batch for batch in batches if len(batch)], prepared.schema), frame)


def test_a_column_of_any_values_leaves_the_others_to_numpy() -> None:
    documents: list[dict[str, Any]] = [
        {"_id": Int64(0), "number": Int64(1), "any": [1, {"a": None}], "text": "ä", "_x": {"any": 1}},
        {"_id": Int64(1), "number": Int64(2), "text": None},
        {"_id": Int64(2), "number": None, "any": b"x" * 300, "text": ""},
        {"_id": Int64(3), "number": Int64(4), "any": Decimal128("1.5"), "text": "b"},
    ]
    layout = [("number", INT64), ("any", None), ("text", STRING), ("_x", None)]
    number, other, text, extras = dissect(encoded(documents), layout) or []
    assert isinstance(number, Fixed)
    assert isinstance(text, Text)
    assert isinstance(other, Elements)
    assert isinstance(extras, Elements)
    assert naturals_of("any", other) == [document.get("any") for document in documents]
    assert sparse_naturals_of("_x", extras) == [(0, {"any": 1})]
    assert dissect(encoded(documents), layout[:-1]) is None
    assert dissect(encoded([{**documents[0], "pattern": Regex("a")}]), [*layout, ("pattern", None)]) is None


NUMBER, DAY, SECOND = [0, 1, 2], [datetime(2000, 1, day) for day in (1, 2, 3)], pd.to_timedelta([0, 1, 2], "s")
TEXT = ["a", "ä", "a"]
BULK: dict[str, Any] = {
    "int8[pyarrow]": NUMBER, "uint64[pyarrow]": NUMBER, "float[pyarrow]": NUMBER, "double[pyarrow]": NUMBER,
    "bool[pyarrow]": [True, False, True], "string[pyarrow]": TEXT, "large_string[pyarrow]": TEXT,
    "timestamp[ns][pyarrow]": DAY, "date32[day][pyarrow]": DAY, "duration[us][pyarrow]": SECOND, "Int64": NUMBER,
    "Sparse[int]": NUMBER, "datetime64[ns]": DAY, "timedelta64[ns]": SECOND, "string": TEXT, "category": TEXT,
    "CategoricalDtype(range(3))": pd.Categorical(NUMBER), "dates as categories": pd.Categorical(DAY),
}  # fmt: skip


@pytest.mark.parametrize("dtype", BULK)
@pytest.mark.parametrize("is_missing", [False, True])
def test_these_columns_are_written_and_read_without_an_object_for_each_cell(dtype: str, is_missing: bool) -> None:
    values: Any = pd.Series(BULK[dtype])
    frame = pd.DataFrame({"a": values if isinstance(values.dtype, pd.CategoricalDtype) else values.astype(dtype)})
    if is_missing and dtype != "Sparse[int]":
        frame = frame.reindex([0, 5, 1])
    prepared = describe(frame)
    layout = [(entry.field, code_of(entry.result)) for entry in prepared.schema.entries]
    parts = dissect(prepared.encode(0, 3, 0), [*layout, ("_x", None)])
    assert parts is not None
    assert isinstance(parts[-2], Fixed | Text)
    assert_identical(round_trip(frame, 2), frame)


CATEGORIES = st.one_of(
    st.lists(st.text(), unique=True, max_size=5), st.lists(st.integers(-9, 9), unique=True, max_size=5)
)


@pytest.mark.parametrize("has_arrow", [True, False])
@given(CATEGORIES, st.data())
def test_categories_are_found_in_the_values_of_rows(
    has_arrow: bool, categories: list[Any], data: st.DataObject
) -> None:
    is_text = bool(categories) and isinstance(categories[0], str)
    codes = np.array(data.draw(st.lists(st.integers(-1, len(categories) - 1), max_size=9)), np.intp)
    known = text_of_objects("", categories) if is_text else Fixed("", INT64, np.array(categories, np.int64))
    part = taken("a", known, codes)
    expected = [None if code < 0 else categories[code] for code in codes]
    with pytest.MonkeyPatch.context() as patch:
        if not has_arrow:
            patch.delitem(sys.modules, "pyarrow")
        assert codes_of(part, known).tolist() == codes.tolist()
        if isinstance(part, Text):
            assert texts_of(part) == expected
        elif part.null is not None:
            assert part.null.tolist() == [value is None for value in expected]
        other = text_of_objects("a", ["none of them"]) if is_text else Fixed("a", INT64, np.array([99]))
        with pytest.raises(Corrupt, match="'a' holds a value that is none of its categories"):
            codes_of(other, known)


def test_counts_beside_cells_are_the_documents_that_bson_makes() -> None:
    counts = {"a": Counts(np.array([0, 2]), np.array([7, 8], np.int32)), "b": Counts(np.array([2]), np.array([-9]))}
    part = documents_of_counts("_x", counts, 4)
    assert sparse_naturals_of("_x", part) == [(0, {"a": 7}), (2, {"a": 8, "b": -9})]
    found = documents_cut("_x", part, ["era", "a", "b"]) or {}
    again = {name: counts_of(each) for name, each in found.items()}
    assert {name: each.by_row() for name, each in again.items() if each} == {"a": {0: 7, 2: 8}, "b": {2: -9}}
    assert documents_cut("_x", part, ["b", "a"]) is None
    mixed = documents_cut("_x", elements("_x", [{"a": 1}, {"a": "x"}]), ["a"]) or {}
    assert counts_of(mixed["a"]) is None


@SLOW
@given(st.data())
def test_damaged_rows_are_read_as_something_or_refused_but_never_beyond_them(data: st.DataObject) -> None:
    frame = pd.DataFrame({"n": [1, 2], "s": ["ab", None], "f": [0.5, 1.5], "o": [[1], b"x"]})
    prepared = describe(frame)
    good = prepared.encode(0, 2, 0)
    buffer = bytearray(good.buffer)
    for at in data.draw(st.lists(st.integers(0, len(buffer) - 1), min_size=1, max_size=4)):
        buffer[at] = data.draw(st.sampled_from([0, 1, 2, 3, 10, 18, 0x7F, 0xFF]))
    layout = [(entry.field, code_of(entry.result)) for entry in prepared.schema.entries]
    parts = dissect(Documents(bytes(buffer), good.offsets), [*layout, ("_x", None)])
    assert parts is None or len(parts) == len(layout) + 1
