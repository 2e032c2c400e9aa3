"""Keywords of put() and get() checked against the dataclass that the backend declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from omegastore.backend import Options
from omegastore.errors import InvalidOption

FILTER = "filter"
"""An option of this name takes conditions: keywords that are no options are conditions on columns."""


def build(cls: type[Options], given: Mapping[str, Any], kind: str) -> Options:
    """Return the options that `given` says.

    Parameters
    ----------
    cls : subclass of Options
        What the backend of `kind` takes.
    given : mapping
        The keywords.

    Raises
    ------
    InvalidOption
        For a keyword that the kind does not take, naming those that it takes.
    """
    known = [field.name for field in dataclasses.fields(cls)]
    options = {name: value for name, value in given.items() if name in known}
    others = {name: value for name, value in given.items() if name not in known}
    if others and FILTER in known:
        options[FILTER] = _joined(options.get(FILTER), others)
    elif others:
        raise InvalidOption(f"kind {kind!r} takes {sorted(known)}, not {', '.join(map(repr, others))}")
    return cls(**options)


def _joined(filter: object, conditions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the conditions of the option and of the keywords together.

    The API document: the filter overrides keywords of the same name.
    """
    if filter is None:
        return conditions
    if not isinstance(filter, Mapping):
        raise InvalidOption(f"filter={filter!r} is not a mapping; pass a Q object as q=")
    return {**conditions, **filter}
