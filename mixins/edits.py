"""Edits: rows of stored frames changed, added and deleted, each time as one new version."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from omegastore import rewrite
from omegastore.base import BaseStore
from omegastore.errors import InvalidOption
from omegastore.metadata import Metadata
from omegastore.query import Q

if TYPE_CHECKING:
    import pandas as pd


class EditsMixin(BaseStore):
    """Changing rows. What others read meanwhile stays whole: they see the version before or the one after."""

    def update(
        self,
        name: str,
        changes: pd.DataFrame | Mapping[Any, Any],
        on: Any = None,
        *,
        filter: Mapping[str, object] | None = None,
        q: Q | None = None,
        expect: int | None = None,
        **conditions: object,
    ) -> Metadata:
        """Give rows of a stored frame new values.

        Parameters
        ----------
        name : str
            The frame.
        changes : DataFrame or dict
            Key columns and new values, matched by `on`; or one value for each column, for the rows that meet the
            conditions.
        on : label or list of labels, optional
            The key: columns or names of index levels, for a DataFrame.
        filter : dict, optional
            Conditions ``column__op=value``, for a dict.
        q : Q, optional
            Further conditions, composed.
        expect : int, optional
            The version that must be the current one.
        **conditions
            Conditions ``column__op=value``.

        Returns
        -------
        Metadata
            Of the new version; of the current one when no row is touched. The dtypes are those of
            ``pd.concat([stored, changed rows])``.

        Raises
        ------
        UnsupportedValue
            When a key is missing, is there twice, or is not stored; or a value cannot be kept.
        SchemaMismatch
            When values do not go together with those of the column.
        Conflict
            When `expect` is not the current version.
        """
        if isinstance(changes, Mapping):
            wanted = _wanted("update", filter, conditions, q)
            if on is not None:
                raise InvalidOption("on= goes with a DataFrame; a dict goes with conditions")
            return cast(Metadata, _edits().set_values(self.storage, name, dict(changes), wanted, q, expect))
        if filter or q is not None or conditions:
            raise InvalidOption("conditions go with a dict; a DataFrame goes with on=")
        return cast(Metadata, _edits().set_rows(self.storage, name, changes, on, expect, inserts=False))

    def upsert(self, name: str, frame: pd.DataFrame, on: Any, *, expect: int | None = None) -> Metadata:
        """Give rows of a stored frame new values, and add those whose key is not there.

        Parameters
        ----------
        name : str
            The frame.
        frame : DataFrame
            Key columns and new values. Columns that it lacks stay as they are; in rows that are added they are
            missing.
        on : label or list of labels
            The key: columns or names of index levels.
        expect : int, optional
            The version that must be the current one.

        Returns
        -------
        Metadata
            Of the new version. Rows that are added come last; they continue a RangeIndex.

        Raises
        ------
        UnsupportedValue, SchemaMismatch, Conflict
            As for `update`.
        """
        return cast(Metadata, _edits().set_rows(self.storage, name, frame, on, expect, inserts=True))

    def delete_rows(
        self,
        name: str,
        *,
        filter: Mapping[str, object] | None = None,
        q: Q | None = None,
        expect: int | None = None,
        **conditions: object,
    ) -> Metadata:
        """Delete the rows of a stored frame or series that meet the conditions.

        Parameters
        ----------
        name : str
            The frame or series.
        filter : dict, optional
            Conditions ``column__op=value``.
        q : Q, optional
            Further conditions, composed.
        expect : int, optional
            The version that must be the current one.
        **conditions
            Conditions ``column__op=value``; at least one condition is needed.

        Returns
        -------
        Metadata
            Of the new version; of the current one when no row meets the conditions. The rows that stay keep their
            labels.

        Raises
        ------
        Conflict
            When `expect` is not the current version.
        """
        wanted = _wanted("delete_rows", filter, conditions, q)
        return cast(Metadata, _edits().delete_rows(self.storage, name, wanted, q, expect))

    def compact(self, name: str, *, expect: int | None = None) -> Metadata:
        """Rewrite an object of many appended batches as one batch; what is read stays the same.

        Parameters
        ----------
        name : str
            An object that is stored as rows.
        expect : int, optional
            The version that must be the current one.

        Returns
        -------
        Metadata
            Of the new version; of the current one when it has one batch.
        """
        return rewrite.compact(self.storage, name, expect)


def _wanted(
    verb: str, filter: Mapping[str, object] | None, conditions: Mapping[str, object], q: Q | None
) -> dict[str, object]:
    """Return all conditions; raise when there are none, which is a slip more often than a wish."""
    found = {**conditions, **(filter or {})}
    if not found and q is None:
        raise InvalidOption(f"{verb}() needs a condition: column__op=value, filter= or q=")
    return found


def _edits() -> Any:
    """Return the module that edits frames; it imports pandas."""
    return importlib.import_module("omegastore.keyed")
