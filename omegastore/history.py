"""History: the current and earlier versions that one metadata document holds; pure.

The documented fields of a document (``kind kind_meta collection gridfile ...``) are the current version. Earlier ones
stand in ``versions``, oldest first, each in one of three forms: whole; with ``large``, the id of a document in the
versions collection that holds the rest; ``like``, the state before an append, which is the next newer version less
the batches that came later. Each says since when (``modified``) and ``until`` when it was current; one of an object
that was dropped since, and stays for a snapshot, is ``gone``. ``tags`` and ``pins`` are names and snapshots of
versions, which then stay however many come after them.
"""

from __future__ import annotations

import operator
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, SupportsIndex

import bson

from omegastore.errors import DoesNotExist, VersionGone
from omegastore.metadata import CODEC

Doc = dict[str, Any]

CURRENT = ("kind", "kind_meta", "collection", "gridfile", "uri", "payload")
"""Fields that a version has for itself."""
SMALL = ("rev", "vid", "kind", "modified", "objid", "by")
"""Fields that every entry has."""
ENTRY_BYTES = 4096
"""Larger entries, and those with an inline payload, go to the versions collection."""


def is_live(document: Mapping[str, Any] | None) -> bool:
    """Return whether the document has an object, not only what is left of one or announces one."""
    return document is not None and document.get("kind") is not None


def is_same(one: object, other: object) -> bool:
    """Return whether MongoDB would hold the same for both; unlike ``==``, NaN is NaN and 1 is not 1.0."""
    return one is other or bson.encode({"": one}, codec_options=CODEC) == bson.encode(
        {"": other}, codec_options=CODEC
    )


def displaced(document: Mapping[str, Any], is_append: bool, keeps_schema: bool) -> tuple[Doc, Doc | None]:
    """Return the entry of the current version for when it is displaced, and its large part if it goes out.

    Parameters
    ----------
    document : mapping
        The document before.
    is_append : bool
        Whether the next version appends to the rows of this one.
    keeps_schema : bool
        Whether the next version has the same kind_meta.
    """
    small: Doc = {name: document.get(name) for name in SMALL}
    payload = document.get("payload") or {}
    rows = payload.get("rows") or {}
    small |= {"pid": payload.get("pid"), "size": payload.get("size", 0), "where": payload.get("where")}
    small |= {"rows": rows.get("collection"), "next": rows.get("next")}
    if is_append and keeps_schema:
        return {**small, "like": True}, None
    large: Doc = {name: document.get(name) for name in CURRENT}
    large["payload"] = _settled(payload)
    if len(bson.encode(large, codec_options=CODEC)) > ENTRY_BYTES:
        return {**small, "large": document.get("vid")}, large
    return {**small, **large}, None


def retained(document: Mapping[str, Any], entry: Doc | None, keep: int, pid: Any) -> tuple[list[Doc], list[Doc]]:
    """Return the earlier versions that stay, and what the trash is to say of those that go.

    Parameters
    ----------
    document : mapping
        The document before.
    entry : dict or None
        The version that is displaced.
    keep : int
        How many earlier versions stay.
    pid : ObjectId
        The payload of the next version.
    """
    every = [*document.get("versions", ()), *([entry] if entry else ())]
    held = {each["rev"] for each in (*document.get("tags", ()), *document.get("pins", ()))}
    spare = [at for at, each in enumerate(every) if each["rev"] not in held]
    gone = spare[: max(0, len(spare) - document.get("keep", keep))]
    return without(every, gone, pid)


def without(every: Sequence[Doc], gone: Sequence[int], pid: Any) -> tuple[list[Doc], list[Doc]]:
    """Return the entries but those at the places `gone`, and what the trash is to say of these.

    Parameters
    ----------
    every : sequence of dict
        Earlier versions, oldest first.
    gone : sequence of int
        Places, in their order.
    pid : ObjectId
        The payload of the version after them.
    """
    told = list(every)
    for at in gone:
        heir = next((place for place in range(at - 1, -1, -1) if place not in gone), None)
        if heir is not None and told[heir].get("like") and not told[at].get("like"):
            own = {name: value for name, value in told[heir].items() if name != "like"}
            told[heir] = {**{name: told[at][name] for name in ("large", *CURRENT) if name in told[at]}, **own}
    stay = [each for at, each in enumerate(told) if at not in gone]
    held = {pid, *(each["pid"] for each in stay), *(each.get("large") for each in stay)}
    return stay, trashed([told[at] for at in gone], held)


