"""Connection: a database behind a connection of Python's DB-API."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from omegastore.database.values import TYPES, bound, frame_of
from omegastore.errors import InvalidOption

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 50_000
"""Rows that are in memory at a time."""
TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'pg_catalog')"
)
LITE_TABLES = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
)
MARKS = {"qmark": "?", "format": "%s", "pyformat": "%s"}
"""What stands for a value, by the `paramstyle` of a driver."""


class Connection:
    """A database.

    Parameters
    ----------
    driver : DB-API connection, or SQLAlchemy engine
        The connection; it stays the caller's.

    Raises
    ------
    TypeError
        For anything else.
    """

    def __init__(self, driver: Any) -> None:
        given = driver.raw_connection() if hasattr(driver, "raw_connection") else driver
        if not hasattr(given, "cursor"):
            hint = "; connect(url) takes a URL" if isinstance(driver, str) else ""  # which may hold a password
            kind = type(driver).__name__
            raise TypeError(f"a database is a connection of the DB-API or a SQLAlchemy engine, not a {kind}{hint}")
        self.driver = given
        """The connection of the driver."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one of SQLite."""
        return isinstance(getattr(self.driver, "driver_connection", self.driver), sqlite3.Connection)

    def execute(self, query: str, values: Sequence[Any] = ()) -> None:
        """Run a statement, and commit.

        Parameters
        ----------
        query : str
            The statement.
        values : sequence
            What stands for its marks.
        """
        with self._transaction() as cursor:
            cursor.execute(query, values)

    def frames(self, query: str) -> Iterator[pd.DataFrame]:
        """Yield what a query selects as pandas frames of at most `CHUNK` rows; one without rows at least."""
        cursor = self.driver.cursor()
        try:
            cursor.execute(query)
            if cursor.description is None:
                raise InvalidOption(f"{query!r} selects nothing; execute() runs statements")
            names, start = [str(each[0]) for each in cursor.description], 0
            while (rows := cursor.fetchmany(CHUNK)) or not start:
                columns = map(list, zip(*rows, strict=True)) if rows else [[] for _ in names]
                yield frame_of(dict(zip(names, columns, strict=True)), names, start)
                start += len(rows)
                if not rows:
                    return
        finally:
            cursor.close()

    def get(self, query: str) -> pd.DataFrame:
        """Return what a query selects."""
        import pandas as pd

        frame: pd.DataFrame = pd.concat(list(self.frames(query)))
        return frame

    def list_tables(self) -> list[str]:
        """Return the names of the tables and views, sorted."""
        return sorted(self.get(LITE_TABLES if self.is_sqlite else TABLES).iloc[:, 0])

    def get_colnames(self, table: str) -> list[str]:
        """Return the names of the columns of a table.

        Raises
        ------
        ValueError
            When there is no such table.
        """
        return list(next(self.frames(f"{self.select(table)} WHERE 1 = 0")).columns)

    def select(self, table: str) -> str:
        """Return the query of all rows of a table.

        Raises
        ------
        ValueError
            When there is no such table.
        """
        return f"SELECT * FROM {self.known(table)}"  # noqa: S608  # the name is one of the tables', and quoted

    def drop_table(self, table: str) -> None:
        """Drop a table.

        Raises
        ------
        ValueError
            When there is no such table.
        """
        self.execute(f"DROP TABLE {self.known(table)}")

    def write(self, table: str, frames: Iterator[pd.DataFrame]) -> None:
        """Make a table of frames; it is there with all rows, or, where the database takes tables back, not at all.

        Raises
        ------
        ValueError
            When there is such a table.
        """
        if table in self.list_tables():
            raise ValueError(f"there is a table {table!r}; drop_table() it, or choose another name")
        with self._transaction() as cursor:
            is_made = False
            for frame in frames:
                names = ", ".join(map(self.quoted, frame.columns))
                if not is_made:
                    cursor.execute(f"CREATE TABLE {self.quoted(table)} ({self._declared(frame)})")
                    is_made = True
                marks = ", ".join([self._mark] * len(frame.columns))
                rows = list(zip(*(bound(str(name), column) for name, column in frame.items()), strict=True))
                cursor.executemany(f"INSERT INTO {self.quoted(table)} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def known(self, table: str) -> str:
        """Return the quoted name of a table that is there."""
        tables = self.list_tables()
        if table not in tables:
            raise ValueError(f"there is no table {table!r}; the tables are {tables}")
        return self.quoted(table)

    def quoted(self, name: str) -> str:
        """Return a name as SQL writes it."""
        return '"' + str(name).replace('"', '""') + '"'

    def _declared(self, frame: pd.DataFrame) -> str:
        pairs = [(self.quoted(str(name)), column.dtype.kind) for name, column in frame.items()]
        return ", ".join(f"{name} {TYPES.get(kind, 'TEXT')}" for name, kind in pairs)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[Any, None, None]:
        """Give a cursor, and commit what was done with it; nothing of it stays after an exception."""
        cursor = self.driver.cursor()
        try:
            if self.is_sqlite:  # whose driver begins none before it makes a table
                cursor.execute("BEGIN")
            yield cursor
            self.driver.commit()
        finally:
            self.driver.rollback()
            cursor.close()

    @property
    def _mark(self) -> str:
        module = type(getattr(self.driver, "driver_connection", self.driver)).__module__.partition(".")[0]
        style = getattr(sys.modules.get(module), "paramstyle", "qmark")
        if style not in MARKS:
            raise InvalidOption(f"{module} writes values as {style!r}; known are {list(MARKS)}")
        return MARKS[style]

    def __repr__(self) -> str:
        driver = getattr(self.driver, "driver_connection", self.driver)
        return f"<Connection of {type(driver).__module__}>"
