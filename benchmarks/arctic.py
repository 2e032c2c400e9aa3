"""ArcticDB: a columnar store on LMDB, for orientation; it needs pandas before 3."""

from __future__ import annotations

import tempfile
from typing import Any


class Arctic:
    """A library in a temporary folder, made at the first use; raises ImportError where ArcticDB is not installed.

    Parameters
    ----------
    data : DataFrame
        What is written and read.
    """

    def __init__(self, data: Any) -> None:
        self._data, self._library, self._folder = data, None, tempfile.TemporaryDirectory(prefix="omegastore-bench-")

    def write(self) -> None:
        """Write the frame, as a new version."""
        self._opened().write("frame", self._data, prune_previous_versions=True)

    def read(self) -> None:
        """Read the frame."""
        self._opened().read("frame")

    def close(self) -> None:
        """Remove the folder."""
        self._library = None
        self._folder.cleanup()

    def _opened(self) -> Any:
        if self._library is None:
            import arcticdb

            database = arcticdb.Arctic(f"lmdb://{self._folder.name}")
            self._library = database.get_library("bench", create_if_missing=True)
            self.write()
        return self._library
