"""Applying: functions of a whole lazy frame or series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegastore.errors import OmegaStoreError
from omegastore.mdataframe.lazy import Lazy


class Applying(Lazy):
    """Functions that say what the server does."""

    def apply(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what a function makes of this lazy object; the server computes it.

        Parameters
        ----------
        func : callable
            Is called once, with the whole lazy frame or series, and returns one.
        *args, **kwargs
            Further parameters of `func`.

        Raises
        ------
        TypeError
            If the function does more than lazy objects can: MongoDB runs no Python.
        """
        remedy = (
            "apply() calls it with the lazy rows, which MongoDB computes; map_batches() calls it with pandas' own"
        )
        try:
            made = func(self, *args, **kwargs)
        except OmegaStoreError:
            raise
        except (TypeError, ValueError, AttributeError) as error:
            raise TypeError(f"the function failed with {type(error).__qualname__}: {error}. {remedy}") from error
        if not isinstance(made, Lazy):
            raise TypeError(f"the function returned {type(made).__qualname__}, not lazy rows. {remedy}")
        return made

    def pipe(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a function makes of this object.

        Parameters
        ----------
        func : callable, or (callable, str)
            The function, or with the name of the keyword that takes this object.
        *args, **kwargs
            Further parameters of `func`.
        """
        if not isinstance(func, tuple):
            return func(self, *args, **kwargs)
        called, name = func
        if name in kwargs:
            raise ValueError(f"{name} is both the pipe target and a keyword argument")
        return called(*args, **{name: self, **kwargs})
