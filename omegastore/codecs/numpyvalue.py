"""Numpy values: scalars of every dtype and arrays, told as simpler values as in `scalar`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from omegastore.codecs.moment import date_of
from omegastore.codecs.scalar import Simpler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LISTED = 10_000  # elements; nobody filters in longer arrays, which are kept as bytes


def encode_numpy(value: Any) -> Simpler | None:
    """Return the numpy scalar or array `value` as a simpler value, or None for what cannot be restored."""
    import numpy as np

    kind = type(value)
    if kind is np.ndarray:
        return _array(value)
    if not issubclass(kind, np.generic) or kind is not value.dtype.type:
        return None
    if value.dtype.char in _EXACT:
        return "numpy", _EXACT[value.dtype.char](value), (value.dtype.str, value.tobytes())
    to_python = _PYTHON.get(value.dtype.kind)
    return None if to_python is None else ("numpy", to_python(value), (kind.__name__,))


def _moment(value: np.datetime64) -> object:
    """Return the moment to the millisecond as a datetime; as text where datetime ends; None for NaT."""
    import numpy as np

    if np.isnat(value):
        return None
    moment = value.astype("datetime64[ms]")
    return date_of(int(moment.astype(np.int64))) or str(value)


def _count(value: np.timedelta64) -> int | None:
    import numpy as np

    return None if np.isnat(value) else int(value.astype(np.int64))


# what no number or text of Python says wholly, kept as bytes with something near as its natural value
_EXACT: dict[str, Callable[[Any], object]] = {"M": _moment, "m": _count, "g": float, "G": complex}
_PYTHON: dict[str, Callable[[Any], object]] = {
    "b": bool,
    "i": int,
    "u": int,
    "f": float,
    "c": complex,
    "U": str.__str__,
    "S": bytes,
}


def _numpy_back(simpler: Any, name: str, exact: bytes | None = None) -> object:
    import numpy as np

    if exact is not None:
        return np.frombuffer(exact, name)[0]
    kind: Any = np.bool_ if name == "bool" else getattr(np, name)
    return kind(simpler)


def _array(value: NDArray[Any]) -> Simpler | None:
    import numpy as np

    dtype = value.dtype
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    shape = list(value.shape)
    if dtype.kind == "O" or (dtype.kind in "biufUS" and dtype.char != "g" and value.size <= _LISTED):
        return "ndarray", value.tolist(), (dtype.str, shape, order)
    if dtype.hasobject or dtype.kind not in "biufcmMSUV":
        return None
    descr: object = np.lib.format.dtype_to_descr(dtype)
    return "array", {"dtype": descr, "shape": shape, "order": order, "data": value.tobytes()}, ()


def _ndarray_back(simpler: Any, dtype: str, shape: list[int], order: Any) -> NDArray[Any]:
    import numpy as np

    flat = simpler if shape else [simpler]
    for _ in shape[1:]:
        flat = [item for row in flat for item in row]
    array = np.empty(len(flat), dtype)
    for at, item in enumerate(flat):  # one by one: numpy would look into lists
        array[at] = item
    return array.reshape(shape).copy(order)


def _array_back(parts: dict[str, Any]) -> NDArray[Any]:
    import numpy as np

    flat = np.frombuffer(parts["data"], np.lib.format.descr_to_dtype(parts["dtype"]))
    return flat.reshape(parts["shape"]).copy(parts["order"])


DECODERS: dict[str, Callable[..., object]] = {
    "numpy": _numpy_back,
    "ndarray": _ndarray_back,
    "array": _array_back,
}
