"""Signer: vouches for payloads whose loader can run code; the error that says that none of them is loaded.

HMAC-SHA256 (RFC 2104) over where the payload belongs and what it is: store id, bucket, prefix, name, kind,
version id, size and SHA-256. Binding the name and the version id stops that a payload is moved to another name or
that an old one is put back. The key is never in the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from omegastore.errors import InvalidSetting, UntrustedError

KEY_FILE = "signing.key"


class Signer:
    """Signs and verifies payloads with the user's keys.

    Parameters
    ----------
    keys : sequence of str
        The first one signs; all of them verify.

    Examples
    --------
    >>> signer = Signer(["secret"])
    >>> signature = signer.sign(["store", "bucket", "name"])
    >>> signer.verify(["store", "bucket", "name"], signature, "name")
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {_key_id(key): key for key in reversed(keys)}
        self._first = _key_id(keys[0])

    @classmethod
    def load(cls, setting: str | None) -> Signer:
        """Return the signer of the setting, else of the user's key file, which is made on first use.

        Raises
        ------
        InvalidSetting
            When the setting or the file holds no key, or others than the user may read the file.
        """
        keys = [key.strip() for key in (setting if setting is not None else _key_file()).split(",")]
        if not all(keys):
            raise InvalidSetting("OMEGA_STORE_SIGNING_KEY or the key file holds an empty key")
        return cls(keys)

    def sign(self, message: Sequence[object]) -> dict[str, str]:
        """Return the signature of `message` as Metadata holds it."""
        return {"key": self._first, "mac": _mac(self._keys[self._first], message)}

    def verify(self, message: Sequence[object], signature: Mapping[str, Any] | None, name: str) -> None:
        """Raise UntrustedError unless `signature` is that of `message`.

        Raises
        ------
        UntrustedError
            Naming the object and the remedy.
        """
        if not signature:
            raise UntrustedError(
                f"{name!r} may run code when it is loaded and is not signed; put it again from a trusted source"
            )
        key = self._keys.get(str(signature.get("key")))
        if key is None:
            raise UntrustedError(
                f"{name!r} may run code when it is loaded and is signed with key {str(signature.get('key'))!r}; "
                f"this process has {sorted(self._keys)}. Set OMEGA_STORE_SIGNING_KEY to the key of who put it"
            )
        if not hmac.compare_digest(_mac(key, message), str(signature.get("mac"))):
            raise UntrustedError(f"{name!r} was changed after it was signed; it is not loaded")


def unwelcome(name: str, kind: str) -> UntrustedError:
    """Return the error of an object that can run code when it is read, where the policy is that none does."""
    others = "sklearn.skops for estimators; ndarray.hdf for arrays of numbers; pandas.dfrows for frames"
    return UntrustedError(
        f"{name!r} of kind {kind!r} can run code when it is read, and OMEGA_STORE_TRUST=skops allows none; "
        f"use another kind= ({others}), or OMEGA_STORE_TRUST=signed where who signs is trusted"
    )


def _mac(key: str, message: Sequence[object]) -> str:
    # every part is preceded by its length, so that no two messages read the same
    parts = [str(part).encode("utf-8", "surrogatepass") for part in message]
    body = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def _key_id(key: str) -> str:
    return hashlib.sha256(b"omegastore key id\0" + key.encode()).hexdigest()[:16]


def _key_file() -> str:
    """Return the content of the user's key file; make it where there is none."""
    path = Path(platformdirs.user_config_path("omegastore")) / KEY_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process was first
        _create_key(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise InvalidSetting(f"others may read the signing key {path}; run: chmod 600 {path}")
    return path.read_text("ascii").strip()


def _create_key(path: Path) -> None:
    """Make `path` with a fresh key, whole or not at all, unless it is there."""
    if path.exists():
        return
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
