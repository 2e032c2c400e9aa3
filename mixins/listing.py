"""Listing: the objects of a store by pattern; alone in its module, since a method named list hides the type."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from typing import Any

from omegastore import naming
from omegastore.base import BaseStore
from omegastore.metadata import Metadata
from omegastore.query import Field, compile_filter, milliseconds, natural
from omegastore.query.pattern import regex

PATHS = {"version": "rev", "size": "payload.size"}
"""Fields of Metadata that are stored under another name."""
NESTED = ("attributes", "kind_meta")
PLAIN = ("name", "bucket", "prefix", "kind", "collection", "objid", "uri", "s3file")
TIMES = ("created", "modified")
FIELDS = {
    **{name: Field(PATHS.get(name, name), natural, nested=name in NESTED) for name in (*PLAIN, *PATHS, *NESTED)},
    **{name: Field(name, milliseconds) for name in TIMES},
}
"""The fields of Metadata that conditions may name."""
_WILD = re.compile(r"[*?[]")


class ListingMixin(BaseStore):
    """Finding objects."""

    def list(
        self,
        pattern: str | None = None,
        regexp: str | re.Pattern[str] | None = None,
        kind: str | builtins.list[str] | None = None,
        raw: bool = False,
        hidden: bool | None = None,
        include_temp: bool = False,
        bucket: str | None = None,
        prefix: str | None = None,
        filter: Mapping[str, Any] | None = None,
    ) -> builtins.list[str] | builtins.list[Metadata]:
        """Return the names of the objects, sorted.

        Parameters
        ----------
        pattern : str, optional
            A glob: ``*`` any characters, ``?`` one, ``[abc]`` a set; all else is literal.
        regexp : str, optional
            A regular expression that the name holds; it wins over `pattern`.
        kind : str or list of str, optional
            Objects of these kinds; default: the store's own `kind`.
        raw : bool
            Return Metadata instead of names.
        hidden : bool, optional
            Include names that begin with ``.``.
        include_temp : bool
            Include names that begin with ``_``.
        bucket, prefix : str, optional
            Default: those of the store.
        filter : dict, optional
            Conditions ``column__op=value`` on fields of Metadata, such as ``attributes__owner="me"``.
        """
        catalog = self.storage.catalog.beside(bucket, prefix)
        conditions: builtins.list[Mapping[str, Any]] = [_by_name(pattern, regexp)]
        if pattern and regexp is None:  # a range of the index, so that other names are not looked at
            conditions.append(catalog.beginning(_WILD.split(pattern, maxsplit=1)[0]))
        if not hidden:
            conditions.append({"name": {"$not": {"$regex": r"^\."}}})
        if not include_temp:
            conditions.append({"name": {"$not": {"$regex": "^_"}}})
        kinds = self.kind if kind is None else kind
        if kinds:
            conditions.append({"kind": {"$in": [kinds] if isinstance(kinds, str) else [*kinds]}})
        conditions.append(compile_filter(filter, None, FIELDS))
        query = {"$and": [each for each in conditions if each]} if any(conditions) else None
        if raw:
            return [self.storage.metadata(each) for each in catalog.scan(query)]
        return [each["name"] for each in catalog.scan(query, ["name"])]


def _by_name(pattern: str | None, regexp: str | re.Pattern[str] | None) -> Mapping[str, Any]:
    """Return the condition on the name."""
    if regexp is None:
        return (
            {} if pattern is None else {"name": {"$regex": naming.glob_regex(naming.check_text(pattern, "pattern"))}}
        )
    return {"name": regex(regexp)}
