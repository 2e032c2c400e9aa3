"""Moving: objects copied to other names and stores, and into and out of archives; kinds need no code for it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from omegastore import archive, naming, parcel, tags
from omegastore.base import BaseStore
from omegastore.errors import Corrupt, DoesNotExist, InvalidName
from omegastore.metadata import Metadata
from omegastore.reader import Version
from omegastore.transfer import receive

ATTEMPTS = 5
"""Times that a copy starts anew because the object was replaced under it."""


class MovingMixin(BaseStore):
    """Copying objects between stores, whatever server, bucket or prefix they are in."""

    def copy(
        self,
        name: str,
        to: BaseStore | str,
        as_name: str | None = None,
        version: Version = -1,
        versions: str = "latest",
    ) -> Metadata:
        """Copy an object to another name or store; what is there already is not copied again.

        Parameters
        ----------
        name : str
            The object.
        to : OmegaStore or str
            Another store, or another name in this one.
        as_name : str, optional
            What it is called in the other store; default: the same.
        version : int, str or datetime
            The version to copy, as for `get`.
        versions : str
            ``"all"`` copies every version that is kept, with its time and tags; ``"latest"`` only `version`, as of
            now.

        Returns
        -------
        Metadata
            Of the copy, which is the current version there, with the attributes of the object.

        Raises
        ------
        DoesNotExist
            When there is no such object or version.
        UntrustedError
            When it can run code and is not signed by somebody whom this store trusts. The copy is signed anew.
        Corrupt
            When the payload is not what was written; nothing is copied then.
        """
        target = self if isinstance(to, str) else to
        new = naming.check_name(to if isinstance(to, str) else (as_name or name))
        if isinstance(to, str) and as_name is not None:
            raise InvalidName(f"to={to!r} and as_name={as_name!r} are two names for one copy")
        if target == self and new == name:
            raise InvalidName(f"{name!r} cannot be copied onto itself")
        naming.check_name(name)
        attempt = 0
        while True:
            attempt += 1
            shipment = parcel.pack(self.storage, name, versions, version)
            try:
                meta = target.storage.metadata(receive(target.storage, new, shipment, versions == "all"))
            except Corrupt:
                if attempt == ATTEMPTS or self.storage.whole(name)["rev"] == shipment.rev:
                    raise
                continue  # it was replaced, and what was being copied is gone
            target.storage.tell("put", meta)
            return meta

    def promote(self, name: str, other: BaseStore, tag: str | None = None, version: Version = -1) -> Metadata:
        """Copy a version to another store and make it the current one there.

        Parameters
        ----------
        name : str
            The object; it has the same name there.
        other : OmegaStore
            The store to promote it to.
        tag : str, optional
            The tag that the version gets there, and that no other version has then.
        version : int, str or datetime
            The version, as for `get`.
        """
        if tag is not None:
            naming.check_tag(tag)
        meta = self.copy(name, other, version=version)
        if tag is not None:
            done = tags.move(other.storage.catalog, name, tag, meta.version)
            if done is None:
                raise other.storage.missing(name)
            return other.storage.metadata(done)
        return meta

    def to_archive(self, pattern: str, path: str | os.PathLike[str], versions: str = "latest") -> list[str]:
        """Write objects into one file, from which any store can take them.

        Parameters
        ----------
        pattern : str
            A name, or a pattern such as ``models/*``; hidden objects match too.
        path : path
            The archive, a zip file (docs/archive.md). It is there when it is whole; one that was there is replaced.
        versions : str
            ``"latest"``, or ``"all"`` that are kept.

        Returns
        -------
        list of str
            The names of the objects.

        Raises
        ------
        DoesNotExist
            When nothing matches.
        UntrustedError, Corrupt
            As for `copy`; there is no archive then.
        """
        found = self.storage.catalog.scan({"name": {"$regex": naming.glob_regex(pattern)}}, ["name"])
        if not found:
            raise self.storage.missing(pattern)
        return archive.write(Path(path), (parcel.pack(self.storage, each["name"], versions) for each in found))

    def from_archive(self, path: str | os.PathLike[str], pattern: str = "*") -> list[Metadata]:
        """Take objects out of an archive; what is there already is not written again.

        Parameters
        ----------
        path : path
            The archive. All of it is verified before anything is written. An import that was cut off is finished by
            repeating it.
        pattern : str
            Which objects.

        Returns
        -------
        list of Metadata
            Of the objects, each at the last version that the archive holds.

        Raises
        ------
        Corrupt
            When the archive is not whole or was changed.
        UntrustedError
            When an object can run code and is not signed with one of this process's keys.
        """
        wanted = re.compile(naming.glob_regex(pattern))
        done: list[Metadata] = []
        with archive.read(Path(path)) as shipments:
            chosen = [each for each in shipments if wanted.match(each.name)]
            if not chosen:
                held = [each.name for each in shipments]
                raise DoesNotExist(f"no object {pattern!r} in {path}; it holds {held[:10]}")
            for shipment in chosen:
                naming.check_name(shipment.name)
                self._verify(shipment)
            for shipment in chosen:
                document = receive(self.storage, shipment.name, shipment, keeps_times=True)
                done.append(self.storage.metadata(document))
                self.storage.tell("put", done[-1])
        return done

    def _verify(self, shipment: parcel.Shipment) -> None:
        for each in shipment.parcels:
            if each.signature is not None:
                files = [{"part": file.part, "sha256": file.sha256} for file in each.files]
                said = {"size": each.size, "parts": files, "signature": each.signature}
                self.storage.seal.verify_moved(shipment.place, shipment.name, each.facts, said)
