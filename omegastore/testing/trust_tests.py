"""TrustTests: bytes that were changed are noticed, and those that can run code are not loaded unless signed."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

from pathlib import Path

import pytest

from omegastore.errors import Corrupt, UntrustedError
from omegastore.metadata import Metadata
from omegastore.store import OmegaStore
from omegastore.testing.subject import NAME, Subject, T, spread
from omegastore.testing.tampering import FORGERIES, change_bytes, forge, remove_signature


class TrustTests(Subject[T]):
    """What every kind does with a payload that somebody has changed."""

    def trap(self, flag: Path) -> T | None:
        """Return an object whose loading makes the file `flag`; None where there is no such object."""
        return None

    def test_what_can_run_code_is_signed_and_nothing_else_is(self, store: OmegaStore) -> None:
        assert ("signature" in self.put(store, self.make(1)).payload) is self.runs_code

    @pytest.mark.parametrize("where", ["inline", "in files"])
    def test_bytes_that_were_changed_are_not_read(
        self, store: OmegaStore, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not self.has_payload:
            pytest.skip(f"kind {self.backend.kind!r} has no payload")
        if where == "in files":
            spread(monkeypatch)
        meta = self.put(store, self.make(1))
        assert self.holds(store, 1)
        change_bytes(store, meta)
        with pytest.raises((Corrupt, UntrustedError)):
            self.holds(store, 1)

    def test_without_its_signature_it_is_not_loaded(self, store: OmegaStore, tmp_path: Path) -> None:
        self._need_trust()
        meta = self._put_trap(store, tmp_path / "flag")
        remove_signature(store, meta)
        with pytest.raises(UntrustedError, match="not signed"):
            store.get(NAME)
        assert not (tmp_path / "flag").exists()

    def test_signed_with_another_key_it_is_not_loaded(self, store: OmegaStore, tmp_path: Path) -> None:
        self._need_trust()
        self._put_trap(store, tmp_path / "flag")
        with pytest.raises(UntrustedError, match="OMEGA_STORE_SIGNING_KEY"):
            self._stranger(store).get(NAME)
        assert not (tmp_path / "flag").exists()

    @pytest.mark.parametrize("fields", FORGERIES.values(), ids=FORGERIES)
    @pytest.mark.parametrize("where", ["inline", "in files"])
    def test_what_a_stranger_put_in_its_place_is_not_loaded(
        self, store: OmegaStore, where: str, fields: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._need_trust()
        if where == "in files":
            spread(monkeypatch)
        meta = self.put(store, self.make(1))
        forged = self._put_trap(self._stranger(store), tmp_path / "flag", "forged")
        forge(store, meta, forged, fields)
        with pytest.raises((Corrupt, UntrustedError)):
            store.get(NAME)
        assert not (tmp_path / "flag").exists()

    def test_signed_for_another_name_or_version_it_is_not_loaded(self, store: OmegaStore, tmp_path: Path) -> None:
        self._need_trust()
        whole = FORGERIES["files, checksum and signature"]
        earlier = self._put_trap(store, tmp_path / "flag")
        meta, other = self.put(store, self.make(1)), self.put(store, self.make(2), "other")
        for moved in (earlier, other):
            forge(store, meta, moved, whole)
            with pytest.raises(UntrustedError):
                store.get(NAME)
        assert not (tmp_path / "flag").exists()

    def _need_trust(self) -> None:
        if not self.runs_code:
            pytest.skip(f"reading kind {self.backend.kind!r} runs no code")

    def _put_trap(self, store: OmegaStore, flag: Path, name: str = NAME) -> Metadata:
        """Put an object that tells whether it is loaded, and make sure that it does."""
        trap = self.trap(flag)
        meta = self.put(store, self.make(3) if trap is None else trap, name)
        flag.unlink(missing_ok=True)
        store.get(name)
        assert flag.exists() is (trap is not None), "loading the trap does not make the file"
        flag.unlink(missing_ok=True)
        return meta

    def _stranger(self, store: OmegaStore) -> OmegaStore:
        """Return the store as somebody has it who does not have the key."""
        settings = {"OMEGA_STORE_SIGNING_KEY": "the key of a stranger", "OMEGA_STORE_KEEP_VERSIONS": 100}
        return self.teach(OmegaStore(store.storage.connection, defaults=settings))
