"""Grant: the commands for mongosh that let a user read and write the objects of one bucket and of no other."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

from omegastore.errors import InvalidOption
from omegastore.mongo import Connection

ROLES = {"readWrite": "omegastore-write", "read": "omegastore-read"}
"""Roles of MongoDB, and what the role of one bucket is called in the bucket's own database."""


def grant(connection: Connection, bucket: str, user: str, access: str = "readWrite") -> str:
    """Return what an administrator is to run in mongosh, so that the server lets `user` reach the bucket alone.

    Parameters
    ----------
    connection : Connection
        Of a store whose buckets have databases of their own, ``OMEGA_STORE_BUCKET_DATABASES``.
    bucket : str
        The bucket.
    user : str
        The name of the user, who is made in the bucket's database; mongosh asks for the password.
    access : str
        ``"readWrite"`` or ``"read"``.

    Returns
    -------
    str
        JavaScript. It holds no password.

    Raises
    ------
    InvalidOption
        When all buckets share one database, which the server cannot keep apart, or there is no such access.
    """
    if access not in ROLES:
        raise InvalidOption(f"access={access!r}; it is one of {sorted(ROLES)}")
    if not user:
        raise InvalidOption("user='': a user has a name")
    if not connection.is_by_bucket:
        raise InvalidOption(
            "all buckets share one database, and MongoDB's roles grant no less than that; "
            "set OMEGA_STORE_BUCKET_DATABASES=1, so that each bucket has a database of its own"
        )
    database = connection.of(bucket).database.name
    place, role = json.dumps(database), json.dumps(ROLES[access])
    resource = f"{{db: {place}, role: {json.dumps(access)}}}"
    return "\n".join([
        f"// user {json.dumps(user)}: {access} on bucket {json.dumps(bucket)} and on nothing else",
        f"const bucketDatabase = db.getSiblingDB({place});",
        f"if (!bucketDatabase.getRole({role})) {{",
        f"  bucketDatabase.createRole({{role: {role}, privileges: [], roles: [{resource}]}});",
        "}",
        f"bucketDatabase.createUser({{user: {json.dumps(user)}, pwd: passwordPrompt(), roles: [{role}]}});",
        f"// then: mongodb://USER:PASSWORD@HOST/BASE?authSource={quote_plus(database)}",
        "",
    ])  # fmt: skip
