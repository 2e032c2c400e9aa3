"""Arrays in one HDF5 file: every dtype and shape, memory, and what other HDF clients see."""

from __future__ import annotations

import json
import random
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tables
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from omegastore.codecs import array as codec
from omegastore.codecs.array_dtype import is_same
from omegastore.errors import Corrupt, UnsupportedValue

AnyArray = NDArray[Any]
FOLDER = Path(tempfile.gettempdir())

NUMBERS = [
    "?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16",
    ">i2", ">i8", ">u4", ">f2", ">f4", ">f8", ">c8", ">c16",
]  # fmt: skip
OTHERS = [
    "g", "G", "l", "q", "M8", "m8", "M8[ns]", ">M8[25s]", "m8[D]", ">m8[us]", "M8[Y]",
    "U0", "S0", "V0", "U1", ">U3", "S5", "V7",
]  # fmt: skip
STRUCTURED: list[Any] = [
    [],
    [("a", "i1"), ("b", ">f8")],
    [("a", "U3"), ("b", [("c", "M8[ns]", (2, 3)), ("d", "S0")])],
    [(("a title", "a"), "i4"), ("b", "?")],
    {"names": ["x", "y"], "formats": ["i2", "i8"], "offsets": [9, 0], "itemsize": 32},
    {"names": ["x", "y"], "formats": ["i4", "i2"], "offsets": [0, 2], "itemsize": 4},
    (np.record, [("a", "c16")]),
]
DTYPES = [
    *map(np.dtype, NUMBERS + OTHERS + STRUCTURED),
    np.dtype([("a", "i1"), ("b", "i8"), ("c", "i1")], align=True),
    np.dtype([("a", np.dtype([("x", "i1"), ("y", "f8")], align=True), (2,))], align=True),
]


def opened(path: Path, mode: Any = "r") -> Any:
    return h5py.File(path, mode)


def opened_by_pytables(path: Path, mode: Any = "r") -> Any:
    return tables.open_file(str(path), mode)


def image(arrays: dict[str, AnyArray], facts: Any = None, compression: str | None = None) -> bytes:
    return b"".join(codec.write(arrays, facts, FOLDER, compression))


def round_trip(array: AnyArray, compression: str | None = None) -> AnyArray:
    return codec.read(memoryview(image({"data": array}, None, compression)))[0]["data"]


def filled(dtype: np.dtype[Any], shape: tuple[int, ...], order: Any = "C", seed: int = 0) -> AnyArray:
    """Any bits that the dtype may hold, NaN of every payload among them."""
    array: AnyArray = np.ndarray(shape, dtype, order=order)
    count = array.size * dtype.itemsize
    noise = np.random.default_rng(seed).integers(0, 2 if dtype.kind == "b" else 256, count, np.uint8)
    if count and dtype.kind == "U":
        noise.view("u4")[:] %= 0xD800
    array[...] = noise.view(dtype).reshape(shape) if count else np.zeros((), dtype)
    return array


def assert_same(got: AnyArray, put: AnyArray) -> None:
    assert type(got) is np.ndarray
    assert is_same(got.dtype, put.dtype), (got.dtype, put.dtype)
    assert got.dtype.byteorder == put.dtype.byteorder
    assert got.shape == put.shape
    assert got.flags.writeable
    assert got.flags.owndata
    is_fortran = put.flags.f_contiguous and not put.flags.c_contiguous
    assert (got.flags.f_contiguous and not got.flags.c_contiguous) == is_fortran
    assert got.flags.c_contiguous or is_fortran
    if put.dtype.itemsize:
        raw = np.dtype((np.void, put.dtype.itemsize))
        assert got.view(raw).tobytes() == put.view(raw).tobytes()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_dtype_and_shape_comes_back_in_every_bit(dtype: np.dtype[Any], order: str) -> None:
    for shape in [(), (0,), (3,), (2, 3), (0, 3), (3, 0, 2), (2, 1, 3)]:
        put = filled(dtype, shape, order)
        assert_same(round_trip(put), put)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_dtype_comes_back_from_compressed_chunks(dtype: np.dtype[Any], order: str) -> None:
    for shape in [(), (5,), (4, 3), (0, 2)]:
        put = filled(dtype, shape, order)
        assert_same(round_trip(put, "zlib"), put)


@settings(deadline=None)
@given(st.data())
def test_any_generated_array_comes_back(data: st.DataObject) -> None:
    dtype = data.draw(hnp.scalar_dtypes() | hnp.nested_dtypes(subtype_strategy=hnp.scalar_dtypes(), max_itemsize=400))
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
    put = filled(dtype, shape, data.draw(st.sampled_from("CF")), data.draw(st.integers(0, 99)))
    if data.draw(st.booleans()):
        put = put[(slice(None, None, -1),) * put.ndim].T
    assert_same(round_trip(put, data.draw(st.sampled_from([None, "zlib"]))), put)


