"""The updates of the commit protocol, as aggregation pipelines over one metadata document; pure.

Values of users and of this process stand under ``$literal``, so that none can be read as an expression. Times are the
server's (``$$NOW``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson.objectid import ObjectId

Doc = dict[str, Any]
Pipeline = list[Doc]

OPEN = "payload.rows.open"
"""Batches of rows that are announced and not committed."""


def literal(values: Mapping[str, Any]) -> Doc:
    """Return the fields to set to `values`, whatever they hold."""
    return {name: {"$literal": value} for name, value in values.items()}


def array(path: str) -> Doc:
    """Return the array at `path`, an empty one where there is none."""
    return {"$ifNull": [f"${path}", []]}


def without(path: str, vid: ObjectId) -> Doc:
    """Return the array at `path` without the entry of the write `vid`."""
    return {"$filter": {"input": array(path), "as": "each", "cond": {"$ne": ["$$each.v", vid]}}}


def announced(named: Mapping[str, Any], vid: ObjectId, append_kind: str | None) -> Pipeline:
    """Return the update that announces the write `vid`; repeating it changes nothing.

    Parameters
    ----------
    named : mapping
        Bucket, prefix and name, for a document that is not there yet.
    vid : ObjectId
        The write.
    append_kind : str or None
        Reserve a batch in the rows that are stored if they are of this kind.
    """
    defaults = literal(named) | {name: {"$ifNull": [f"${name}", 0]} for name in ("rev", "etag")}
    defaults |= {name: array(name) for name in ("pending", "trash", "versions")}
    unused = [{"$eq": ["$rev", 0]}, {"$eq": ["$pending", []]}, {"$eq": ["$trash", []]}, {"$not": ["$stale"]}]
    entry = {"v": vid, "at": "$$NOW", "first": {"$and": unused}}
    again = {"$in": [vid, array("pending.v")]}
    pending: Doc = {"$cond": [again, "$pending", {"$concatArrays": ["$pending", [entry]]}]}
    if append_kind is None:
        return [{"$set": defaults}, {"$set": {"pending": pending}}]
    fits: Doc = {"$and": [{"$eq": ["$kind", {"$literal": append_kind}]}, {"$eq": ["$payload.where", "rows"]}]}
    number = {"$max": ["$payload.rows.next", 1]}
    batch = {"b": number, "v": vid, "at": "$$NOW"}
    rows = {"open": {"$concatArrays": [array(OPEN), [batch]]}, "next": {"$add": [number, 1]}}
    grown = {"$mergeObjects": ["$payload", {"rows": {"$mergeObjects": ["$payload.rows", rows]}}]}
    is_new = {"$and": [fits, {"$not": [{"$in": [vid, array(f"{OPEN}.v")]}]}]}
    return [
        {"$set": defaults},
        {
            "$set": {
                "pending": {"$cond": [fits, "$pending", pending]},
                "payload": {"$cond": [is_new, grown, "$payload"]},
            }
        },
    ]


def timed(moment: Any) -> Doc:
    """Return the times of a version that is stored at `moment`: later than that of the version before.

    So what an object was at some time has one answer, whatever the clocks of servers that take over say.
    """
    return {"created": {"$ifNull": ["$created", moment]}, "modified": later(moment)}


def later(moment: Any) -> Doc:
    """Return the expression for `moment`, or a millisecond after the current version if that is later."""
    return {"$max": [moment, {"$add": ["$modified", 1]}]}


def kept(stay: Sequence[Doc], rev: int, moment: Any, is_gone: bool = False) -> Doc:
    """Return the expression for the earlier versions that stay; `rev` is displaced now, or all are if `is_gone`."""
    entries: list[Doc] = []
    for each in stay:
        ends = {"until": later(moment)} if each["rev"] == rev else {}
        entries.append(literal(each) | ends | literal({"gone": True} if is_gone else {}))
    return {"$concatArrays": [entries]}


def done(verb: str, known: Mapping[str, Any], version: int | None, tag: str = "") -> Doc:
    """Return the mark of what was done to the document last, by which watchers tell one change from another.

    It is one text, since the server tells of a document within the document only what is new in it.
    """
    return {"did": {"$literal": f"{verb} {known['etag'] + 1} {'' if version is None else version} {tag}"}}


def renewed(path: str, vid: ObjectId) -> Pipeline:
    """Return the update that renews the time of the write `vid` in the array at `path`."""
    fresh = {"$mergeObjects": ["$$each", {"at": "$$NOW"}]}
    each = {"$cond": [{"$eq": ["$$each.v", vid]}, fresh, "$$each"]}
    return [{"$set": {path: {"$map": {"input": f"${path}", "as": "each", "in": each}}}}]


def withdrawn(path: str, vid: ObjectId, remains: Doc | None) -> Pipeline:
    """Return the update that takes the write `vid` back; what it has written goes to the trash."""
    changes: Doc = {path: without(path, vid)}
    if remains is not None:
        changes["trash"] = discarded([{**remains, "dead": True}])
    return [{"$set": changes}]


def discarded(entries: list[Doc]) -> Doc:
    """Return the trash with `entries` added, as of now."""
    return {"$concatArrays": [array("trash"), [{**literal(entry), "at": "$$NOW"} for entry in entries]]}


def stale(document: Mapping[str, Any]) -> Doc:
    """Return the mark that rows are still being appended to a payload that is displaced, if there are any.

    Their writer does not know it yet, so the name of their collection must not be used again.
    """
    rows = (document.get("payload") or {}).get("rows") or {}
    return {"stale": {"$literal": True}} if rows.get("open") else {}
