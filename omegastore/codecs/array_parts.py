"""Array objects (ndarray, masked, sparse) taken apart into plain ndarrays, and put together again.

``Parts`` is what both sides share: the class, the arrays and what else must be known. Arrays of Python objects
become pickles, as arrays of bytes; only `assemble` with their names unpickles them.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from omegastore.codecs.pickling import PICKLE_ERRORS
from omegastore.errors import Corrupt, UnsupportedObject, UnsupportedValue

AnyArray = NDArray[Any]

_SPARSE = re.compile(r"(csr|csc|bsr|coo|dia|lil|dok)_(array|matrix)")
_VIEWS: dict[str, type[AnyArray]] = {"ndarray": np.ndarray, "matrix": np.matrix, "recarray": np.recarray}


@dataclass(frozen=True, slots=True)
class Parts:
    """An array object as plain arrays."""

    cls: str
    """Name of the class: ``"ndarray"``, ``"MaskedArray"``, ``"csr_array"``, ..."""
    arrays: Mapping[str, AnyArray]
    """The arrays by name; the first is the data."""
    facts: Mapping[str, Any]
    """What else makes the object: values that JSON can hold."""


def dissect(obj: object) -> Parts:
    """Return the parts of an array object.

    Parameters
    ----------
    obj : ndarray, memmap, MaskedArray or scipy.sparse matrix or array
        A memory-mapped array counts as an ndarray.

    Raises
    ------
    UnsupportedObject
        When an array of its class could not be given back.
    """
    cls = type(obj)
    if cls is np.ma.MaskedArray:
        return _dissect_masked(obj)  # type: ignore[arg-type]  # just checked
    if isinstance(obj, np.ndarray) and (cls is np.memmap or _VIEWS.get(cls.__name__) is cls):
        name = "ndarray" if cls is np.memmap else cls.__name__
        return Parts(name, {"data": np.asarray(obj)}, {})
    if cls.__module__.startswith("scipy.sparse.") and _SPARSE.fullmatch(cls.__name__):
        return _dissect_sparse(obj)
    where = f"{cls.__module__}.{cls.__qualname__}"
    if isinstance(obj, np.ma.MaskedArray):
        raise UnsupportedObject(f"an array of class {where} could not be restored; store np.ma.MaskedArray(array)")
    if isinstance(obj, np.ndarray):
        raise UnsupportedObject(f"an array of class {where} could not be restored; store np.asarray(array)")
    raise UnsupportedObject(f"{where} is no array; store np.asarray(obj), or leave out kind=")


def assemble(parts: Parts) -> Any:
    """Return the object that `dissect` took apart, of the same class.

    Raises
    ------
    Corrupt
        When the parts make no such object.
    """
    try:
        if parts.cls == "MaskedArray":
            return _assemble_masked(parts)
        if parts.cls in _VIEWS:
            data = parts.arrays["data"]
            return data if parts.cls == "ndarray" else data.view(_VIEWS[parts.cls])
        if _SPARSE.fullmatch(parts.cls):
            return _assemble_sparse(parts)
    except (KeyError, ValueError, TypeError, IndexError, np.ma.MAError) as error:
        raise Corrupt(f"the arrays {sorted(parts.arrays)} make no {parts.cls}: {error}") from error
    raise Corrupt(f"{parts.cls!r} is no class of array that this store writes")


def pickle_objects(arrays: Mapping[str, AnyArray]) -> tuple[dict[str, AnyArray], list[str]]:
    """Replace arrays with Python objects by the bytes of their pickles; return all and the names of these.

    Raises
    ------
    UnsupportedValue
        When an object cannot be pickled; names the first.
    """
    pickled = [name for name, array in arrays.items() if array.dtype.hasobject]
    replaced = dict(arrays)
    for name in pickled:
        try:
            content = pickle.dumps(arrays[name], protocol=5)
        except PICKLE_ERRORS as error:
            raise _unpicklable(name, arrays[name], error) from error
        replaced[name] = np.frombuffer(content, np.uint8)
    return replaced, pickled


def unpickle_objects(arrays: Mapping[str, AnyArray], pickled: Collection[str]) -> dict[str, AnyArray]:
    """Undo `pickle_objects`; runs code that the bytes choose, so they must have been trusted before."""
    return {
        name: pickle.loads(array.data) if name in pickled else array  # noqa: S301  # trusted by the caller
        for name, array in arrays.items()
    }


def _unpicklable(name: str, array: AnyArray, error: Exception) -> UnsupportedValue:
    flat = array.reshape(-1)
    for at in range(flat.size):
        try:
            pickle.dumps(flat[at : at + 1], protocol=5)
        except PICKLE_ERRORS:
            place = ", ".join(str(int(index)) for index in np.unravel_index(at, array.shape))
            return UnsupportedValue(
                f"{name}[{place}] is {flat[at]!r:.200}, which cannot be pickled ({error}); "
                "store plain values, or an array without it"
            )
    return UnsupportedValue(f"{name} holds objects that cannot be pickled together ({error}); store plain values")


def _dissect_masked(obj: np.ma.MaskedArray[Any, Any]) -> Parts:
    if obj.baseclass is not np.ndarray and obj.baseclass is not np.memmap:
        raise UnsupportedObject(
            f"a masked array over {obj.baseclass.__qualname__} could not be restored; "
            "store np.ma.MaskedArray(np.asarray(array.data), array.mask)"
        )
    arrays: dict[str, AnyArray] = {"data": np.asarray(obj.data)}
    if obj.mask is not np.ma.nomask:
        arrays["mask"] = np.asarray(obj.mask)
    # the public fill_value would set one where there is none
    fill_value = vars(obj).get("_fill_value")
    if fill_value is not None:
        arrays["fill_value"] = np.asarray(fill_value)
    return Parts("MaskedArray", arrays, {"hard_mask": obj.hardmask})


def _assemble_masked(parts: Parts) -> np.ma.MaskedArray[Any, Any]:
    mask: Any = parts.arrays.get("mask", np.ma.nomask)
    masked: np.ma.MaskedArray[Any, Any] = np.ma.MaskedArray(
        parts.arrays["data"], mask=mask, hard_mask=bool(parts.facts["hard_mask"])
    )
    if "fill_value" in parts.arrays:
        masked.fill_value = cast("Any", parts.arrays["fill_value"])
    return masked


def _dissect_sparse(obj: Any) -> Parts:
    name = type(obj).__name__
    facts = {"shape": [int(n) for n in obj.shape]}
    stored = {"lil": obj.tocsr, "dok": obj.tocoo}.get(obj.format, lambda: obj)()
    if stored.format == "coo":
        places = {f"coords{axis}": index for axis, index in enumerate(stored.coords)}
    elif stored.format == "dia":
        places = {"offsets": stored.offsets}
    else:
        places = {"indices": stored.indices, "indptr": stored.indptr}
    return Parts(name, {"data": stored.data, **places}, facts)


def _assemble_sparse(parts: Parts) -> Any:
    import scipy.sparse

    arrays = dict(parts.arrays)
    data, shape = arrays.pop("data"), tuple(parts.facts["shape"])
    form, _, family = parts.cls.partition("_")
    via = {"lil": "csr", "dok": "coo"}.get(form, form)
    make: Callable[..., Any] = getattr(scipy.sparse, f"{via}_{family}")
    if via == "coo":
        coords = tuple(arrays[f"coords{axis}"] for axis in range(len(shape)))
        result = make((data, coords), shape=shape)
        result.coords = coords
    else:
        result = make((data, *arrays.values()), shape=shape)
        for name, array in arrays.items():  # the constructor may choose a smaller type of index
            setattr(result, name, array)
    result.data = data
    return result.asformat(form)
