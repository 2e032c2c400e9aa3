"""Array objects as plain arrays: masked arrays, sparse matrices, views, Python objects."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from omegastore.codecs import array as codec
from omegastore.codecs.array_dtype import is_same
from omegastore.codecs.array_parts import Parts, assemble, dissect, pickle_objects, unpickle_objects
from omegastore.errors import Corrupt, UnsupportedObject, UnsupportedValue


def round_trip(obj: object) -> Any:
    parts = dissect(obj)
    arrays, pickled = pickle_objects(parts.arrays)
    file = b"".join(codec.write(arrays, dict(parts.facts), Path(tempfile.gettempdir())))
    got, facts = codec.read(memoryview(bytearray(file)))
    return assemble(Parts(parts.cls, unpickle_objects(got, pickled), facts))


def test_matrices_and_record_arrays_keep_their_class() -> None:
    matrix = np.arange(6).reshape(2, 3).view(np.matrix)
    got = round_trip(matrix)
    assert type(got) is np.matrix
    assert got.tolist() == matrix.tolist()
    records = np.rec.array([(1, "a"), (2, "b")], dtype=[("n", "i4"), ("s", "U1")])
    back = round_trip(records)
    assert type(back) is np.recarray
    assert is_same(back.dtype, records.dtype)
    assert back.s.tolist() == ["a", "b"]


def test_a_memory_mapped_array_comes_back_as_an_array_in_memory(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "a.bin", "f4", "w+", shape=(2, 3))
    mapped[:] = [[1, 2, 3], [4, 5, 6]]
    got = round_trip(mapped)
    assert type(got) is np.ndarray
    assert got.tolist() == mapped.tolist()


class Own(np.ndarray[Any, Any]):
    """An array with a class of its own."""


class OwnMasked(np.ma.MaskedArray[Any, Any]):
    """A masked array with a class of its own."""


@pytest.mark.parametrize(
    ("obj", "remedy"),
    [
        (np.zeros(2).view(Own), r"np\.asarray"),
        (np.ma.array([1]).view(OwnMasked), r"np\.ma\.MaskedArray"),
        (np.ma.masked, r"np\.ma\.MaskedArray"),
        (np.ma.array(np.zeros((2, 2)).view(np.matrix)), r"np\.asarray"),
        ([1, 2], r"np\.asarray"),
        (np.float64(2), r"np\.asarray"),
    ],
)
def test_what_could_not_get_its_class_back_is_refused_with_the_remedy(obj: object, remedy: str) -> None:
    with pytest.raises(UnsupportedObject, match=remedy):
        dissect(obj)


masked: Any = np.ma.array  # its types want masks of bool
MASKED = [
    masked([1, 2, 3]),
    masked([1, 2, 3], mask=[0, 1, 0]),
    masked([1, 2, 3], mask=False),
    masked([1.5, 2], mask=[1, 1], fill_value=-7.5, hard_mask=True),
    masked(5, mask=True),
    masked(np.zeros((0, 3)), mask=np.zeros((0, 3), "?")),
    masked(["a", "bc"], mask=[1, 0], fill_value="zz"),
    masked([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", ">f8")], mask=[(1, 0), (0, 1)], fill_value=(9, 9)),
    masked(np.arange(6).reshape(2, 3, order="F"), mask=np.asfortranarray([[1, 0, 0], [0, 1, 1]])),
    masked(np.array(["2020-01-01"], "M8[D]"), mask=[1]),
    masked([1, "a", None], mask=[0, 0, 1], dtype=object),
]


@pytest.mark.parametrize("put", MASKED, ids=repr)
def test_masked_arrays_keep_data_mask_fill_value_and_hardness(put: np.ma.MaskedArray[Any, Any]) -> None:
    before = dict(vars(put))
    got = round_trip(put)
    assert vars(put).keys() == before.keys()
    assert vars(put)["_fill_value"] is before["_fill_value"]
    assert type(got) is np.ma.MaskedArray
    assert is_same(got.dtype, put.dtype)
    assert got.data.tolist() == put.data.tolist()
    assert (got.mask is np.ma.nomask) == (put.mask is np.ma.nomask)
    assert np.asarray(got.mask).tolist() == np.asarray(put.mask).tolist()
    assert (vars(got)["_fill_value"] is None) == (before["_fill_value"] is None)
    assert np.asarray(got.fill_value).tolist() == np.asarray(put.fill_value).tolist()
    assert got.hardmask == put.hardmask
    assert got.flags.f_contiguous == put.flags.f_contiguous


FORMATS = ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]


@settings(deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.sampled_from(["array", "matrix"]),
    st.sampled_from(["?", "i1", "u4", "i8", "f4", "f8", "c16"]),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(0, 1000),
)
def test_sparse_objects_keep_class_format_dtype_and_values(
    form: str, family: str, dtype: str, shape: tuple[int, int], seed: int
) -> None:
    dense = (np.random.default_rng(seed).integers(-2, 2, shape).clip(0) * 3).astype(dtype)
    put = getattr(scipy.sparse, f"{form}_{family}")(dense)
    got = round_trip(put)
    assert type(got) is type(put)
    assert got.dtype == put.dtype
    assert got.shape == put.shape
    assert got.nnz == put.nnz
    assert got.toarray().tolist() == dense.tolist()


def test_sparse_objects_keep_their_arrays_as_they_are() -> None:
    # duplicates, order, explicit zeros and wide indices, which the constructors would tidy up
    indices, indptr = np.array([2, 0, 2], "i8"), np.array([0, 3, 3], "i8")
    put = scipy.sparse.csr_array((2, 3), dtype="f4")
    put.data, put.indices, put.indptr = np.array([1, 0, 5], "f4"), indices, indptr
    got = round_trip(put)
    assert got.data.tolist() == [1, 0, 5]
    assert got.indices.tolist() == [2, 0, 2]
    assert got.indices.dtype == got.indptr.dtype == np.dtype("i8")
    blocks = scipy.sparse.bsr_matrix(np.kron(np.eye(3), np.ones((2, 2))), blocksize=(2, 2))
    assert round_trip(blocks).blocksize == (2, 2)
    rows, columns = np.array([0, 0, 1]), np.array([1, 1, 0])
    pairs = scipy.sparse.coo_matrix((np.array([1, 2, 3]), (rows, columns)), shape=(2, 2))
    back = round_trip(pairs)
    assert (back.data.tolist(), back.row.tolist(), back.col.tolist()) == ([1, 2, 3], [0, 0, 1], [1, 1, 0])


def test_sparse_arrays_of_one_and_of_three_dimensions_come_back() -> None:
    for form in ("coo", "csr", "dok"):
        put = getattr(scipy.sparse, f"{form}_array")(np.array([0, 3, 0, 4]))
        got = round_trip(put)
        assert type(got) is type(put)
        assert got.toarray().tolist() == [0, 3, 0, 4]
    cube = scipy.sparse.coo_array(np.arange(8).reshape(2, 2, 2))
    assert round_trip(cube).toarray().tolist() == cube.toarray().tolist()


def test_arrays_of_objects_come_back_with_their_objects_shape_and_order() -> None:
    put = np.empty((2, 3), object, order="F")
    put[:] = [[None, 1, "a"], [{"x": [1]}, (2,), float("inf")]]
    got = round_trip(put)
    assert got.tolist() == put.tolist()
    assert [type(item) for item in got.flat] == [type(item) for item in put.flat]
    assert got.flags.f_contiguous
    fields = np.array([(1, {2}), (3, b"b")], [("n", ">i4"), ("o", "O")])
    back = round_trip(fields)
    assert is_same(back.dtype, fields.dtype)
    assert back.tolist() == fields.tolist()


def test_an_object_that_cannot_be_pickled_is_refused_with_its_place() -> None:
    put = np.array([[1, 2], [3, lambda: None]], object)
    with pytest.raises(UnsupportedValue, match=r"data\[1, 1\].*lambda"):
        pickle_objects(dissect(put).arrays)


@pytest.mark.parametrize(
    "parts",
    [
        Parts("module", {"data": np.zeros(2)}, {}),
        Parts("csr_array", {"data": np.zeros(2)}, {"shape": [2, 2]}),
        Parts("coo_array", {"data": np.zeros(2)}, {"shape": [2, 2]}),
        Parts("MaskedArray", {"data": np.zeros(2), "mask": np.zeros(3, "?")}, {"hard_mask": False}),
        Parts("MaskedArray", {"data": np.zeros(2)}, {}),
        Parts("ndarray", {}, {}),
    ],
    ids=str,
)
def test_parts_that_make_no_array_are_corrupt(parts: Parts) -> None:
    with pytest.raises(Corrupt):
        assemble(parts)
