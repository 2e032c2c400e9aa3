"""Descriptions of numpy dtypes as JSON values: exact for every dtype whose items are plain bytes.

A simple dtype is its string (``"<M8[25s]"``), a sub-array ``{"base": ..., "shape": [...]}``, a structured dtype
its names, formats, offsets, titles, size and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from omegastore.errors import Corrupt, UnsupportedValue

AnyDType = np.dtype[Any]


def describe(dtype: AnyDType) -> Any:
    """Return the description of `dtype`, a value that JSON can hold.

    Parameters
    ----------
    dtype : numpy.dtype
        Any dtype without Python objects.

    Raises
    ------
    UnsupportedValue
        When the description would not give back `dtype`: it carries metadata, comes from another package, or
        has titles that are not text.
    """
    if dtype.metadata:
        raise UnsupportedValue(
            f"dtype {dtype} carries metadata {dict(dtype.metadata)!r}, which cannot be kept; "
            "store array.astype(dtype without metadata)"
        )
    if dtype.names is not None:
        description: Any = _describe_fields(dtype)
    elif dtype.subdtype is not None:
        base, shape = dtype.subdtype
        description = {"base": describe(base), "shape": list(shape)}
    elif dtype.char in "gG":
        # the same name means other bits on another processor
        description = {"longdouble": dtype.str, "mantissa": int(np.finfo(dtype).nmant)}
    else:
        description = dtype.str
    if dtype.isbuiltin == 2 or not is_same(build(description), dtype):  # 2: of another package
        raise UnsupportedValue(
            f"dtype {dtype!r} is none of numpy's own, so its values cannot be kept exactly; "
            "store the array in a numpy dtype"
        )
    return description


def build(description: Any) -> AnyDType:
    """Return the dtype of a description made by `describe`.

    Raises
    ------
    Corrupt
        When it describes no dtype, or one with Python objects.
    UnsupportedValue
        When it is a long double of another processor.
    """
    try:
        dtype = _build(description)
    except (TypeError, ValueError, KeyError, SyntaxError) as error:
        raise Corrupt(f"{description!r} describes no dtype") from error
    if dtype.hasobject:
        raise Corrupt(f"{description!r} describes Python objects, which are never read from plain bytes")
    return dtype


def is_same(left: AnyDType, right: AnyDType) -> bool:
    """Return whether two dtypes are equal in all that can be seen, flags and titles included."""
    if left != right or left.isalignedstruct != right.isalignedstruct:
        return False
    if left.kind == "V" and left.type is not right.type:
        return False
    if left.names is None or right.names is None:
        return True
    return all(_is_same_field(left, right, name) for name in left.names)


def storage(dtype: AnyDType) -> tuple[AnyDType, tuple[int, ...]]:
    """Return the dtype and extra dimensions in which an item of `dtype` stands in HDF.

    Numbers and booleans stand as they are, times as their integers, all else as bytes.
    """
    if dtype.kind in "biufc" and dtype.char not in "gG":
        return dtype, ()
    if dtype.kind in "mM":
        return np.dtype("i8").newbyteorder(dtype.byteorder), ()
    return np.dtype("u1"), (dtype.itemsize,)


def _describe_fields(dtype: AnyDType) -> dict[str, Any]:
    fields = [_field(dtype, name) for name in dtype.names or ()]
    return {
        "names": list(dtype.names or ()),
        "formats": [describe(field) for field, _, _ in fields],
        "offsets": [offset for _, offset, _ in fields],
        "titles": [_text(title, dtype) for _, _, title in fields],
        "itemsize": dtype.itemsize,
        "aligned": dtype.isalignedstruct,
        "record": dtype.type is np.record,
    }


def _build(description: Any) -> AnyDType:
    if isinstance(description, str):
        return np.dtype(description)
    if not isinstance(description, Mapping):
        raise TypeError("neither text nor a mapping")
    if "base" in description:
        return np.dtype((build(description["base"]), tuple(description["shape"])))
    if "longdouble" in description:
        return _build_longdouble(description["longdouble"], description["mantissa"])
    names: list[str] = description["names"]
    fields: dict[str, Any] = {
        "names": names,
        "formats": [build(field) for field in description["formats"]],
        "offsets": description["offsets"],
        "itemsize": description["itemsize"],
    }
    if any(title is not None for title in description["titles"]):
        fields["titles"] = description["titles"]
    make: Any = np.dtype  # its types want the keys as literals
    dtype: AnyDType = make(fields, align=bool(description["aligned"]))
    return np.dtype((np.record, dtype)) if description["record"] else dtype


def _build_longdouble(text: str, mantissa: int) -> AnyDType:
    here = int(np.finfo(np.longdouble).nmant)
    if here != mantissa:
        raise UnsupportedValue(
            f"long doubles of {mantissa} bits cannot be read on this machine, where they have {here}; "
            "store the array as float64"
        )
    return np.dtype(text)


def _field(dtype: AnyDType, name: str) -> tuple[AnyDType, int, object]:
    fields: Any = dtype.fields
    field = fields[name]
    return field[0], field[1], field[2] if len(field) == 3 else None


def _is_same_field(left: AnyDType, right: AnyDType, name: str) -> bool:
    (one, *places), (other, *others) = _field(left, name), _field(right, name)
    return places == others and is_same(one.base, other.base)


def _text(title: object, dtype: AnyDType) -> str | None:
    if title is None or isinstance(title, str):
        return title
    raise UnsupportedValue(f"dtype {dtype} has the title {title!r}; titles are kept when they are text")
