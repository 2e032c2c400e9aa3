"""StoreMachine: any run of put, get, drop, list, exists and len does to a store what it does to a dict."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from omegastore.errors import DoesNotExist, InvalidName
from omegastore.naming import check_name, is_hidden, is_temporary
from omegastore.store import OmegaStore
from omegastore.testing.census import census


def _is_name(text: str) -> bool:
    try:
        return bool(check_name(text))
    except InvalidName:
        return False


ANY_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(_is_name)
FEW_NAMES = st.text("ab./_\u00e4", min_size=1, max_size=3)
NAMES = FEW_NAMES | FEW_NAMES | ANY_NAMES
"""Names; most are of a few that often meet again."""
VALUES: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("python.object"), st.none() | st.integers() | st.text(max_size=10) | st.binary(max_size=10)),
    st.tuples(st.just("python.object"), st.lists(st.integers() | st.text(max_size=3), max_size=3)),
    # too large to be inline
    st.tuples(st.just("python.object"), st.integers(0, 255).map(lambda byte: bytes([byte]) * 300_000)),
    st.tuples(st.just("python.data"), st.dictionaries(st.text("ab", max_size=2), st.integers(), max_size=3)),
)
"""Kinds, and objects that they keep."""


class StoreMachine(RuleBasedStateMachine):
    """Runs of operations on an empty store, compared with a dict; at the end nothing is left.

    Parameters
    ----------
    store : OmegaStore
        A store on a database of its own.

    Examples
    --------
    >>> from hypothesis import settings
    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> run_state_machine_as_test(
    ...     lambda: StoreMachine(OmegaStore()),
    ...     settings=settings(max_examples=1, stateful_step_count=1, deadline=None),
    ... )
    """

    def __init__(self, store: OmegaStore) -> None:
        super().__init__()
        self.store, self.model = store, dict[str, Any]()
        self.before = census(store.mongodb)

    @property
    def shown(self) -> list[str]:
        """The names that are neither hidden nor temporary."""
        return [name for name in self.model if not is_hidden(name) and not is_temporary(name)]

    @rule(name=NAMES, value=VALUES)
    def put(self, name: str, value: tuple[str, Any]) -> None:
        """Put an object in place of what is there."""
        kind, obj = value
        self.store.put(obj, name, kind=kind, replace=True)
        self.model[name] = [obj] if kind == "python.data" else obj

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        """Get an object, or the error that there is none."""
        if name in self.model:
            got = self.store.get(name)
            assert type(got) is type(self.model[name])
            assert got == self.model[name]
        else:
            with pytest.raises(DoesNotExist):
                self.store.get(name)

    @rule()
    def get_all(self) -> None:
        """Get every object there is."""
        assert {name: self.store[name] for name in self.store} == self.model

    @rule(name=NAMES)
    def drop(self, name: str) -> None:
        """Drop an object, or get the error that there is none."""
        if name in self.model:
            del self.model[name]
            assert self.store.drop(name) is True
        else:
            with pytest.raises(DoesNotExist):
                self.store.drop(name)

    @rule(name=NAMES)
    def drop_by_force(self, name: str) -> None:
        """Drop an object that may be there."""
        self.model.pop(name, None)
        assert self.store.drop(name, force=True) is True

    @rule(start=st.text("ab./_\u00e4", max_size=2))
    def drop_by_pattern(self, start: str) -> None:
        """Drop all objects whose names begin so, but for those that are not shown."""
        for name in [each for each in self.shown if each.startswith(start)]:
            del self.model[name]
        self.store.drop(f"{start}*", force=True)

    @rule(name=NAMES)
    def exists(self, name: str) -> None:
        """Look whether an object is there."""
        assert (name in self.store) is (name in self.model)
        assert self.store.exists(name, hidden=True) is (name in self.model)
        assert self.store.exists(name) is (name in self.model and not is_hidden(name))

    @rule(start=st.text("ab./_\u00e4", max_size=2))
    def list_by_pattern(self, start: str) -> None:
        """List the objects whose names begin so."""
        found = self.store.list(f"{start}*", hidden=True, include_temp=True)
        assert found == _sorted(name for name in self.model if name.startswith(start))

    @rule()
    def collect(self) -> None:
        """Remove what no object needs; nobody sees a difference."""
        self.store.gc(grace=0)

    @invariant()
    def all_names_are_listed(self) -> None:
        """Compare the names and the number of the objects."""
        assert self.store.list() == _sorted(self.shown)
        assert self.store.list(hidden=True, include_temp=True) == list(self.store) == _sorted(self.model)
        assert len(self.store) == len(self.model)

    def teardown(self) -> None:
        """Drop everything, and look that nothing is left."""
        for name in self.model:
            self.store.drop(name)
        self.store.gc(grace=0)
        assert census(self.store.mongodb) == self.before


def _sorted(names: Any) -> list[str]:
    """Return `names` in the order of their UTF-8 bytes, which is MongoDB's."""
    return sorted(names, key=lambda name: str(name).encode())