def trashed(gone: Sequence[Doc], held: Container[Any]) -> list[Doc]:
    """Return what the trash is to say of versions that go; payloads and large parts in `held` stay."""
    told: list[Doc] = []
    for each in gone:
        is_outside = each["where"] in ("rows", "gridfs") and each["pid"] not in held
        pid = each["pid"] if is_outside and each["pid"] not in [other["p"] for other in told] else None
        large = None if each.get("large") in held else each.get("large")
        told.append({"v": each["vid"], "p": pid, "rows": each["rows"], "large": large})
    return told


def entries(document: Mapping[str, Any]) -> list[Doc]:
    """Return the earlier versions, the oldest first, and the document itself, which is the current one."""
    return [*document.get("versions", ()), dict(document)]


def numbers(document: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the versions that can be read, the current one last.

    Those of an object that was dropped before, which stay for a snapshot, are left out.
    """
    return [each["rev"] for each in entries(document) if "gone" not in each]


def as_of(document: Mapping[str, Any], moment: datetime) -> int | None:
    """Return the place of the version that was current at `moment`; None if there was none, or it was pruned."""
    for at, each in enumerate(entries(document)):
        had_begun = each.get("modified") is not None and each["modified"] <= moment
        if had_begun and (each.get("until") is None or moment < each["until"]):
            return at
    return None


def pick(document: Doc, version: int | str | datetime) -> int:
    """Return the place of `version` among the earlier versions and, last, the current one.

    Raises
    ------
    DoesNotExist
        When there never was such a version; VersionGone when it was pruned.
    """
    name, every, known = document["name"], entries(document), numbers(document)
    if isinstance(version, datetime):
        if version.tzinfo is None:
            raise ValueError(f"version={version!r} has no time zone; give an aware datetime")
        place = as_of(document, version)
        if place is None:
            gone = VersionGone if document["created"] <= version else DoesNotExist
            raise gone(f"{name!r} has no version of {version.isoformat()}; the oldest is of {every[0]['modified']}")
        return place
    if isinstance(version, str):
        tags = {each["tag"]: each["rev"] for each in document.get("tags", ())}
        if version not in tags:
            raise DoesNotExist(f"{name!r} has no tag {version!r}; it has {sorted(tags)}")
        version = tags[version]
    if isinstance(version, bool) or not isinstance(version, SupportsIndex):
        raise TypeError(f"version={version!r} is neither a number nor a tag nor a datetime")
    version = operator.index(version)
    if -len(known) <= version < 0:
        version = known[version]
    if version in known:
        return [each["rev"] for each in every].index(version)
    was_there = 0 < abs(version) <= known[-1]
    raise (VersionGone if was_there else DoesNotExist)(f"{name!r} has no version {version}; it has {known}")


def unfolded(document: Doc, at: int, large: Mapping[str, Any] | None = None) -> Doc:
    """Return the document with the version at place `at` as its current one.

    Parameters
    ----------
    document : dict
        The whole document.
    at : int
        A place, as `pick` returns it.
    large : mapping, optional
        The large part of the entry that `source_of` returns, if it has one.
    """
    entry, source = entries(document)[at], source_of(document, at)
    body = source if large is None else large
    shown = {name: value for name, value in document.items() if name not in ("versions", "trash", "pending")}
    shown |= {name: body.get(name) for name in CURRENT} | {name: entry.get(name) for name in SMALL}
    shown["payload"] = _until(body["payload"], entry["rev"]) | ({"size": entry["size"]} if "size" in entry else {})
    return shown


def source_of(document: Doc, at: int) -> Doc:
    """Return the entry that holds, or whose large part holds, the version at place `at`."""
    return next(each for each in entries(document)[at:] if not each.get("like"))


def _settled(payload: Mapping[str, Any]) -> Doc:
    """Return the payload without the batches that are being written: they end with the version."""
    if not payload.get("rows"):
        return dict(payload)
    return {**payload, "rows": {**payload["rows"], "open": []}}


def _until(payload: Mapping[str, Any], rev: int) -> Doc:
    """Return the payload with the batches that version `rev` shows, and the files of these."""
    if not payload.get("rows"):
        return dict(payload)
    rows = payload["rows"]
    later = [each for each in rows["batches"] if each["rev"] > rev]
    return {
        **payload,
        "rows": {**rows, "batches": [each for each in rows["batches"] if each not in later]},
        "parts": [
            part for part in payload.get("parts", ())
            if not any(each["b"] <= part.get("b", -1) <= each["to"] for each in later)
        ],
    }  # fmt: skip
