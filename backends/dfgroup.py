"""Kind ``pandas.dfgroup``: a DataFrame as one document for each group of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from omegastore.backend import Backend, Options
from omegastore.backends import types_of
from omegastore.codecs import group
from omegastore.codecs.documents import Documents
from omegastore.codecs.fields import fields
from omegastore.codecs.frame import Prepared, describe
from omegastore.codecs.frame_reader import decode
from omegastore.codecs.schema import FrameSchema
from omegastore.errors import InvalidOption
from omegastore.query import Q, compile_filter, guard

if TYPE_CHECKING:
    from omegastore.metadata import Metadata


@dataclass(frozen=True, slots=True)
class GroupPutOptions(Options):
    """Keywords of put for kind ``pandas.dfgroup``."""

    groupby: Any = ()
    """The label of the column, or a list of labels, that tell the groups apart."""


@dataclass(frozen=True, slots=True)
class GroupGetOptions(Options):
    """Keywords of get for kind ``pandas.dfgroup``; others are conditions ``column__op=value``."""

    filter: Mapping[str, object] | None = None
    q: Q | None = None
    mongo_filter: Mapping[str, object] | None = None
    """A MongoDB filter on fields of rows and keys."""


class GroupBackend(Backend[pd.DataFrame, GroupPutOptions, GroupGetOptions]):
    """Keeps a frame as one document for each group, ``{key: ..., _data: [rows]}``, readable by any client.

    The frame comes back identical, in the order of its rows.

    Examples
    --------
    >>> GroupBackend.kind
    'pandas.dfgroup'
    """

    kind = "pandas.dfgroup"
    types = types_of(kind)
    put_options = GroupPutOptions
    get_options = GroupGetOptions

    @classmethod
    def supports(cls, obj: object) -> bool:
        """Return whether `obj` is a DataFrame itself."""
        return type(obj) is pd.DataFrame

    def check(self, obj: pd.DataFrame, options: GroupPutOptions) -> None:
        """Raise for a value that cannot be kept, or keys that are not columns."""
        labels = list(options.groupby) if isinstance(options.groupby, list) else [options.groupby]
        if options.groupby == ():
            raise InvalidOption("kind 'pandas.dfgroup' needs groupby=, the columns that tell the groups apart")
        self._prepared: Prepared = describe(obj)
        known = dict(zip(self._prepared.schema.labels, self._prepared.schema.columns, strict=True))
        missing = [label for label in labels if label not in known]
        if missing:
            raise InvalidOption(f"groupby={missing} are not columns; the frame has {list(known)}")
        self._keys = [known[label].field for label in labels]
        if group.DATA in self._keys:
            raise InvalidOption(f"groupby={group.DATA!r}: this field holds the rows of a group; rename the column")

    def put(self, obj: pd.DataFrame, meta: Metadata, options: GroupPutOptions) -> Metadata:
        """Write the groups, and an index on their keys."""
        prepared, indexes = self._prepared, [[(key, 1) for key in self._keys]]
        rows = (prepared.encode(start, stop, start) for start, stop in prepared.chunks())
        self.context.rows.write(_chunks(group.fold(rows, self._keys)), indexes=indexes)
        meta.kind_meta = {"schema": prepared.schema.to_document(), "keys": self._keys}
        return meta

    def get(self, meta: Metadata, options: GroupGetOptions) -> pd.DataFrame:
        """Return the frame, or the rows that meet the conditions."""
        schema, keys = FrameSchema.from_document(meta.kind_meta["schema"]), meta.kind_meta["keys"]
        conditions = [compile_filter(options.filter, options.q, fields(schema)), guard(options.mongo_filter or {})]
        wanted = {"$and": [each for each in conditions if each]} if any(conditions) else None
        if wanted is None:
            batches: Iterator[Documents] = iter([group.unfold(self.context.rows.read(), keys)])
        else:
            batches = self.context.rows.aggregate(group.selecting(wanted, keys))
        frame = decode(batches, schema, whole=wanted is None)
        assert isinstance(frame, pd.DataFrame)
        return frame


def _chunks(runs: Iterator[list[dict[str, Any]]]) -> Iterator[Any]:
    """Make of each run of groups what Rows.write calls with its first `_id`."""
    for run in runs:
        yield lambda first_id, groups=run: group.encode(groups, first_id)
