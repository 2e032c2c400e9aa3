"""Numpy arrays to and from one HDF5 file; nothing here pickles or unpickles.

Writing: h5py lays out a file whose datasets have their place but no data, and the bytes of the arrays are slipped
in between while the file is streamed. So nothing is copied as a whole, in memory or on disk. With
compression the datasets are written as chunks into a temporary file. An array is an ordinary dataset of its
own shape where HDF has its dtype (see `array_dtype.storage`), else it has a last dimension of bytes; what HDF
does not say stands as JSON in the attribute ``omegastore`` of the root.

Reading: the file stands in memory, and an array that is stored as it is becomes a view of its bytes there; all
after the dataset was compared with its description.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t  # pyright: ignore[reportAttributeAccessIssue]  # the stubs lack some
from numpy.typing import NDArray

from omegastore.codecs.array_dtype import AnyDType, build, describe, storage
from omegastore.codecs.memoryfile import ALIGNMENT, MemoryFile
from omegastore.errors import Corrupt, OmegaStoreError

AnyArray = NDArray[Any]
SLAB = 1 << 20
"""Bytes of an array that are worked on at a time."""
MAX_DIMENSIONS = 32
"""What HDF5 allows; an array of more is stored as one dimension."""
COMPRESSIONS = (None, "zlib")
DESCRIPTION = "omegastore"


@dataclass(frozen=True, slots=True)
class Layout:
    """How one array stands in the file."""

    dtype: AnyDType
    shape: tuple[int, ...]
    order: str
    """``"F"`` when the array is contiguous in Fortran's order only, else ``"C"``."""

    @classmethod
    def of(cls, array: AnyArray) -> Layout:
        """Return the layout of `array`."""
        is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        return cls(array.dtype, array.shape, "F" if is_fortran else "C")

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_flat(self) -> bool:
        """Whether it is stored as one dimension, because HDF5 has not as many."""
        return len(self.shape) + len(storage(self.dtype)[1]) > MAX_DIMENSIONS

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape of the dataset."""
        shape = self.shape + storage(self.dtype)[1]
        return (math.prod(shape),) if self.is_flat else shape

    def to_json(self) -> dict[str, Any]:
        """Return the layout as a value that JSON can hold."""
        return {"dtype": describe(self.dtype), "shape": list(self.shape), "order": self.order}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Layout:
        """Return the layout that `to_json` wrote."""
        return cls(build(value["dtype"]), tuple(value["shape"]), value["order"])


def write(
    arrays: Mapping[str, AnyArray], facts: Any, folder: Path, compression: str | None = None
) -> Iterator[bytes | memoryview]:
    """Yield an HDF5 file that holds `arrays`.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The datasets, without Python objects.
    facts : JSON value
        What else `read` is to give back.
    folder : Path
        Where a temporary file may be made; it stays nearly empty without compression.
    compression : str, optional
        ``"zlib"``: chunks, shuffled and deflated.

    Raises
    ------
    UnsupportedValue
        When a dtype cannot be kept, before anything is yielded.
    """
    layouts = {name: Layout.of(array) for name, array in arrays.items()}
    text = json.dumps({"facts": facts, "arrays": {name: it.to_json() for name, it in layouts.items()}})
    gaps: list[tuple[int, AnyArray]] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        with h5py.File(file, "w", alignment_threshold=ALIGNMENT, alignment_interval=ALIGNMENT) as hdf:
            hdf.attrs[DESCRIPTION] = text
            for name, array in arrays.items():
                if compression and array.nbytes and array.ndim:
                    _write_chunks(hdf, name, array)
                elif offset := _reserve(hdf, name, layouts[name]):
                    gaps.append((offset, array))
            end = cast(int, hdf.id.get_filesize())
        position = 0
        for offset, array in sorted(gaps, key=lambda gap: gap[0]):
            yield from _copy(file, position, offset)
            yield from _bytes(array)
            position = offset + array.nbytes
        yield from _copy(file, position, end)


def read(image: memoryview) -> tuple[dict[str, AnyArray], Any]:
    """Return the arrays and facts of a file that `write` made.

    Parameters
    ----------
    image : memoryview
        Its bytes; arrays stand in this memory if it may be written to, else they are copied.

    Raises
    ------
    Corrupt
        When the file is not one that `write` makes.
    """
    with _refusing(), h5py.File(MemoryFile(image), "r") as hdf:
        description = json.loads(cast(str, hdf.attrs[DESCRIPTION]))
        layouts = {name: Layout.from_json(layout) for name, layout in description["arrays"].items()}
        return {name: _read(hdf, image, name, layout) for name, layout in layouts.items()}, description["facts"]


def blocks(shape: tuple[int, ...], itemsize: int, size: int = SLAB) -> Iterator[tuple[int | slice, ...]]:
    """Yield indices that cut an array into pieces of at most `size` bytes, in C order."""
    axis, row = len(shape), itemsize
    while axis and row * shape[axis - 1] <= size:
        axis -= 1
        row *= shape[axis]
    if not axis:
        yield ()
        return
    step = max(1, size // row)
    for outer in np.ndindex(shape[: axis - 1]):
        for start in range(0, shape[axis - 1], step):
            yield (*outer, slice(start, min(start + step, shape[axis - 1])))


def _raw(array: AnyArray) -> AnyArray:
    """Return a view of the items as bytes, so that a copy keeps padding and order of bytes."""
    return array.view(np.dtype((np.void, array.dtype.itemsize))) if array.dtype.itemsize else array


def _bytes(array: AnyArray) -> Iterator[bytes | memoryview]:
    """Yield the bytes of the items in C order."""
    raw = _raw(array)
    if array.flags.c_contiguous:
        yield raw.reshape(-1).view(np.uint8).data
        return
    for block in blocks(array.shape, array.dtype.itemsize):
        yield raw[block].tobytes()


def _copy(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    file.seek(start)
    while start < stop:
        # what HDF5 reserved at the end but never wrote is not in the file
        piece = file.read(min(SLAB, stop - start)) or bytes(min(SLAB, stop - start))
        yield piece
        start += len(piece)


def _h5type(layout: Layout) -> h5t.TypeID:
    # PyTables reads bits as bool; what h5py makes of bool is an enumeration
    return h5t.STD_B8LE if layout.dtype.kind == "b" else h5t.py_create(storage(layout.dtype)[0])


def _reserve(hdf: h5py.File, name: str, layout: Layout) -> int | None:
    """Make a dataset that has its place but no data, and return where that is."""
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5d.FILL_TIME_NEVER)
    shape = layout.stored_shape
    space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    dataset = h5d.create(hdf.id, name.encode(), _h5type(layout), space, properties)
    return cast("int | None", dataset.get_offset())


def _write_chunks(hdf: h5py.File, name: str, array: AnyArray) -> None:
    layout = Layout.of(array)
    raw = _raw(array.reshape(-1) if layout.is_flat else array)
    dataset = None
    for block in blocks(raw.shape, raw.dtype.itemsize):
        start, count = _selection(block, layout)
        if dataset is None:  # the first block is the largest
            properties = h5p.create(h5p.DATASET_CREATE)
            properties.set_chunk(count)
            properties.set_shuffle()
            properties.set_deflate(1)
            space = h5s.create_simple(layout.stored_shape)
            dataset = h5d.create(hdf.id, name.encode(), _h5type(layout), space, properties)
        place = dataset.get_space()
        place.select_hyperslab(start, count)
        # the type of the file on both sides: HDF5 converts nothing
        piece = np.frombuffer(raw[block].tobytes(), np.uint8)
        dataset.write(h5s.create_simple(count), place, piece, dataset.get_type())


def _read(hdf: h5py.File, image: memoryview, name: str, layout: Layout) -> AnyArray:
    if not isinstance(hdf.get(name, getlink=True), h5py.HardLink):
        raise Corrupt(f"dataset {name!r} lies outside of its file")
    dataset = hdf[name]
    _check(dataset, name, layout)
    offset = cast("int | None", dataset.id.get_offset())
    if offset is not None and layout.nbytes and layout.order == "C" and not image.readonly:
        standing: AnyArray = np.ndarray(layout.shape, layout.dtype, image, offset)
        if standing.flags.aligned:
            return standing
    # np.empty would make "U1" of "U0"
    order = "C" if layout.is_flat else layout.order
    array: AnyArray = np.ndarray(layout.shape, layout.dtype, order=cast("Any", order))
    if not layout.nbytes:
        return array
    raw, kind = _raw(array), dataset.id.get_type()
    if order == "C":
        dataset.id.read(h5s.ALL, h5s.ALL, raw.reshape(-1).view(np.uint8), kind)
        return np.asfortranarray(array) if layout.order == "F" else array
    for block in blocks(layout.shape, layout.dtype.itemsize):
        start, count = _selection(block, layout)
        place = dataset.id.get_space()
        place.select_hyperslab(start, count)
        piece = np.empty(raw[block].shape, raw.dtype)
        dataset.id.read(h5s.create_simple(count), place, piece.reshape(-1).view(np.uint8), kind)
        raw[block] = piece
    return array


def _check(dataset: Any, name: str, layout: Layout) -> None:
    """Raise Corrupt unless the bytes of `dataset` are exactly those of an array of that layout."""
    expected = np.dtype("u1") if layout.dtype.kind == "b" else storage(layout.dtype)[0]
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise Corrupt(f"{name!r} is no dataset with data of its own")
    if dataset.shape != layout.stored_shape or dataset.dtype != expected:
        raise Corrupt(
            f"dataset {name!r} is {dataset.dtype} of shape {dataset.shape}, "
            f"described as {expected} of shape {layout.stored_shape}"
        )


def _selection(block: tuple[int | slice, ...], layout: Layout) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the start and the count of `block` in the stored dataset."""
    start = tuple(at.start if isinstance(at, slice) else at for at in block)
    count = tuple(at.stop - at.start if isinstance(at, slice) else 1 for at in block)
    shape = layout.stored_shape
    if layout.is_flat:
        width = math.prod(storage(layout.dtype)[1])
        start, count = tuple(at * width for at in start), tuple(n * width for n in count)
    return start + (0,) * (len(shape) - len(start)), count + shape[len(count) :]


@contextmanager
def _refusing() -> Generator[None, None, None]:
    """Turn what h5py says of a damaged file into Corrupt."""
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, OverflowError) as error:
        if isinstance(error, OmegaStoreError):
            raise
        raise Corrupt(f"no array file of this store: {error}") from error
