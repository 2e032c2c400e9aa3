"""Kind ``ndarray.hdf``: numpy arrays of every dtype and shape, masked arrays and scipy.sparse, in native HDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.backends.verified import buffered
from omegastore.codecs import array
from omegastore.codecs.array_parts import Parts, assemble, dissect, pickle_objects, unpickle_objects
from omegastore.errors import Corrupt, InvalidOption

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


@dataclass(frozen=True, slots=True)
class NdarrayPutOptions(Options):
    """Keywords of put for kind ``ndarray.hdf``."""

    compression: str | None = None
    """``"zlib"`` shuffles and deflates; None stores the bytes as they are, which is much faster."""


class NdarrayBackend(Backend[Any, NdarrayPutOptions, Options]):
    """Keeps arrays as datasets of one HDF file, readable by any HDF client.

    An array comes back equal in every bit, with its dtype, shape, order and class; a memory-mapped one as ndarray.
    Arrays without Python objects are read by h5py, which never unpickles, and need no signature. Those with
    Python objects are pickled, and need one.

    Examples
    --------
    >>> NdarrayBackend.kind
    'ndarray.hdf'
    """

    kind = "ndarray.hdf"
    types: ClassVar[tuple[str, ...]] = types_of("ndarray.hdf")
    put_options = NdarrayPutOptions

    def check(self, obj: Any, options: NdarrayPutOptions) -> None:
        """Raise for an array that cannot be kept, or an unknown compression."""
        if options.compression not in array.COMPRESSIONS:
            raise InvalidOption(
                f"compression={options.compression!r}: kind 'ndarray.hdf' takes None or 'zlib'; what other "
                "compressions write, h5py cannot read on every machine"
            )
        self._parts = dissect(obj)
        self._arrays, self._pickled = pickle_objects(self._parts.arrays)
        for part in self._arrays.values():
            array.Layout.of(part).to_json()

    def put(self, obj: Any, meta: Metadata, options: NdarrayPutOptions) -> Metadata:
        """Write the array, without a copy of the whole."""
        facts = {"class": self._parts.cls, **self._parts.facts}
        image = array.write(self._arrays, facts, self.context.tmppath, options.compression)
        size = self.context.blobs.write(image)
        meta.kind_meta = {
            "class": self._parts.cls,
            "dtype": self._parts.arrays["data"].dtype.str,
            "shape": [int(n) for n in obj.shape],
            "pickled": self._pickled,
            "size": size,
        }
        return meta

    def get(self, meta: Metadata, options: Options) -> Any:
        """Return the array; it stands where its file was read to."""
        arrays, facts = array.read(buffered(self.context.blobs))
        cls = meta.kind_meta["class"]
        if facts["class"] != cls:
            raise Corrupt(f"the file holds a {facts['class']}, Metadata says {cls}")
        return assemble(Parts(cls, unpickle_objects(arrays, meta.kind_meta["pickled"]), facts))

    def needs_trust(self, meta: Metadata) -> bool:
        """Return whether it holds Python objects, which are pickled."""
        return bool(meta.kind_meta.get("pickled", True))
