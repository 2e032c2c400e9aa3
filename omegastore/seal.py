"""Seal: signs the payloads of one bucket and prefix that can run code, and decides which of them are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegastore.catalog import Catalog, Doc
from omegastore.config import Settings
from omegastore.history import CURRENT
from omegastore.payload import combined
from omegastore.trust import Signer, unwelcome


class Seal:
    """What vouches for payloads whose loader can run code.

    Parameters
    ----------
    catalog : Catalog
        Where the objects are; signatures are bound to it.
    settings : Settings
        The keys and the policy.
    """

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._settings = catalog, settings
        self._signer: Signer | None = None
        self._store_id: str | None = None

    def sign(self, name: str, kind: str, vid: object, payload: Mapping[str, Any]) -> dict[str, str]:
        """Return the signature of a payload that is about to be committed."""
        return self._keys().sign(self._message(name, kind, vid, payload))

    def verify(self, document: Doc) -> None:
        """Raise UntrustedError unless the payload of `document` is signed by somebody who is trusted."""
        name, payload = document["name"], document.get("payload") or {}
        message = self._message(name, document["kind"], document.get("vid"), payload)
        self._keys().verify(message, payload.get("signature"), name)

    def verify_moved(self, place: Mapping[str, Any], name: str, facts: Doc, payload: Mapping[str, Any]) -> None:
        """Raise UntrustedError unless a payload is signed as it stood in another store.

        Parameters
        ----------
        place : mapping
            The id of that store, the bucket and the prefix.
        name : str
            What it was called there.
        facts : dict
            Its kind and version id.
        payload : mapping
            Its size, the checksums of its parts, and its signature.
        """
        where = [place["store"], place["bucket"], place["prefix"]]
        message = _message(where, name, facts["kind"], facts["vid"], payload)
        self._keys().verify(message, payload.get("signature"), name)

    def refuse(self, name: str, kind: str) -> None:
        """Raise UntrustedError for an object that can run code when it is read, where none may."""
        if self._settings.OMEGA_STORE_TRUST == "skops":
            raise unwelcome(name, kind)

    def admit(self, document: Doc) -> None:
        """Raise UntrustedError unless the policy lets a payload be read that can run code."""
        self.refuse(document["name"], document["kind"])
        if self._settings.OMEGA_STORE_TRUST != "all":
            self.verify(document)

    def resign(self, name: str) -> bool:
        """Sign every version of an object with the first key, once all were verified with one of the keys.

        Returns
        -------
        bool
            Whether there was anything to sign.

        Raises
        ------
        UntrustedError
            When a version is not signed as it should be; none is signed anew then.
        """
        return self._catalog.change(name, self._resigned) is not None

    def _resigned(self, known: Doc) -> Doc | None:
        """Return the fields of a document with new signatures, None where none is signed."""
        entries = list(known.get("versions", ()))
        signed: list[tuple[int, Doc]] = []
        for place, entry in enumerate([*entries, known]):
            document = self._catalog.at_place(known, place)
            if not entry.get("like") and (document.get("payload") or {}).get("signature"):
                self.verify(document)
                signed.append((place, document))
        changes: Doc = {}
        for place, document in signed:
            signature = self.sign(document["name"], document["kind"], document["vid"], document["payload"])
            payload = {**document["payload"], "signature": signature}
            if place == len(entries):
                changes["payload"] = {"$literal": payload}
            elif entries[place].get("large"):
                body = {name: document.get(name) for name in CURRENT}
                self._catalog.keep_large(document["vid"], payload["pid"], {**body, "payload": payload})
            else:
                entries[place] = {**entries[place], "payload": payload}
        return {**changes, "versions": {"$literal": entries}} if signed else None

    def _keys(self) -> Signer:
        if self._signer is None:
            self._signer = Signer.load(self._settings.OMEGA_STORE_SIGNING_KEY)
        return self._signer

    def _message(self, name: str, kind: str, vid: object, payload: Mapping[str, Any]) -> list[object]:
        """Return what a signature vouches for."""
        if self._store_id is None:
            self._store_id = self._catalog.identity()
        return _message([self._store_id, self._catalog.bucket, self._catalog.prefix], name, kind, vid, payload)


def _message(place: list[object], name: str, kind: str, vid: object, payload: Mapping[str, Any]) -> list[object]:
    parts = payload.get("parts")  # what reading compares the bytes with; payload.sha256 is for people
    return [*place, name, kind, vid, payload.get("size"), combined(parts) if parts else None]
