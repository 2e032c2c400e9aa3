"""OmegaStore: the store with all of its verbs and built-in backends."""

from __future__ import annotations

from typing import Any

from omegastore.backends import SPECS
from omegastore.mixins.access import AccessMixin
from omegastore.mixins.collecting import CollectingMixin
from omegastore.mixins.frames import FramesMixin
from omegastore.mixins.help import HelpMixin
from omegastore.mixins.listing import ListingMixin
from omegastore.mixins.metadata import MetadataMixin
from omegastore.mixins.plugins import PluginsMixin
from omegastore.mixins.pyobjects import PyObjectsMixin


class OmegaStore(
    AccessMixin,
    CollectingMixin,
    FramesMixin,
    HelpMixin,
    ListingMixin,
    MetadataMixin,
    PluginsMixin,
    PyObjectsMixin,
):
    """The storage for models and data in one bucket and prefix of a MongoDB database.

    The parameters are those of `omegastore.base.BaseStore`.

    Examples
    --------
    >>> store = OmegaStore()
    >>> store.put({"a": (1, 2)}, "settings", kind="python.object").version
    1
    >>> store.get("settings")
    {'a': (1, 2)}
    >>> store.drop("settings")
    True
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        for spec in SPECS:
            self.storage.registry.add(spec)
        self.register_backends()
        self.register_mixins()
