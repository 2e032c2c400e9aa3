"""OmegaStore: the store with all of its verbs and built-in backends."""

from __future__ import annotations

from omegastore.backends import SPECS
from omegastore.mixins.access import AccessMixin
from omegastore.mixins.commits import CommitsMixin
from omegastore.mixins.edits import EditsMixin
from omegastore.mixins.frames import FramesMixin
from omegastore.mixins.help import HelpMixin
from omegastore.mixins.listing import ListingMixin
from omegastore.mixins.maintenance import MaintenanceMixin
from omegastore.mixins.metadata import MetadataMixin
from omegastore.mixins.moving import MovingMixin
from omegastore.mixins.plugins import PluginsMixin
from omegastore.mixins.pyobjects import PyObjectsMixin
from omegastore.mixins.trust import TrustMixin
from omegastore.mixins.versions import VersionsMixin
from omegastore.mixins.watching import WatchingMixin
from omegastore.mongo import Client, Connection


class OmegaStore(
    AccessMixin,
    CommitsMixin,
    EditsMixin,
    MaintenanceMixin,
    FramesMixin,
    HelpMixin,
    ListingMixin,
    MetadataMixin,
    MovingMixin,
    PluginsMixin,
    PyObjectsMixin,
    TrustMixin,
    VersionsMixin,
    WatchingMixin,
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

    def __init__(
        self,
        mongo_url: str | Client | Connection | None = None,
        bucket: str | None = None,
        prefix: str | None = None,
        kind: str | list[str] | None = None,
        defaults: object = None,
        dbalias: str | None = None,
    ) -> None:
        super().__init__(mongo_url, bucket, prefix, kind, defaults, dbalias)
        for spec in SPECS:
            self.storage.registry.add(spec)
        self.register_backends()
        self.register_mixins()
