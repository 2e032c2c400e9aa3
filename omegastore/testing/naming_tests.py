"""NamingTests: no name, bucket or prefix ever reaches another's object."""

# ruff: noqa: D102  # the name of a test is its sentence

from __future__ import annotations

from omegastore.store import OmegaStore
from omegastore.testing.subject import NAME, Subject, T

NAMES = (
    *("a.b", "axb", "a/b", "a_b", "a b", "a:b", "a%2Eb", "a.b.datastore"),
    *("A.b", "\u00e4", "a\u0308", "\u540d\u524d", "$a", "\\", "'"),
    *("x" * 255, "x" * 254 + "y", "\u00e9" * 127),
)
"""Names that are easily mistaken for one another once they are escaped, cut or folded."""


class NamingTests(Subject[T]):
    """What every kind does with several names."""

    def test_names_do_not_collide(self, store: OmegaStore) -> None:
        for seed, name in enumerate(NAMES):
            assert self.put(store, self.make(seed), name).version == 1
        assert store.list() == sorted(NAMES)
        assert [name for seed, name in enumerate(NAMES) if not self.holds(store, seed, name)] == []
        for name in NAMES[::2]:
            store.drop(name)
        store.gc(grace=0)
        assert store.list() == sorted(NAMES[1::2])
        assert [name for seed, name in enumerate(NAMES) if seed % 2 and not self.holds(store, seed, name)] == []

    def test_buckets_and_prefixes_are_apart(self, store: OmegaStore) -> None:
        others = [{"bucket": "b"}, {"prefix": "folder/"}, {"bucket": "b", "prefix": "p"}, {"bucket": "b.p"}]
        stores = [store, *(self.beside(store, **places) for places in others)]
        for seed, each in enumerate(stores):
            assert each.list() == []
            assert self.put(each, self.make(seed)).version == 1
            self.put(each, self.make(seed + 100), "object")
        for seed, each in enumerate(stores):
            assert each.list() == [NAME, "object"]
            assert self.holds(each, seed)
        store.drop(NAME)
        store.drop("object")
        store.gc(grace=0)
        assert store.list() == []
        for seed, each in enumerate(stores[1:], 1):
            assert self.holds(each, seed)
            assert self.holds(each, seed + 100, "object")
