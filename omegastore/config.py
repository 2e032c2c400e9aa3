"""Settings: argument, then environment, then default; a value, never a global."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from omegastore.errors import InvalidSetting

POLICIES = ("signed", "skops", "all")
"""Values of ``OMEGA_STORE_TRUST``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a store is configured by; each field is also an environment variable.

    Examples
    --------
    >>> Settings(OMEGA_STORE_KEEP_VERSIONS=2).OMEGA_STORE_KEEP_VERSIONS
    2
    """

    OMEGA_MONGO_URL: str | None = field(default=None, repr=False)
    """MongoDB URI, passed to the driver unchanged; None means the embedded server."""
    OMEGA_MONGO_COLLECTION: str = "omegaml"
    """The default bucket."""
    OMEGA_TMP: str = field(default_factory=tempfile.gettempdir)
    """Folder that temporary folders are made in."""
    OMEGA_STORE_BACKENDS: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further backends: kind to ``"module:Class"``; in the environment ``kind=module:Class,...``."""
    OMEGA_STORE_MIXINS: tuple[str, ...] = ()
    """Further mixins, each ``"module:Class"``; in the environment separated by commas."""
    OMEGA_STORE_HASHEDNAMES: bool = True
    """Whether `object_store_key` hashes names."""
    OMEGA_STORE_KEEP_VERSIONS: int = 5
    """How many displaced versions of an object are kept."""
    OMEGA_STORE_LEASE: float = 60.0
    """Seconds that a writer may be silent before its write is given up."""
    OMEGA_STORE_GRACE: float = 60.0
    """Seconds that a displaced payload stays for readers that have started."""
    OMEGA_STORE_SIGNING_KEY: str | None = field(default=None, repr=False)
    """Keys that sign payloads, separated by commas; the first one signs. None means the user's key file."""
    OMEGA_STORE_BUCKET_DATABASES: bool = False
    """Whether each bucket has a database of its own, so that the server can keep users apart."""
    OMEGA_STORE_TRUST: str = "signed"
    """Which payloads that can run code are loaded: ``signed`` ones, none (``skops``), or ``all``."""

    def __post_init__(self) -> None:
        if self.OMEGA_STORE_TRUST not in POLICIES:
            raise InvalidSetting(f"OMEGA_STORE_TRUST is {self.OMEGA_STORE_TRUST!r}; the policies are {[*POLICIES]}")
        if self.OMEGA_STORE_KEEP_VERSIONS < 0:
            raise InvalidSetting(f"OMEGA_STORE_KEEP_VERSIONS is {self.OMEGA_STORE_KEEP_VERSIONS}; at least 0")
        object.__setattr__(self, "OMEGA_STORE_BACKENDS", dict(self.OMEGA_STORE_BACKENDS))  # a copy, though frozen

    @classmethod
    def load(cls, given: object = None, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings that `given` and the environment say.

        Parameters
        ----------
        given : object or mapping, optional
            Holds settings as attributes or keys by their names; others, and None, are ignored.
            It is never changed.
        environ : mapping
            The environment.

        Raises
        ------
        InvalidSetting
            When a variable of the environment cannot be read as its setting.
        """
        known = {each.name for each in fields(cls)}
        found: dict[str, Any] = {name: _parse(name, environ[name]) for name in known if environ.get(name)}
        if isinstance(given, Mapping):
            found |= {name: value for name, value in given.items() if name in known and value is not None}
        elif given is not None:
            held = {name: getattr(given, name, None) for name in known}
            found |= {name: value for name, value in held.items() if value is not None}
        return cls(**found)


def _parse(name: str, text: str) -> object:
    """Read `text` of the environment as the value of the setting `name`."""
    try:
        if name == "OMEGA_STORE_BACKENDS":
            return dict(_pair(item) for item in text.split(","))
        if name == "OMEGA_STORE_MIXINS":
            return tuple(item.strip() for item in text.split(","))
        if name in ("OMEGA_STORE_HASHEDNAMES", "OMEGA_STORE_BUCKET_DATABASES"):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        if name == "OMEGA_STORE_KEEP_VERSIONS":
            return int(text)
        if name in ("OMEGA_STORE_LEASE", "OMEGA_STORE_GRACE"):
            return float(text)
    except (ValueError, KeyError) as error:
        raise InvalidSetting(f"{name}={text!r} in the environment cannot be read") from error
    return text


def _pair(item: str) -> tuple[str, str]:
    kind, target = item.split("=")
    return kind.strip(), target.strip()
