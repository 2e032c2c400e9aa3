"""Members: what the containers of a project share, be it frames or pipelines."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

from omegastore.errors import NoMember

T = TypeVar("T")


class Members(ABC, Generic[T]):
    """Members by number, slice or name.

    The container of a project reads its list anew at each use; what was chosen of it by a slice, `filter` or `sort`
    stays as it is.

    Parameters
    ----------
    chosen : sequence, optional
        What was chosen; default: all of the project.
    """

    what: ClassVar[str]
    """What a member is called in messages."""
    heads: ClassVar[tuple[str, ...]]
    """The heads of the table."""

    def __init__(self, chosen: Sequence[T] | None = None) -> None:
        self._chosen = None if chosen is None else list(chosen)

    @property
    def names(self) -> list[str]:
        """The names of the members."""
        return [self._name(each) for each in self]

    def filter(self, conditional: Callable[[T], bool]) -> Self:
        """Return those for which `conditional` is true."""
        return self._of([each for each in self if conditional(each)])

    def sort(self, key: Callable[[T], Any] | None = None, descending: bool = False) -> Self:
        """Return them by `key`; default: by name."""
        return self._of(sorted(self, key=self._name if key is None else key, reverse=descending))

    def __len__(self) -> int:
        return len(self._members())

    def __iter__(self) -> Iterator[T]:
        return iter(self._members())

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, key: int | slice | str) -> Any:
        found = self._members()
        if isinstance(key, slice):
            return self._of(found[key])
        if isinstance(key, int):
            return found[key]
        for each in found:
            if self._name(each) == key:
                return each
        raise self._missing(key)

    @abstractmethod
    def _all(self) -> list[T]:
        """Return all members of the project."""

    @abstractmethod
    def _of(self, chosen: list[T]) -> Self:
        """Return a container of some members."""

    @abstractmethod
    def _name(self, member: T) -> str:
        """Return the name of a member."""

    @abstractmethod
    def _row(self, member: T) -> list[str]:
        """Return what the table tells of a member."""

    def _missing(self, name: object) -> NoMember:
        """Return the error that says that there is no such member."""
        return NoMember(f"there is no {self.what} {name!r} among {self.names}")

    def _members(self) -> list[T]:
        return self._all() if self._chosen is None else list(self._chosen)

    def __repr__(self) -> str:
        rows = [list(self.heads), *map(self._row, self)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.heads))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in self._row(each))}</tr>" for each in self
        )
        return f"<table><tr>{''.join(f'<th>{html.escape(head)}</th>' for head in self.heads)}</tr>{rows}</table>"
