"""Databases: tables of SQL databases, by any connection of Python's DB-API; SQLAlchemy finds the driver of a URL.

Frames are read from them and written to them in chunks. What else a database can do is done with its own connection.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegastore.errors import InvalidOption, MissingExtra, UnsupportedValue

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
TYPES = {"i": "BIGINT", "u": "BIGINT", "f": "DOUBLE PRECISION", "b": "BOOLEAN", "M": "TIMESTAMP"}
"""The type of a column, by the kind of its dtype; of all others TEXT."""

NULLABLE = {int: "Int64", bool: "boolean"}
"""The dtype of a column of Python's values of which some are missing, where pandas would take another type."""


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
            raise TypeError(f"a database is a connection of Python's DB-API or a SQLAlchemy engine, not {driver!r}")
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
                    cursor.execute(f"CREATE TABLE {self.quoted(table)} ({_declared(self, frame)})")
                    is_made = True
                marks = ", ".join([self._mark] * len(frame.columns))
                rows = list(zip(*(_bound(str(name), column) for name, column in frame.items()), strict=True))
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


def connect_sqlite3(name: str | Path = ":memory:") -> Connection:
    """Return the database of a file of SQLite, which is made if need be; ``":memory:"`` is one that is lost."""
    return Connection(sqlite3.connect(name))


def connect(url: str) -> Connection:
    """Return the database of a URL as SQLAlchemy reads it, such as ``"postgresql://user@host/database"``.

    Raises
    ------
    MissingExtra
        When SQLAlchemy is not installed.
    """
    try:
        import sqlalchemy  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise MissingExtra("connect(url) needs SQLAlchemy: pip install sqlalchemy, and the driver") from error
    return Connection(sqlalchemy.create_engine(url))


def frame_of(columns: dict[str, list[Any]], names: Sequence[str], start: int = 0) -> pd.DataFrame:
    """Return a frame of columns of Python values; integers and bools of which some are missing get nullable dtypes.

    Raises
    ------
    UnsupportedValue
        For a column of floats and integers that no float is.
    """
    import pandas as pd

    if len(set(names)) < len(names):
        raise UnsupportedValue(f"columns have the same name: {list(names)}; name them apart, by AS in a query")
    rows = len(next(iter(columns.values()), []))
    index = pd.RangeIndex(start, start + rows)
    return pd.DataFrame({name: _series(name, columns.get(name, []), index) for name in names}, index=index)


def _series(name: str, values: list[Any], index: Any) -> pd.Series[Any]:
    import pandas as pd

    types = {type(each) for each in values if each is not None}
    if types == {int, float}:
        wrong = next((each for each in values if type(each) is int and int(float(each)) != each), None)
        if wrong is not None:
            raise UnsupportedValue(f"column {name!r} holds floats and the integer {wrong}, which no float is")
    dtype = NULLABLE.get(next(iter(types))) if len(types) == 1 and None in values else None
    made: pd.Series[Any] = pd.Series(values, index=index, dtype=dtype if values else object)
    return made


def _declared(connection: Connection, frame: pd.DataFrame) -> str:
    kinds = [frame.iloc[:, at].dtype.kind for at in range(len(frame.columns))]
    pairs = zip(frame.columns, kinds, strict=True)
    return ", ".join(f"{connection.quoted(name)} {TYPES.get(kind, 'TEXT')}" for name, kind in pairs)


def plain(column: pd.Series[Any]) -> list[Any]:
    """Return the values of a column as Python's own, None for what is missing."""
    pairs = zip(column.tolist(), column.isna(), strict=True)
    return [None if is_missing else value for value, is_missing in pairs]


def _bound(name: str, column: pd.Series[Any]) -> list[Any]:
    """Return the values as drivers take them: times as texts, which all databases read.

    Raises
    ------
    UnsupportedValue
        For another value than a text in a column of objects.
    """
    found = plain(column)
    if column.dtype.kind == "M":
        return [None if each is None else each.isoformat(sep=" ") for each in found]
    if column.dtype.kind not in TYPES:
        wrong = next((each for each in found if each is not None and not isinstance(each, str)), None)
        if wrong is not None:
            raise UnsupportedValue(
                f"column {name!r} holds {wrong!r}; tables get numbers, bools, times and texts alone"
            )
    return found
