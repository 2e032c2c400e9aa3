"""Refusal: the error of the value codec, with the path to the value and a remedy."""

from __future__ import annotations

import enum
import reprlib

from omegastore.errors import UnsupportedValue

_BUILTIN = (bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict)


class Refused(UnsupportedValue):
    """A value that cannot be kept exactly.

    Parameters
    ----------
    reason : str
        What is wrong with the value, and what would be right.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: list[str] = []
        """The way from the value to the object that was put, innermost first: ``["[3]", "['a']"]``."""

    def located(self, where: str) -> UnsupportedValue:
        """Return the error to raise, with the path from `where` in its message."""
        steps = self.steps[::-1]
        if len(steps) > 12:
            steps[6:-6] = ["..."]
        return UnsupportedValue(f"{where}{''.join(steps)}: {self.reason}")


def refusal(value: object) -> Refused:
    """Return the error for a `value` whose type the codec does not know."""
    kind = type(value)
    shown = " ".join(reprlib.repr(value).split())  # on one line
    return Refused(f"cannot keep {shown} of type {kind.__module__}.{kind.__qualname__}; {_remedy(value)}")


def _remedy(value: object) -> str:
    if isinstance(value, enum.Enum):
        return "keep its .value or .name instead"
    if isinstance(value, memoryview):
        return "convert it with bytes(...)"
    for base in _BUILTIN:
        if isinstance(value, base):
            return f"its own type could not be restored: convert it with {base.__name__}(...)"
    return "convert it to plain values, or put it under a name of its own by a kind= that keeps its type"
