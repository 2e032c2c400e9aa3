"""Help: what a stored object is, in words of its owner or of its backend."""

from __future__ import annotations

import pydoc
import sys
import webbrowser
from typing import Any

from omegastore.base import BaseStore


class HelpMixin(BaseStore):
    """Help on objects."""

    def help(self, name_or_obj: Any = None, kind: str | None = None, raw: bool = False) -> str | None:
        """Show help on an object.

        Parameters
        ----------
        name_or_obj : str or object, optional
            The name of a stored object, or an object that could be stored; none: help on the store.
        kind : str, optional
            Help on the backend of this kind.
        raw : bool
            Always help on the backend, whatever the object's ``attributes["docs"]`` say.

        Returns
        -------
        str or None
            The text where Python is not interactive. Where it is, the text is shown and a
            ``docs`` attribute that is a web address is opened in the browser.

        Raises
        ------
        DoesNotExist
            For an unknown name.
        """
        subject, docs = self._subject(name_or_obj, kind)
        text = docs if docs is not None and not raw else pydoc.plain(pydoc.render_doc(subject))
        if not _is_interactive():
            return text
        if text.startswith(("http://", "https://")):
            webbrowser.open(text)
        else:
            pydoc.pager(text)
        return None

    def _subject(self, name_or_obj: Any, kind: str | None) -> tuple[Any, str | None]:
        """Return the class to describe, and what the object's owner wrote of it."""
        registry, docs = self.storage.registry, None
        if isinstance(name_or_obj, str):
            document = self.storage.find(name_or_obj)
            kind, docs = kind or document["kind"], (document.get("attributes") or {}).get("docs")
        if kind is not None:
            return registry.by_kind(kind), docs if isinstance(docs, str) else None
        backend = None if name_or_obj is None else registry.by_object(name_or_obj)
        return backend or type(self), None


def _is_interactive() -> bool:
    return hasattr(sys, "ps1") or bool(sys.flags.interactive)
