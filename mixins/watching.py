"""Watching: being told what others do to the objects of a store."""

from __future__ import annotations

import re

from omegastore import naming
from omegastore.base import BaseStore
from omegastore.errors import ReadOnly
from omegastore.watch import Watch


class WatchingMixin(BaseStore):
    """Being told of changes."""

    def watch(
        self,
        pattern: str | None = None,
        after: str | None = None,
        timeout: float | None = None,
        hidden: bool = False,
    ) -> Watch:
        """Return an iterator of the changes of objects, from now on, as they become visible.

        Parameters
        ----------
        pattern : str, optional
            A glob for the names, as for `list`; default: all.
        after : str, optional
            The ``token`` of a change: what came after it is told first, also what came while nobody watched.
        timeout : float, optional
            Seconds without a change after which the iteration ends; default: it goes on until it is closed.
        hidden : bool
            Include names that begin with ``.`` and, which are temporary, ``_``.

        Returns
        -------
        Watch
            Yields `omegastore.watch.Change`; a context manager.

        Raises
        ------
        UnsupportedServer
            On a standalone server, which has no change streams.
        InvalidOption, VersionGone
            When `after` is no token, or older than the log of the server.

        Examples
        --------
        >>> from omegastore import OmegaStore
        >>> store = OmegaStore()
        >>> with store.watch("models/*", timeout=5) as changes:
        ...     meta = store.put(1, "models/one")
        ...     next(changes).version == meta.version
        True
        """
        if self.storage.catalog.moment is not None:
            raise ReadOnly("the past does not change; watch the store itself")
        wanted = re.compile(naming.glob_regex("*" if pattern is None else naming.check_text(pattern, "pattern")))
        return Watch(
            self.storage.catalog,
            lambda name: (hidden or name[0] not in "._") and wanted.search(name) is not None,
            after,
            timeout,
        )
