"""ObjectName: the syntax around a name on reading, ``base[columns]@version#iteration``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from omegastore.errors import InvalidName
from omegastore.naming.check import RESERVED, check_name


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that ``name[...]`` selects."""

    kind: Literal["list", "slice", "except"]
    """``[a,b]``, ``[a:c]`` (both ends included, as by ``loc``) or ``[^a,b]``."""
    names: tuple[str | None, ...]
    """The columns; the first and last of a slice, None where it is open."""

    def __str__(self) -> str:
        sign = ":" if self.kind == "slice" else ","
        return f"[{'^' if self.kind == 'except' else ''}{sign.join(name or '' for name in self.names)}]"


@dataclass(frozen=True, slots=True)
class Iteration:
    """How ``name#verb:option=n`` reads an object in parts."""

    verb: str
    """``"iterchunks"`` or ``"rows"``."""
    options: tuple[tuple[str, int], ...] = ()
    """Keywords of the verb."""

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in self.options)
        return f"#{self.verb}:{options}" if options else f"#{self.verb}"


_ITERATIONS = {"iterchunks": ("chunksize",), "rows": ("start", "end", "chunksize")}
_SYNTAX = re.compile(
    r"(?P<base>[^\[\]@^#]*)(?:\[(?P<columns>[^\]]*)\])?(?P<version>@[^#]*|\^+)?(?:#(?P<iteration>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A name with what its syntax says: ``base[columns]@version#iteration``.

    Examples
    --------
    >>> parse("sales[a,b]@v2")
    ObjectName(base='sales', columns=Columns(kind='list', names=('a', 'b')), version='v2', iteration=None)
    """

    base: str
    """The name of the object."""
    columns: Columns | None = None
    version: int | str | None = None
    """``@tag``: a str; ``@3``: 3; ``^``: -2, the version before the latest; ``^^``: -3; None if not given."""
    iteration: Iteration | None = None

    def __str__(self) -> str:
        back = isinstance(self.version, int) and self.version < -1
        version = "^" * -(int(self.version) + 1) if back and self.version else f"@{self.version}"
        return f"{self.base}{self.columns or ''}{'' if self.version is None else version}{self.iteration or ''}"


def parse(name: object) -> ObjectName:
    """Read a name as get, getl and metadata take it.

    Parameters
    ----------
    name : str
        ``base``, then each if wanted and in this order: ``[a,b]``, ``[a:c]`` or ``[^c]``; ``@tag``, ``@3`` or
        ``^``; ``#iterchunks:chunksize=10`` or ``#rows:start=1,end=10``.

    Raises
    ------
    InvalidName
        If it is not written so, or `base` cannot be the name of an object.
    """
    if type(name) is not str:
        raise InvalidName(f"a name is a str, not {name!r} ({type(name).__name__})")
    match = _SYNTAX.fullmatch(name)
    if match is None:
        raise InvalidName(f"cannot read {name!r}; write name[columns]@version#iteration, in this order")
    columns, version, iteration = match["columns"], match["version"], match["iteration"]
    return ObjectName(
        check_name(match["base"]),
        None if columns is None else _columns(columns, name),
        None if version is None else _version(version, name),
        None if iteration is None else _iteration(iteration, name),
    )


def _columns(body: str, name: str) -> Columns:
    if ":" in body and "," not in body and not body.startswith("^"):
        ends = [end.strip() or None for end in body.split(":")]
        if len(ends) == 2:
            return Columns("slice", tuple(ends))
    else:
        names = [each.strip() for each in body.removeprefix("^").split(",")]
        if all(names) and not (":" in body and "," in body):
            return Columns("except" if body.startswith("^") else "list", tuple(names))
    raise InvalidName(f"cannot read [{body}] in {name!r}; write [a,b], [first:last] or [^without]")


def _version(text: str, name: str) -> int | str:
    if text.startswith("^"):
        return -len(text) - 1
    tag = text[1:]
    number = int(tag) if re.fullmatch(r"-?[0-9]{1,18}", tag) else None
    if number == 0 or not tag.strip() or set(tag) & set(RESERVED + "\0"):
        raise InvalidName(f"cannot read {text!r} in {name!r}; write @tag, @3 or ^ after the columns")
    return tag if number is None else number


def _iteration(text: str, name: str) -> Iteration:
    verb, colon, body = text.partition(":")
    options: dict[str, int] = {}
    for each in body.split(",") if colon else ():
        key, _, value = each.partition("=")
        if key not in _ITERATIONS.get(verb, ()) or key in options or not re.fullmatch("[0-9]{1,18}", value):
            break
        options[key] = int(value)
    else:
        if verb in _ITERATIONS:
            return Iteration(verb, tuple(options.items()))
    raise InvalidName(f"cannot read #{text} in {name!r}; write #iterchunks:chunksize=10 or #rows:start=1,end=10")
