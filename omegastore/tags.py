"""Tags: names of versions, and how many versions of an object are kept."""

from __future__ import annotations

from typing import Any

from omegastore import history, protocol
from omegastore.catalog import Catalog, Doc
from omegastore.errors import DoesNotExist, InvalidOption, VersionGone


def move(catalog: Catalog, name: str, tag: str, version: int | None, moment: Any = "$$NOW") -> Doc | None:
    """Put `tag` on a version, or take it away; return the document, or None when there is no such object.

    The log of tags says that it was done at `moment`.

    Raises
    ------
    DoesNotExist
        When there is no such version or tag.
    """

    def moved(known: Doc) -> Doc | None:
        if not history.is_live(known):
            return None
        tags = [each for each in known.get("tags", ()) if each["tag"] != tag]
        if version is None and len(tags) == len(known.get("tags", ())):
            raise DoesNotExist(f"{name!r} has no tag {tag!r}; it has {[each['tag'] for each in tags]}")
        if version is not None:
            if version not in history.numbers(known):
                raise VersionGone(f"version {version} of {name!r} was pruned while it was tagged")
            tags.append({"tag": tag, "rev": version})
        entry = {**protocol.literal({"tag": tag, "rev": version}), "at": moment}
        logged = {"$concatArrays": [protocol.array("tag_log"), [entry]]}
        mark = protocol.done("untag" if version is None else "tag", known, version, tag)
        return {"tags": {"$literal": tags}, "tag_log": logged, **mark}

    return catalog.change(name, moved)


def retain(catalog: Catalog, name: str, keep: int) -> Doc | None:
    """Set how many displaced versions of the object are kept; None when there is no such object."""
    if type(keep) is not int or keep < 0:
        raise InvalidOption(f"keep={keep!r} is not a number of versions")
    return catalog.change(name, lambda known: protocol.literal({"keep": keep}) if history.is_live(known) else None)
