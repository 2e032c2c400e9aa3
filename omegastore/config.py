"""Settings: argument, then environment, then project's file, then user's file, then default; never a global."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from omegastore.configfile import ConfigFile, files
from omegastore.errors import InvalidSetting

POLICIES = ("signed", "skops", "all")
"""Values of ``OMEGA_STORE_TRUST``."""
OWN = ("OMEGA_STORE_TRUST", "OMEGA_STORE_SIGNING_KEY", "OMEGA_RUNTIME")
"""Settings that say whom the user trusts; the file of a project, which may be somebody else's, cannot."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a store is configured by; each field is also a variable of the environment and a key of files.

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

    OMEGA_RUNTIME: str | None = None
    """Where `engine.launch` lets work run: a Dask scheduler's address, or a number of processes; None means one."""

    def __post_init__(self) -> None:
        for each in fields(self):
            _check(each.name, getattr(self, each.name))
        object.__setattr__(self, "OMEGA_STORE_BACKENDS", dict(self.OMEGA_STORE_BACKENDS))  # a copy, though frozen

    @classmethod
    def load(cls, given: object = None, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings that `given`, the environment and the configuration files say, in this order.

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
            When a variable of the environment or a key of a file cannot be read as its setting, or a file has a
            key that is none.
        """
        return cls(**{each.name: each.value for each in settings(given, environ) if each.origin != DEFAULT})


DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, and who has decided it."""

    name: str
    value: Any = field(repr=False)
    origin: str
    """``argument``, ``environment``, the path of a file, or ``default``."""


def settings(given: object = None, environ: Mapping[str, str] = os.environ) -> list[Setting]:
    """Return all settings with their origins; the parameters and errors are those of `Settings.load`.

    Examples
    --------
    >>> found = settings({"OMEGA_STORE_KEEP_VERSIONS": 2}, {"OMEGASTORE_CONFIG": "", "OMEGA_STORE_LEASE": "5"})
    >>> [(each.name, each.value) for each in found if each.origin == "environment"]
    [('OMEGA_STORE_LEASE', 5.0)]
    """
    found = {each.name: each for each in _defaults()}
    for file in reversed(list(files(environ))):
        found |= {each.name: each for each in _of_file(file)}
    for each in fields(Settings):
        text, value = environ.get(each.name), _given(given, each.name)
        if text:
            found[each.name] = Setting(each.name, _parse(each, text), "environment")
        if value is not None:
            found[each.name] = Setting(each.name, value, "argument")
    return list(found.values())


def is_secret(name: str) -> bool:
    """Return whether the value of a setting is not to be shown."""
    return any(each.name == name and not each.repr for each in fields(Settings))


def _defaults() -> Iterator[Setting]:
    settings = Settings()
    return (Setting(each.name, getattr(settings, each.name), DEFAULT) for each in fields(Settings))


def _given(given: object, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else getattr(given, name, None)


def _of_file(file: ConfigFile) -> Iterator[Setting]:
    """Yield the settings of a file."""
    known = {each.name: each for each in fields(Settings)}
    for name, value in file.values.items():
        if name not in known:
            near = difflib.get_close_matches(name.upper(), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"the settings are {sorted(known)}"
            raise InvalidSetting(f"{file.path}: there is no setting {name!r}; {hint}")
        if file.is_project and name in OWN:
            raise InvalidSetting(
                f"{file.path}: {name} says whom you trust, which the file of a project cannot; "
                f"set it in the environment or in your own configuration file"
            )
        _, what, fits, convert = _FORMS[str(known[name].type)]
        if not fits(value):
            shown = "" if is_secret(name) else f", not {value!r}"
            raise InvalidSetting(f"{file.path}: {name} takes {what}{shown}")
        try:
            _check(name, convert(value))
        except InvalidSetting as error:
            raise InvalidSetting(f"{file.path}: {error}") from error
        yield Setting(name, convert(value), str(file.path))


def _parse(setting: Field[Any], text: str) -> Any:
    """Read `text` of the environment as the value of a setting."""
    try:
        return _FORMS[str(setting.type)][0](text)
    except (ValueError, KeyError) as error:
        raise InvalidSetting(f"{setting.name}={text!r} in the environment cannot be read") from error


def _check(name: str, value: Any) -> None:
    """Raise for a value of the right type that no setting can have."""
    if name == "OMEGA_STORE_TRUST" and str(value) not in POLICIES:
        raise InvalidSetting(f"{name} is {value!r}; the policies are {[*POLICIES]}")
    if name == "OMEGA_STORE_KEEP_VERSIONS" and value < 0:
        raise InvalidSetting(f"{name} is {value}; at least 0")


def _pairs(text: str) -> dict[str, str]:
    pairs = [item.split("=") for item in text.split(",")]
    return {kind.strip(): target.strip() for kind, target in pairs}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_FORMS: dict[str, tuple[Callable[[str], Any], str, Callable[[Any], bool], Callable[[Any], Any]]] = {
    "str": (str, "a text", _is_text, str),
    "str | None": (str, "a text", _is_text, str),
    "bool": (lambda text: _WORDS[text.lower()], "true or false", lambda value: isinstance(value, bool), bool),
    "int": (int, "a whole number", lambda value: type(value) is int, int),
    "float": (float, "a number", _is_number, float),
    "Mapping[str, str]": (
        _pairs,
        "a table of texts",
        lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
        dict,
    ),
    "tuple[str, ...]": (
        lambda text: tuple(item.strip() for item in text.split(",")),
        "an array of texts",
        lambda value: isinstance(value, list) and all(map(_is_text, value)),
        tuple,
    ),
}
"""By the annotation of a setting: how the environment says it, what files hold, whether a value is that, its type."""
