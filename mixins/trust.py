"""Trust: signing anew after a change of keys, and the commands that let the server keep users apart."""

from __future__ import annotations

from omegastore import grant, naming
from omegastore.base import BaseStore


class TrustMixin(BaseStore):
    """Who may read and write, and whose payloads are loaded."""

    def resign(self, pattern: str = "*") -> list[str]:
        """Sign every version of the objects that match with the first key, once all of it was verified.

        Parameters
        ----------
        pattern : str
            A name, or a pattern such as ``models/*``; hidden objects match too.

        Returns
        -------
        list of str
            The names of the objects that were signed; others cannot run code.

        Raises
        ------
        UntrustedError
            When an object is not signed with one of the keys; those before it have been signed anew.
        """
        query = {"name": {"$regex": naming.glob_regex(pattern)}}
        names = [each["name"] for each in self.storage.catalog.scan(query, ["name"])]
        if not names:
            raise self.storage.missing(pattern)
        return [name for name in names if self.storage.seal.resign(name)]

    def grant(self, user: str, access: str = "readWrite") -> str:
        """Return what an administrator is to run in mongosh, so that `user` reaches this bucket and no other.

        Parameters
        ----------
        user : str
            The name of the user.
        access : str
            ``"readWrite"`` or ``"read"``.

        Raises
        ------
        InvalidOption
            When the buckets share one database: see ``OMEGA_STORE_BUCKET_DATABASES``.
        """
        return grant.grant(self.storage.connection, self.bucket, user, access)
