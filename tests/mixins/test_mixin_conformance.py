"""Every mixin passes the conformance kit: the built-in ones on a bare store, others on a whole one."""

from __future__ import annotations

from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.base import BaseStore
from omegastore.testing import MixinTests


class TestBuiltIn(MixinTests):
    base = BaseStore

    @pytest.fixture(autouse=True, params=OmegaStore.__bases__, ids=lambda cls: cls.__name__)
    def each_one(self, request: pytest.FixtureRequest) -> None:
        type(self).mixin = request.param


class Counting(BaseStore):
    """A mixin that knows the store that it is added to."""

    def count_puts(self, name: str) -> int:
        """Return how often an object was put."""
        return int(self.storage.find(name)["rev"])


class TestMixinOfStores(MixinTests):
    mixin = Counting

    def test_its_verb_works_on_the_store(self, store: Any) -> None:
        store.put("text", "object")
        store.put("text", "object")
        assert store.count_puts("object") == 2


class Shouting:
    """A mixin that knows nothing of stores."""

    @property
    def loud(self) -> str:
        """The store, in capitals."""
        return repr(self).upper()


class TestPlainClass(MixinTests):
    mixin = Shouting


class Stateful:
    """A mixin as it must not be."""

    def __init__(self) -> None:
        self.count = 0

    def undocumented(self) -> None: ...


class Hiding:
    """Changes a verb."""

    def drop(self, name: str) -> None:
        """Do nothing."""


def test_the_kit_notices_a_mixin_that_has_state_or_no_documentation() -> None:
    class Tests(MixinTests):
        mixin = Stateful

    with pytest.raises(AssertionError):
        Tests().test_the_mixin_and_its_verbs_are_documented()
    with pytest.raises(AssertionError, match="lives in a service"):
        Tests().test_it_has_no_state(BaseStore(), BaseStore())


def test_a_mixin_that_changes_a_verb_cannot_be_added_at_all(store: OmegaStore) -> None:
    with pytest.raises(TypeError, match=r"Hiding\.drop would hide BaseStore\.drop; a mixin only adds"):
        store.register_mixin(Hiding)
