"""Extension: mixins added to a class of stores, which may only add."""

from __future__ import annotations

from typing import TypeVar, cast

T = TypeVar("T")

_made: dict[type, tuple[type, tuple[type, ...]]] = {}
"""Of the classes that were made here: the importable class, and the mixins on top of it."""


def extended(cls: type[T], mixin: type) -> type[T]:
    """Return the class that adds `mixin` to `cls`, the same one each time.

    Raises
    ------
    TypeError
        When the mixin would hide something.
    """
    if issubclass(cls, mixin):
        return cls
    plain, mixins = origin(cls)
    found = next((made for made, parts in _made.items() if parts == (plain, (*mixins, mixin))), None)
    if found is None:
        found = type(cls.__name__, (mixin, cls), {"__module__": cls.__module__})
        refuse_hiding(found)
        _made[found] = (plain, (*mixins, mixin))
    return cast("type[T]", found)


def origin(cls: type[T]) -> tuple[type[T], tuple[type, ...]]:
    """Return the importable class that `cls` was made of, and the mixins that were added to it."""
    return _made.get(cls, (cls, ()))


def refuse_hiding(cls: type) -> None:
    """Raise TypeError when a public name of `cls` has two owners."""
    owners: dict[str, type] = {}
    for base in reversed(cls.__mro__[:-1]):
        for name in vars(base):
            if name.startswith("_"):
                continue
            if name in owners:
                first = owners[name].__name__
                raise TypeError(f"{base.__name__}.{name} would hide {first}.{name}; a mixin only adds")
            owners[name] = base
