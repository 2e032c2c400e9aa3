"""Probes: what an object looks like, told from its class alone; imports nothing."""

from __future__ import annotations


def looks_like_estimator(obj: object) -> bool:
    """Return whether `obj` is an instance with ``fit`` and ``get_params``, as scikit-learn's estimators are.

    Examples
    --------
    >>> looks_like_estimator("text")
    False
    """
    return _has_methods(obj, "fit", "get_params")


def looks_like_file(obj: object) -> bool:
    """Return whether `obj` is an instance with ``read`` and ``readable``, as Python's files are.

    Examples
    --------
    >>> import io
    >>> looks_like_file(io.BytesIO())
    True
    """
    return _has_methods(obj, "read", "readable")


def _has_methods(obj: object, *names: str) -> bool:
    # the class is asked: an instance may make up any attribute, or work to answer
    return not isinstance(obj, type) and all(callable(getattr(type(obj), name, None)) for name in names)