@pytest.mark.parametrize("ndim", [31, 32, 33, 64])
@pytest.mark.parametrize("dtype", ["f8", "U2", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_arrays_of_more_dimensions_than_hdf_has_come_back(
    ndim: int, dtype: str, order: str, compression: str | None
) -> None:
    if ndim > 32 and np.lib.NumpyVersion(np.__version__) < "2.0.0":
        pytest.skip("numpy 1 has 32 dimensions")
    put = filled(np.dtype(dtype), (2, 3) + (1,) * (ndim - 3) + (2,), order)
    assert_same(round_trip(put, compression), put)


def test_views_of_any_stride_and_read_only_arrays_come_back_as_arrays_of_their_own() -> None:
    base = np.arange(60).reshape(3, 4, 5)
    base.flags.writeable = False
    for view in (base[::-1, ::2], base[:, 1:3, ::-2], base.transpose(1, 0, 2), base[..., 0]):
        assert_same(round_trip(view), view)
    assert_same(round_trip(np.broadcast_to(np.float32(3), (4, 5))), np.full((4, 5), 3, "f4"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_arrays_of_several_slabs_come_back(order: str, compression: str | None) -> None:
    for shape in [(3, 500_000), (500_000, 3), (1, 2, 400_000), (1_300_001,)]:
        put = filled(np.dtype("i2"), shape, order)
        assert_same(round_trip(put, compression), put)


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=5), st.integers(1, 20), st.integers(1, 200))
def test_blocks_cover_an_array_once_in_order_and_keep_their_size(shape: list[int], itemsize: int, size: int) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    pieces = [np.asarray(array[block]).reshape(-1) for block in codec.blocks(tuple(shape), itemsize, size)]
    assert [item for piece in pieces for item in piece.tolist()] == list(range(array.size))
    assert all(piece.size * itemsize <= max(size, itemsize) for piece in pieces)


def test_string_arrays_keep_numpys_meaning_of_trailing_nuls() -> None:
    put = np.array([b"a\0b", b"", b"ab\0"])
    assert round_trip(put).tolist() == [b"a\0b", b"", b"ab"]


def test_several_arrays_and_facts_share_a_file() -> None:
    arrays = {"data": np.arange(5), "mask": np.array([True, False]), "fill_value": np.array(2.0)}
    got, facts = codec.read(memoryview(image(arrays, {"x": [1, None]})))
    assert facts == {"x": [1, None]}
    assert list(got) == list(arrays)
    for name, put in arrays.items():
        assert_same(got[name], put)


@pytest.mark.parametrize("dtype", [*NUMBERS, "M8[s]"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_h5py_and_pytables_see_numbers_as_an_ordinary_array(
    dtype: str, compression: str | None, tmp_path: Path
) -> None:
    put = np.arange(6).reshape(2, 3).astype(dtype)
    path = tmp_path / "array.h5"
    path.write_bytes(image({"data": np.asfortranarray(put)}, None, compression))
    expected = put.view("i8") if put.dtype.kind == "M" else put
    with opened(path) as hdf:
        assert hdf["data"][:].tolist() == expected.tolist()
    with opened_by_pytables(path) as hdf:
        seen = hdf.root.data[:]
        assert seen.dtype == expected.dtype.newbyteorder("=")
        assert seen.tolist() == expected.tolist()


def test_what_hdf_cannot_say_is_seen_as_bytes_beside_its_description(tmp_path: Path) -> None:
    put = np.array(["\u00e4b", ""])
    path = tmp_path / "array.h5"
    path.write_bytes(image({"data": put}))
    with opened(path) as hdf:
        assert hdf["data"].shape == (2, 8)
        assert hdf["data"][:].tobytes() == put.tobytes()
        assert json.loads(hdf.attrs["omegastore"])["arrays"]["data"]["dtype"] == "<U2"


def test_compression_makes_a_smaller_file() -> None:
    put = np.arange(200_000)
    assert len(image({"data": put}, None, "zlib")) < len(image({"data": put})) / 4


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_writing_and_reading_need_no_copy_of_the_array(order: str, compression: str | None, tmp_path: Path) -> None:
    arrays = {"data": np.zeros((1000, 4000), "f8", order=order), "mask": np.zeros((1000, 4000), "?")}  # type: ignore[call-overload]  # a str
    size = sum(array.nbytes for array in arrays.values())
    path = tmp_path / "array.h5"
    tracemalloc.start()
    try:
        with path.open("wb") as file:
            for piece in codec.write(arrays, None, tmp_path, compression):
                file.write(piece)
        assert tracemalloc.get_traced_memory()[1] < size / 3
        stored = memoryview(bytearray(path.read_bytes()))
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        got, _ = codec.read(stored)
        stands = order == "C" and compression is None
        assert tracemalloc.get_traced_memory()[1] - start < (size / 100 if stands else size * 4 / 3)
    finally:
        tracemalloc.stop()
    assert got["data"].shape == (1000, 4000)


def test_an_array_stands_where_its_file_was_read_to() -> None:
    stored = memoryview(bytearray(image({"data": np.arange(1000), "mask": np.zeros(7, "?")})))
    arrays, _ = codec.read(stored)
    for array in arrays.values():
        assert np.shares_memory(array, np.frombuffer(stored, "u1"))
        assert array.flags.aligned
        assert array.flags.writeable


def test_an_array_that_stands_at_an_odd_place_is_copied() -> None:
    whole = bytearray(1) + image({"data": np.arange(1000)})
    array = codec.read(memoryview(whole)[1:])[0]["data"]
    assert array.flags.aligned
    assert array.tolist() == list(range(1000))


def test_an_array_of_a_thousand_fields_has_a_description_of_any_length() -> None:
    put = filled(np.dtype([(f"a rather long name of field {n}", "f4") for n in range(3000)]), (2,))
    assert_same(round_trip(put), put)


def test_a_dtype_that_could_not_be_given_back_is_refused() -> None:
    with pytest.raises(UnsupportedValue, match="metadata"):
        image({"data": np.zeros(2, np.dtype("i4", metadata={"unit": "m"}))})
    with pytest.raises(UnsupportedValue, match="metadata"):
        image({"data": np.zeros(2, [("a", np.dtype("i4", metadata={"unit": "m"}))])})


WOKEN: list[str] = []


def wake() -> None:
    WOKEN.append("unpickled")


class Sentinel:
    """Notes when it is unpickled."""

    def __reduce__(self) -> Any:
        return (wake, ())


def test_nothing_in_a_tampered_file_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "array.h5"
    path.write_bytes(image({"data": np.arange(3)}))
    with opened_by_pytables(path, "a") as hdf:
        for node in (hdf.root, hdf.root.data):
            for name in ("evil", "TITLE"):
                node._v_attrs[name] = Sentinel()
    with opened_by_pytables(path) as hdf:
        str(hdf.root._v_attrs.evil)
    assert WOKEN, "PyTables unpickles this file"
    WOKEN.clear()
    with opened(path) as hdf:
        assert hdf.attrs["evil"][:1] == b"c", "a pickle"
    assert codec.read(memoryview(path.read_bytes()))[0]["data"].tolist() == [0, 1, 2]
    assert not WOKEN


def rewrite(path: Path, **changes: object) -> None:
    """Change the description of the array in the file."""
    with opened(path, "a") as hdf:
        text = json.loads(hdf.attrs["omegastore"])
        text["arrays"]["data"] |= changes
        hdf.attrs["omegastore"] = json.dumps(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "O"}, {"dtype": "<f4"}, {"dtype": "<f8"}, {"dtype": "T"}, {"dtype": 7}, {"shape": [4]},
        {"shape": [-3]}, {"shape": "x"}, {"shape": [1 << 62, 1 << 62]}, {"shape": []},
        {"dtype": {"base": "O", "shape": [1]}},
        {"dtype": {"names": ["a"], "formats": ["O"], "offsets": [0], "titles": [None],
                   "itemsize": 8, "aligned": False, "record": False}},
    ],
    ids=str,
)  # fmt: skip
def test_a_description_that_does_not_fit_its_bytes_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "array.h5"
    path.write_bytes(image({"data": np.arange(3)}))
    rewrite(path, **changes)
    with pytest.raises(Corrupt):
        codec.read(memoryview(path.read_bytes()))


def test_data_outside_of_the_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    secret.write_bytes(image({"data": np.arange(3)}))
    with opened(secret) as hdf:
        text = hdf.attrs["omegastore"]
    for name in ("link", "external", "virtual"):
        path = tmp_path / f"{name}.h5"
        with opened(path, "w") as hdf:
            hdf.attrs["omegastore"] = text
            if name == "link":
                hdf["data"] = h5py.ExternalLink(str(secret), "/data")
            elif name == "external":
                hdf.create_dataset("data", (3,), "i8", external=[(str(secret), 0, 24)])
            else:
                layout = h5py.VirtualLayout((3,), "i8")
                layout[:] = h5py.VirtualSource(str(secret), "data", (3,))
                hdf.create_virtual_dataset("data", layout)
        with pytest.raises(Corrupt):
            codec.read(memoryview(path.read_bytes()))


def test_a_damaged_file_is_corrupt_or_still_an_array() -> None:
    # always the same damage: HDF5 itself reads some files for ever (docs/security.md, time)
    chance = random.Random(7)
    whole = image({"data": np.arange(100)})
    for _ in range(150):
        at, noise = chance.randrange(len(whole)), chance.randbytes(chance.randrange(40))
        damaged = whole[:at] + noise + whole[at + len(noise) :]
        try:
            got, _ = codec.read(memoryview(damaged))
        except Corrupt:
            continue
        assert got["data"].shape == (100,)
