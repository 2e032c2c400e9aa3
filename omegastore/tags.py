"""Tags: names of versions, and how many versions of an object are kept."""

from __future__ import annotations

from omegastore import history, protocol
from omegastore.catalog import Doc
from omegastore.errors import Conflict, DoesNotExist, InvalidOption, VersionGone
from omegastore.storage import Storage

TRIES = 100


def move(storage: Storage, name: str, tag: str, version: int | None) -> Doc:
    """Put `tag` on a version, or take it away, and return the document.

    Raises
    ------
    DoesNotExist
        When there is no such object, version or tag.
    """
    for _ in range(TRIES):
        known = storage.whole(name)
        tags = [each for each in known.get("tags", ()) if each["tag"] != tag]
        if version is None and len(tags) == len(known.get("tags", ())):
            raise DoesNotExist(f"{name!r} has no tag {tag!r}; it has {[each['tag'] for each in tags]}")
        if version is not None:
            if version not in history.numbers(known):
                raise VersionGone(f"version {version} of {name!r} was pruned while it was tagged")
            tags.append({"tag": tag, "rev": version})
        entry = {**protocol.literal({"tag": tag, "rev": version}), "at": "$$NOW"}
        changes = {"tags": {"$literal": tags}, "tag_log": {"$concatArrays": [protocol.array("tag_log"), [entry]]}}
        done = storage.catalog.swap(known, changes)
        if done is not None:
            return done
    raise Conflict(f"{name!r} was changed {TRIES} times while it was tagged")


def retain(storage: Storage, name: str, keep: int) -> Doc:
    """Set how many displaced versions of the object are kept."""
    if type(keep) is not int or keep < 0:
        raise InvalidOption(f"keep={keep!r} is not a number of versions")
    for _ in range(TRIES):
        done = storage.catalog.swap(storage.whole(name), protocol.literal({"keep": keep}))
        if done is not None:
            return done
    raise Conflict(f"{name!r} was changed {TRIES} times while its retention was set")
