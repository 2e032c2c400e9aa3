"""SharingTests: several writers at once, puts that append, and objects that are moved."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from omegastore.errors import InvalidOption
from omegastore.store import OmegaStore
from omegastore.testing.census import census
from omegastore.testing.subject import NAME, Subject, T, spread

WRITERS = 3
ROUNDS = 3


class SharingTests(Subject[T]):
    """What every kind does with one name and several writers or puts, and on its way to another store."""

    def test_of_several_writers_the_last_one_wins_and_every_version_is_whole(self, store: OmegaStore) -> None:
        objects = {seed: self.make(seed) for seed in range(WRITERS * ROUNDS)}
        stores = [self.beside(store) for _ in range(WRITERS)]

        def write(writer: int) -> dict[int, int]:
            seeds = range(writer * ROUNDS, (writer + 1) * ROUNDS)
            return {self.put(stores[writer], objects[seed]).version: seed for seed in seeds}

        runs = _at_once(write)
        seeds = {version: seed for run in runs for version, seed in run.items()}
        assert sorted(seeds) == list(range(1, WRITERS * ROUNDS + 1))
        assert all(list(run) == sorted(run) for run in runs)
        for version, seed in seeds.items():
            assert self.holds(store, seed, version=version)
        assert self.holds(store, seeds[max(seeds)])

    def test_it_is_moved_as_it_is(self, store: OmegaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.put(store, self.make(1))
        spread(monkeypatch)
        self.put(store, self.make(2), "files")
        other = self.beside(store, bucket="other", prefix="p/")
        store.copy(NAME, other, as_name="copy")
        store.to_archive("*", tmp_path / "all.zip")
        other.from_archive(tmp_path / "all.zip")
        assert self.holds(other, 1, "copy")
        assert self.holds(other, 1)
        assert self.holds(other, 2, "files")

    def test_a_put_appends_or_refuses_to(self, store: OmegaStore) -> None:
        first, second = self.make(1), self.make(2)
        if not self.backend.supports_append:
            before = census(store.mongodb)
            with pytest.raises(InvalidOption, match="append"):
                self.put(store, first, append=True)
            assert census(store.mongodb) == before
            return
        self.put(store, first, append=True)
        self.put(store, second, append=True)
        assert self.same(self.appended(first, second), store.get(NAME))
        assert self.holds(store, 1, version=1)
        with pytest.warns(UserWarning, match="append"):
            store.put(second, NAME, kind=self.backend.kind, **self.put_options)
        self.put(store, second, append=False)
        assert self.holds(store, 2)

    def test_rows_that_are_appended_at_once_stay_together(self, store: OmegaStore) -> None:
        if not self.backend.supports_append:
            pytest.skip(f"kind {self.backend.kind!r} does not append")
        first = self.make(1)
        lone, both = len(self.returned(first)), len(self.appended(first, first))
        stores = [self.beside(store) for _ in range(WRITERS)]

        def write(writer: int) -> list[int]:
            return [self.put(stores[writer], first, append=True).version for _ in range(ROUNDS)]

        versions = sorted(version for run in _at_once(write) for version in run)
        assert versions == list(range(1, WRITERS * ROUNDS + 1))
        assert len(store.get(NAME)) == lone + (len(versions) - 1) * (both - lone)
        assert self.same(self.appended(first, first), store.get(NAME, version=2))


def _at_once(write: Callable[[int], Any]) -> list[Any]:
    """Return what `write` returns for each writer, all of them running at the same time."""
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(write, range(WRITERS)))
