"""Output: data on stdout as table, tab-separated lines or JSON; messages on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any


class Output:
    """What a command says.

    Parameters
    ----------
    is_json : bool
        Write data as one JSON value.

    Examples
    --------
    >>> Output(is_json=True).data({"name": "sales", "version": 3})
    {"name": "sales", "version": 3}
    """

    def __init__(self, is_json: bool = False) -> None:
        self.is_json = is_json

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows: a table on a terminal, tab-separated lines elsewhere, a list of objects as JSON."""
        found = [list(row) for row in rows]
        if self.is_json:
            self.data([dict(zip(columns, row, strict=True)) for row in found])
        elif sys.stdout.isatty():
            _draw(columns, found) if found else self.say("nothing")
        else:
            for row in found:
                print("\t".join(shown(value) for value in row))  # noqa: T201

    def line(self, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Write one row at once, of rows that come one after another: an object of JSON, or fields between tabs."""
        if self.is_json:
            self.data(dict(zip(columns, row, strict=True)))
        else:
            print("\t".join(shown(value) for value in row))  # noqa: T201
        sys.stdout.flush()

    def data(self, value: Any) -> None:
        """Write one value; a mapping that is not JSON as one line for each key."""
        if self.is_json:
            print(json.dumps(value, default=_plain, ensure_ascii=False))  # noqa: T201
        elif isinstance(value, Mapping):
            self.table(["", ""], value.items())
        else:
            print(value)  # noqa: T201

    def say(self, message: str) -> None:
        """Write a message for the user as one line on stderr."""
        print(shown(message), file=sys.stderr)  # noqa: T201


def shown(value: object) -> str:
    r"""Return a value as one field of a line: what would move the cursor is escaped.

    Examples
    --------
    >>> shown("a\tb\x1b[2J")
    'a\\tb\\x1b[2J'
    """
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(each) for each in value)
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def _plain(value: object) -> object:
    """Return what JSON says for a value that it has no form of."""
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _draw(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_header=any(columns))
    for at, column in enumerate(columns):
        is_number = any(columns) and all(isinstance(row[at], int | float) for row in rows)
        table.add_column(column, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    Console().print(table)
