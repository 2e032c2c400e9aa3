"""Bundle: a project as one file, which is an archive of its store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from omegastore import archive
from omegastore.parcel import pack
from omegastore.store import OmegaStore


def write(store: OmegaStore, file: str | os.PathLike[str], versions: str = "latest", replace: bool = False) -> None:
    """Write all objects of a project but temporary ones into a file.

    Raises
    ------
    FileExistsError
        When there is such a file, unless it is to be replaced.
    ValueError
        When there are no objects.
    """
    path = Path(file)
    if path.exists() and not replace:
        raise FileExistsError(f"there is a file {path}; replace=True replaces it")
    names = _names(store)
    if not names:
        raise ValueError(f"project {store.bucket!r} has nothing that is saved, which a bundle could hold")
    archive.write(path, (pack(store.storage, name, versions) for name in names))


def read(store: OmegaStore, file: str | os.PathLike[str], replace: bool = False) -> None:
    """Write the objects of a file into a project; those that are there already are not written again.

    Raises
    ------
    FileExistsError
        When the project holds others, unless they are to be replaced; nothing is written then.
    Corrupt
        When the file is not whole or was changed.
    """
    with archive.read(Path(file)) as shipments:
        held = {each.name: each.parcels[-1].identity for each in shipments}
    names = _names(store)
    others = [name for name in names if held.get(name) != pack(store.storage, name).parcels[-1].identity]
    if others and not replace:
        raise FileExistsError(
            f"project {store.bucket!r} holds {others[:3]}, which are not those of the bundle; give another name, or "
            "replace=True, which replaces them"
        )
    store.from_archive(file)
    for name in set(names) - set(held):
        store.drop(name, force=True)


def _names(store: OmegaStore) -> list[str]:
    found: Any = store.list(hidden=True)
    return list(found)
