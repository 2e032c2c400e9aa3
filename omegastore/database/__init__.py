"""Databases: tables of SQL databases, by any connection of Python's DB-API; SQLAlchemy finds the driver of a URL.

Frames are read from them and written to them in chunks. What else a database can do is done with its own connection.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from omegastore.database.connection import Connection
from omegastore.errors import MissingExtra

__all__ = ["Connection", "connect", "connect_sqlite3"]


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
