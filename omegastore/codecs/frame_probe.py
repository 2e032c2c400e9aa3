"""Probes for what is stored as a frame though it is none of pandas': told from the class alone; imports nothing."""

from __future__ import annotations


def looks_like_frames(obj: object) -> bool:
    """Return whether `obj` is an iterator (of frames), an Arrow stream such as a polars frame, or a dask frame.

    Examples
    --------
    >>> looks_like_frames(frame for frame in ())
    True
    >>> looks_like_frames([])
    False
    """
    if isinstance(obj, type) or _comes_from(obj, "pandas") or looks_like_series(obj):
        return False
    kind = type(obj)
    is_iterator = hasattr(kind, "__next__") and not hasattr(kind, "read")
    return is_iterator or hasattr(kind, "__arrow_c_stream__") or _is_dask(obj)


def looks_like_series(obj: object) -> bool:
    """Return whether `obj` is a Series of polars or dask, or a chunked array of Arrow.

    Examples
    --------
    >>> looks_like_series([])
    False
    """
    if isinstance(obj, type) or _comes_from(obj, "pandas"):
        return False
    is_arrow = hasattr(type(obj), "__arrow_c_stream__") and type(obj).__name__ in ("Series", "ChunkedArray")
    return is_arrow or (_is_dask(obj) and not hasattr(obj, "columns"))


def _is_dask(obj: object) -> bool:
    return _comes_from(obj, "dask") and hasattr(type(obj), "npartitions") and hasattr(type(obj), "get_partition")


def _comes_from(obj: object, package: str) -> bool:
    return any(base.__module__.partition(".")[0] == package for base in type(obj).__mro__)
