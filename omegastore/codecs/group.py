"""Group: row documents folded into one document for each group, and back.

A group is ``{<key field>: ..., _data: [{_id: <place in the frame>, <field>: ...}, ...]}``. Large groups and
long frames give several documents with the same keys, which a reader does not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bson
from bson.int64 import Int64

from omegastore.codecs.documents import Documents
from omegastore.codecs.schema import BSON

DATA = "_data"
"""The field of a group that holds its rows."""
ROWS = 50_000
"""Rows that are folded at a time, so that memory is bounded."""
GROUP_BYTES = 8 << 20
"""Bytes of rows in one document: half of the largest that a server takes."""

Row = dict[str, Any]


def fold(rows: Iterable[Documents], keys: Sequence[str]) -> Iterator[list[Row]]:
    """Yield runs of group documents, without ``_id``.

    Parameters
    ----------
    rows : iterable of Documents
        The rows of a frame; ``_id`` is the place of each.
    keys : sequence of str
        The fields that tell the groups apart; rows without one have None.
    """
    groups, sizes, count = dict[bytes, list[Row]](), dict[bytes, int](), 0
    for documents in rows:
        for at in range(len(documents)):
            row: Row = bson.decode(documents[at], BSON)
            key = bson.encode({name: row.pop(name, None) for name in keys}, codec_options=BSON)
            size = len(documents[at])
            if sizes.get(key, 0) + size > GROUP_BYTES:
                yield [_group(key, groups.pop(key))]
                sizes[key] = 0
            groups.setdefault(key, []).append(row)
            sizes[key] = sizes.get(key, 0) + size
        count += len(documents)
        if count >= ROWS:
            yield [_group(key, group) for key, group in groups.items()]
            groups, sizes, count = {}, {}, 0
    yield [_group(key, group) for key, group in groups.items()]


def encode(groups: Sequence[Row], first_id: int) -> Documents:
    """Return group documents with their ``_id``, counted from `first_id`."""
    numbered = [{"_id": Int64(first_id + at), **group} for at, group in enumerate(groups)]
    return Documents.join([bson.encode(group, codec_options=BSON) for group in numbered])


def unfold(groups: Iterable[Documents], keys: Sequence[str]) -> Documents:
    """Return the rows of group documents, in the order of the frame."""
    rows: list[Row] = []
    for documents in groups:
        for group in bson.decode_all(documents.buffer, BSON):
            shared = {name: group[name] for name in keys}
            rows.extend({**row, **shared} for row in group[DATA])
    rows.sort(key=lambda row: row["_id"])
    return Documents.join([bson.encode({"_id": row.pop("_id"), **row}, codec_options=BSON) for row in rows])


def selecting(filter: Mapping[str, Any], keys: Sequence[str]) -> list[Row]:
    """Return the aggregation stages that make rows of groups and leave those that meet `filter`."""
    shared = {name: {"$ifNull": [f"${name}", None]} for name in keys}
    return [
        {"$unwind": f"${DATA}"},
        {"$replaceWith": {"$mergeObjects": [f"${DATA}", shared]}},
        {"$match": filter},
        {"$sort": {"_id": 1}},
    ]


def _group(key: bytes, rows: list[Row]) -> Row:
    return {**bson.decode(key, BSON), DATA: rows}
